// Package spec describes one run of madx-trainer: what to train or evaluate, from which local folders, with which
// recipe. It is plain data, so that whoever starts a trainer (an activity, a script, a person) can write one without
// linking libtorch. It must not know Temporal, S3 or gotch: every path in a Spec is a local path.
package spec

import "encoding/json"

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

// Spec is the whole input of one trainer process, read from a JSON file. Unknown keys are refused. The tags say what the
// types do not: what an absent key means, the unit, the meaning. `madx-trainer schema` prints them.
type Spec struct {
	Format int    `json:"format" doc:"version of this format: 1"`
	Kind   Kind   `json:"kind" doc:"what to do: mlm-head, language, task or evaluate"`
	Seed   uint64 `json:"seed" default:"0" doc:"all randomness is a function of seed and step"`

	Model  Model  `json:"model" doc:"the frozen base model"`
	Device string `json:"device,omitempty" default:"cpu" doc:"cpu or cuda:N"`
	// Threads is not part of an artifact's identity.
	Threads int `json:"threads,omitempty" default:"one per core" doc:"intra-op threads; resuming is bit-identical for the same number"`

	Corpora  []Corpus     `json:"corpora,omitempty" doc:"mlm-head: one or more, in turn; language: exactly one"`
	Language *Adapter     `json:"language,omitempty" doc:"language: the adapter to train"`
	Task     *TaskAdapter `json:"task,omitempty" doc:"task: the adapter to train, and on what"`
	Evaluate *Evaluate    `json:"evaluate,omitempty" doc:"evaluate: the adapters to score, and on what"`
	Train    *Train       `json:"train,omitempty" doc:"all kinds but evaluate: the recipe"`

	// The folders appear by one rename each, so one that is there is whole.
	Out         string `json:"out" doc:"folder of the finished artifact; must not exist"`
	Checkpoints string `json:"checkpoints,omitempty" default:"none are written" doc:"folder that gets one folder step-NNNNNNNN per checkpoint"`
	Resume      string `json:"resume,omitempty" default:"begin anew" doc:"checkpoint folder to go on from"`

	Lineage map[string]string `json:"lineage,omitempty" doc:"copied into the artifact's madx.json: digests of what this run was made from"`
}

// Model is the frozen base encoder: a Hugging Face folder (config.json, weights, tokenizer).
type Model struct {
	Dir       string `json:"dir" doc:"Hugging Face folder: config.json, weights, tokenizer"`
	MLMHead   string `json:"mlm_head,omitempty" default:"the base's own" doc:"folder of a masked-LM head that train-mlm-head made for this base"`
	Precision string `json:"precision,omitempty" default:"float32" doc:"of the frozen weights: float32, bfloat16 or, on CUDA, float16; adapters and optimiser are float32"`
}

// Corpus is a folder of token shards (package datasets/corpus).
type Corpus struct {
	Lang string `json:"lang" doc:"language code"`
	Dir  string `json:"dir" doc:"folder of token shards"`
}

// Adapter is the configuration of a bottleneck adapter, in the terms of the Python library's SeqBnConfig and
// SeqBnInvConfig; zero values mean that library's defaults for the kind.
type Adapter struct {
	Name         string             `json:"name" doc:"becomes part of tensor names: letters, digits, - and _"`
	Lang         string             `json:"lang,omitempty" default:"required for a language adapter" doc:"language code"`
	Reduction    float64            `json:"reduction,omitempty" default:"2 (language), 16 (task)" unit:"hidden size / width" doc:"of the bottleneck"`
	PerLayer     map[string]float64 `json:"reduction_per_layer,omitempty" default:"reduction everywhere" unit:"hidden size / width" doc:"by layer index from 0"`
	NonLinearity string             `json:"non_linearity,omitempty" default:"relu" doc:"the library's name of the function between down and up projection"`
	Invertible   string             `json:"invertible,omitempty" default:"nice (language), none (task)" doc:"invertible adapter on the embeddings: nice or none"`
	InvReduction float64            `json:"invertible_reduction,omitempty" default:"2" unit:"half the hidden size / width" doc:"of the invertible adapter"`
	LeaveOut     []int              `json:"leave_out,omitempty" default:"none" doc:"layers without adapter, from 0 (MAD-X 2.0: the last)"`
	TrainMLMHead bool               `json:"train_mlm_head,omitempty" default:"false" doc:"train the head's dense and LayerNorm too, as the Python library's script does"`
	NoInverse    bool               `json:"no_inverse_in_mlm_head,omitempty" default:"false" doc:"no inverse before the output embedding, as the Python library's ForMaskedLM"`
	// Config has the settings that have no key of their own here.
	Config map[string]json.RawMessage `json:"config,omitempty" default:"none" doc:"more settings by the library's names: original_ln_before, scaling, init_weights …"`
}

// TaskAdapter is a task adapter to train on top of the frozen source-language adapter.
type TaskAdapter struct {
	Adapter  Adapter           `json:"adapter" doc:"the adapter to train"`
	Task     Task              `json:"task" doc:"ner, ccr (multiple choice) or qa"`
	Labels   []string          `json:"labels,omitempty" default:"required for ner" doc:"O, B-PER …: fixes the head's size and order"`
	Source   string            `json:"source,omitempty" default:"no language adapter below" doc:"folder of the source-language adapter"`
	LabelMap map[string]string `json:"label_map,omitempty" default:"none" doc:"renames classes of the data to those of labels, or to O: {\"GPE\": \"LOC\", \"DATE\": \"O\"}"`
	From     string            `json:"from,omitempty" default:"fresh weights" doc:"folder of a task adapter to go on from, with its head where the kinds agree (Social IQa before COPA)"`
	Train    []Dataset         `json:"train" doc:"data to learn from"`
	HeldOut  []Dataset         `json:"held_out,omitempty" default:"none" doc:"data for held-out losses, which select the best state"`
	DocSlide int               `json:"doc_stride_tokens,omitempty" default:"128, at most a third of seq_len" unit:"tokens" doc:"qa: overlap of a context's windows"`
}

// Dataset is one local file in a named format.
type Dataset struct {
	Path   string `json:"path" doc:"file"`
	Format string `json:"format" doc:"ner: iob2, conll, wikiann …; ccr: copa, xcopa, siqa; qa: squad"`
	Split  string `json:"split,omitempty" default:"none" doc:"for reports only"`
}

// Evaluate is one (task adapter, target language) pair. All three rows share one loaded base model.
type Evaluate struct {
	Task      Task              `json:"task" doc:"ner, ccr or qa"`
	Labels    []string          `json:"labels,omitempty" default:"required for ner" doc:"those of the task adapter's training"`
	LabelMap  map[string]string `json:"label_map,omitempty" default:"none" doc:"as task.label_map"`
	Adapter   string            `json:"task_adapter,omitempty" default:"rows source_kept and target_swapped are left out" doc:"folder of the task adapter trained on the source"`
	Alone     string            `json:"task_adapter_alone,omitempty" default:"row task_alone is left out" doc:"folder of a task adapter trained without language adapter"`
	Source    string            `json:"source_adapter,omitempty" default:"required with task_adapter" doc:"folder of the language adapter that task_adapter was trained on"`
	Target    string            `json:"target_adapter,omitempty" default:"row target_swapped is left out" doc:"folder of the target's language adapter"`
	Lang      string            `json:"lang" doc:"target language"`
	Data      []Dataset         `json:"data" doc:"data to score"`
	Train     []Dataset         `json:"train,omitempty" default:"no such baseline" doc:"ner: the source's training data, for the most-frequent-tag baseline"`
	Batch     int               `json:"batch,omitempty" default:"32" unit:"rows" doc:"rows per forward pass"`
	SeqLen    int               `json:"seq_len,omitempty" default:"128, qa 384" unit:"tokens" doc:"of a row, at most; never more than the model has positions for"`
	DocSlide  int               `json:"doc_stride_tokens,omitempty" default:"128, at most a third of seq_len" unit:"tokens" doc:"qa: overlap of a context's windows"`
	NBest     int               `json:"n_best,omitempty" default:"20" unit:"spans" doc:"qa: starts and ends considered in a window, and answers kept per question"`
	MaxSpan   int               `json:"max_answer_tokens,omitempty" default:"30" unit:"tokens" doc:"qa: longest answer"`
	Normalise string            `json:"normalisation,omitempty" default:"squad" doc:"qa: which answers are equal: squad (SQuAD, XQuAD) or mlqa (articles and punctuation of the language); the other stands beside it"`
	Keep      bool              `json:"keep_predictions,omitempty" default:"false" doc:"write predictions-ROW.jsonl"`
	Resample  int               `json:"bootstrap_samples,omitempty" default:"1000" doc:"of the 95% intervals"`
}

// Train is the recipe of a training.
type Train struct {
	Steps           int     `json:"steps,omitempty" default:"epochs decides" unit:"steps" doc:"optimiser steps"`
	Epochs          float64 `json:"epochs,omitempty" default:"steps decides" doc:"passes over the training data"`
	Batch           int     `json:"batch" unit:"rows" doc:"rows (ner, qa, masked LM) or questions (ccr) per optimiser step"`
	MicroBatch      int     `json:"micro_batch,omitempty" default:"batch" unit:"rows" doc:"rows per forward pass: a matter of memory, gradients add up to the batch's"`
	SeqLen          int     `json:"seq_len" unit:"tokens" doc:"of a row, special tokens included, at most"`
	LR              float64 `json:"lr" doc:"learning rate at the top of the schedule"`
	Schedule        string  `json:"schedule,omitempty" default:"linear" doc:"of the learning rate after the warm-up: linear to 0, constant, or cosine to 0"`
	Warmup          int     `json:"warmup_steps,omitempty" default:"0" unit:"steps" doc:"the learning rate rises from 0"`
	WeightDecay     float64 `json:"weight_decay,omitempty" default:"0" doc:"of AdamW, decoupled"`
	NoDecayBiasNorm bool    `json:"no_decay_bias_norm,omitempty" default:"false" doc:"exempt biases and LayerNorm from weight decay"`
	Beta1           float64 `json:"beta1,omitempty" default:"0.9" doc:"of AdamW"`
	Beta2           float64 `json:"beta2,omitempty" default:"0.999" doc:"of AdamW"`
	Eps             float64 `json:"eps,omitempty" default:"1e-8" doc:"of AdamW"`
	ClipNorm        float64 `json:"clip_norm,omitempty" default:"no clipping" doc:"largest global norm of the gradient"`
	Dropout         float64 `json:"dropout,omitempty" default:"0" doc:"probability of dropout in the encoder and heads while training"`
	MaskProb        float64 `json:"mask_prob,omitempty" default:"0.15" doc:"masked LM: share of tokens to predict"`
	WholeWord       bool    `json:"whole_word_mask,omitempty" default:"false" doc:"masked LM: mask all tokens of a word or none"`
	CorpusWords     bool    `json:"corpus_words,omitempty" default:"false" doc:"language adapter: the training loss's softmax runs over the words of the training rows only, not the vocabulary; faster, but another loss (docs/benchmarks.md); held-out losses stay over the vocabulary"`
	EvalEvery       int     `json:"eval_every,omitempty" default:"at the end only" unit:"steps" doc:"between held-out losses"`
	EvalRows        int     `json:"eval_rows,omitempty" default:"256" unit:"rows" doc:"held-out rows scored each time, at most"`
	CheckpointEvery int     `json:"checkpoint_every,omitempty" default:"only when told to stop" unit:"steps" doc:"between checkpoints"`
	KeepCheckpoints int     `json:"keep_checkpoints,omitempty" default:"2" doc:"newest checkpoints kept"`
	LogEvery        int     `json:"log_every,omitempty" default:"about every 2 s" unit:"steps" doc:"between progress events"`
	KeepBest        bool    `json:"keep_best,omitempty" default:"false" doc:"end with the state of the best held-out loss, not the last"`
	Patience        int     `json:"early_stop_patience,omitempty" default:"never stop early" unit:"held-out losses" doc:"without improvement before the training ends"`
	MaxRollbacks    int     `json:"max_rollbacks,omitempty" default:"3" doc:"NaN or loss spikes survived by going back"`
}
