#!/usr/bin/env python3
"""What a power failure leaves of files that a program has written.

    power.py LOG TARGET BEFORE [DRAWS]

LOG is what power.c recorded, TARGET a file that was written (its path as the program gave it), BEFORE a file with its contents at the
beginning. The power goes after each record. Then a file holds what was in it at its last fsync; of what was written since, any part of
4096 bytes may be there, or zeros, or nothing. A folder holds the names of its last fsync; of later changes any number, from the first
on, may have happened. All cases that a draw can make differ in are tried DRAWS times at each record, and the extremes always: nothing of
what was not asked for, all of it, names without bytes. TARGET must be whole each time: as at the beginning, or as it was renamed to be.
And what was complete once (its folder synchronised) is never lost again. Prints CRASHES WRONG."""
import os, random, sys

PAGE = 4096

class File:
    def __init__(self, durable=b""):
        self.durable, self.now = durable, bytearray(durable)

    def after_crash(self, how, draw):
        if how == "none" or self.now == self.durable:
            return self.durable
        if how == "all":
            return bytes(self.now)
        size = draw.choice([len(self.durable), len(self.now)])
        old, new = self.durable.ljust(size, b"\0"), bytes(self.now).ljust(size, b"\0")
        pages = [draw.choice([old, new])[at:at + PAGE] for at in range(0, size, PAGE)]
        return b"".join(pages)[:size]

class Folder:
    """Names and what they stand for, as on the disk; and the changes since."""
    def __init__(self):
        self.durable, self.pending = {}, []

    def now(self, count=None):
        names = dict(self.durable)
        for name, file in self.pending[:count]:
            if file is None:
                names.pop(name, None)
            else:
                names[name] = file
        return names

    def sync(self):
        self.durable, self.pending = self.now(), []

class Disk:
    def __init__(self, target, before):
        self.folders, self.open, self.target = {}, {}, os.path.normpath(target)
        folder, name = self.split(target)
        folder.durable[name] = File(before)
        self.whole = [before]      # contents that are right, in order
        self.kept = 0              # of these, the first that may still be found

    def split(self, path):
        head, name = os.path.split(os.path.normpath(path))
        return self.folders.setdefault(head, Folder()), name

    def do(self, words, data):
        what = words[0]
        if what == "open":
            path, _, truncated = words[2].partition("\t")
            folder, name = self.split(path)
            file = folder.now().get(name)
            if file is None:
                file = File()
                folder.pending.append((name, file))
            if truncated:
                file.now = bytearray()
            self.open[words[1]] = file
        elif what == "folder":
            self.open[words[1]] = self.folders.setdefault("" if words[2] == "." else os.path.normpath(words[2]), Folder())
        elif what == "copy":
            self.open[words[2]] = self.open.get(words[1])
        elif what == "write":
            file, offset = self.open[words[1]], int(words[2])
            file.now[len(file.now):] = b"\0" * (offset - len(file.now))
            file.now[offset:offset + len(data)] = data
        elif what == "sync":
            self.synchronise(self.open[words[1]])
        elif what == "close":
            self.open.pop(words[1], None)
        elif what == "rename":
            self.rename(*words[1].split("\t"))
        elif what == "unlink":
            folder, name = self.split(words[1])
            folder.pending.append((name, None))

    def synchronise(self, thing):
        if isinstance(thing, Folder):
            thing.sync()
            if thing is self.split(self.target)[0]:
                self.kept = len(self.whole) - 1
        elif thing:
            thing.durable = bytes(thing.now)

    def rename(self, old, new):
        folder, name = self.split(old)
        file = folder.now()[name]
        other, new_name = self.split(new)
        folder.pending.append((name, None))
        other.pending.append((new_name, file))
        if os.path.normpath(new) == self.target:
            self.whole.append(bytes(file.now))

    def crash(self, how, draw):
        """Whether the target is right after it."""
        folder, name = self.split(self.target)
        count = {"none": 0, "all": None, "names": None}.get(how, draw.randrange(len(folder.pending) + 1))
        file = folder.now(count).get(name)
        if file is None:
            return False
        contents = file.after_crash({"names": "none"}.get(how, how), draw)
        return any(contents == whole for whole in self.whole[self.kept:])

def records(path, drop=""):
    with open(path, "rb") as log:
        while line := log.readline():
            words = line.decode().rstrip("\n").split(" ", 2 if line.startswith((b"open", b"folder")) else 1 if
                                                     line.startswith((b"rename", b"unlink")) else -1)
            data = log.read(int(words[3])) if words[0] == "write" else b""
            if words[0] != drop:
                yield words, data

def simulate(log, target, before, draws, drop=""):
    disk, draw, crashes, wrong = Disk(target, before), random.Random(1), 0, 0
    for words, data in records(log, drop):
        disk.do(words, data)
        for how in ["none", "all", "names"] + ["any"] * draws:
            crashes += 1
            wrong += not disk.crash(how, draw)
    return crashes, wrong, len(disk.whole) - 1

def main():
    log, target, before = sys.argv[1:4]
    draws = int(sys.argv[4]) if len(sys.argv) > 4 else 20
    with open(before, "rb") as file:
        contents = file.read()
    crashes, wrong, written = simulate(log, target, contents, draws)
    if written == 0:
        sys.exit(f"{target} was never written")
    if simulate(log, target, contents, draws, drop="sync")[1] == 0:
        sys.exit("without a single fsync nothing would be lost either: the simulation sees nothing")
    print(crashes, wrong)

main()
