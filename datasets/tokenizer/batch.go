package tokenizer

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// batchStep is how many texts a worker takes at a time.
const batchStep = 64

// EncodeBatch returns the ids of each text, as AppendIDs gives them, worked out by so many goroutines; workers below 1
// means one a processor.
func (t *Tokenizer) EncodeBatch(texts []string, workers int) [][]int32 {
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	out := make([][]int32, len(texts))
	var next atomic.Int64
	var done sync.WaitGroup
	for range min(workers, (len(texts)+batchStep-1)/batchStep) {
		done.Go(func() {
			var ids []int32 // of one step, shared by its texts
			for {
				end := int(next.Add(batchStep))
				from := end - batchStep
				if from >= len(texts) {
					return
				}
				end = min(end, len(texts))
				ids = make([]int32, 0, len(ids)+len(ids)/4)
				var ends [batchStep]int
				for i, text := range texts[from:end] {
					ids = t.AppendIDs(ids, text)
					ends[i] = len(ids)
				}
				start := 0
				for i := range texts[from:end] {
					out[from+i] = ids[start:ends[i]:ends[i]]
					start = ends[i]
				}
			}
		})
	}
	done.Wait()
	return out
}
