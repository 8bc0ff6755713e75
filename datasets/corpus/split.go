package corpus

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// With fewer documents than fewDocuments, holding whole ones out would take too large a share or none: paragraphs are
// split instead. The first documents are kept back until it is known how to split them, at most so many.
const (
	fewDocuments   = 20
	maxKeptBack    = 2000
	maxKeptBackIDs = 16 << 20
)

// splitter decides the side of every document by a hash of its id and the seed, so that a document's side does not
// depend on the other documents, save among the first ones where at least one has to be held out.
type splitter struct {
	seed  uint64
	share float64 // 0 to 0.5
	out   func(heldOut bool, paras []paragraph) error

	by      string
	heldOut int64
	back    []keptBack
	backIDs int
	decided bool
	sides   [2]bool // some document below, or above, the share
}

type keptBack struct {
	id    string
	paras []paragraph
	point float64
}

// point places an id in [0, 1); what lies below the share is held out.
func (s *splitter) point(id string) float64 {
	var seed [8]byte
	binary.LittleEndian.PutUint64(seed[:], s.seed)
	sum := sha256.Sum256(append(seed[:], id...))
	return float64(binary.LittleEndian.Uint64(sum[:])>>11) / (1 << 53)
}

func (s *splitter) take(id string, paras []paragraph) error {
	if s.share == 0 {
		s.by = "none"
		return s.out(false, paras)
	}
	point := s.point(id)
	if s.decided {
		return s.place(point < s.share, paras)
	}
	s.back = append(s.back, keptBack{id, append([]paragraph(nil), paras...), point})
	for i := range paras {
		s.backIDs += len(paras[i].ids)
	}
	if point < s.share {
		s.sides[0] = true
	} else {
		s.sides[1] = true
	}
	enough := len(s.back) >= fewDocuments && s.sides[0] && s.sides[1]
	if enough || len(s.back) >= maxKeptBack || s.backIDs >= maxKeptBackIDs && len(s.back) >= fewDocuments {
		return s.byDocument()
	}
	return nil
}

func (s *splitter) place(heldOut bool, paras []paragraph) error {
	if heldOut {
		s.heldOut++
	}
	return s.out(heldOut, paras)
}

// byDocument splits what was kept back. At least one document is held out, and one is not.
func (s *splitter) byDocument() error {
	lowest, highest := 0, 0
	for i, d := range s.back {
		if d.point < s.back[lowest].point {
			lowest = i
		}
		if d.point > s.back[highest].point {
			highest = i
		}
	}
	s.by, s.decided = "document", true
	for i, d := range s.back {
		if err := s.place((d.point < s.share || i == lowest) && i != highest, d.paras); err != nil {
			return err
		}
	}
	s.back = nil
	return nil
}

// end splits what is still kept back.
func (s *splitter) end() error {
	switch {
	case s.decided || s.share == 0:
		return nil
	case len(s.back) >= fewDocuments:
		return s.byDocument()
	}
	// Paragraphs become the documents.
	docs := s.back
	s.back = nil
	for _, d := range docs {
		for i := range d.paras {
			s.back = append(s.back, keptBack{paras: d.paras[i : i+1], point: s.point(d.id + "#" + strconv.Itoa(i))})
		}
	}
	if len(s.back) < 2 {
		s.by = "none"
		for _, d := range s.back {
			if err := s.out(false, d.paras); err != nil {
				return err
			}
		}
		s.back = nil
		return nil
	}
	err := s.byDocument()
	s.by = "paragraph"
	return err
}
