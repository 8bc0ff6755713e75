"""Writes golden.jsonl beside it with Hugging Face's tokenizers (0.23.3 was used): python golden.py"""

import glob
import json
import os

from texts import EDGES, PAIRS, SENTENCES, WORDS
from tokenizers import Tokenizer

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "golden.jsonl"), "w", encoding="utf-8") as out:

    def row(**fields):
        out.write(json.dumps(fields, ensure_ascii=True) + "\n")

    for path in sorted(glob.glob(os.path.join(here, "*", "tokenizer.json"))):
        name = os.path.basename(os.path.dirname(path))
        tokenizer = Tokenizer.from_file(path)
        for text in SENTENCES + EDGES:
            e = tokenizer.encode(text, add_special_tokens=False)
            row(tokenizer=name, text=text, ids=e.ids, offsets=e.offsets)
        for words in WORDS:
            e = tokenizer.encode(words, is_pretokenized=True, add_special_tokens=False)
            row(tokenizer=name, words=words, ids=e.ids, word_ids=e.word_ids)
        for question, context, longest, stride in PAIRS:
            tokenizer.enable_truncation(longest, stride=stride, strategy="only_second")
            e = tokenizer.encode(question, context)
            windows = [
                {"ids": w.ids, "types": w.type_ids, "offsets": [o for o, s in zip(w.offsets, w.sequence_ids) if s == 1]}
                for w in [e] + e.overflowing
            ]
            row(tokenizer=name, question=question, context=context, longest=longest, stride=stride, windows=windows)
            tokenizer.no_truncation()
