package corpus

// packer turns the paragraphs of one split into rows.
type packer struct {
	seqLen  int
	special Special
	single  bool // every paragraph begins a row
	out     *shardWriter
	row     []int32 // the row being filled: empty, or BOS and more, with room for EOS
	tokens  int64
}

func newPacker(opt *BuildOptions, split string) *packer {
	return &packer{
		seqLen: opt.SeqLen, special: opt.Special, single: opt.ParagraphPerRow,
		out: &shardWriter{dir: opt.Dir, split: split, seqLen: opt.SeqLen, maxBytes: opt.ShardBytes},
		row: make([]int32, 0, opt.SeqLen),
	}
}

// add appends one paragraph. Between two in a row stands EOS; a row that a paragraph fills ends with one anyway.
func (p *packer) add(ids []int32) error {
	p.tokens += int64(len(ids))
	if len(p.row) > 0 {
		p.row = append(p.row, p.special.EOS) // may leave no room for a token: the row then ends with two
	}
	for len(ids) > 0 {
		if len(p.row) == 0 {
			p.row = append(p.row, p.special.BOS)
		}
		n := min(len(ids), p.seqLen-1-len(p.row))
		p.row = append(p.row, ids[:n]...)
		ids = ids[n:]
		if len(p.row) == p.seqLen-1 {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	if p.single {
		return p.flush()
	}
	return nil
}

// flush closes the row with EOS and padding and writes it, if there is one.
func (p *packer) flush() error {
	if len(p.row) == 0 {
		return nil
	}
	p.row = append(p.row, p.special.EOS)
	for len(p.row) < p.seqLen {
		p.row = append(p.row, p.special.Pad)
	}
	err := p.out.write(p.row)
	p.row = p.row[:0]
	return err
}

func (p *packer) finish() (SplitInfo, error) {
	if err := p.flush(); err != nil {
		return SplitInfo{}, err
	}
	shards, rows, err := p.out.finish()
	return SplitInfo{Name: p.out.split, Rows: rows, Tokens: p.tokens, Shards: shards}, err
}
