"""Networks of tasks_torch.py that write sequences: a transducer with attention, and speech by CTC."""
import math
import os
import random
import wave

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


class Transducer(nn.Module):
    """Dot attention behind the recurrence, as laço has it: the decoder's LSTM reads all right tokens at once."""

    def __init__(self, sources, targets):
        super().__init__()
        self.source, self.target = nn.Embedding(sources, 128), nn.Embedding(targets, 128)
        self.encoder = nn.LSTM(128, 256, 2, batch_first=True, bidirectional=True, dropout=0.2)
        self.bridge = nn.Linear(512, 512)
        self.decoder = nn.LSTM(128, 256, batch_first=True)
        self.key, self.combine, self.out = nn.Linear(512, 256, bias=False), nn.Linear(768, 256), nn.Linear(256, targets)
        self.dropout = nn.Dropout(0.2)

    def forward(self, source, lengths, read):
        x = pack_padded_sequence(self.dropout(self.source(source)), lengths, batch_first=True, enforce_sorted=False)
        packed, (last, _) = self.encoder(x)
        memory, _ = pad_packed_sequence(packed, batch_first=True)
        h, c = torch.tanh(self.bridge(torch.cat([last[-2], last[-1]], 1))).chunk(2, 1)
        y, _ = self.decoder(self.dropout(self.target(read)), (h[None].contiguous(), c[None].contiguous()))
        scores = y @ self.key(memory).transpose(1, 2)
        beyond = torch.arange(memory.shape[1]) >= lengths[:, None]
        context = scores.masked_fill(beyond[:, None], float("-inf")).softmax(2) @ memory
        return self.out(self.dropout(torch.tanh(self.combine(torch.cat([y, context], 2)))))


def transducer(path):
    lines = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8")]
    random.shuffle(lines)
    lines = lines[len(lines) // 20:]
    sources = {c: i for i, c in enumerate(sorted({c for s, _ in lines for c in s}))}
    targets = {c: i + 1 for i, c in enumerate(sorted({c for _, t in lines for c in t.split()}))}  # 0: the edge
    data = [(torch.tensor([sources[c] for c in s]), torch.tensor([0] + [targets[c] for c in t.split()] + [0])) for s, t in lines]

    def collate(batch):
        return (pad_sequence([s for s, _ in batch], batch_first=True), torch.tensor([len(s) for s, _ in batch]),
                pad_sequence([t[:-1] for _, t in batch], batch_first=True),
                pad_sequence([t[1:] for _, t in batch], batch_first=True, padding_value=-1))

    loader = torch.utils.data.DataLoader(data, batch_size=64, shuffle=True, collate_fn=collate)
    model, loss = Transducer(len(sources), len(targets) + 1), nn.CrossEntropyLoss(ignore_index=-1)
    return model, 3e-3, 5, lambda: ((loss(model(s, n, read).flatten(0, 1), right.flatten()), len(s)) for s, n, read, right in loader)


def mel_bands(rate, size, count=40):
    """Triangles evenly spaced on the mel scale [count][size / 2 + 1], each of sum 1."""
    top = 2595 * math.log10(1 + min(rate / 2, 8000) / 700)
    low = 2595 * math.log10(1 + 20 / 700)
    edges = 700 * (10 ** (torch.linspace(low, top, count + 2) / 2595) - 1)
    hertz = torch.arange(size // 2 + 1) * rate / size
    up, down = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None], (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    weights = torch.minimum(up, down).clamp(min=0)
    return weights / weights.sum(1, keepdim=True).clamp(min=1e-9)


class Recordings(torch.utils.data.Dataset):
    """Features of a recording, louder or softer each time and every second time with noise, two frames side by side."""

    def __init__(self, path):
        lines = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8")]
        random.shuffle(lines)
        self.sounds, self.texts = [], [text for _, text in lines[len(lines) // 20:]]
        for name, _ in lines[len(lines) // 20:]:
            with wave.open(os.path.join(os.path.dirname(path), name), "rb") as file:
                self.rate, raw = file.getframerate(), bytearray(file.readframes(file.getnframes()))
            self.sounds.append(torch.frombuffer(raw, dtype=torch.int16).float() / 32768)
        self.window, self.hop = self.rate // 40, self.rate // 100
        self.size = 1 << (self.window - 1).bit_length()
        self.bands, self.hann = mel_bands(self.rate, self.size), torch.hann_window(self.window)
        every = torch.cat([self.features(sound) for sound in self.sounds])
        self.mean, self.scale = every.mean(0), every.std(0)
        self.letters = {c: i + 1 for i, c in enumerate(sorted(set("".join(self.texts))))}  # 0: the blank

    def features(self, sound):
        sound = nn.functional.pad(sound, (0, max(0, self.size - len(sound))))
        frames = torch.stft(sound, self.size, self.hop, self.window, self.hann, center=False, return_complex=True).abs() ** 2
        return torch.log(1e-8 + self.bands @ frames / (self.hann ** 2).sum()).T

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, i):
        sound = self.sounds[i] * 10 ** random.uniform(-0.3, 0.3)
        if random.random() < 0.5:
            sound = sound + torch.randn(len(sound)) * 10 ** random.uniform(-4.5, -2.25)
        x = (self.features(sound) - self.mean) / self.scale
        x = torch.cat([x, x[-1:]]) if len(x) % 2 else x
        return x.reshape(len(x) // 2, 80), torch.tensor([self.letters[c] for c in self.texts[i]])


class Recogniser(nn.Module):
    def __init__(self, tokens):
        super().__init__()
        self.rnn = nn.LSTM(80, 128, 2, batch_first=True, bidirectional=True, dropout=0.3)
        self.dropout, self.linear = nn.Dropout(0.3), nn.Linear(256, tokens)

    def forward(self, x, lengths):
        packed, _ = self.rnn(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
        return self.linear(self.dropout(pad_packed_sequence(packed)[0])).log_softmax(2)


def speech(path):
    data = Recordings(path)
    model, loss = Recogniser(len(data.letters) + 1), nn.CTCLoss(zero_infinity=True)

    def collate(batch):
        return (pad_sequence([x for x, _ in batch], batch_first=True), torch.tensor([len(x) for x, _ in batch]),
                torch.cat([text for _, text in batch]), torch.tensor([len(text) for _, text in batch]))

    loader = torch.utils.data.DataLoader(data, batch_size=8, shuffle=True, collate_fn=collate)
    return model, 3e-3, 5, lambda: ((loss(model(x, n), texts, n, sizes), len(n)) for x, n, texts, sizes in loader)
