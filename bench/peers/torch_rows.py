#!/usr/bin/python3
"""The rows of the comparison for PyTorch: prints "ROW VALUE UNIT" for each.

usage: torch_rows.py [--threads N] [--seconds X] ROW…      a beginning of a name stands for all rows that begin so

Every row does what bench/laco_rows.c does for laço, in the fastest way that PyTorch offers without leaving its own layers: whole
nn.RNN, nn.GRU, nn.LSTM; packed sequences for batches of names; for single steps the faster of a scripted cell and a scripted loop.
Needs Debian's python3-torch.
"""
import argparse
import statistics
import time
from typing import Tuple

import torch
from torch import nn

RANDOM = torch.Generator().manual_seed(1)
LAYERS = {"rnn": (nn.RNN, 1), "gru": (nn.GRU, 3), "lstm": (nn.LSTM, 4)}


def median(call, seconds):
    for _ in range(2):
        call()
    times, begin = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def integers(below, *shape):
    return torch.randint(0, below, shape, generator=RANDOM)


class Names(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(58, 128)
        self.linear = nn.Linear(128, 18)

    def forward(self, x):
        _, h = self.rnn(x)
        return nn.functional.log_softmax(self.linear(h[0]), dim=1)


def names(batch, seconds):
    lengths = (4 + integers(3, 640) + integers(3, 640) + integers(3, 640)).tolist()
    texts = [nn.functional.one_hot(integers(58, n), 58).float() for n in lengths]
    targets = integers(18, 640)
    net, loss = Names(), nn.NLLLoss()
    optimiser = torch.optim.SGD(net.parameters(), lr=0.005)
    groups = [range(i, i + batch) for i in range(0, 640, batch)]
    # Padding is not timed: laço is handed ids that it looks up, PyTorch one-hot rows that are there.
    inputs = [nn.utils.rnn.pad_sequence([texts[i] for i in g]) for g in groups]
    ends = [torch.tensor([lengths[i] for i in g]) for g in groups]
    rights = [targets[list(g)] for g in groups]
    place = 0

    def update():
        nonlocal place
        x = inputs[place]
        if batch > 1:
            x = nn.utils.rnn.pack_padded_sequence(x, ends[place], enforce_sorted=False)
        optimiser.zero_grad()
        loss(net(x), rights[place]).backward()
        optimiser.step()
        place = (place + 1) % len(groups)

    def some():
        for _ in range(64 // batch):
            update()

    return 64 / median(some, seconds), "names/s"


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 51, num_layers=2)
        self.linear = nn.Linear(51, 1)

    def forward(self, x):
        return self.linear(self.lstm(x)[0])


def forecast(seconds):
    t = torch.arange(1000).float()[:, None] + integers(80, 97).float()[None]
    wave = torch.sin(t / 20)[:, :, None]
    net, loss = Forecast(), nn.MSELoss()

    def closure():
        net.zero_grad()
        loss(net(wave[:-1]), wave[1:]).backward()

    return median(closure, seconds), "s"


class Lyrics(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.embedding = nn.Embedding(100, 128)
        self.gru = nn.GRU(128, hidden, num_layers=2, dropout=0.1)
        self.linear = nn.Linear(hidden, 100)

    def forward(self, x):
        return self.linear(self.gru(self.embedding(x))[0])


def lyrics(hidden, batch, steps, seconds):
    net, loss = Lyrics(hidden), nn.CrossEntropyLoss()
    optimiser = torch.optim.Adam(net.parameters())
    x, y = integers(100, steps, batch), integers(100, steps, batch).reshape(-1)

    def update():
        optimiser.zero_grad()
        loss(net(x).reshape(-1, 100), y).backward()
        optimiser.step()

    return batch * steps / median(update, seconds), "chars/s"


def layer(kind, hidden, batch, train, seconds):
    make, gates = LAYERS[kind]
    net, x = make(hidden, hidden), torch.rand(64, batch, hidden) * 2 - 1
    dy = torch.rand(64, batch, hidden)
    flops = 2 * 64 * batch * gates * hidden * 2 * hidden

    def forward():
        with torch.no_grad():
            net(x)

    def both():
        net.zero_grad()
        x.grad = None
        net(x)[0].backward(dy)

    if train:
        x.requires_grad_(True)
        return 3 * flops / median(both, seconds) * 1e-9, "GFLOP/s"
    return flops / median(forward, seconds) * 1e-9, "GFLOP/s"


class LongLSTM(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x, state: Tuple[torch.Tensor, torch.Tensor], n: int):
        for _ in range(n):
            state = self.cell(x, state)
        return state


class LongGRU(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x, state, n: int):
        for _ in range(n):
            state = self.cell(x, state)
        return state


def step(kind, hidden, seconds):
    lstm = kind == "lstm"
    cell = (nn.LSTMCell if lstm else nn.GRUCell)(hidden, hidden).eval()
    x, zero = torch.rand(1, hidden), torch.zeros(1, hidden)
    start, scripted = (zero, zero) if lstm else zero, torch.jit.script(cell)
    loop = torch.jit.freeze(torch.jit.script((LongLSTM if lstm else LongGRU)(cell).eval()))

    def calls():
        state = start
        with torch.no_grad():
            for _ in range(200):
                state = scripted(x, state)

    def inside():
        with torch.no_grad():
            loop(x, start, 200)

    return min(median(calls, seconds / 2), median(inside, seconds / 2)) / 200 * 1e6, "us"


def longest(hidden, seconds):
    net, x = nn.LSTM(hidden, hidden), torch.rand(10000, 1, hidden)

    def forward():
        with torch.no_grad():
            net(x)

    return 10 / median(forward, seconds), "ksteps/s"


ROWS = {
    "names-1": lambda s: names(1, s),
    "names-64": lambda s: names(64, s),
    "forecast": forecast,
    "lyrics-256": lambda s: lyrics(256, 32, 100, s),
    "lyrics-512": lambda s: lyrics(512, 64, 128, s),
    "train-lstm-128": lambda s: layer("lstm", 128, 32, True, s),
    "train-lstm-512": lambda s: layer("lstm", 512, 32, True, s),
    "train-lstm-128-one": lambda s: layer("lstm", 128, 1, True, s),
    "train-rnn-256": lambda s: layer("rnn", 256, 32, True, s),
    "infer-lstm-128": lambda s: layer("lstm", 128, 32, False, s),
    **{f"step-{k}-{h}": lambda s, k=k, h=h: step(k, h, s) for k in ("lstm", "gru") for h in (8, 16, 20, 32, 40, 51, 64, 128, 256)},
    "long-lstm-128": lambda s: longest(128, s),
    "long-lstm-256": lambda s: longest(256, s),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("rows", nargs="+")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    for name, row in ROWS.items():
        if any(name.startswith(word) for word in options.rows):
            value, unit = row(options.seconds)
            print(f"{name} {value:.6g} {unit}", flush=True)


main()
