// Package spec describes one run of madx-trainer: what to train or evaluate, from which local folders, with which
// recipe. It is plain data, so that whoever starts a trainer (an activity, a script, a person) can write one without
// linking libtorch. It must not know Temporal, S3 or gotch: every path in a Spec is a local path.
package spec

// FormatVersion is raised when a change of the trainer changes the bytes that the same spec produces, so that
// artifacts made by different code never share a key.
const FormatVersion = 1

// Kind is what a trainer process does.
type Kind string

const (
	KindMLMHead  Kind = "mlm-head" // train the masked-LM head of a base that comes without one, on several languages
	KindLanguage Kind = "language" // train a language adapter with its invertible adapter by MLM
	KindTask     Kind = "task"     // train a task adapter and its head on the source language
	KindEvaluate Kind = "evaluate" // zero-shot evaluation on one target language, three rows
)

// Task names the three families of downstream tasks.
type Task string

const (
	TaskNER Task = "ner" // token classification
	TaskCCR Task = "ccr" // multiple choice (COPA, SIQA, XCOPA)
	TaskQA  Task = "qa"  // extractive question answering (SQuAD, XQuAD)
)

// Spec is the whole input of one trainer process, read from a JSON file. Unknown keys are refused.
type Spec struct {
	Format int    `json:"format"` // FormatVersion
	Kind   Kind   `json:"kind"`
	Seed   uint64 `json:"seed"` // all randomness is a function of (seed, step)

	Model  Model  `json:"model"`
	Device string `json:"device,omitempty"` // "cpu" (default) or "cuda:N"
	// Threads is the number of intra-op threads; 0 means one per core. It is not part of an artifact's identity, but
	// bit-identical resume is promised only for the same number.
	Threads int `json:"threads,omitempty"`

	Corpora  []Corpus     `json:"corpora,omitempty"`  // KindMLMHead: one or more; KindLanguage: exactly one
	Language *Adapter     `json:"language,omitempty"` // KindLanguage: the adapter to train
	Task     *TaskAdapter `json:"task,omitempty"`     // KindTask: the adapter to train
	Evaluate *Evaluate    `json:"evaluate,omitempty"` // KindEvaluate
	Train    *Train       `json:"train,omitempty"`    // the training kinds

	// Out receives the finished artifact by one rename; it must not exist. Checkpoints receives one folder per
	// checkpoint, each by one rename, so a folder that is there is whole. Resume names the checkpoint to go on from.
	Out         string `json:"out"`
	Checkpoints string `json:"checkpoints,omitempty"`
	Resume      string `json:"resume,omitempty"`

	// Lineage is copied into the artifact's madx.json: digests of what this run was made from.
	Lineage map[string]string `json:"lineage,omitempty"`
}

// Model is the frozen base encoder: a Hugging Face folder (config.json, weights, tokenizer).
type Model struct {
	Dir string `json:"dir"`
	// MLMHead is a folder with a separately trained masked-LM head; empty means the base folder holds one.
	MLMHead string `json:"mlm_head,omitempty"`
	// Precision of the frozen weights: "float32" (default) or "bfloat16"; adapters and optimiser stay float32.
	Precision string `json:"precision,omitempty"`
}

// Corpus is a folder of token shards (package datasets/corpus).
type Corpus struct {
	Lang string `json:"lang"`
	Dir  string `json:"dir"`
}

// Adapter is the configuration of a bottleneck adapter, in the terms of the Python library's SeqBnConfig and
// SeqBnInvConfig; zero values mean that library's defaults for the kind.
type Adapter struct {
	Name         string             `json:"name"`
	Lang         string             `json:"lang,omitempty"`
	Reduction    float64            `json:"reduction,omitempty"`              // hidden/width; language 2, task 16
	PerLayer     map[string]float64 `json:"reduction_per_layer,omitempty"`    // layer index → reduction
	NonLinearity string             `json:"non_linearity,omitempty"`          // relu
	Invertible   string             `json:"invertible,omitempty"`             // "nice" (default for languages) or "none"
	InvReduction float64            `json:"invertible_reduction,omitempty"`   // 2
	LeaveOut     []int              `json:"leave_out,omitempty"`              // layers without adapter (MAD-X 2.0: the last)
	TrainMLMHead bool               `json:"train_mlm_head,omitempty"`         // the peer's habit: dense and LayerNorm too
	NoInverse    bool               `json:"no_inverse_in_mlm_head,omitempty"` // the peer's ForMaskedLM: no inverse before the decoder
}

// TaskAdapter is a task adapter to train on top of the frozen source-language adapter.
type TaskAdapter struct {
	Adapter Adapter  `json:"adapter"`
	Task    Task     `json:"task"`
	Labels  []string `json:"labels,omitempty"` // NER: "O", "B-PER", …; fixes the head's size and order
	Source  string   `json:"source,omitempty"` // folder of the source-language adapter; empty: none below
	// LabelMap renames NER classes of the data to those of Labels, or to O: {"GPE": "LOC", "DATE": "O"}.
	LabelMap map[string]string `json:"label_map,omitempty"`
	// From is the folder of a task adapter to go on from, with its head where the kinds agree, such as one trained on
	// Social IQa before COPA; empty: fresh weights.
	From     string    `json:"from,omitempty"`
	Train    []Dataset `json:"train"`
	HeldOut  []Dataset `json:"held_out,omitempty"` // selects the best checkpoint where given
	MaxSpan  int       `json:"max_answer_tokens,omitempty"`
	DocSlide int       `json:"doc_stride_tokens,omitempty"`
}

// Dataset is one local file in a named format: NER "iob2", "conll", "wikiann"; CCR "copa", "xcopa", "siqa" (JSON
// lines); QA "squad" (SQuAD JSON).
type Dataset struct {
	Path   string `json:"path"`
	Format string `json:"format"`
	Split  string `json:"split,omitempty"` // for reports only
}

// Evaluate is one (task adapter, target language) pair. All three rows share one loaded base model.
type Evaluate struct {
	Task     Task              `json:"task"`
	Labels   []string          `json:"labels,omitempty"`
	LabelMap map[string]string `json:"label_map,omitempty"`          // as TaskAdapter's
	Adapter  string            `json:"task_adapter"`                 // folder of the task adapter trained on the source
	Alone    string            `json:"task_adapter_alone,omitempty"` // folder of a task adapter trained without language adapter: row 1
	Source   string            `json:"source_adapter,omitempty"`     // folder
	Target   string            `json:"target_adapter,omitempty"`     // folder
	Lang     string            `json:"lang"`                         // target language
	Data     []Dataset         `json:"data"`
	Train    []Dataset         `json:"train,omitempty"` // the source's training data: gives the most-frequent baseline
	Batch    int               `json:"batch,omitempty"`
	SeqLen   int               `json:"seq_len,omitempty"`
	Keep     bool              `json:"keep_predictions,omitempty"`
	Resample int               `json:"bootstrap_samples,omitempty"` // 0 means 1000
}

// Train is the recipe of a training.
type Train struct {
	Steps           int     `json:"steps,omitempty"`       // optimiser steps; or
	Epochs          float64 `json:"epochs,omitempty"`      // passes over the data (tasks)
	Batch           int     `json:"batch"`                 // rows per optimiser step
	MicroBatch      int     `json:"micro_batch,omitempty"` // rows per forward pass; 0 means Batch
	SeqLen          int     `json:"seq_len"`               // tokens per row, at most
	LR              float64 `json:"lr"`
	Schedule        string  `json:"schedule,omitempty"` // "linear" (default), "constant", "cosine"
	Warmup          int     `json:"warmup_steps,omitempty"`
	WeightDecay     float64 `json:"weight_decay,omitempty"`
	NoDecayBiasNorm bool    `json:"no_decay_bias_norm,omitempty"` // exempt biases and LayerNorm
	Beta1           float64 `json:"beta1,omitempty"`              // 0.9
	Beta2           float64 `json:"beta2,omitempty"`              // 0.999
	Eps             float64 `json:"eps,omitempty"`                // 1e-8
	ClipNorm        float64 `json:"clip_norm,omitempty"`          // 0 means no clipping
	Dropout         float64 `json:"dropout,omitempty"`            // of the frozen encoder while training; 0 means none
	MaskProb        float64 `json:"mask_prob,omitempty"`          // MLM; 0 means 0.15
	WholeWord       bool    `json:"whole_word_mask,omitempty"`
	EvalEvery       int     `json:"eval_every,omitempty"`       // steps between held-out losses; 0 means at the end only
	EvalRows        int     `json:"eval_rows,omitempty"`        // held-out rows scored each time; 0 means all, at most 256
	CheckpointEvery int     `json:"checkpoint_every,omitempty"` // steps; 0 means only when told to stop
	KeepCheckpoints int     `json:"keep_checkpoints,omitempty"` // newest kept on disk; 0 means 2
	LogEvery        int     `json:"log_every,omitempty"`        // steps between progress events; 0 means about every 2 s
	KeepBest        bool    `json:"keep_best,omitempty"`        // end with the best held-out state, not the last
	Patience        int     `json:"early_stop_patience,omitempty"`
	MaxRollbacks    int     `json:"max_rollbacks,omitempty"` // NaN or loss spikes survived; 0 means 3
}
