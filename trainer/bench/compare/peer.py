"""The Python library's side of the comparison: one model, one kind of work, windows on request.

It builds what a user of `adapters` builds for MAD-X (random weights: speed does not depend on them), makes one step,
prints a line of JSON about itself, and then answers every line {"steps": 1, "seconds": 3} on standard input with a line
about a window of at least that many steps and seconds.

--mode run    as people run it: float32, masked-LM logits at every position, batches padded to their longest row
--mode best   bfloat16 autocast, and the masked-LM head fed only the masked positions, which the library's own classes do
              not do
--sort        rows of different lengths are sorted before they are cut into batches
"""

import argparse
import json
import os
import platform
import sys
import time


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--work", choices=["mlm", "task", "inference"], required=True)
    p.add_argument("--mode", choices=["run", "best"], default="run")
    p.add_argument("--sort", action="store_true")
    for name, default in dict(layers=12, hidden=384, heads=12, vocab=250037, batch=8, seq=256, threads=2).items():
        p.add_argument("--" + name, type=int, default=default)
    p.add_argument("--lengths", help="inference: rows of these lengths, with commas between, instead of --seq")
    return p.parse_args()


a = arguments()
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(a.threads)
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import adapters  # noqa: E402 (the threads must be set first)
import torch  # noqa: E402
import transformers  # noqa: E402
from adapters.composition import Stack  # noqa: E402

MASK_PROB, DROPOUT, LABELS, FIRST_WORD, PAD, IGNORE = 0.15, 0.1, 7, 5, 1, -100


def build():
    cfg = transformers.XLMRobertaConfig(
        vocab_size=a.vocab, hidden_size=a.hidden, num_hidden_layers=a.layers, num_attention_heads=a.heads,
        intermediate_size=4 * a.hidden, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5,
        pad_token_id=PAD, bos_token_id=0, eos_token_id=2,
        hidden_dropout_prob=DROPOUT, attention_probs_dropout_prob=DROPOUT, attn_implementation="sdpa",
    )
    language = adapters.SeqBnInvConfig(reduction_factor=2, inv_adapter_reduction_factor=2)
    if a.work == "mlm":
        model = transformers.XLMRobertaForMaskedLM(cfg)
        adapters.init(model)
        model.add_adapter("language", config=language)
        model.train_adapter("language")
        return model
    model = adapters.XLMRobertaAdapterModel(cfg)
    model.add_adapter("language", config=language)
    model.add_adapter("task", config=adapters.SeqBnConfig(reduction_factor=16))
    model.add_tagging_head("task", num_labels=LABELS)
    if a.work == "task":
        model.train_adapter("task")
    model.active_adapters = Stack("language", "task")
    model.active_head = "task"
    return model


class Steps:
    """Makes steps on fresh random rows."""

    def __init__(self, model):
        self.model = model
        self.random = torch.Generator().manual_seed(1)
        self.autocast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=a.mode == "best")
        self.trained = [p for p in model.parameters() if p.requires_grad] if a.work != "inference" else []
        model.train(a.work != "inference")
        if self.trained:
            self.optimiser = torch.optim.AdamW(self.trained, lr=1e-4, weight_decay=0.01)
        lengths = [int(n) for n in a.lengths.split(",")] if a.lengths else [a.seq] * a.batch
        if a.sort:
            lengths.sort(reverse=True)
        self.batches = [lengths[i : i + a.batch] for i in range(0, len(lengths), a.batch)]
        self.tokens = sum(lengths)

    def rows(self, lengths):
        ids = torch.randint(FIRST_WORD, a.vocab, (len(lengths), max(lengths)), generator=self.random)
        mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
        return ids.masked_fill(~mask, PAD), mask.long()

    def step(self):
        for lengths in self.batches:
            ids, mask = self.rows(lengths)
            if a.work == "inference":
                with torch.inference_mode(), self.autocast:
                    self.model(input_ids=ids, attention_mask=mask).logits.float().numpy()
            else:
                self.train(ids, mask)

    def train(self, ids, mask):
        if a.work == "mlm":
            chosen = torch.rand(ids.shape, generator=self.random) < MASK_PROB
            labels = ids.masked_fill(~chosen, IGNORE)
        else:
            labels = torch.randint(0, LABELS, ids.shape, generator=self.random)
        with self.autocast:
            if a.work == "mlm" and a.mode == "best":
                loss = self.masked_only(ids, mask, labels)
            else:
                loss = self.model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        loss.item()

    def masked_only(self, ids, mask, labels):
        hidden = self.model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state
        at = labels != IGNORE
        logits = self.model.lm_head(hidden[at][None])[0]
        return torch.nn.functional.cross_entropy(logits, labels[at])


def peak_mib():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024


def say(x):
    print(json.dumps(x), flush=True)


def main():
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    steps = Steps(build())
    steps.step()
    say({
        "program": "peer", "precision": "float32" if a.mode == "run" else "bfloat16",
        "trained_parameters": sum(p.numel() for p in steps.trained),
        "versions": {"python": platform.python_version(), "adapters": adapters.__version__,
                     "transformers": transformers.__version__, "torch": torch.__version__},
    })
    for line in sys.stdin:
        want = json.loads(line)
        load = os.getloadavg()[0]
        count, cpu, began = 0, time.process_time(), time.perf_counter()
        while count < max(1, want["steps"]) or time.perf_counter() - began < want["seconds"]:
            steps.step()
            count += 1
        say({
            "steps": count, "tokens": count * steps.tokens, "seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - cpu, "peak_mib": peak_mib(), "load_before": load,
        })


if __name__ == "__main__":
    main()
