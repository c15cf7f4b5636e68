"""Times the training step of the same GPT in PyTorch, and prints that as a line of JSON:
pytorch.py DATASET BATCH_SIZE BUDGET_MS N_EMBD ...

A batch is one padded tensor, attention is batched over heads and documents, Adam is PyTorch's own:
what one would write. Precision is f32. Batches are made before the clock starts. Of one thread and
two the faster counts.
"""

import json
import random
import re
import sys
import time
from statistics import median

import torch
import torch.nn.functional as F

BLOCK_SIZE, N_HEAD, IGNORED = 16, 4, -100
WARM_UP, MIN_STEPS, MAX_STEPS = 2, 3, 300


def batches_of(path, size):
    docs = [line.strip() for line in open(path, encoding="utf-8") if line.strip()]
    random.seed(42)
    random.shuffle(docs)
    uchars = sorted(set("".join(docs)))
    bos, ids = len(uchars), {c: i for i, c in enumerate(uchars)}
    batches = []
    for step in range(MAX_STEPS):
        rows = [docs[(step * size + i) % len(docs)] for i in range(size)]
        rows = [[bos, *map(ids.get, doc), bos][: BLOCK_SIZE + 1] for doc in rows]
        width = max(map(len, rows)) - 1
        pad = lambda row, filler: row + [filler] * (width - len(row))
        batches.append((
            torch.tensor([pad(row[:-1], bos) for row in rows]),
            torch.tensor([pad(row[1:], IGNORED) for row in rows]),
        ))
    return batches, bos + 1


def rmsnorm(x):
    return x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt()


class Gpt(torch.nn.Module):
    def __init__(self, vocab_size, n_embd):
        super().__init__()
        matrix = lambda rows, columns: torch.nn.Parameter(torch.randn(rows, columns) * 0.02)
        self.wte, self.wpe = matrix(vocab_size, n_embd), matrix(BLOCK_SIZE, n_embd)
        self.qkv, self.out = matrix(3 * n_embd, n_embd), matrix(n_embd, n_embd)
        self.fc1, self.fc2 = matrix(4 * n_embd, n_embd), matrix(n_embd, 4 * n_embd)
        self.lm_head = matrix(vocab_size, n_embd)
        self.future = torch.ones(BLOCK_SIZE, BLOCK_SIZE).triu(1).bool()

    def forward(self, ids):
        B, T = ids.shape
        x = rmsnorm(self.wte[ids] + self.wpe[:T])
        C = x.shape[-1]
        qkv = (rmsnorm(x) @ self.qkv.T).view(B, T, 3, N_HEAD, C // N_HEAD).permute(2, 0, 3, 1, 4)
        q, k, v = qkv
        scores = (q @ k.transpose(-1, -2)) / (C // N_HEAD) ** 0.5
        scores = scores.masked_fill(self.future[:T, :T], -torch.inf)
        a = (scores.softmax(-1) @ v).transpose(1, 2).reshape(B, T, C)
        x = x + a @ self.out.T
        x = x + (rmsnorm(x) @ self.fc1.T).relu() @ self.fc2.T
        return x @ self.lm_head.T


def time_step(n_embd, threads, batches, vocab_size, budget):
    """Milliseconds per step: the median of those that the budget has time for."""
    torch.set_num_threads(threads)
    torch.manual_seed(42)
    model = Gpt(vocab_size, n_embd)
    adam = torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.85, 0.99), foreach=True)
    times = []
    for ids, targets in batches:
        start = time.perf_counter()
        loss = F.cross_entropy(model(ids).flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
        adam.zero_grad()
        loss.backward()
        adam.step()
        times.append(1000 * (time.perf_counter() - start))
        if len(times) >= WARM_UP + MIN_STEPS and sum(times[WARM_UP:]) > budget:
            break
    return median(times[WARM_UP:])


def blas():
    """The file name of the BLAS that is loaded; nothing where it is a part of PyTorch."""
    try:
        paths = re.findall(r"\S*/(lib\S*(?:blas|mkl)\S*)$", open("/proc/self/maps").read(), re.M)
    except OSError:
        return ""
    return ", ".join(sorted(set(paths)))


if __name__ == "__main__":
    path, batch_size, budget, *sizes = sys.argv[1:]
    batches, vocab_size = batches_of(path, int(batch_size))
    time_with = lambda n, threads: time_step(int(n), threads, batches, vocab_size, float(budget))
    times = [min(time_with(n, threads) for threads in (1, 2)) for n in sizes]
    print(json.dumps({"version": torch.__version__, "blas": blas(), "times": times}))
