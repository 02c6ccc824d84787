#!/usr/bin/python3
"""Whole trainings in PyTorch as its users write them, and answers of what was trained: the peers of `laco train` and `laco predict`, for
bench/tasks and bench/ask.

usage: tasks_torch.py train TASK DATA [--epochs N] [--save MODEL] [--threads N]
       tasks_torch.py ask MODEL TEXTS [--threads N]

names, reviews: lines of label<TAB>text; letters embedded in 64 and a GRU of 128 both ways, or words in 256 and an LSTM of 64, on packed
sequences; its last states, largest and mean steps side by side, Linear; batches of 64 by a DataLoader. language: characters embedded in
128, two GRU layers of 256, Linear; 32 rows of text, 64 characters at a time, their states carried. tagging: tag_ddp_torch.py's network,
one column. transducer, speech: sequences_torch.py. All: Adam, clipping. Prints "epoch N LOSS SECONDS": the mean loss of the epoch, and
seconds since the program began. ask: a label for each line of TEXTS, of a tagger the line<TAB>a tag for each of its words.
"""
import argparse
import os
import random
import sys
import time

BEGAN = time.perf_counter()

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence  # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from sequences_torch import speech, transducer  # noqa: E402
from tag_ddp_torch import Tagger, lay_out, read  # noqa: E402


class Classifier(nn.Module):
    def __init__(self, tokens, labels, cell, embed, hidden, dropout):
        super().__init__()
        self.embedding = nn.Embedding(tokens, embed)
        self.rnn = getattr(nn, cell)(embed, hidden, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(6 * hidden, labels)

    def forward(self, ids, lengths):
        x = pack_padded_sequence(self.dropout(self.embedding(ids)), lengths, batch_first=True, enforce_sorted=False)
        packed, last = self.rnn(x)
        last = last[0] if isinstance(last, tuple) else last
        steps, _ = pad_packed_sequence(packed, batch_first=True)
        there = (torch.arange(steps.shape[1]) < lengths[:, None])[:, :, None]
        largest = steps.masked_fill(~there, float("-inf")).max(1).values
        mean = (steps * there).sum(1) / lengths[:, None]
        return self.linear(self.dropout(torch.cat([last[0], last[1], largest, mean], 1)))


SHAPES = {"names": (list, "GRU", 64, 128, 0.3), "reviews": (str.split, "LSTM", 256, 64, 0.5)}


def collate(batch):
    return (pad_sequence([ids for ids, _ in batch], batch_first=True), torch.tensor([len(ids) for ids, _ in batch]),
            torch.tensor([label for _, label in batch]))


def tokens_of(text, task, ids):
    return torch.tensor([ids.get(token, 0) for token in SHAPES[task][0](text)] or [0])


def number(tokens, first):
    return {token: i + first for i, token in enumerate(sorted(tokens))}


def classify(path, task):
    lines = [line.rstrip("\n").split("\t", 1) for line in open(path, encoding="utf-8")]
    random.shuffle(lines)
    lines = lines[len(lines) // 10:]  # laço sets as many aside
    ids = number({token for _, text in lines for token in SHAPES[task][0](text)}, 1)  # 0: unknown
    labels = number({label for label, _ in lines}, 0)
    data = [(tokens_of(text, task, ids), labels[label]) for label, text in lines]
    loader = torch.utils.data.DataLoader(data, batch_size=64, shuffle=True, collate_fn=collate)
    model, loss = Classifier(len(ids) + 1, len(labels), *SHAPES[task][1:]), nn.CrossEntropyLoss()
    model.known = ids, list(labels)
    return model, 3e-3, 5, lambda: ((loss(model(ids, lengths), right), len(right)) for ids, lengths, right in loader)


def label_texts(model, task, lines):
    """Texts of like length together, answered in the order in which they came."""
    ids, labels = model.known
    data = [(tokens_of(line, task, ids), 0) for line in lines]
    order, answers = sorted(range(len(data)), key=lambda i: len(data[i][0])), [None] * len(data)
    for at in range(0, len(order), 256):
        chosen = order[at:at + 256]
        inputs, lengths, _ = collate([data[i] for i in chosen])
        for i, best in zip(chosen, model(inputs, lengths).argmax(1).tolist()):
            answers[i] = labels[best]
    return answers


def tagging(path):
    sentences = read(path)
    random.shuffle(sentences)
    sentences = sorted(sentences[len(sentences) // 20:], key=len)
    ids = [number({w.lower() for s in sentences for w, _ in s}, 1), number({c for s in sentences for w, _ in s for c in w}, 1),
           number({c[0] for s in sentences for _, c in s}, 0)]
    model, loss = Tagger(len(ids[0]) + 1, len(ids[1]) + 1, [len(ids[2])]), nn.CrossEntropyLoss(ignore_index=-1)
    model.known = ids
    batches = [sentences[i:i + 16] for i in range(0, len(sentences), 16)]

    def epoch():
        random.shuffle(batches)
        for batch in batches:
            *inputs, right = lay_out(batch, ids)
            yield loss(model(*inputs)[0].flatten(0, 1), right[0].flatten()), len(batch)

    return model, 3e-3, 5, epoch


def tag_texts(model, task, lines):
    names = list(model.known[2])
    sentences = [[(w, names[:1]) for w in line.split()] for line in lines]  # lay_out wants some tag of each
    order, answers = sorted(range(len(lines)), key=lambda i: len(sentences[i])), [None] * len(lines)
    for at in range(0, len(order), 64):
        chosen = order[at:at + 64]
        *inputs, _ = lay_out([sentences[i] for i in chosen], model.known)
        for i, best in zip(chosen, model(*inputs)[0].argmax(2).T.tolist()):
            answers[i] = lines[i] + "\t" + " ".join(names[tag] for _, tag in zip(sentences[i], best))
    return answers


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


TASKS = {"names": lambda path: classify(path, "names"), "reviews": lambda path: classify(path, "reviews"), "language": language,
         "tagging": tagging, "transducer": transducer, "speech": speech}
ANSWERS = {"names": label_texts, "reviews": label_texts, "tagging": tag_texts}


def train(options):
    model, rate, clip, epoch = TASKS[options.task](options.data)
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
    if options.save:
        torch.save((options.task, model), options.save)


def ask(options):
    task, model = torch.load(options.task)
    model.eval()
    with torch.no_grad(), open(options.data, encoding="utf-8") as file:
        print("\n".join(ANSWERS[task](model, task, file.read().splitlines())))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", choices=("train", "ask"))
    parser.add_argument("task", help="a task, or a model: " + ", ".join(TASKS))
    parser.add_argument("data")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--save", metavar="MODEL")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    random.seed(0)
    (train if options.work == "train" else ask)(options)


if __name__ == "__main__":
    main()
