#!/usr/bin/env python3
"""Load adapter folders that this project wrote in the Python library `adapters`, and compare what it computes with them.

    MADX_PEER_OUT=NEW_DIR go test ./trainer/hub -run TestWriteFoldersForPeer -count=1
    python trainer/hub/testdata/check_peer.py NEW_DIR PARITY_DIR

PARITY_DIR holds the golden set (xlmr/, bert/). For each case, and for an adapter of every
supported setting (make_knobs.py), through both containers of the weights (torch and safetensors), the outputs must be bit for bit
those that the library gives with its own folders, and within 5e-6 of the stored tensors. Needs adapters==1.3.0, transformers==4.57.6, torch==2.9.1 (CPU is enough). Exit status 1 on any difference.
"""
import argparse
import json
import logging
import os
import pathlib
import sys

for v in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[v] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import adapters
import torch
import transformers
from adapters import BertAdapterModel, XLMRobertaAdapterModel
from adapters.composition import Stack
from safetensors.torch import load_file
from transformers import BertForMaskedLM, XLMRobertaForMaskedLM

torch.set_num_threads(1)
logging.disable(logging.WARNING)  # "adapters available but none activated", before they are
torch.use_deterministic_algorithms(True)

TOLERANCE = 5e-6
ARCHS = {"xlmr": (XLMRobertaAdapterModel, XLMRobertaForMaskedLM), "bert": (BertAdapterModel, BertForMaskedLM)}
# case: (language folder, task folder, inputs)
CASES = {
    "mlm-lang": ("src", None, "mlm"),
    "mlm-lang-drop-last": ("src_drop", None, "mlm"),
    "mlm-lang-flex-head": ("src_with_flex_mlm_head", None, "flex"),
    "ner-task-only": (None, "ner", "ner"),
    "ner-stack": ("src", "ner", "ner"),
    "ner-zero-shot": ("tgt", "ner", "ner"),
    "ner-stack-drop-last": ("src_drop", "ner_drop", "ner"),
    "ner-zero-shot-drop-last": ("tgt_drop", "ner_drop", "ner"),
    "mc-stack": ("src", "mc", "mc"),
    "mc-zero-shot": ("tgt", "mc", "mc"),
    "qa-stack": ("src", "qa", "qa"),
    "qa-zero-shot": ("tgt", "qa", "qa"),
}


def inputs(kind, x):
    types = dict(token_type_ids=x["token_type_ids"])
    if kind in ("mlm", "flex"):
        return dict(input_ids=x["mlm_input_ids"], attention_mask=x["attention_mask"], labels=x["mlm_labels"], **types)
    if kind == "ner":
        return dict(input_ids=x["input_ids"], attention_mask=x["attention_mask"], labels=x["ner_labels"], **types)
    if kind == "mc":
        return dict(input_ids=x["mc_input_ids"], attention_mask=x["mc_attention_mask"], labels=x["mc_labels"])
    return dict(input_ids=x["input_ids"], attention_mask=x["attention_mask"],
                start_positions=x["qa_start_positions"].clone(), end_positions=x["qa_end_positions"].clone(), **types)


def load(model, folder, name, head, safe):
    """Load one adapter and insist that nothing was missing or left over."""
    info = {}
    model.load_adapter(str(folder), load_as=name, with_head=head, use_safetensors=safe, loading_info=info)
    # The masked-LM head's output embedding is tied to the model's and is not stored a second time.
    missing = [k for k in info.get("missing_keys", []) if not k.endswith(f"heads.{name}.3.weight")]
    if missing or info.get("unexpected_keys"):
        raise SystemExit(f"{folder}: missing {missing}, unexpected {info.get('unexpected_keys')}")


def run(arch, case, folders, base, x, safe):
    flex, mlm = ARCHS[arch]
    language, task, kind = CASES[case]
    if kind == "mlm":
        m = mlm.from_pretrained(base, attn_implementation="eager")
        adapters.init(m)
        load(m, folders / language, "lang", False, safe)
        m.set_active_adapters("lang")
    else:
        m = flex.from_pretrained(base, attn_implementation="eager")
        for h in list(m.heads):
            m.delete_head(h)
        if language:
            load(m, folders / language, "lang", kind == "flex", safe)
        if task:
            load(m, folders / task, "task", True, safe)
        m.active_adapters = Stack(*[n for n, f in (("lang", language), ("task", task)) if f])
        m.active_head = "task" if task else "lang"
    m.eval()
    with torch.no_grad():
        out = m(**inputs(kind, x), output_hidden_states=True, return_dict=True)
    got = {f"hidden_states.{i}": h for i, h in enumerate(out.hidden_states)}
    got["loss"] = out.loss
    if kind == "qa":
        got["start_logits"], got["end_logits"] = out.start_logits, out.end_logits
    else:
        got["logits"] = out.logits
    return got


def run_knobs(arch, folder, name, base, x, safe):
    m = ARCHS[arch][0].from_pretrained(base, attn_implementation="eager")
    load(m, folder, name, False, safe)
    m.set_active_adapters(name)
    m.eval()
    with torch.no_grad():
        o = m.base_model(input_ids=x["input_ids"], attention_mask=x["attention_mask"], token_type_ids=x["token_type_ids"],
                         output_hidden_states=True)
    return dict(last_hidden=o.last_hidden_state, embeddings=o.hidden_states[0])


def check_containers(folder):
    """Both containers hold the same tensors; torch reads its own with nothing but weights, copied and mapped."""
    n = 0
    for torch_name, safe_name in (("pytorch_adapter.bin", "adapter.safetensors"), ("pytorch_model_head.bin", "model_head.safetensors")):
        if not (folder / torch_name).exists():
            continue
        safe = load_file(folder / safe_name)
        for mapped in (False, True):
            t = torch.load(folder / torch_name, map_location="cpu", weights_only=True, mmap=mapped)
            assert t.keys() == safe.keys(), folder
            for k in t:
                assert t[k].dtype == safe[k].dtype and torch.equal(t[k], safe[k]), (folder, k)
            n += len(t)
    return n


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("ours", type=pathlib.Path)
    p.add_argument("parity", type=pathlib.Path)
    args = p.parse_args()
    failed, runs, worst = [], 0, 0.0
    for arch in ARCHS:
        golden = args.parity / arch
        x = load_file(golden / "inputs.safetensors")
        tensors = sum(check_containers(d) for d in sorted((args.ours / arch).iterdir()))
        print(f"{arch}: {tensors} tensors read from torch files with weights_only, copied and mapped")
        for case in CASES:
            want = load_file(golden / "cases" / case / "forward.safetensors")
            for safe in (False, True):
                # The library wrote the flexible masked-LM head of the golden set as safetensors only.
                theirs = run(arch, case, golden / "adapters", golden / "model", x, safe or case == "mlm-lang-flex-head")
                ours = run(arch, case, args.ours / arch, golden / "model", x, safe)
                same = all(torch.equal(ours[k], theirs[k]) for k in theirs)
                diff = max(float((ours[k] - want[k]).abs().max()) for k in ours)
                runs, worst = runs + 1, max(worst, diff)
                if not same or diff > TOLERANCE:
                    failed.append(f"{arch}/{case}")
                print(f"  {case:24s} {'safetensors' if safe else 'torch':11s} {'identical' if same else 'DIFFERS'}, {diff:.1e} from golden")
        knobs = pathlib.Path(__file__).parent / "knobs" / arch
        for folder in sorted(knobs.iterdir()):
            want = load_file(folder / "forward.safetensors")
            for safe in (False, True):
                got = run_knobs(arch, args.ours / "knobs" / arch / folder.name, folder.name, golden / "model", x, safe)
                theirs = run_knobs(arch, folder, folder.name, golden / "model", x, False)
                same = all(torch.equal(got[k], theirs[k]) for k in want)
                diff = max(float((got[k] - want[k]).abs().max()) for k in want)
                runs, worst = runs + 1, max(worst, diff)
                if not same or diff > TOLERANCE:
                    failed.append(f"{arch}/knobs/{folder.name}")
                print(f"  {folder.name:24s} {'safetensors' if safe else 'torch':11s} {'identical' if same else 'DIFFERS'}, {diff:.1e} from stored")
    print(json.dumps(dict(adapters=adapters.__version__, transformers=transformers.__version__, torch=torch.__version__,
                          runs=runs, failed=failed, worst_difference_from_golden=worst)))
    sys.exit(1 if failed else 0)


main()
