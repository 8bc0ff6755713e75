package corpus

import (
	"fmt"
	"strings"
)

// assembler does what depends on order: it finds duplicates, splits, packs and writes. One goroutine uses it.
type assembler struct {
	opt   *BuildOptions
	stats Stats
	exact *seen
	near  *nearSeen // nil: off
	split splitter
	sides [2]*packer // train, held out
}

func newAssembler(opt *BuildOptions) *assembler {
	a := &assembler{opt: opt, exact: newSeen(opt.DedupBytes / 3)}
	if opt.NearDup > 0 {
		a.near = newNearSeen(opt.NearDup, opt.DedupBytes/3*2)
	}
	a.split = splitter{seed: opt.Seed, share: opt.HeldOutPercent / 100, out: a.place}
	a.sides[0] = newPacker(opt, TrainSplit)
	a.sides[1] = newPacker(opt, HeldOutSplit)
	return a
}

// document takes one prepared document. It returns ErrFull once the limit of tokens is reached.
func (a *assembler) document(d *document) error {
	a.stats.add(&d.stats)
	keep := d.paras[:0]
	full := false
	for i := range d.paras {
		p := &d.paras[i]
		switch {
		case len(p.ids) == 0:
			a.stats.NoTokens++
		case a.exact.add(p.hash):
			a.stats.Duplicates++
		case a.near != nil && p.hasSig && a.near.add(&p.sig):
			a.stats.NearDuplicates++
		default:
			if err := a.checkIDs(p.ids); err != nil {
				return fmt.Errorf("document %s: %w", d.id, err)
			}
			if left := a.opt.MaxTokens - a.stats.Tokens; a.opt.MaxTokens > 0 && int64(len(p.ids)) >= left {
				p.ids, full = p.ids[:left], true
			}
			a.stats.Paragraphs++
			a.stats.Chars += int64(p.chars)
			a.stats.Tokens += int64(len(p.ids))
			keep = append(keep, *p)
		}
		if full {
			break
		}
	}
	if len(keep) > 0 {
		a.stats.DocumentsKept++
		if err := a.split.take(d.id, keep); err != nil {
			return err
		}
	}
	if full {
		a.stats.Limit = true
		return ErrFull
	}
	return nil
}

func (a *assembler) checkIDs(ids []int32) error {
	for _, id := range ids {
		if id < 0 || int(id) >= a.opt.Tok.VocabSize() {
			return fmt.Errorf("the tokenizer gave id %d outside its vocabulary of %d", id, a.opt.Tok.VocabSize())
		}
	}
	return nil
}

// place receives paragraphs with their side from the splitter.
func (a *assembler) place(heldOut bool, paras []paragraph) error {
	side := a.sides[0]
	if heldOut {
		side = a.sides[1]
	}
	for i := range paras {
		if err := side.add(paras[i].ids); err != nil {
			return err
		}
	}
	return nil
}

// finish writes what is left and returns the index, not yet written.
func (a *assembler) finish() (*Index, error) {
	defer a.abandon()
	if a.stats.Tokens == 0 {
		return nil, &NoTextError{Lang: a.opt.Lang, Stats: a.stats}
	}
	if err := a.split.end(); err != nil {
		return nil, err
	}
	a.stats.SplitBy, a.stats.HeldOutDocuments = a.split.by, a.split.heldOut
	a.stats.Forgotten = a.exact.forgotten
	if a.near != nil {
		a.stats.Forgotten += a.near.forgotten
	}
	o := a.opt
	x := &Index{
		Format: FormatVersion, Lang: o.Lang, SeqLen: o.SeqLen, Packing: "packed", Meta: o.Meta,
		Tokenizer: TokenizerInfo{Digest: o.Tok.Digest(), VocabSize: o.Tok.VocabSize(), Special: o.Special},
		Settings: Settings{
			HeldOutPercent: o.HeldOutPercent, Seed: o.Seed, MaxTokens: o.MaxTokens, MinChars: o.MinChars,
			ScriptShare: o.ScriptShare, Scripts: o.Scripts, NearDup: o.NearDup, DedupBytes: o.DedupBytes, ShardBytes: o.ShardBytes,
		},
	}
	if o.ParagraphPerRow {
		x.Packing = "paragraph"
	}
	for _, side := range a.sides {
		info, err := side.finish()
		if err != nil {
			return nil, err
		}
		x.Splits = append(x.Splits, info)
	}
	a.warn(x)
	x.Stats = a.stats
	return x, syncDir(o.Dir)
}

// warn says, with figures, what a reader of the results should know about the corpus.
func (a *assembler) warn(x *Index) {
	s := &a.stats
	say := func(format string, v ...any) { s.Warnings = append(s.Warnings, fmt.Sprintf(format, v...)) }
	if s.Tokens < a.opt.LittleTokens && !s.Limit {
		say("little text: %d tokens in %d paragraphs of %d documents (fewer than %d tokens); expect a weak language adapter",
			s.Tokens, s.Paragraphs, s.DocumentsKept, a.opt.LittleTokens)
	}
	if s.SplitBy == "paragraph" {
		say("few documents (%d): the held-out part was split off by paragraph, so its text shares documents with the training text",
			s.DocumentsKept)
	}
	if a.opt.HeldOutPercent > 0 && x.split(HeldOutSplit).Rows == 0 {
		say("nothing held out: there is one paragraph only")
	}
	if a.opt.ScriptShare >= 0 && len(a.opt.Scripts) == 0 {
		say("the scripts of %q are not known: text in a wrong script was not filtered", a.opt.Lang)
	}
	if s.WrongScript*5 > s.ParagraphsRead {
		say("%d of %d paragraphs are not in %s: check that the source is in %q",
			s.WrongScript, s.ParagraphsRead, strings.Join(a.opt.Scripts, ", "), a.opt.Lang)
	}
}

func (a *assembler) abandon() {
	for _, side := range a.sides {
		side.out.abandon()
	}
}
