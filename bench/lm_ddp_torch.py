"""The language model of docs/many-machines.md in PyTorch's DistributedDataParallel over gloo, for comparison: seconds until the validation
loss is as low as asked, on so many processes of this machine with one thread each.

    python3 bench/lm_ddp_torch.py TEXT PROCESSES LOSS [HIDDEN] [BATCH] [SEQ] [LR]

As `laco train generate` does it: characters, a GRU of one layer, rows with carried state, Adam, clipping at 5, cosine schedule over 8
epochs, the last tenth of the text validates. A process has BATCH / PROCESSES of the rows. PROCESSES 0: one process with two threads, without
DistributedDataParallel.
"""
import math
import os
import sys
import time

import torch
import torch.distributed
import torch.multiprocessing
from torch import nn

EPOCHS, EMBED = 8, 64


class Model(nn.Module):
    def __init__(self, outputs, hidden):
        super().__init__()
        self.embedding = nn.Embedding(outputs, EMBED)
        self.rnn = nn.GRU(EMBED, hidden)
        self.linear = nn.Linear(hidden, outputs)

    def forward(self, x, state):
        y, state = self.rnn(self.embedding(x), state)
        return self.linear(y), state


def work(rank, path, processes, wanted, hidden, batch, seq, rate):
    size = max(processes, 1)
    torch.set_num_threads(2 if processes == 0 else 1)
    torch.manual_seed(1)
    text = open(path, encoding="utf-8").read()
    ids = {c: i for i, c in enumerate(sorted(set(text)))}
    text = torch.tensor([ids[c] for c in text])
    cut = len(text) * 9 // 10
    rows = text[:cut // batch * batch].view(batch, -1)[rank * batch // size:(rank + 1) * batch // size].t().contiguous()
    valid = text[cut:cut + (len(text) - cut) // 16 * 16].view(16, -1).t().contiguous()
    model = Model(len(ids), hidden)
    if processes > 0:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29517")
        torch.distributed.init_process_group("gloo", rank=rank, world_size=size)
        model = nn.parallel.DistributedDataParallel(model)
    optimiser, loss = torch.optim.Adam(model.parameters(), lr=rate), nn.CrossEntropyLoss()
    batches, began = (len(rows) - 1) // seq, time.time()
    for epoch in range(EPOCHS):
        state = torch.zeros(1, rows.shape[1], hidden)
        for i in range(batches):
            for group in optimiser.param_groups:
                group["lr"] = rate * (0.02 + 0.98 * (1 + math.cos(math.pi * (epoch + i / batches) / EPOCHS)) / 2)
            x, y = rows[i * seq:(i + 1) * seq], rows[i * seq + 1:(i + 1) * seq + 1]
            logits, state = model(x, state.detach())
            optimiser.zero_grad(set_to_none=True)
            loss(logits.flatten(0, 1), y.flatten()).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimiser.step()
        with torch.no_grad():
            inner = model.module if processes > 0 else model
            found = loss(inner(valid[:-1], torch.zeros(1, 16, hidden))[0].flatten(0, 1), valid[1:].flatten()).item()
        if rank == 0:
            print(f"epoch {epoch + 1}  {time.time() - began:.1f} s  validation loss {found:.4f}", flush=True)
        if found <= wanted:
            break


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    given = sys.argv[4:] + ["256", "64", "64", "0.002"][len(sys.argv) - 4:]
    arguments = (sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), *map(int, given[:3]), float(given[3]))
    if arguments[1] == 0:
        work(0, *arguments)
    else:
        torch.multiprocessing.spawn(work, arguments, nprocs=arguments[1])
