package corpus

import (
	"errors"
	"fmt"
	"runtime"
)

// Encoder is what a Builder needs of a tokenizer. It must be safe for concurrent use and deterministic.
type Encoder interface {
	AppendIDs(dst []int32, text string) []int32 // no special tokens
	VocabSize() int                             // ids are below it
	Digest() string                             // of the files it was read from
}

// Special holds the ids that frame a row.
type Special struct {
	BOS int32 `json:"bos"` // <s> or [CLS]
	EOS int32 `json:"eos"` // </s> or [SEP]
	Pad int32 `json:"pad"`
}

// frames reports whether an id has a place in rows of its own. Text may have such a token written out, and tokenizers
// then give its id.
func (s Special) frames(id int32) bool { return id == s.BOS || id == s.EOS || id == s.Pad }

// BuildOptions says what to build. Zero values are usable except where said.
type BuildOptions struct {
	Lang    string  // Wikipedia's code; needed
	Dir     string  // folder to make; needed; must not hold an index.json yet
	SeqLen  int     // tokens per row with BOS and EOS; 0 means 128
	Tok     Encoder // needed
	Special Special // needed; all three must exist in the vocabulary

	HeldOutPercent  float64 // share of documents held out, in percent; 0 means 5, negative means none
	Seed            uint64  // chooses which documents are held out
	MaxTokens       int64   // stop after this many tokens, both splits together; 0 means no limit
	ParagraphPerRow bool    // each paragraph begins its own padded row, instead of packing

	MinChars     int      // shortest paragraph kept, in code points; 0 means 20, or 8 for languages written in Han
	ScriptShare  float64  // least share of letters in the language's scripts; 0 means 0.5, negative means no filter
	Scripts      []string // Unicode script names (Latin, Cyrillic…); nil means those known for Lang
	NearDup      float64  // Jaccard similarity from which paragraphs are near duplicates; 0 means 0.85, negative means off
	DedupBytes   int64    // memory for finding duplicates; 0 means 384 MiB; the oldest paragraphs are forgotten beyond it
	ShardBytes   int64    // largest size of one shard; 0 means 256 MiB
	LittleTokens int64    // a corpus with fewer tokens carries a warning; 0 means 1,000,000

	Workers  int               // goroutines that clean and tokenise; 0 means one per core; no influence on the output
	Meta     map[string]string // copied into the index: snapshot, source digests…; part of the corpus's digest
	Progress func(Progress)    // called from one goroutine after every batch of documents
}

// Progress says how far a Builder is.
type Progress struct {
	Documents, Paragraphs, Tokens int64 // taken; kept; kept
}

// smallest row that holds BOS, one token and EOS.
const minSeqLen = 3

func (o *BuildOptions) fill() error {
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	if o.Lang == "" {
		bad("the language is missing")
	}
	if o.Dir == "" {
		bad("the folder to make is missing")
	}
	if o.Tok == nil {
		bad("the tokenizer is missing")
	} else {
		for _, id := range []int32{o.Special.BOS, o.Special.EOS, o.Special.Pad} {
			if id < 0 || int(id) >= o.Tok.VocabSize() {
				bad("the tokenizer lacks a special token (BOS %d, EOS %d, pad %d of %d): a masked-LM tokenizer is needed",
					o.Special.BOS, o.Special.EOS, o.Special.Pad, o.Tok.VocabSize())
				break
			}
		}
		if o.Special.Pad == o.Special.BOS || o.Special.Pad == o.Special.EOS {
			bad("padding has the id %d of BOS or EOS: pass the tokenizer's special tokens", o.Special.Pad)
		}
	}
	setDefault(&o.SeqLen, 128)
	setDefault(&o.HeldOutPercent, 5)
	setDefault(&o.ScriptShare, 0.5)
	setDefault(&o.NearDup, 0.85)
	setDefault(&o.DedupBytes, 384<<20)
	setDefault(&o.ShardBytes, 256<<20)
	setDefault(&o.LittleTokens, 1_000_000)
	setDefault(&o.Workers, runtime.GOMAXPROCS(0))
	o.HeldOutPercent = max(o.HeldOutPercent, 0)
	if o.SeqLen < minSeqLen {
		bad("rows of %d tokens are too short: at least %d", o.SeqLen, minSeqLen)
	}
	if o.HeldOutPercent > 50 {
		bad("%g%% held out is more than half", o.HeldOutPercent)
	}
	if o.ScriptShare > 1 || o.NearDup > 1 {
		bad("script share %g and near-duplicate similarity %g must be at most 1", o.ScriptShare, o.NearDup)
	}
	if o.ShardBytes < int64(o.SeqLen)*4 {
		bad("shards of %d bytes do not hold one row of %d tokens", o.ShardBytes, o.SeqLen)
	}
	if o.MaxTokens < 0 || o.MinChars < 0 || o.DedupBytes < 0 {
		bad("limits must not be negative")
	}
	return errors.Join(errs...)
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
