package tokenizer

import "testing"

// The benchmarks run on the committed texts and small vocabularies; `make bench-tokenizer` compares with Hugging Face's
// library on real ones.
func benchmark(b *testing.B, encode func(tok *Tokenizer, texts []string) (tokens int)) {
	all := texts(b)
	size := 0
	for _, text := range all {
		size += len(text)
	}
	for _, name := range smallTokenizers {
		b.Run(name, func(b *testing.B) {
			tok := load(b, name)
			tokens := 0
			for b.Loop() {
				tokens = encode(tok, all)
			}
			b.SetBytes(int64(size))
			b.ReportMetric(float64(tokens)*float64(b.N)/1e3/b.Elapsed().Seconds(), "ktokens/s")
		})
	}
}

func BenchmarkAppendIDs(b *testing.B) {
	var ids []int32
	benchmark(b, func(tok *Tokenizer, texts []string) int {
		ids = ids[:0]
		for _, text := range texts {
			ids = tok.AppendIDs(ids, text)
		}
		return len(ids)
	})
}

func BenchmarkEncode(b *testing.B) {
	benchmark(b, func(tok *Tokenizer, texts []string) (tokens int) {
		for _, text := range texts {
			tokens += len(tok.Encode(text))
		}
		return tokens
	})
}
