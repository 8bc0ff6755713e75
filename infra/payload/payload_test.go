package payload

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.temporal.io/sdk/converter"
)

func codec(t *testing.T, fill string) *Codec {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(strings.Repeat(fill, 64)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := ReadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// behind is Temporal's usual converter behind a codec.
func behind(c *Codec) converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), c)
}

func TestRoundTrip(t *testing.T) {
	c := behind(codec(t, "a"))
	in := map[string]string{"lang": "sw", "corpus": "readable"}
	p, err := c.ToPayload(in)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(p.Data, []byte("readable")) {
		t.Error("it can be read")
	}
	var out map[string]string
	if err := c.FromPayload(p, &out); err != nil || out["corpus"] != "readable" {
		t.Errorf("%v, %v", out, err)
	}
	again, err := c.ToPayload(in)
	if err != nil || bytes.Equal(p.Data, again.Data) {
		t.Errorf("the same bytes twice: %v", err)
	}
	if err := behind(codec(t, "b")).FromPayload(p, &out); err == nil || !strings.Contains(err.Error(), "key") {
		t.Errorf("another key: %v", err)
	}
	for i := range p.Data {
		bad := bytes.Clone(p.Data)
		bad[i] ^= 1
		whole := p.Data
		p.Data = bad
		if err := c.FromPayload(p, &out); err == nil {
			t.Errorf("byte %d flipped", i)
		}
		p.Data = whole
	}
	p.Data = p.Data[:3]
	if err := c.FromPayload(p, &out); err == nil {
		t.Error("cut")
	}
}

func TestOldPayloadsStayReadable(t *testing.T) {
	p, err := converter.GetDefaultDataConverter().ToPayload("plain")
	if err != nil {
		t.Fatal(err)
	}
	var out string
	if err := behind(codec(t, "a")).FromPayload(p, &out); err != nil || out != "plain" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestBadKeysAreRefused(t *testing.T) {
	for _, text := range []string{"", "abc", strings.Repeat("g", 64), strings.Repeat("a", 62)} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadKey(path); err == nil || strings.Contains(err.Error(), "gggg") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
