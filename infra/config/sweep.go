// Package config reads the two files a person writes: the sweep file and the connection settings. It turns YAML, MADX_*
// environment variables and flags into one validated struct, and says for everything wrong the file, line and key. It
// must not start anything or talk to any service.
package config

// Sweep is a sweep file. The `default` tag is the value of an absent key; `help` documents the key in the reference.
type Sweep struct {
	Name      string                  `yaml:"name" help:"names the sweep; its workflow is sweep/NAME"`
	Model     Model                   `yaml:"model" help:"the frozen base encoder"`
	Source    string                  `yaml:"source" help:"language code of the task data, such as en"`
	Targets   []string                `yaml:"targets" help:"language codes to transfer to"`
	Wikipedia Wikipedia               `yaml:"wikipedia" help:"where the text comes from"`
	Text      map[string][]TextSource `yaml:"text" help:"text of single languages, or of all, instead of Wikipedia: language: [files]"`
	Hub       Hub                     `yaml:"hub" help:"where hf:// files come from"`
	Corpus    Corpus                  `yaml:"corpus" help:"how text becomes training rows"`
	MLMHead   Training                `yaml:"mlm_head" help:"training of the masked-LM head; used when the base has none"`
	Language  Language                `yaml:"language" help:"recipe of the language adapters"`
	Tasks     []Task                  `yaml:"tasks" help:"what to transfer"`
	Seed      uint64                  `yaml:"seed" default:"42" help:"all randomness follows from it"`
	Budget    Budget                  `yaml:"budget" help:"what the plan may cost before it asks"`

	// File is the path the sweep was read from; relative paths in it are relative to its folder.
	File string `yaml:"-"`
	// lines maps a key's path to its line, for error messages; walked counts what was looked at to find them.
	lines  map[string]int
	walked int
}

// Model names the base encoder.
type Model struct {
	Path      string `yaml:"path" help:"folder in Hugging Face's layout (config.json, safetensors, tokenizer)"`
	Precision string `yaml:"precision" default:"bfloat16" help:"of the frozen weights: float32, bfloat16 or, on CUDA, float16; adapters and optimiser are float32"`
}

// Wikipedia says which dumps are read.
type Wikipedia struct {
	Mirror   string            `yaml:"mirror" default:"https://dumps.wikimedia.org" help:"URL with the layout of dumps.wikimedia.org"`
	Snapshot string            `yaml:"snapshot" default:"latest" help:"latest or a date such as 20260101"`
	Dates    map[string]string `yaml:"dates" help:"snapshot of single languages, language: date"`
}

// TextSource is one file of a language's text: plain text or JSON lines, maybe compressed (.gz, .bz2, .zst).
type TextSource struct {
	Path      string `yaml:"path" help:"relative to the sweep file, or http(s)://, s3://BUCKET/KEY, hf://datasets/OWNER/NAME@REVISION/PATH; {lang} stands for the language; wikipedia means its Wikipedia"`
	TextField string `yaml:"text_field" help:"of JSON lines (.jsonl, .ndjson, .json): the field with the text; text unless given"`
	IDField   string `yaml:"id_field" help:"of JSON lines: the field that names the document; id unless given"`
}

// Hub is a server of datasets in Hugging Face's layout.
type Hub struct {
	Endpoint string `yaml:"endpoint" help:"its address; HF_ENDPOINT unless given"`
}

// Corpus says how text becomes rows of tokens.
type Corpus struct {
	SeqLen         int     `yaml:"seq_len" default:"256" help:"tokens per row"`
	HeldOutPercent float64 `yaml:"held_out_percent" default:"5" help:"share of articles kept for the held-out loss"`
	MinChars       int     `yaml:"min_chars" default:"0" help:"shorter paragraphs are dropped; 0 means 20, or 8 for languages written in Han"`
	ScriptShare    float64 `yaml:"script_share" default:"0.5" help:"paragraphs with a smaller share of letters in the language's scripts are dropped; 0 means none"`
	NearDuplicates float64 `yaml:"near_duplicates" default:"0.85" help:"similarity from which a paragraph is dropped as a duplicate; 0 means only equal ones are"`
	OnePerRow      bool    `yaml:"paragraph_per_row" default:"false" help:"every paragraph begins a row of its own, padded, instead of being packed behind the one before"`
	MaxTokens      int64   `yaml:"max_tokens" default:"0" help:"stop after so many tokens; 0 means all text"`
}

// Training is the part of a recipe that all stages share.
type Training struct {
	Steps           int     `yaml:"steps" default:"0" help:"optimiser steps"`
	Batch           int     `yaml:"batch" default:"64" help:"rows per optimiser step"`
	MicroBatch      int     `yaml:"micro_batch" default:"0" help:"rows per forward pass; 0 means batch. Does not change the result"`
	LR              float64 `yaml:"lr" default:"0.0001" help:"peak learning rate"`
	Schedule        string  `yaml:"schedule" default:"linear" help:"linear, constant or cosine"`
	Warmup          int     `yaml:"warmup_steps" default:"0" help:"steps of linear warm-up"`
	WeightDecay     float64 `yaml:"weight_decay" default:"0.01" help:"decoupled, as in AdamW"`
	ClipNorm        float64 `yaml:"clip_norm" default:"1" help:"global gradient norm; 0 means no clipping"`
	Dropout         float64 `yaml:"dropout" default:"0" help:"of the frozen encoder while training"`
	CheckpointEvery int     `yaml:"checkpoint_every" default:"1000" help:"steps between checkpoints; 0 means only when stopped"`
	EvalEvery       int     `yaml:"eval_every" default:"0" help:"steps between held-out losses; 0 means at the end"`
	KeepBest        bool    `yaml:"keep_best" default:"false" help:"end with the best held-out state, not the last"`
}

// Language is the recipe of the language adapters.
type Language struct {
	Training     `yaml:",inline"`
	StepsBy      map[string]int `yaml:"steps_by_language" help:"steps of single languages, language: steps"`
	Reduction    float64        `yaml:"reduction" default:"2" help:"hidden size / adapter width"`
	InvReduction float64        `yaml:"invertible_reduction" default:"2" help:"of the invertible adapter"`
	NonLinearity string         `yaml:"non_linearity" default:"relu" help:"of the bottleneck"`
	LeaveOut     []int          `yaml:"leave_out" help:"layers without adapter; MAD-X 2.0 leaves out the last"`
	WholeWord    bool           `yaml:"whole_word_mask" default:"false" help:"mask whole words"`
	CorpusWords  bool           `yaml:"corpus_words" default:"false" help:"train against the words that the language's corpus uses, not the whole vocabulary: faster, another loss"`
}

// Task is one task to transfer.
type Task struct {
	Name         string               `yaml:"name" help:"names the task in results"`
	Kind         string               `yaml:"kind" help:"ner, ccr (multiple choice) or qa"`
	Source       string               `yaml:"source" help:"language of the training data; the sweep's source unless given"`
	Labels       []string             `yaml:"labels" help:"ner: the tag set, O first"`
	LabelMap     map[string]string    `yaml:"label_map" help:"ner: classes of the data that the labels do not have, class: class or O"`
	Before       []Stage              `yaml:"before" help:"trainings that the adapter goes through first, in order, such as Social IQa before COPA"`
	Train        []Dataset            `yaml:"train" help:"source-language training files"`
	HeldOut      []Dataset            `yaml:"held_out" help:"selects the best checkpoint where given"`
	Test         map[string][]Dataset `yaml:"test" help:"test files by language"`
	Epochs       float64              `yaml:"epochs" default:"0" help:"passes over the data; or steps"`
	SeqLen       int                  `yaml:"seq_len" default:"0" help:"tokens per example, at most; 0 means 128, for qa 384"`
	Reduction    float64              `yaml:"reduction" default:"16" help:"hidden size / adapter width"`
	NonLinearity string               `yaml:"non_linearity" default:"relu" help:"of the bottleneck"`
	LeaveOut     []int                `yaml:"leave_out" help:"layers without adapter"`
	Training     `yaml:",inline"`
}

// Stage is an earlier training of a task adapter, on other data of the same kind.
type Stage struct {
	Train    []Dataset `yaml:"train" help:"source-language training files"`
	HeldOut  []Dataset `yaml:"held_out" help:"selects the best checkpoint where given"`
	Epochs   float64   `yaml:"epochs" default:"0" help:"passes over the data; or steps"`
	Training `yaml:",inline"`
}

// Dataset is one file.
type Dataset struct {
	Path   string `yaml:"path" help:"relative to the sweep file, or http(s)://, s3://BUCKET/KEY, hf://datasets/OWNER/NAME@REVISION/PATH; sw.tar.gz#train is a file in an archive; .parquet files are read by their columns"`
	Format string `yaml:"format" help:"iob2, conll, wikiann, uner; copa, xcopa, siqa; squad, xquad, mlqa"`
}

// Budget bounds what starts without being asked.
type Budget struct {
	Hours       float64 `yaml:"device_hours" default:"24" help:"ask before a plan of more device hours; 0 means never"`
	CostPerHour float64 `yaml:"cost_per_hour" default:"0" help:"price of a device hour, for the plan"`
	Currency    string  `yaml:"currency" default:"USD" help:"of cost_per_hour"`
	TokensPerS  float64 `yaml:"tokens_per_s" default:"1000" help:"assumed training rate where none was measured"`
}
