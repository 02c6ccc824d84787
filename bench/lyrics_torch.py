"""The same task in PyTorch, for comparison: a character model for so many minutes, then bits per character on held-out text.

    python3 bench/lyrics_torch.py TRAIN TEST MINUTES [gru|lstm] [HIDDEN] [LAYERS] [DROPOUT]

Rows with carried state, Adam, cosine schedule over the time, clipping, as `laco train generate`; best epoch by the last 5 %.
"""
import math
import sys
import time

import torch
from torch import nn

train_path, test_path, minutes = sys.argv[1], sys.argv[2], float(sys.argv[3])
cell, hidden, layers, dropout = (sys.argv[4:] + ["gru", "512", "1", "0.3"][len(sys.argv) - 4:])[:4]
torch.manual_seed(1)
text, test = (open(p, encoding="utf-8-sig").read() for p in (train_path, test_path))
chars = sorted(set(text))
ids = {c: i + 1 for i, c in enumerate(chars)}
train, test = (torch.tensor([ids.get(c, 0) for c in t]) for t in (text, test))
cut = int(len(train) * 0.95)
train, valid = train[:cut], train[cut:]
ROWS, CHUNK = 32, 100


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(chars) + 1, 128)
        kind = {"gru": nn.GRU, "lstm": nn.LSTM}[cell]
        self.rnn = kind(128, int(hidden), int(layers), dropout=float(dropout) if int(layers) > 1 else 0)
        self.drop = nn.Dropout(float(dropout))
        self.linear = nn.Linear(int(hidden), len(chars) + 1)

    def forward(self, x, state):
        y, state = self.rnn(self.embedding(x), state)
        return self.linear(self.drop(y)), state


def bits(model, data):
    model.eval()
    state, total = None, 0.0
    data = torch.cat([torch.tensor([ids["\n"]]), data])
    with torch.no_grad():
        for i in range(0, len(data) - 1, 1000):
            x, y = data[i:i + 1000], data[i + 1:i + 1001]
            logits, state = model(x[:len(y), None], state)
            total += nn.functional.cross_entropy(logits[:, 0], y, reduction="sum").item()
    return total / (len(data) - 1) / math.log(2)


model = Model()
optimiser = torch.optim.Adam(model.parameters(), lr=0.003)
start, epoch, seen = time.time(), 0, 0
best, kept = math.inf, None
share = lambda: (time.time() - start) / (60 * minutes)
while share() < 1:
    ring = torch.roll(train, -int(torch.randint(len(train), ())))
    stretch = (len(ring) - 1) // ROWS
    x = ring[:stretch * ROWS].view(ROWS, stretch).t()
    y = ring[1:stretch * ROWS + 1].view(ROWS, stretch).t()
    state = None
    model.train()
    for i in range(0, stretch, CHUNK):
        if share() >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = 0.003 * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share())))
        logits, state = model(x[i:i + CHUNK], state)
        state = tuple(s.detach() for s in state) if cell == "lstm" else state.detach()
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y[i:i + CHUNK].flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimiser.step()
        seen += logits.shape[0] * ROWS
    epoch += 1
    score = bits(model, valid)
    if score < best:
        best, kept = score, {k: v.clone() for k, v in model.state_dict().items()}
seconds = time.time() - start
model.load_state_dict(kept)
print(f"{cell} {hidden} x {layers}, dropout {dropout}: {epoch} epochs, {seen / seconds:.0f} characters/s, {time.process_time():.0f} s of processor, "
      f"valid {best:.4f}, test {bits(model, test):.4f} bits per character")
