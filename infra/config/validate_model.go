package config

import (
	"fmt"
	"path/filepath"

	"madx/trainer/hub"
)

// fits checks what has to suit the base model's shape, so that no device waits to find it out. A config.json that cannot
// be read is refused with its own words when the model is opened for the upload.
func (c *check) fits() {
	m, err := hub.ReadConfig(filepath.Join(c.s.Model.Path, "config.json"))
	if err != nil {
		return
	}
	length := func(key string, n int) {
		if longest := m.MaxSeqLen(); n > longest && n <= 8192 {
			c.bad(key, "is %d: the base model %s has positions for %d tokens", n, filepath.Base(c.s.Model.Path), longest)
		}
	}
	layers := func(key string, leaveOut []int) {
		for _, layer := range leaveOut {
			if layer >= m.Layers {
				c.bad(key, "%d is no layer of the base model %s: they count from 0 to %d", layer, filepath.Base(c.s.Model.Path), m.Layers-1)
			}
		}
	}
	length("corpus.seq_len", c.s.Corpus.SeqLen)
	layers("language.leave_out", c.s.Language.LeaveOut)
	for i, t := range c.s.Tasks {
		length(fmt.Sprintf("tasks[%d].seq_len", i), t.SeqLen)
		layers(fmt.Sprintf("tasks[%d].leave_out", i), t.LeaveOut)
	}
}
