#!/usr/bin/python3
"""The name classifier in PyTorch: the peer of `laco train classify`.

usage: names_torch.py TRAIN.tsv TEST.tsv [--cell gru|lstm] [--bidirectional] [--dropout P] [--epochs N] [--seed N] [--lr X]
Letters embedded in 64, a recurrent layer of 128, the last state, Linear; Adam, batches of 64 by length. Prints accuracy and macro-F1
on TEST after the last epoch, and the seconds that training took. Needs Debian's python3-torch.
"""
import argparse
import collections
import random
import time

import torch
from torch import nn


def read(path):
    return [line.rstrip("\n").split("\t", 1) for line in open(path, encoding="utf-8")]


class Classifier(nn.Module):
    def __init__(self, letters, labels, options):
        super().__init__()
        kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[options.cell]
        self.embedding = nn.Embedding(letters, 64)
        self.rnn = kind(64, 128, bidirectional=options.bidirectional)
        self.dropout = nn.Dropout(options.dropout)
        self.linear = nn.Linear(256 if options.bidirectional else 128, labels)

    def forward(self, ids, lengths):
        x = nn.utils.rnn.pack_padded_sequence(self.dropout(self.embedding(ids)), lengths, enforce_sorted=False)
        _, h = self.rnn(x)
        h = h[0] if isinstance(h, tuple) else h
        return self.linear(self.dropout(torch.cat(list(h), dim=1)))


def batches(examples, size, shuffle):
    order = list(range(len(examples)))
    if shuffle:
        random.shuffle(order)
        chunks = [sorted(order[i:i + 32 * size], key=lambda e: len(examples[e][1])) for i in range(0, len(order), 32 * size)]
        order = [e for chunk in chunks for e in chunk]
    groups = [order[i:i + size] for i in range(0, len(order), size)]
    if shuffle:
        random.shuffle(groups)
    for group in groups:
        ids = nn.utils.rnn.pad_sequence([examples[e][1] for e in group])
        yield ids, torch.tensor([len(examples[e][1]) for e in group]), torch.tensor([examples[e][0] for e in group])


def score(model, examples, count):
    pairs = collections.Counter()
    with torch.no_grad():
        for ids, lengths, labels in batches(examples, 256, False):
            for right, answer in zip(labels.tolist(), model(ids, lengths).argmax(1).tolist()):
                pairs[right, answer] += 1
    f1 = []
    for k in range(count):
        hits, right = pairs[k, k], sum(n for (a, _), n in pairs.items() if a == k)
        answered = sum(n for (_, b), n in pairs.items() if b == k)
        if right:
            f1.append(2 * hits / (right + answered) if hits else 0)
    return sum(n for (a, b), n in pairs.items() if a == b) / len(examples), sum(f1) / len(f1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--cell", default="gru")
    parser.add_argument("--bidirectional", action="store_true")
    parser.add_argument("--dropout", type=float, default=0)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--lr", type=float, default=0.001)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    train, test = read(options.train), read(options.test)
    labels = {label: k for k, label in enumerate(sorted({label for label, _ in train}))}
    letters = {letter: i + 1 for i, letter in enumerate(sorted({c for _, text in train for c in text}))}
    encode = lambda rows: [(labels[label], torch.tensor([letters.get(c, 0) for c in text])) for label, text in rows]
    train, test = encode(train), encode(test)
    model = Classifier(len(letters) + 1, len(labels), options)
    optimiser = torch.optim.Adam(model.parameters(), lr=options.lr)
    loss = nn.CrossEntropyLoss()
    started = time.time()
    for _ in range(options.epochs):
        model.train()
        for ids, lengths, targets in batches(train, 64, True):
            optimiser.zero_grad()
            loss(model(ids, lengths), targets).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimiser.step()
    seconds = time.time() - started
    model.eval()
    accuracy, macro_f1 = score(model, test, len(labels))
    print(f"torch {torch.__version__} {options.cell} accuracy {accuracy:.4f} macro-F1 {macro_f1:.4f} seconds {seconds:.1f}")


main()
