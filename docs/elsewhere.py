"""Loads a model that microgpt has saved, checks it, and goes on training it with PyTorch.

    python3 docs/elsewhere.py names.safetensors datasets/names.txt 1200
    python3 docs/elsewhere.py names.safetensors datasets/names.txt 1200 from_torch.safetensors
    torchrun --nproc_per_node 2 docs/elsewhere.py batch2.safetensors datasets/names.txt 1200

The first prints losses of some names and of the steps up to the 1,200th: those of microgpt. The
second saves the model as well. The third shares each batch among two processes, so the model has
to have been trained with --batch-size 2, or another multiple of 2.

Needs PyTorch 1.13 or later and nothing else: safetensors is simple enough to be read here. The
model must have been trained on characters, with no option of UNKNOWN below.
"""

import json
import os
import random
import struct
import sys

import torch
import torch.distributed as dist
import torch.nn.functional as F

# Options that change the documents, their order or the steps in ways that this script lacks.
UNKNOWN = (
    "column normalize lowercase val-fraction"
    " schedule warmup weight-decay loss-mean reshuffle ema"
).split()

DTYPES = {"F64": torch.float64, "F32": torch.float32, "U32": torch.int32, "U8": torch.uint8}


def load(path):
    """Reads a file in the format of safetensors: its header, its tensors as bytes."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    meta = header.pop("__metadata__", {})
    return meta, header, {n: data[slice(*h["data_offsets"])] for n, h in header.items()}


def save(path, meta, header, data):
    """Writes such a file."""
    offset = 0
    for name in header:
        header[name]["data_offsets"] = [offset, offset + len(data[name])]
        offset += len(data[name])
    head = json.dumps({"__metadata__": meta, **header}).encode()
    head += b" " * (-len(head) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for name in header:
            file.write(data[name])


class Model(torch.nn.Module):
    """The model in formulas, see docs/elsewhere.md."""

    def __init__(self, meta, weights):
        super().__init__()
        names = ("n_layer", "n_head", "n_embd", "block_size")
        self.n_layer, self.n_head, self.n_embd, self.block_size = (int(meta[n]) for n in names)
        self.uchars = meta["uchars"]
        self.names = list(weights)
        self.list = torch.nn.ParameterList(torch.nn.Parameter(w) for w in weights.values())

    def gpt(self, ids):
        w = dict(zip(self.names, self.list))
        T, C, H = len(ids), self.n_embd, self.n_head
        future = torch.ones(T, T).triu(1).bool()
        x = rmsnorm(w["wte"][ids] + w["wpe"][:T])
        for i in range(self.n_layer):
            layer = lambda x, name: x @ w[f"layer{i}.{name}"].T
            a = rmsnorm(x)
            q, k, v = (
                layer(a, name).view(T, H, C // H).transpose(0, 1)
                for name in ("attn_wq", "attn_wk", "attn_wv")
            )
            scores = (q @ k.transpose(1, 2) / (C // H) ** 0.5).masked_fill(future, -torch.inf)
            a = (scores.softmax(-1) @ v).transpose(0, 1).reshape(T, C)
            x = x + layer(a, "attn_wo")
            x = x + layer(layer(rmsnorm(x), "mlp_fc1").relu(), "mlp_fc2")
        return x @ w["lm_head"].T

    def forward(self, docs):
        return sum(self.loss(doc) for doc in docs) / len(docs)

    def loss(self, doc):
        bos = len(self.uchars)
        ids = [bos] + [self.uchars.index(c) for c in doc] + [bos]
        ids = torch.tensor(ids[: self.block_size + 1])
        return F.cross_entropy(self.gpt(ids[:-1]), ids[1:])


def rmsnorm(x):
    return x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt()


def read_docs(path, settings):
    """The documents in the order in which microgpt sees them: its shuffle is CPython's."""
    docs = [line.strip() for line in open(path, encoding="utf-8") if line.strip()]
    random.seed(int(settings.get("seed", 42)))
    random.shuffle(docs)
    return docs


def main(path, dataset, num_steps, out=None):
    meta, header, data = load(path)
    settings = json.loads(meta["settings"])
    unknown = [f"--{name}" for name in UNKNOWN if name in settings]
    if meta["tokenizer"] != "char" or unknown:
        sys.exit(f"Cannot go on: the model was trained with {', '.join(unknown) or 'bytes as tokens'}")
    num_steps, done = int(num_steps), int(meta["step"])
    lr, batch_size = float(settings.get("learning-rate", 0.01)), int(settings.get("batch-size", 1))

    def tensor(name):
        t = torch.frombuffer(bytearray(data[name]), dtype=DTYPES[header[name]["dtype"]])
        return t.view(header[name]["shape"])

    names = [n for n in header if f"adam.m.{n}" in header]
    model = Model(meta, {n: tensor(n) for n in names})
    adam = torch.optim.Adam(model.parameters(), lr=lr, betas=(0.85, 0.99), eps=1e-8)
    m_scale, v_scale = float(meta["adam_m_scale"]), float(meta["adam_v_scale"])
    for n, p in zip(names, model.list):
        m, v = tensor(f"adam.m.{n}") * m_scale, tensor(f"adam.v.{n}") * v_scale
        adam.state[p] = {"step": torch.tensor(float(done)), "exp_avg": m, "exp_avg_sq": v}

    # Alone, or one of several processes that torchrun has started.
    rank, world, shared = 0, 1, model
    if "WORLD_SIZE" in os.environ:
        dist.init_process_group("gloo")
        rank, world = dist.get_rank(), dist.get_world_size()
        shared = torch.nn.parallel.DistributedDataParallel(model)
    if batch_size % world != 0:
        sys.exit(f"Cannot share {batch_size} documents per step among {world} processes")

    if rank == 0:
        for doc in ("emma", "olivia", "xqzt"):
            print(f"{model.loss(doc).item():8.4f}  {doc}")

    docs = read_docs(dataset, settings)
    for step in range(done, num_steps):
        adam.param_groups[0]["lr"] = lr * (1 - step / num_steps)
        batch = [docs[(step * batch_size + i) % len(docs)] for i in range(rank, batch_size, world)]
        loss = shared(batch)
        adam.zero_grad()
        loss.backward()  # with several processes: the mean of their gradients
        adam.step()
        if world > 1:
            dist.all_reduce(loss.detach())
            loss = loss / world
        if rank == 0:
            print(f"step {step + 1:4d} / {num_steps:4d} | loss {loss.item():.4f}")

    if out is not None and rank == 0:
        as_bytes = lambda t: t.detach().contiguous().numpy().tobytes()
        for n, p in zip(names, model.list):
            data[n] = as_bytes(p)
            data[f"adam.m.{n}"] = as_bytes(adam.state[p]["exp_avg"] / m_scale)
            data[f"adam.v.{n}"] = as_bytes(adam.state[p]["exp_avg_sq"] / v_scale)
        save(out, {**meta, "step": str(num_steps)}, header, data)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit("usage: elsewhere.py MODEL DATASET NUM_STEPS [OUT]")
    main(*sys.argv[1:])
