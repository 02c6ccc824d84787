#!/usr/bin/env python3
"""Scores forecast models trained with defaults on CSV series, as the rows of a table in Markdown.

    tools/score_series.py LACO SERIES.csv...

Two rows a series: "end", trained on the whole file and scored on the last fifth, which training sets aside (but by which it chooses
its best epoch); and "unseen", trained on the first four fifths alone and scored on the last. One step ahead, and in closed loops of 24
rows; errors are mean absolute errors, MASE is the error over that of the naive forecast of the same rows from the same places.
"""
import json
import os
import subprocess
import sys
import tempfile


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ValueError(done.stderr.strip())
    return done.stdout


def number(value, form):
    return "–" if value is None else format(value, form)


def score(laco, train, whole, folder):
    model = os.path.join(folder, "model.safetensors")
    run(laco, "train", "forecast", train, "-o", model, "-q")
    return json.loads(run(laco, "eval", model, whole, "--json"))


def row(name, kind, s):
    one, loop = s["one_step"], s["closed_loop"]
    cells = [name, kind, str(s["rows"]), str(s["season"])]
    cells += [number(one["mae"], ".4g"), number(one["naive_mae"], ".4g"), number(one["mase"], ".3f")]
    cells += [number(loop["mae"], ".4g"), number(loop["naive_mae"], ".4g"), number(loop["seasonal_naive_mae"], ".4g")]
    cells += [number(loop["mase"], ".3f"), number(loop["mase_seasonal"], ".3f")]
    return "| " + " | ".join(cells) + " |"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    laco = sys.argv[1]
    print("| series | | rows | season | error | naive | MASE | 24 rows | naive | seasonal | MASE | of seasonal |")
    print("| --- | --- " + "| ---: " * 10 + "|")
    with tempfile.TemporaryDirectory() as folder:
        for path in sys.argv[2:]:
            name = os.path.splitext(os.path.basename(path))[0]
            with open(path, encoding="utf-8") as file:
                lines = [line for line in file if line.strip()]
            head = os.path.join(folder, "head.csv")
            with open(head, "w", encoding="utf-8") as file:
                file.writelines(lines[: 1 + 4 * (len(lines) - 1) // 5])
            try:
                print(row(name, "end", score(laco, path, path, folder)))
                print(row(name, "unseen", score(laco, head, path, folder)), flush=True)
            except ValueError as trouble:
                print(f"| {name} | {trouble} |" + " |" * 10)


if __name__ == "__main__":
    main()
