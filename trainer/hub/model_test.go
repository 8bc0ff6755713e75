package hub

import (
	"path/filepath"
	"testing"
)

func TestOpenModel(t *testing.T) {
	for _, c := range []struct {
		dir    string
		family Family
		seqLen int
	}{{"xlmr", XLMRoberta, 64}, {"bert", BERT, 64}} {
		m, err := OpenModel(filepath.Join("testdata", c.dir, "model"))
		if err != nil {
			t.Fatal(err)
		}
		if m.Config.Family != c.family || !m.HasMLMHead || m.Config.MaxSeqLen() != c.seqLen || len(m.Names()) != 42 {
			t.Errorf("%+v: head %v, %d tensors", m.Config, m.HasMLMHead, len(m.Names()))
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}
