package hub

import "encoding/json"

// Madx is madx.json, what this project records beside the library's files about how an artifact came to be.
type Madx struct {
	Format     int      `json:"format"`              // 1
	Kind       string   `json:"kind"`                // "language", "task", "mlm-head"
	Language   string   `json:"language,omitempty"`  // ISO 639 code of a language adapter
	Languages  []string `json:"languages,omitempty"` // of an MLM head
	Task       string   `json:"task,omitempty"`      // "ner", "ccr", "qa"
	BaseDigest string   `json:"base_digest"`         // Model.Digest of the base it was trained on
	HeadDigest string   `json:"mlm_head_digest,omitempty"`
	// SourceDigest is the DigestAdapter of the language adapter that a task adapter was trained on; empty for none.
	SourceDigest string `json:"source_adapter_digest,omitempty"`
	// SourceConfig is that adapter's configuration in the library's keys: what takes its place must have the same.
	SourceConfig json.RawMessage    `json:"source_adapter_config,omitempty"`
	Corpus       map[string]string  `json:"corpus,omitempty"` // language → corpus digest
	Recipe       json.RawMessage    `json:"recipe,omitempty"` // the training's settings
	Seed         uint64             `json:"seed"`
	Steps        int                `json:"steps,omitempty"`
	Metrics      map[string]float64 `json:"metrics,omitempty"`
	Lineage      map[string]string  `json:"lineage,omitempty"`  // digests of what it was made from, e.g. source_adapter
	Versions     map[string]string  `json:"versions,omitempty"` // madx, libtorch, go
}
