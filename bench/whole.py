"""Whole tasks, of laço and of its peers: what there is to learn, data that are made up for it, and a process measured from its start to
its end. For bench/tasks, bench/ask and bench/cores."""
import json
import math
import os
import random
import subprocess
import sys
import time
import wave
from array import array

import openblas

HERE = os.path.dirname(os.path.abspath(__file__))
SYLLABLES = [a + b for a in "bcdfglmnprst" for b in "aeiou"]


def word(made, most=3):
    return "".join(made.choices(SYLLABLES, k=made.randint(1, most)))


def make_names(made, file, folder):
    """The ending of a word is its label."""
    for _ in range(12000):
        ending = made.randrange(12)
        file.write(f"{ending}\t{word(made)}{SYLLABLES[ending]}\n")


def make_reviews(made, file, folder):
    """Texts of 60 to 200 words, a tenth of them words that tell the label, and right three times of four."""
    words = [[word(made, 4) for _ in range(size)] for size in (60, 60, 2000)]
    for _ in range(3000):
        label = made.randrange(2)
        told = [words[label if made.random() < 0.75 else 1 - label], words[2]]
        file.write(f"{label}\t" + " ".join(made.choice(told[made.random() > 0.1]) for _ in range(made.randint(60, 200))) + "\n")


def make_language(made, file, folder):
    words = [word(made, 4) for _ in range(400)]
    for _ in range(3000):
        file.write(" ".join(made.choices(words, k=9)) + "\n")


def make_tagging(made, file, folder):
    """The tag follows from the word's ending and from that of the word before."""
    for _ in range(3000):
        before = 0
        for number in range(1, made.randint(5, 40)):
            ending = made.randrange(12)
            file.write(f"{number}\t{word(made)}{SYLLABLES[ending]}\t_\tT{(ending + before) % 12}\tX\tX\t_\tX\t_\t_\n")
            before = ending % 2
        file.write("\n")


def make_transducer(made, file, folder):
    """Letters become capitals, a vowel behind a vowel's syllable of the same kind a long one."""
    for source in sorted({word(made, 5) for _ in range(6000)}):
        file.write(source + "\t" + " ".join(c.upper() + (":" if source[:i].count(c) % 2 else "") for i, c in enumerate(source)) + "\n")


def make_speech(made, file, folder):
    """Letters are tones of a tenth of a second with some noise, at 8,000 samples a second."""
    for number in range(400):
        text, samples = "".join(made.choices("abcdefgh", k=made.randint(3, 8))), array("h")
        for letter in text:
            pitch, length = 300 * 1.35 ** "abcdefgh".index(letter), made.randint(800, 1300)
            samples.extend(int(8000 * math.sin(6.2832 * pitch * i / 8000) + made.gauss(0, 300)) for i in range(length))
        with wave.open(os.path.join(folder, f"{number}.wav"), "wb") as recording:
            recording.setparams((1, 2, 8000, 0, "NONE", None))
            recording.writeframes(samples.tobytes())
        file.write(f"{number}.wav\t{text}\n")


# What a task is, how `laco train` learns it alike, and what makes data for it up.
TASKS = {
    "names": ("classifying names: GRU 128 both ways, batch 64", "classify DATA --valid 0.1 --batch 64", make_names),
    "reviews": ("classifying texts by words: LSTM 64 both ways, batch 64", "classify DATA --level word --valid 0.1 --batch 64 --lr 0.003",
                make_reviews),
    "language": ("language model: 2 × GRU 256, B 32, T 64", "generate DATA --hidden 256 --layers 2", make_language),
    "tagging": ("tagging: LSTM 50 over letters, 2 × LSTM 128 both ways, batch 16",
                "tag DATA --ensemble 1 --auxiliary 0 --word-drop 0 --weight-drop 0", make_tagging),
    "transducer": ("transducer: 2 × LSTM 256 both ways, LSTM 256 with attention, batch 64",
                   "transduce DATA --ensemble 1 --ctc 0 --label-smoothing 0 --every-target --source char --target word --hidden 256 --embed 128",
                   make_transducer),
    "speech": ("speech by CTC: 2 × LSTM 128 both ways over log-mel features, batch 8",
               "transcribe DATA --join 0 --speed 0 --mask 0 --tokens char", make_speech),
}


def add_options(parser, tasks, rounds, epochs):
    parser.add_argument("--build", default="build")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--epochs", type=int, default=epochs)
    for task in tasks:
        parser.add_argument("--" + task, metavar="DATA", help=argument_help(task))
    parser.add_argument("tasks", nargs="*", metavar="|".join(tasks))


def argument_help(task):
    return "data for " + TASKS[task][0].split(":")[0] + ", in the place of made-up ones"


def parse(parser, tasks):
    """The options; those of a task that is not there, or a machine without PyTorch, end all."""
    options = parser.parse_args()
    if not set(options.tasks) <= set(tasks):
        parser.error("there are: " + ", ".join(tasks))
    options.tasks = options.tasks or list(tasks)
    options.core, options.kernels = openblas.best_core(options.threads)
    if not options.kernels:
        sys.exit(f"{parser.prog}: no PyTorch: Debian's python3-torch is right")
    return options


def data(task, folder, options):
    given, path = getattr(options, task), os.path.join(folder, task)
    if given:
        return given
    with open(path, "w", encoding="utf-8") as file:
        TASKS[task][2](random.Random(1), file, folder)
    return path


def laco(task, path, model, options):
    own = [path if part == "DATA" else part for part in TASKS[task][1].split()]
    return [os.path.join(options.build, "cli", "laco"), "train", *own, "-o", model, "--refit", "no", "--json", "--schedule", "constant",
            "--epochs", str(options.epochs), "--threads", str(options.threads)]


def torch(*arguments, options):
    return ["/usr/bin/python3", os.path.join(HERE, "peers", "tasks_torch.py"), *arguments, "--threads", str(options.threads)]


class Run:
    """A process: its lines and when they came, seconds, seconds of the processor, bytes at most. One that fails ends all."""

    def __init__(self, command, options):
        bind = ["taskset", "-c", "0"] if options.threads == 1 else []
        start, self.lines = time.perf_counter(), []
        environment = openblas.environment(options.threads, options.core)
        with subprocess.Popen([*bind, *command], stdout=subprocess.PIPE, text=True, env=environment) as process:
            for line in process.stdout:
                self.lines.append((line.rstrip("\n"), time.perf_counter() - start))
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.seconds = time.perf_counter() - start
        self.processor, self.bytes = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
        if process.returncode != 0 or not self.lines:
            sys.exit(f"{' '.join(command)} failed")

    def epochs(self):
        """(loss, seconds since the start) of each."""
        found = [(float(line.split()[2]), at) for line, at in self.lines if line.startswith("epoch ")]
        return found + [(json.loads(line)["loss"], at) for line, at in self.lines if line.startswith('{"event":"epoch"')]
