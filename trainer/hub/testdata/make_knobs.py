#!/usr/bin/env python3
"""Write adapters of every supported setting with the Python library, and what it computes with them.

    python make_knobs.py PARITY_DIR OUT_DIR

PARITY_DIR holds the golden set (give a relative path: the library writes it into the configurations); its xlmr and bert base models and inputs are used. Each OUT_DIR/{xlmr,bert}/NAME is an adapter
folder as the library saves it with random weights, and forward.safetensors: `last_hidden` and `embeddings`
[3, 16, 32] for the golden input_ids with only this adapter active (float32, one thread, eager attention).
Made with adapters 1.3.0, transformers 4.57.6, torch 2.9.1.
"""
import os
import pathlib
import sys

for v in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[v] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from adapters import BertAdapterModel, SeqBnConfig, SeqBnInvConfig, XLMRobertaAdapterModel
from safetensors.torch import load_file, save_file

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

KNOBS = {
    "norms": SeqBnConfig(reduction_factor=4, ln_before=True, ln_after=True),
    "norm_after_residual": SeqBnConfig(reduction_factor=4, ln_after=True, adapter_residual_before_ln=True, non_linearity="gelu"),
    "post_add": SeqBnConfig(reduction_factor=4, residual_before_ln="post_add", non_linearity="tanh"),
    "residual_after_ln": SeqBnConfig(reduction_factor=4, residual_before_ln=False, original_ln_after=False, non_linearity="swish"),
    "no_ln_before": SeqBnConfig(reduction_factor=4, original_ln_before=False, non_linearity="gelu_new"),
    "scaled": SeqBnConfig(reduction_factor=4, scaling=0.5, non_linearity="leakyrelu"),
    "learned_scaling": SeqBnConfig(reduction_factor=4, scaling="learned", init_weights="mam_adapter", non_linearity="sigmoid"),
    "per_layer": SeqBnInvConfig(reduction_factor={"1": 0.5, "default": 5}, inv_adapter_reduction_factor=3, init_weights="houlsby", non_linearity="silu"),
}
ARCHS = {"xlmr": XLMRobertaAdapterModel, "bert": BertAdapterModel}


def main(parity, out):
    gen = torch.Generator().manual_seed(20200501)
    for arch, cls in ARCHS.items():
        x = load_file(parity / arch / "inputs.safetensors")
        for name, config in KNOBS.items():
            m = cls.from_pretrained(parity / arch / "model", attn_implementation="eager")
            m.add_adapter(name, config=config)
            with torch.no_grad():
                for n, p in m.named_parameters():
                    if f"adapters.{name}." not in n:
                        continue
                    r = torch.empty(p.shape).normal_(generator=gen)
                    if "norm" in n and n.endswith("weight") or n.endswith("scaling"):
                        p.copy_(1 + 0.1 * r)
                    else:
                        p.copy_((0.2 if p.ndim > 1 else 0.05) * r)
            folder = out / arch / name
            folder.mkdir(parents=True, exist_ok=True)
            # The library cannot save ln_before as safetensors: its LayerNorm has two names for the same memory.
            for safe in (False,) if config.ln_before else (False, True):
                m.save_adapter(str(folder), name, with_head=False, use_safetensors=safe)
            m.set_active_adapters(name)
            m.eval()
            with torch.no_grad():
                o = m.base_model(input_ids=x["input_ids"], attention_mask=x["attention_mask"], token_type_ids=x["token_type_ids"],
                                 output_hidden_states=True)
            save_file(dict(last_hidden=o.last_hidden_state.contiguous(), embeddings=o.hidden_states[0].contiguous()),
                      str(folder / "forward.safetensors"))
            print(arch, name, float(o.last_hidden_state.abs().max()))


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
