"""Encodes texts with Hugging Face's tokenizers, for the comparison in main.go.

Usage: peer.py TOKENIZER.json; on standard input one JSON array of texts, then one command a line, each answered by a line
of JSON. "load" reads the tokenizer file anew, which empties its caches. "encode" encodes all texts: wall and processor
seconds, tokens. "digest" encodes too and adds a SHA-256 over all ids.
"""

import hashlib
import json
import struct
import sys
import time

from tokenizers import Tokenizer, __version__

tokenizer = Tokenizer.from_file(sys.argv[1])
texts = json.loads(sys.stdin.readline())
print(json.dumps({"version": __version__}), flush=True)
for line in sys.stdin:
    command = line.strip()
    if command == "load":
        tokenizer = Tokenizer.from_file(sys.argv[1])
        print("{}", flush=True)
        continue
    start, cpu = time.perf_counter(), time.process_time()
    encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    answer = {"wall": wall, "cpu": cpu, "tokens": sum(len(e) for e in encodings)}
    if command == "digest":
        digest = hashlib.sha256()
        for e in encodings:
            digest.update(struct.pack("<i%di" % len(e.ids), len(e.ids), *e.ids))
        answer["digest"] = digest.hexdigest()
    print(json.dumps(answer), flush=True)
