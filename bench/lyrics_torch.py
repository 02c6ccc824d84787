"""The same task in PyTorch, for comparison: a character model for so many minutes of one core, then bits per character on held-out text.

    python3 bench/lyrics_torch.py TRAIN TEST MINUTES [gru|lstm] [HIDDEN] [LAYERS] [DROPOUT]

Rows with carried state that begin elsewhere in each pass, Adam, cosine schedule over the processor time, clipping, as
`laco train generate`; the pass that is best on the last 5 % of the text is the one that counts.
"""
import math
import sys
import time

import torch
from torch import nn

train_path, test_path, minutes = sys.argv[1], sys.argv[2], float(sys.argv[3])
cell, hidden, layers, dropout = (sys.argv[4:] + ["gru", "512", "2", "0.4"][len(sys.argv) - 4:])[:4]
hidden, layers, dropout = int(hidden), int(layers), float(dropout)
ROWS, CHUNK, RATE = 32, 100, 2e-3
torch.set_num_threads(1)
torch.manual_seed(1)
text, test = (open(p, encoding="utf-8").read() for p in (train_path, test_path))
ids = {c: i for i, c in enumerate(sorted(set(text)))}
K = len(ids) + 1
text, test = (torch.tensor([ids.get(c, K - 1) for c in t]) for t in (text, test))
cut = int(len(text) * 0.95)
train, valid = text[:cut], text[cut:]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        kind = {"gru": nn.GRU, "lstm": nn.LSTM}[cell]
        self.embedding = nn.Embedding(K, 128)
        self.drop, self.drop_embedding = nn.Dropout(dropout), nn.Dropout(0.1)
        self.rnn = kind(128, hidden, layers, batch_first=True, dropout=dropout if layers > 1 else 0)
        self.linear = nn.Linear(hidden, K)

    def forward(self, x, state=None):
        y, state = self.rnn(self.drop_embedding(self.embedding(x)), state)
        return self.linear(self.drop(y)), state


model = Model()
optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
loss = nn.CrossEntropyLoss(reduction="sum")


def detach(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def bits(data):
    model.eval()
    state, total = None, 0.0
    with torch.no_grad():
        for i in range(0, len(data) - 1, 2000):
            y = data[i + 1:i + 2001]
            logits, state = model(data[i:i + len(y)][None], state)
            total += loss(logits[0], y).item()
    model.train()
    return total / (len(data) - 1) / math.log(2)


start, passes, best = time.process_time(), 0, (math.inf, math.inf)
share = lambda: (time.process_time() - start) / (60 * minutes)
while share() < 1:
    offset = torch.randint(0, CHUNK, (1,)).item()
    stretch = (len(train) - offset - 1) // ROWS
    x, y = (train[offset + k:offset + k + ROWS * stretch].view(ROWS, stretch) for k in (0, 1))
    state = None
    for t in range(0, stretch, CHUNK):
        done = share()
        if done >= 1:
            break
        optimiser.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * done)) + 1e-5
        logits, state = model(x[:, t:t + CHUNK], state)
        state = detach(state)
        right = y[:, t:t + CHUNK]
        optimiser.zero_grad()
        (loss(logits.reshape(-1, K), right.reshape(-1)) / right.numel()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimiser.step()
    passes += 1
    found = bits(valid)
    if found < best[0]:
        best = (found, bits(test))
    print(f"pass {passes}  {time.process_time() - start:.0f} s  valid {found:.4f}  test, best so far {best[1]:.4f} bits a character",
          flush=True)
