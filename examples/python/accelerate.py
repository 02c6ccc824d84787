# %% [markdown]
# # A model of PyTorch, several times faster
# The model is written for torch.nn. One call lets laço compute its recurrent layers: parameters, optimiser and training loop stay as they
# are.

# %%
import os
import time

import torch

import laco.torch


class Adder(torch.nn.Module):
    """Reads pairs (number, flag) and adds up the two numbers that are flagged: the classic test of memory."""

    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.LSTM(2, 64, batch_first=True)
        self.out = torch.nn.Linear(64, 1)

    def forward(self, x):
        return self.out(self.rnn(x)[0][:, -1]).squeeze(1)


def batch(size=64, steps=50):
    x = torch.rand(size, steps, 2)
    flags = torch.rand(size, steps).argsort(1) < 2
    x[:, :, 1] = flags.float()
    return x, (x[:, :, 0] * flags).sum(1)


# %%
def train(model, updates, seed=1):
    torch.manual_seed(seed)
    adam = torch.optim.Adam(model.parameters(), lr=0.003)
    began = time.perf_counter()
    for _ in range(updates):
        x, target = batch()
        loss = ((model(x) - target) ** 2).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    return loss.item(), time.perf_counter() - began


updates = int(os.environ.get("UPDATES", 300))
torch.manual_seed(0)
slow = Adder()
torch.manual_seed(0)
fast = laco.torch.accelerate(Adder())
print(fast)

# %% The same curve, in less time.
loss, seconds = train(slow, updates)
again, less = train(fast, updates)
print(f"torch {loss:.4f} in {seconds:.1f} s, laço {again:.4f} in {less:.1f} s: {seconds / less:.1f} times as fast")
assert abs(loss - again) < 1e-2

# %% And back, for whoever needs torch's own layers: to export, to trace.
laco.torch.restore(fast)
print(type(fast.rnn))
