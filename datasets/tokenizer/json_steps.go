package tokenizer

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// normalizers reads what XLM-R's tokenizers have been given over the years.
func (n *stepJSON) normalizers() ([]normalizer, error) {
	if n == nil {
		return nil, nil
	}
	if n.Type != "Sequence" {
		step, err := n.normalizer()
		return []normalizer{step}, err
	}
	var out []normalizer
	for _, s := range n.Normalizers {
		step, err := s.normalizer()
		if err != nil {
			return nil, err
		}
		out = append(out, step)
	}
	return out, nil
}

func (n *stepJSON) normalizer() (normalizer, error) {
	switch n.Type {
	case "Precompiled":
		blob, err := base64.StdEncoding.DecodeString(n.Charsmap)
		if err != nil {
			return nil, fmt.Errorf("precompiled_charsmap: %w", err)
		}
		return parseCharsmap(blob)
	case "Replace":
		if n.Pattern.Regex != " {2,}" || n.Content != " " && n.Content != wordStart {
			return nil, fmt.Errorf("normalizer Replace: only %q by a space or %q is supported, not %q by %q",
				" {2,}", wordStart, n.Pattern.Regex, n.Content)
		}
		return squeeze{n.Content}, nil
	case "Strip":
		return strip{n.Left, n.Right}, nil
	}
	return nil, fmt.Errorf("normalizer %q is not supported with Unigram: Precompiled, Replace and Strip are", n.Type)
}

// metaspace reads the ways in which files of different ages write the same pre-tokeniser.
func (n *stepJSON) metaspace() (metaspace, error) {
	if n == nil {
		return metaspace{}, errors.New("pre_tokenizer is missing: Metaspace is supported")
	}
	if n.Type == "Sequence" && len(n.PreTokens) == 2 && n.PreTokens[0].Type == "WhitespaceSplit" {
		m, err := n.PreTokens[1].metaspace()
		m.whitespace = true
		return m, err
	}
	if n.Type != "Metaspace" || n.Replacement != wordStart || n.Split != nil && !*n.Split {
		return metaspace{}, fmt.Errorf("pre_tokenizer %q: only Metaspace with %q and split is supported, by itself or after WhitespaceSplit",
			n.Type, wordStart)
	}
	m := metaspace{prepend: n.Prepend}
	if m.prepend == "" {
		m.prepend = prependAlways
	}
	if n.PrefixSpace != nil && !*n.PrefixSpace {
		m.prepend = prependNever
	}
	if m.prepend != prependAlways && m.prepend != prependFirst && m.prepend != prependNever {
		return m, fmt.Errorf("pre_tokenizer: prepend_scheme %q is not known", m.prepend)
	}
	return m, nil
}

// readUnigramVocab reads [["piece", score], …]. Pairs of such a shape by the hundred thousand are slow to unmarshal,
// so the array, whose syntax has been checked, is walked here.
func readUnigramVocab(body []byte) (pieces []string, scores []float64, err error) {
	v := vocabReader{body: body}
	v.expect('[')
	for v.err == nil && !v.accept(']') {
		if len(pieces) > 0 {
			v.expect(',')
		}
		if len(pieces) > maxID {
			return nil, nil, fmt.Errorf("more than %d pieces", maxID)
		}
		v.expect('[')
		pieces = append(pieces, v.text())
		v.expect(',')
		scores = append(scores, v.number())
		v.expect(']')
	}
	if v.err != nil {
		return nil, nil, fmt.Errorf("[%d]: %w", max(len(pieces)-1, 0), v.err)
	}
	return pieces, scores, nil
}

// vocabReader reads JSON whose syntax is right, but whose shape may not be.
type vocabReader struct {
	body []byte
	at   int
	err  error
}

func (v *vocabReader) peek() byte {
	for v.at < len(v.body) {
		switch c := v.body[v.at]; c {
		case ' ', '\t', '\n', '\r':
			v.at++
		default:
			return c
		}
	}
	return 0
}

func (v *vocabReader) accept(c byte) bool {
	if v.err == nil && v.peek() == c {
		v.at++
		return true
	}
	return false
}

func (v *vocabReader) expect(c byte) {
	if !v.accept(c) && v.err == nil {
		v.err = errors.New("not a pair of piece and score")
	}
}

func (v *vocabReader) text() string {
	v.expect('"')
	start, plain := v.at, true
	for ; v.err == nil; v.at++ {
		if v.at >= len(v.body) {
			v.err = errors.New("the text does not end")
			break
		}
		c := v.body[v.at]
		if c == '"' {
			break
		}
		if c == '\\' {
			plain = false
			v.at++
		}
	}
	if v.err != nil {
		return ""
	}
	v.at++
	if plain {
		return string(bytes.ToValidUTF8(v.body[start:v.at-1], []byte("\uFFFD")))
	}
	var s string
	v.err = json.Unmarshal(v.body[start-1:v.at], &s)
	return s
}

func (v *vocabReader) number() float64 {
	v.peek()
	start := v.at
	for v.at < len(v.body) && v.body[v.at] != ']' && v.body[v.at] > ' ' {
		v.at++
	}
	if v.err != nil {
		return 0
	}
	x, err := strconv.ParseFloat(string(v.body[start:v.at]), 64)
	if err != nil {
		v.err = err
	}
	return x
}
