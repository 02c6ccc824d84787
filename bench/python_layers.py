#!/usr/bin/python3
"""laco.torch beside torch.nn in one run: milliseconds a call and the ratio, as a table in Markdown, with --plot as a picture too.

usage: PYTHONPATH=build/python /usr/bin/python3 bench/python_layers.py [--seconds X] [--rounds N] [--threads 1,2] [--plot FILE.png]

Each row is a layer of one direction, input as wide as its hidden state. Training is a call, the sum of the outputs as loss, and the
backward pass; inference is a call under torch.no_grad. Both layers are measured in turns within each round; the table has the median of
the rounds' ratios. OpenBLAS and OpenMP are as bench/run sets them: the best kernels that they have for the processor.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

import openblas

ROWS = [(kind, hidden, batch, steps) for kind in ("LSTM", "GRU", "RNN")
        for hidden, batch, steps in ((16, 1, 1), (16, 1, 100), (16, 64, 100), (64, 1, 1), (64, 1, 1000), (64, 16, 50), (128, 1, 100),
                                     (128, 32, 64), (256, 8, 100), (256, 64, 32), (512, 1, 1), (512, 1, 50), (512, 32, 20))]


def measure(options):
    """In a process of its own for each number of threads."""
    import torch
    import laco.torch
    torch.set_num_threads(options.inside)

    def once(layer, x, training):
        if training:
            layer(x)[0].sum().backward()
        else:
            with torch.no_grad():
                layer(x)

    def seconds(layer, x, training):
        once(layer, x, training)
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < options.seconds:
            once(layer, x, training)
            count += 1
        return (time.perf_counter() - began) / count

    for kind, hidden, batch, steps in ROWS:
        slow, fast = getattr(torch.nn, kind)(hidden, hidden), getattr(laco.torch, kind)(hidden, hidden)
        fast.load_state_dict(slow.state_dict())
        x = torch.randn(steps, batch, hidden)
        for training in (False, True):
            pairs = [(seconds(slow, x, training), seconds(fast, x, training)) for _ in range(options.rounds)]
            print(kind, hidden, batch, steps, int(training), options.inside, statistics.median(p[0] for p in pairs) * 1e3,
                  statistics.median(p[1] for p in pairs) * 1e3, statistics.median(p[0] / p[1] for p in pairs), flush=True)


def gather(options):
    rows = []
    core, _ = openblas.best_core()
    for threads in map(int, options.threads.split(",")):
        command = [sys.executable, __file__, "--inside", str(threads), "--seconds", str(options.seconds), "--rounds", str(options.rounds)]
        bind = ["taskset", "-c", "1"] if threads == 1 else []
        with subprocess.Popen([*bind, *command], stdout=subprocess.PIPE, text=True, env=openblas.environment(threads, core)) as process:
            for line in process.stdout:
                print(line, end="", file=sys.stderr)
                kind, *numbers = line.split()
                rows.append((kind, *map(int, numbers[:5]), *map(float, numbers[5:])))
    return rows


def table(rows):
    print("| layer | hidden | batch | steps | threads | inference: torch, laço (ms) | ratio | training: torch, laço (ms) | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    found = {(row[:4], row[5], row[4]): row[6:] for row in rows}
    for key, threads in dict.fromkeys((row[:4], row[5]) for row in rows):
        ask, train = found[key, threads, 0], found[key, threads, 1]
        print(f"| {key[0]} | {key[1]} | {key[2]} | {key[3]} | {threads} | {ask[0]:.3g}, {ask[1]:.3g} | {ask[2]:.2f} "
              f"| {train[0]:.3g}, {train[1]:.3g} | {train[2]:.2f} |")
    ratios = sorted(row[8] for row in rows)
    print(f"\nRatios: median {statistics.median(ratios):.2f}, least {ratios[0]:.2f}, most {ratios[-1]:.2f}; "
          f"{sum(r < 1.5 for r in ratios)} of {len(ratios)} below 1.5.")


def plot(rows, path):
    """By gnuplot: each ratio over the work of a call, on logarithmic axes."""
    kinds = {"LSTM": 4, "GRU": 3, "RNN": 1}
    data = {t: [(2 * 2 * kinds[r[0]] * r[1] ** 2 * r[2] * r[3] * (3 if r[4] else 1), r[8]) for r in rows if r[4] == t] for t in (0, 1)}
    lines = ["set terminal pngcairo size 900,500 font 'sans,12'", f"set output '{path}'", "set logscale xy", "set grid",
             "set xlabel 'floating-point operations of a call'", "set ylabel 'times as fast as torch.nn'", "set key top right",
             "plot '-' using 1:2 with points pt 7 ps 1.2 lc rgb '#4477aa' title 'inference', '-' using 1:2 with points pt 9 ps 1.4 "
             "lc rgb '#cc6677' title 'training', 1 with lines dt 2 lc rgb '#777777' title 'as fast'"]
    for t in (0, 1):
        lines += [f"{x} {y}" for x, y in data[t]] + ["e"]
    subprocess.run(["gnuplot"], input="\n".join(lines), text=True, check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--plot")
    parser.add_argument("--inside", type=int)
    options = parser.parse_args()
    if options.inside:
        measure(options)
        return
    rows = gather(options)
    table(rows)
    if options.plot:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
