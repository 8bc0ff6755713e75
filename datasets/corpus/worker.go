package corpus

import (
	"slices"
	"strings"
)

// job is a batch of documents on its way through a worker.
type job struct {
	docs  []document
	bytes int
	done  chan struct{} // closed when the documents are cleaned and tokenised
}

// document is one document: its text, then what the worker made of it.
type document struct {
	id, text string
	paras    []paragraph
	stats    Stats // what can be counted without knowing the other documents
}

// paragraph is one that survived cleaning.
type paragraph struct {
	ids    []int32
	chars  int
	hash   uint64
	sig    signature
	hasSig bool
}

// worker cleans and tokenises batches until there are no more.
func (b *Builder) worker() {
	var buf buffers
	for j := range b.todo {
		if b.failure() == nil {
			for i := range j.docs {
				b.prepare(&j.docs[i], &buf)
			}
		}
		close(j.done)
	}
}

func (b *Builder) prepare(d *document, buf *buffers) {
	d.stats.Documents = 1
	for rest := d.text; rest != ""; {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		p := b.clean.clean([]byte(line), buf)
		if p.verdict == blank {
			continue
		}
		count(&d.stats, &p)
		if p.verdict != kept {
			continue
		}
		out := paragraph{chars: p.chars, hash: textHash(p.text), ids: b.opt.Tok.AppendIDs(nil, string(p.text))}
		n := len(out.ids)
		out.ids = slices.DeleteFunc(out.ids, b.opt.Special.frames)
		d.stats.FrameTokens += int64(n - len(out.ids))
		if b.opt.NearDup > 0 {
			out.sig, out.hasSig = sketch(p.text)
		}
		d.paras = append(d.paras, out)
	}
	d.text = ""
}

func count(s *Stats, p *cleaned) {
	s.ParagraphsRead++
	s.CharsRead += int64(p.chars)
	if p.invalidUTF8 {
		s.InvalidUTF8++
	}
	if p.nfc {
		s.NFC++
	}
	switch p.verdict {
	case short:
		s.Short++
	case wrongScript:
		s.WrongScript++
	}
}

// add sums what workers count.
func (s *Stats) add(o *Stats) {
	s.Documents += o.Documents
	s.ParagraphsRead += o.ParagraphsRead
	s.CharsRead += o.CharsRead
	s.InvalidUTF8 += o.InvalidUTF8
	s.NFC += o.NFC
	s.Short += o.Short
	s.WrongScript += o.WrongScript
	s.FrameTokens += o.FrameTokens
}
