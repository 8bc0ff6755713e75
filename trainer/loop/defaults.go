package loop

// What a spec's absent keys mean; the spec's documentation says the same.
const (
	defaultEvalBatch       = 32  // rows
	defaultEvalSeqLen      = 128 // tokens
	defaultAnswerSeqLen    = 384 // tokens
	defaultNBest           = 20  // spans
	defaultMaxAnswer       = 30  // tokens
	defaultDocStride       = 128 // tokens
	defaultHeldOutRows     = 256
	defaultKeepCheckpoints = 2
	defaultMaxRollbacks    = 3
	defaultMaskProb        = 0.15
)

// positive is a setting, or what it is where it was not given.
func positive[T int | float64](given, usual T) T {
	if given > 0 {
		return given
	}
	return usual
}
