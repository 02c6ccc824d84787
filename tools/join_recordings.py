#!/usr/bin/env python3
"""Makes strings of spoken words out of recordings of single words, and the lists that laco reads.

    tools/join_recordings.py FOLDER OUTDIR [--hold FIRST-LAST] [--most 7] [--pause 50-300] [--speakers same|mixed] [--rounds 3]
                             [--names zero,one,two,three,four,five,six,seven,eight,nine] [--joined-train] [--seed 1]

FOLDER holds LABEL_speaker_N.wav, as the free spoken digit dataset does: one rate, mono, 16 bit. Recordings whose N is within --hold are
held out; no other recording is ever in a test string, and none of them in what is trained on.

    OUTDIR/single.tsv    the other recordings, one a line: file<TAB>name of its label
    OUTDIR/joined.tsv    with --joined-train: strings made of these, each recording --rounds times, in OUTDIR/joined/
    OUTDIR/test.tsv      strings of 1 to --most held-out recordings with random pauses (milliseconds) between them, in OUTDIR/test/;
                         each recording is in --rounds strings

A string is of one speaker, or of any (--speakers mixed). The same arguments write the same bytes.
"""
import argparse
import os
import random
import wave

DIGITS = "zero,one,two,three,four,five,six,seven,eight,nine"


class Recording:
    def __init__(self, folder, name, names):
        label, self.speaker, number = os.path.splitext(name)[0].split("_")
        self.path, self.number, self.word = os.path.join(folder, name), int(number), names[int(label)]
        with wave.open(self.path) as file:
            self.params = file.getparams()
            self.samples = file.readframes(file.getnframes())


def pair(text):
    first, last = text.split("-")
    return int(first), int(last)


def plan(recordings, options, chance):
    """Strings of recordings: each in --rounds of them."""
    strings = []
    for _ in range(options.rounds):
        groups = {}
        for recording in recordings:
            groups.setdefault(recording.speaker if options.speakers == "same" else "", []).append(recording)
        for _, group in sorted(groups.items()):
            chance.shuffle(group)
            while group:
                count = chance.randint(1, options.most)
                strings.append(group[:count])
                del group[:count]
    chance.shuffle(strings)
    return strings


def write_string(path, string, options, chance):
    rate, width = string[0].params.framerate, string[0].params.sampwidth
    with wave.open(path, "wb") as file:
        file.setparams(string[0].params)
        for i, recording in enumerate(string):
            if i > 0:
                file.writeframes(bytes(int(chance.uniform(*options.pause) * rate / 1000) * width))
            file.writeframes(recording.samples)


def write_strings(outdir, name, recordings, options, chance):
    folder = os.path.join(outdir, name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(outdir, name + ".tsv"), "w", encoding="utf-8") as listing:
        for i, string in enumerate(plan(recordings, options, chance)):
            file = f"{name}/{i:05d}.wav"
            write_string(os.path.join(outdir, file), string, options, chance)
            listing.write(file + "\t" + " ".join(recording.word for recording in string) + "\n")


def main():
    parser = argparse.ArgumentParser(description="Make strings of spoken words from recordings of single words.")
    parser.add_argument("folder")
    parser.add_argument("outdir")
    parser.add_argument("--hold", type=pair, default=(45, 49))
    parser.add_argument("--most", type=int, default=7)
    parser.add_argument("--pause", type=pair, default=(50, 300))
    parser.add_argument("--speakers", choices=["same", "mixed"], default="same")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--names", default=DIGITS)
    parser.add_argument("--joined-train", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    names, chance = options.names.split(","), random.Random(options.seed)
    everything = [Recording(options.folder, name, names) for name in sorted(os.listdir(options.folder)) if name.endswith(".wav")]
    held = [r for r in everything if options.hold[0] <= r.number <= options.hold[1]]
    others = [r for r in everything if r.number < options.hold[0] or r.number > options.hold[1]]
    os.makedirs(options.outdir, exist_ok=True)
    with open(os.path.join(options.outdir, "single.tsv"), "w", encoding="utf-8") as listing:
        for recording in others:
            listing.write(f"{os.path.abspath(recording.path)}\t{recording.word}\n")
    write_strings(options.outdir, "test", held, options, chance)
    if options.joined_train:
        write_strings(options.outdir, "joined", others, options, chance)


if __name__ == "__main__":
    main()
