// Package payload encrypts what Temporal keeps of workflows (inputs, results, heartbeats, memos) before it leaves this
// machine, with AES-256-GCM, so that whoever runs the Temporal server reads none of it. Search attributes and workflow
// ids stay readable: the server searches by them.
//
// It must not know what the payloads mean.
package payload

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

const (
	encoding    = "binary/encrypted"
	metaKeyID   = "encryption-key-id"
	keyBytes    = 32
	keyIDLength = 16 // hex digits
)

// Codec implements converter.PayloadCodec.
type Codec struct {
	aead cipher.AEAD
	id   string // tells keys apart without telling the key
}

// ReadKey makes a codec of the key in a file, as ParseKey takes it.
func ReadKey(path string) (*Codec, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("payload key: %w", err)
	}
	c, err := ParseKey(string(body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// ParseKey makes a codec of a key of 64 hexadecimal digits, as `openssl rand -hex 32` writes them. Its error does not
// repeat the text.
func ParseKey(text string) (*Codec, error) {
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != keyBytes {
		return nil, errors.New("payload key: not 64 hexadecimal digits: make one with openssl rand -hex 32")
	}
	return New(key)
}

// New makes a codec of a key of 32 bytes.
func New(key []byte) (*Codec, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append([]byte("madx payload key id"), key...))
	return &Codec{aead: aead, id: hex.EncodeToString(sum[:])[:keyIDLength]}, nil
}

// Encode implements converter.PayloadCodec.
func (c *Codec) Encode(payloads []*common.Payload) ([]*common.Payload, error) {
	out := make([]*common.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("encrypt a payload: %w", err)
		}
		nonce := make([]byte, c.aead.NonceSize())
		_, _ = rand.Read(nonce) // never fails
		out[i] = &common.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(encoding), metaKeyID: []byte(c.id)},
			Data:     c.aead.Seal(nonce, nonce, plain, []byte(c.id)),
		}
	}
	return out, nil
}

// Decode implements converter.PayloadCodec. A payload that was written without a codec passes as it is, so that a codec
// can be switched on while sweeps run.
func (c *Codec) Decode(payloads []*common.Payload) ([]*common.Payload, error) {
	out := make([]*common.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) != encoding {
			out[i] = p
			continue
		}
		if id := string(p.Metadata[metaKeyID]); id != c.id {
			return nil, fmt.Errorf("a payload was encrypted with key %.16q, this is %s: give the key it was written with", id, c.id)
		}
		n := c.aead.NonceSize()
		if len(p.Data) < n {
			return nil, errors.New("an encrypted payload is cut")
		}
		plain, err := c.aead.Open(nil, p.Data[:n], p.Data[n:], []byte(c.id))
		if err != nil {
			return nil, fmt.Errorf("an encrypted payload is damaged: %w", err)
		}
		out[i] = &common.Payload{}
		if err := proto.Unmarshal(plain, out[i]); err != nil {
			return nil, fmt.Errorf("an encrypted payload: %w", err)
		}
	}
	return out, nil
}
