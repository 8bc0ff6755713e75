package ner

// realFile is a file of the real data and its counts.
type realFile struct {
	path, format      string
	sentences, tokens int
	labels            string
	repaired, skipped int
}

var realFiles = []realFile{
	{"uner/ceb_gja-test.iob2.gz", "uner", 188, 1295, "B-LOC=6 B-ORG=1 B-PER=42 I-LOC=1 I-PER=1 O=1244", 0, 0},
	{"uner/de_pud-test.iob2.gz", "uner", 1000, 21331, "B-LOC=429 B-ORG=192 B-PER=418 I-LOC=118 I-ORG=138 I-PER=200 O=19836", 0, 0},
	{"uner/en_ewt-dev.iob2.gz", "uner", 2001, 25149, "B-LOC=399 B-ORG=224 B-PER=343 I-LOC=148 I-ORG=186 I-PER=196 O=23653", 0, 0},
	{"uner/en_ewt-test.iob2.gz", "uner", 2077, 25097, "B-LOC=317 B-ORG=322 B-PER=449 I-LOC=72 I-ORG=276 I-PER=243 O=23418", 0, 0},
	{"uner/en_pud-test.iob2.gz", "uner", 1000, 21176, "B-LOC=426 B-ORG=235 B-PER=414 I-LOC=175 I-ORG=155 I-PER=160 O=19611", 0, 0},
	{"uner/pt_bosque-dev.iob2.gz", "uner", 1172, 28447, "B-LOC=414 B-ORG=417 B-PER=570 I-LOC=191 I-ORG=296 I-PER=428 O=26131", 0, 0},
	{"uner/pt_bosque-test.iob2.gz", "uner", 1167, 27604, "B-LOC=317 B-ORG=456 B-PER=442 I-LOC=181 I-ORG=430 I-PER=320 O=25458", 0, 0},
	{"uner/pt_bosque-train.iob2.gz", "uner", 7018, 171776, "B-LOC=2425 B-ORG=2762 B-PER=2914 I-LOC=1208 I-ORG=2122 I-PER=2157 O=158188", 0, 0},
	{"uner/ru_pud-test.iob2.gz", "uner", 1000, 19355, "B-LOC=346 B-ORG=276 B-PER=414 I-LOC=109 I-ORG=183 I-PER=151 O=17876", 0, 0},
	{"uner/tl_trg-test.iob2.gz", "uner", 128, 734, "B-LOC=4 B-PER=19 I-LOC=1 O=710", 0, 0},
	{"uner/zh_gsdsimp-dev.iob2.gz", "uner", 500, 12663, "B-LOC=375 B-ORG=133 B-PER=245 I-LOC=285 I-ORG=226 I-PER=169 O=11230", 0, 0},
	{"uner/zh_gsdsimp-test.iob2.gz", "uner", 500, 12012, "B-LOC=429 B-ORG=129 B-PER=205 I-LOC=337 I-ORG=183 I-PER=124 O=10605", 0, 0},
	{"uner/zh_gsdsimp-train.iob2.gz", "uner", 3997, 98616, "B-LOC=2858 B-ORG=1112 B-PER=2148 I-LOC=2501 I-ORG=1785 I-PER=1475 O=86737", 0, 0},
	{"uner/zh_pud-test.iob2.gz", "uner", 1000, 21415, "B-LOC=512 B-ORG=154 B-PER=473 I-LOC=145 I-ORG=145 I-PER=296 O=19690", 0, 0},
	{"wikiann/de.test.conllu.gz", "wikiann", 10000, 97646, "B-LOC=4961 B-ORG=4157 B-PER=4750 I-LOC=2289 I-ORG=6043 I-PER=6792 O=68654", 0, 0},
	{"wikiann/de.train.conllu.gz", "wikiann", 20000, 195387, "B-LOC=9778 B-ORG=8575 B-PER=9290 I-LOC=4633 I-ORG=12246 I-PER=13330 O=137535", 0, 0},
	{"wikiann/de.val.conllu.gz", "wikiann", 10000, 97805, "B-LOC=4968 B-ORG=4281 B-PER=4569 I-LOC=2284 I-ORG=6107 I-PER=6539 O=69057", 0, 0},
	{"wikiann/en.test.conllu.gz", "wikiann", 10000, 80326, "B-LOC=4657 B-ORG=4745 B-PER=4556 I-LOC=6447 I-ORG=11607 I-PER=7480 O=40834", 0, 0},
	{"wikiann/en.train.conllu.gz", "wikiann", 20000, 160394, "B-LOC=9345 B-ORG=9422 B-PER=9164 I-LOC=13177 I-ORG=23226 I-PER=14698 O=81362", 0, 0},
	{"wikiann/en.val.conllu.gz", "wikiann", 10000, 80536, "B-LOC=4834 B-ORG=4677 B-PER=4635 I-LOC=6357 I-ORG=11638 I-PER=7520 O=40875", 0, 0},
	{"wikiann/es.test.conllu.gz", "wikiann", 10000, 64727, "B-LOC=4725 B-ORG=3576 B-PER=3959 I-LOC=6601 I-ORG=11371 I-PER=7004 O=27491", 0, 0},
	{"wikiann/es.train.conllu.gz", "wikiann", 20000, 129283, "B-LOC=9144 B-ORG=7311 B-PER=8295 I-LOC=12446 I-ORG=23038 I-PER=14833 O=54216", 0, 0},
	{"wikiann/es.val.conllu.gz", "wikiann", 10000, 64329, "B-LOC=4567 B-ORG=3737 B-PER=3966 I-LOC=6310 I-ORG=11533 I-PER=7256 O=26960", 0, 0},
	{"wikiann/ru.test.conllu.gz", "wikiann", 10000, 71288, "B-LOC=4560 B-ORG=4074 B-PER=3543 I-LOC=3060 I-ORG=8008 I-PER=7544 O=40499", 0, 0},
	{"wikiann/ru.train.conllu.gz", "wikiann", 20000, 141529, "B-LOC=9498 B-ORG=7944 B-PER=7187 I-LOC=6316 I-ORG=15689 I-PER=15298 O=79597", 0, 0},
	{"wikiann/ru.val.conllu.gz", "wikiann", 10000, 70279, "B-LOC=4852 B-ORG=3892 B-PER=3590 I-LOC=3106 I-ORG=7299 I-PER=7570 O=39970", 0, 0},
	{"ner-other/et_estner.dev.conll.gz", "conll", 2415, 32890, "B-DATE=308 B-EVENT=13 B-GPE=714 B-LOC=118 B-MONEY=76 B-ORG=504 B-PER=642 B-PERCENT=62 B-PROD=161 B-TIME=39 B-TITLE=171 I-DATE=213 I-EVENT=18 I-GPE=34 I-LOC=12 I-MONEY=86 I-ORG=309 I-PER=453 I-PERCENT=7 I-PROD=139 I-TIME=54 I-TITLE=26 O=28731", 0, 0},
	{"ner-other/et_estner.test.conll.gz", "conll", 1907, 28370, "B-DATE=186 B-EVENT=17 B-GPE=479 B-LOC=61 B-MONEY=153 B-ORG=541 B-PER=722 B-PERCENT=58 B-PROD=66 B-TIME=30 B-TITLE=209 I-DATE=140 I-EVENT=20 I-GPE=37 I-LOC=28 I-MONEY=151 I-ORG=244 I-PER=400 I-PERCENT=15 I-PROD=52 I-TIME=33 I-TITLE=26 O=24702", 0, 0},
	{"ner-other/id_idner.dev.txt.gz", "conll", 367, 7863, "B-LOC=152 B-ORG=189 B-PER=221 I-LOC=77 I-ORG=164 I-PER=110 O=6950", 0, 0},
	{"ner-other/id_idner.test.txt.gz", "conll", 509, 10588, "B-LOC=103 B-ORG=401 B-PER=515 I-LOC=82 I-ORG=247 I-PER=222 O=9018", 0, 0},
	{"ner-other/id_idner.train.txt.gz", "conll", 1464, 30248, "B-LOC=579 B-ORG=721 B-PER=896 I-LOC=261 I-ORG=577 I-PER=486 O=26728", 0, 0},
}
