package ccr

// realFile is a file of the real data and its counts.
type realFile struct {
	path, format      string
	examples          int
	labels, questions string
}

var realFiles = []realFile{
	{"copa-en/test.en.jsonl.gz", "copa", 500, "map[0:250 1:250]", "map[cause:250 effect:250]"},
	{"copa-en/train-mirrored.en.jsonl.gz", "copa", 400, "map[0:212 1:188]", "map[cause:198 effect:202]"},
	{"copa-en/train.en.jsonl.gz", "copa", 400, "map[0:195 1:205]", "map[cause:198 effect:202]"},
	{"copa-en/val.en.jsonl.gz", "copa", 100, "map[0:55 1:45]", "map[cause:52 effect:48]"},
	{"siqa-en/siqa_dev.jsonl.gz", "siqa", 1954, "map[0:643 1:654 2:657]", "map[]"},
	{"xcopa/test.et.jsonl.gz", "xcopa", 500, "map[0:250 1:250]", "map[cause:250 effect:250]"},
	{"xcopa/test.ht.jsonl.gz", "xcopa", 500, "map[0:250 1:250]", "map[cause:250 effect:250]"},
	{"xcopa/test.id.jsonl.gz", "xcopa", 500, "map[0:250 1:250]", "map[cause:246 effect:254]"},
	{"xcopa/test.it.jsonl.gz", "xcopa", 500, "map[0:250 1:250]", "map[cause:246 effect:254]"},
	{"xcopa/test.qu.jsonl.gz", "xcopa", 500, "map[0:250 1:250]", "map[cause:250 effect:250]"},
	{"xcopa/test.sw.jsonl.gz", "xcopa", 500, "map[0:250 1:250]", "map[cause:213 effect:287]"},
	{"xcopa/test.ta.jsonl.gz", "xcopa", 500, "map[0:250 1:250]", "map[cause:250 effect:250]"},
	{"xcopa/test.th.jsonl.gz", "xcopa", 500, "map[0:250 1:250]", "map[effect:500]"},
	{"xcopa/test.tr.jsonl.gz", "xcopa", 500, "map[0:250 1:250]", "map[cause:199 effect:301]"},
	{"xcopa/test.vi.jsonl.gz", "xcopa", 500, "map[0:250 1:250]", "map[cause:250 effect:250]"},
	{"xcopa/test.zh.jsonl.gz", "xcopa", 500, "map[0:250 1:250]", "map[cause:250 effect:250]"},
	{"xcopa/val.et.jsonl.gz", "xcopa", 100, "map[0:55 1:45]", "map[cause:52 effect:48]"},
	{"xcopa/val.ht.jsonl.gz", "xcopa", 100, "map[0:55 1:45]", "map[cause:52 effect:48]"},
	{"xcopa/val.id.jsonl.gz", "xcopa", 100, "map[0:55 1:45]", "map[cause:47 effect:53]"},
	{"xcopa/val.it.jsonl.gz", "xcopa", 100, "map[0:55 1:45]", "map[cause:47 effect:53]"},
	{"xcopa/val.qu.jsonl.gz", "xcopa", 100, "map[0:55 1:45]", "map[cause:52 effect:48]"},
	{"xcopa/val.sw.jsonl.gz", "xcopa", 100, "map[0:55 1:45]", "map[cause:46 effect:54]"},
	{"xcopa/val.ta.jsonl.gz", "xcopa", 100, "map[0:55 1:45]", "map[cause:52 effect:48]"},
	{"xcopa/val.th.jsonl.gz", "xcopa", 100, "map[0:55 1:45]", "map[effect:100]"},
	{"xcopa/val.tr.jsonl.gz", "xcopa", 100, "map[0:55 1:45]", "map[effect:100]"},
	{"xcopa/val.vi.jsonl.gz", "xcopa", 100, "map[0:55 1:45]", "map[cause:52 effect:48]"},
	{"xcopa/val.zh.jsonl.gz", "xcopa", 100, "map[0:55 1:45]", "map[cause:52 effect:48]"},
}
