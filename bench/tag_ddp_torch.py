"""The tagger of docs/many-machines.md in PyTorch's DistributedDataParallel over gloo, for comparison: seconds and accuracy of every epoch, on
so many processes of this machine with one thread each.

    python3 bench/tag_ddp_torch.py TRAIN.conllu VALID.conllu PROCESSES ACCURACY [EPOCHS]

As `laco train tag --ensemble 1` does it: parts of speech (column 4) from an embedding of the word beside both ends of an LSTM over its
letters, two layers of an LSTM both ways, columns 5, 6 and 8 learned beside it with half the weight; 16 sentences of like length a batch,
Adam, clipping at 5, cosine schedule. A process has every PROCESSES-th sentence of a batch. Ends at an accuracy (%), or after EPOCHS (4).
Dropout is PyTorch's own, and neither recurrent weights nor rare words are dropped, nor is a mean of weights kept. PROCESSES 0: one process
with two threads, without DistributedDataParallel.
"""
import math
import os
import random
import sys
import time

import torch
import torch.distributed
import torch.multiprocessing
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

BATCH, RATE, COLUMNS = 16, 0.003, (3, 4, 5, 7)


def read(path):
    """Sentences, each a list of words with their columns."""
    sentences, words = [], []
    for line in open(path, encoding="utf-8"):
        fields = line.rstrip("\n").split("\t")
        if len(fields) == 10 and fields[0].isdigit():
            words.append((fields[1], [fields[c] for c in COLUMNS]))
        elif not line.strip() and words:
            sentences.append(words)
            words = []
    return sentences


class Tagger(nn.Module):
    def __init__(self, words, letters, outputs):
        super().__init__()
        self.words, self.letters = nn.Embedding(words, 100), nn.Embedding(letters, 32)
        self.spelling = nn.LSTM(32, 50, bidirectional=True)
        self.rnn = nn.LSTM(200, 128, num_layers=2, bidirectional=True, dropout=0.33)
        self.drop = nn.Dropout(0.33)
        self.heads = nn.ModuleList(nn.Linear(256, n) for n in outputs)

    def forward(self, words, spelling, lengths, starts):
        """words [T][B]; spelling [letters][different words] with lengths; starts: which of these stands at each place."""
        _, (ends, _) = self.spelling(pack_padded_sequence(self.letters(spelling), lengths, enforce_sorted=False))
        spelled = ends.transpose(0, 1).flatten(1)[starts]
        y, _ = self.rnn(self.drop(torch.cat([self.words(words), spelled], 2)))
        return [head(self.drop(y)) for head in self.heads]


def lay_out(batch, ids):
    words = pad_sequence([torch.tensor([ids[0].get(w.lower(), 0) for w, _ in s]) for s in batch])
    different = sorted({w for s in batch for w, _ in s})
    place = {w: i for i, w in enumerate(different)}
    spelled = [torch.tensor([ids[1].get(c, 0) for c in w[:40]]) for w in different]
    starts = pad_sequence([torch.tensor([place[w] for w, _ in s]) for s in batch])
    right = [pad_sequence([torch.tensor([ids[2 + h].get(c[h], 0) for _, c in s]) for s in batch], padding_value=-1) for h in range(len(ids) - 2)]
    return words, pad_sequence(spelled), torch.tensor([len(s) for s in spelled]), starts, right


def accuracy(model, sentences, ids):
    model.eval()
    right = count = 0
    with torch.no_grad():
        for i in range(0, len(sentences), 64):
            *inputs, targets = lay_out(sentences[i:i + 64], ids)
            found = model(*inputs)[0].argmax(2)
            right += ((found == targets[0]) & (targets[0] >= 0)).sum().item()
            count += (targets[0] >= 0).sum().item()
    model.train()
    return 100 * right / count


def work(rank, train, valid, processes, wanted, epochs):
    size = max(processes, 1)
    torch.set_num_threads(2 if processes == 0 else 1)
    torch.manual_seed(1)
    data, held = read(train), sorted(read(valid), key=len)
    ids = [{w: i + 1 for i, w in enumerate(sorted(group))} for group in
           ({w.lower() for s in data for w, _ in s}, {c for s in data for w, _ in s for c in w})]
    ids += [{w: i for i, w in enumerate(sorted({c[h] for s in data for _, c in s}))} for h in range(len(COLUMNS))]
    model = inner = Tagger(len(ids[0]) + 1, len(ids[1]) + 1, [len(i) for i in ids[2:]])
    if processes > 0:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29519")
        torch.distributed.init_process_group("gloo", rank=rank, world_size=size)
        model = nn.parallel.DistributedDataParallel(model)
    optimiser, loss = torch.optim.Adam(model.parameters(), lr=RATE), nn.CrossEntropyLoss(ignore_index=-1)
    data.sort(key=len)
    batches = [data[i:i + BATCH] for i in range(0, len(data) - BATCH + 1, BATCH)]
    began = time.time()
    for epoch in range(epochs):
        random.Random(epoch).shuffle(batches)
        for i, batch in enumerate(batches):
            for group in optimiser.param_groups:
                group["lr"] = RATE * (0.02 + 0.98 * (1 + math.cos(math.pi * (epoch + i / len(batches)) / epochs)) / 2)
            *inputs, targets = lay_out(batch[rank::size], ids)
            scores = model(*inputs)
            losses = [loss(s.flatten(0, 1), t.flatten()) for s, t in zip(scores, targets)]
            optimiser.zero_grad(set_to_none=True)
            (losses[0] + 0.5 * sum(losses[1:])).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimiser.step()
        found = accuracy(inner, held, ids)
        if rank == 0:
            print(f"epoch {epoch + 1}  {time.time() - began:.1f} s  accuracy {found:.2f} %", flush=True)
        if found >= wanted:
            break


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    arguments = (sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]) if len(sys.argv) > 5 else 4)
    if arguments[2] == 0:
        work(0, *arguments)
    else:
        torch.multiprocessing.spawn(work, arguments, nprocs=arguments[2])
