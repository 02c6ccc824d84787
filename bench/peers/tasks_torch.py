#!/usr/bin/python3
"""Whole trainings in PyTorch as its users write them: the peers of `laco train`, for bench/tasks.

usage: tasks_torch.py names|language DATA --epochs N [--threads N]

names: lines of label<TAB>text; letters embedded in 64, a GRU of 128 both ways on packed sequences, its last states, largest and mean
steps side by side, Linear; batches of 64 by a DataLoader. language: characters embedded in 128, two GRU layers of 256, Linear; 32 rows
of text, 64 characters at a time, their states carried. Both: Adam, clipping, CrossEntropyLoss. Prints "epoch N LOSS SECONDS": the mean
loss of the epoch, and seconds since the program began. Needs Debian's python3-torch.
"""
import argparse
import random
import time

BEGAN = time.perf_counter()

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence  # noqa: E402


class Classifier(nn.Module):
    def __init__(self, letters, labels):
        super().__init__()
        self.embedding = nn.Embedding(letters, 64)
        self.rnn = nn.GRU(64, 128, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(0.3)
        self.linear = nn.Linear(3 * 256, labels)

    def forward(self, ids, lengths):
        x = pack_padded_sequence(self.dropout(self.embedding(ids)), lengths, batch_first=True, enforce_sorted=False)
        packed, last = self.rnn(x)
        steps, _ = pad_packed_sequence(packed, batch_first=True)
        there = (torch.arange(steps.shape[1]) < lengths[:, None])[:, :, None]
        largest = steps.masked_fill(~there, float("-inf")).max(1).values
        mean = (steps * there).sum(1) / lengths[:, None]
        return self.linear(self.dropout(torch.cat([last[0], last[1], largest, mean], 1)))


def collate(batch):
    return (pad_sequence([ids for ids, _ in batch], batch_first=True), torch.tensor([len(ids) for ids, _ in batch]),
            torch.tensor([label for _, label in batch]))


def names(path):
    lines = [line.rstrip("\n").split("\t", 1) for line in open(path, encoding="utf-8")]
    random.shuffle(lines)
    lines = lines[len(lines) // 10:]  # laço sets as many aside
    letters = {c: i for i, c in enumerate(sorted({c for _, text in lines for c in text}))}
    labels = {label: i for i, label in enumerate(sorted({label for label, _ in lines}))}
    data = [(torch.tensor([letters[c] for c in text]), labels[label]) for label, text in lines]
    loader = torch.utils.data.DataLoader(data, batch_size=64, shuffle=True, collate_fn=collate)
    model, loss = Classifier(len(letters), len(labels)), nn.CrossEntropyLoss()
    return model, 3e-3, 5, lambda: ((loss(model(ids, lengths), right), len(right)) for ids, lengths, right in loader)


class Language(nn.Module):
    def __init__(self, tokens):
        super().__init__()
        self.embedding = nn.Embedding(tokens, 128)
        self.rnn = nn.GRU(128, 256, 2, batch_first=True, dropout=0.3)
        self.dropout = nn.Dropout(0.3)
        self.linear = nn.Linear(256, tokens)

    def forward(self, x, state):
        y, state = self.rnn(self.dropout(self.embedding(x)), state)
        return self.linear(self.dropout(y)), state.detach()


def language(path):
    text = open(path, encoding="utf-8").read()
    text = text[:len(text) * 19 // 20]
    tokens = {c: i for i, c in enumerate(sorted(set(text)))}
    length = (len(text) - 1) // 32
    ids = torch.tensor([tokens[c] for c in text[:32 * length + 1]])
    x, right = ids[:-1].view(32, length), ids[1:].view(32, length)
    model, loss = Language(len(tokens)), nn.CrossEntropyLoss()

    def epoch():
        state = None
        for at in range(0, length, 64):
            logits, state = model(x[:, at:at + 64], state)
            yield loss(logits.flatten(0, 1), right[:, at:at + 64].flatten()), logits.shape[0] * logits.shape[1]

    return model, 3e-3, 1, epoch


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=("names", "language"))
    parser.add_argument("data")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    random.seed(0)
    model, rate, clip, epoch = {"names": names, "language": language}[options.task](options.data)
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    for number in range(options.epochs):
        total, count = 0.0, 0
        for loss, examples in epoch():
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimiser.step()
            total += loss.item() * examples
            count += examples
        print("epoch", number + 1, total / count, time.perf_counter() - BEGAN, flush=True)


main()
