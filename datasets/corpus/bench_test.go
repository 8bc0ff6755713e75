package corpus

import (
	"fmt"
	"path/filepath"
	"testing"
)

// countIDs is a tokenizer that costs nothing, so that the benchmark shows the rest.
type countIDs struct{ wordIDs }

func (countIDs) AppendIDs(dst []int32, text string) []int32 {
	for range len(text) / 4 {
		dst = append(dst, 7)
	}
	return dst
}

// BenchmarkBuild measures all but tokenising, in bytes of text.
func BenchmarkBuild(b *testing.B) {
	docs, size := manyDocs(100_000), 0
	for _, d := range docs {
		size += len(d.text)
	}
	b.SetBytes(int64(size))
	for i := 0; b.Loop(); i++ {
		builder, err := NewBuilder(BuildOptions{
			Lang: "en", Dir: filepath.Join(b.TempDir(), fmt.Sprint(i)), Tok: countIDs{wordIDs{1 << 17}}, Special: special,
		})
		if err != nil {
			b.Fatal(err)
		}
		for _, d := range docs {
			if err := builder.Add(d.id, d.text); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := builder.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
