#!/usr/bin/env python3
"""Write one state dict of every kind of tensor in torch's containers: python make_variety.py OUT_DIR (torch 2.9.1)."""
import collections
import sys

import torch
from safetensors.torch import save_file

out = sys.argv[1]
torch.manual_seed(0)
module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LayerNorm(4), torch.nn.BatchNorm1d(4))
state = module.state_dict()
base = torch.randn(4, 6)
d = collections.OrderedDict(state)
d._metadata = state._metadata  # an attribute on the dict, as state_dict() gives it
d.update(
    t=base.t(), v=base[1:3, 2:5], col=base[:, 2], tied=base, tied2=base,  # views and shared memory
    half=base.half(), bf=base.bfloat16(), f64=base.double(), i8=torch.arange(5, dtype=torch.int8), u8=torch.arange(5, dtype=torch.uint8),
    i16=torch.arange(3, dtype=torch.int16), i32=torch.arange(3, dtype=torch.int32), b=torch.tensor([True, False]),
    s=torch.tensor(3.5), e=torch.zeros(0, 3), p=torch.nn.Parameter(base[0]), ex=torch.ones(1, 1, 4).expand(1, 1, 4))
torch.save(d, f"{out}/zip.bin")
torch.save(d, f"{out}/legacy.bin", _use_new_zipfile_serialization=False)
torch.save(d, f"{out}/protocol4.bin", pickle_protocol=4)
save_file({k: v.detach().clone().contiguous() for k, v in d.items()}, f"{out}/want.safetensors")
