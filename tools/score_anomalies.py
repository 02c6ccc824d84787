#!/usr/bin/env python3
"""Scores `laco predict` of forecast models on the Numenta Anomaly Benchmark, against a moving average.

    tools/score_anomalies.py LACO FOLDER [--share 0.15] [--threshold 1.5] [--average 24] [--sweep]

FOLDER holds combined_windows.json and the files that it names (those that are there count). Each model is trained, with defaults, on
the first `share` of its file, which the benchmark allows as a probationary period; everything behind it is scored. An alarm is a row
whose score is above the threshold; alarms less than an hour's, or 12 rows', distance apart are one. A window is found where an alarm
lies in it; an alarm outside all windows is false.

    precision   alarms inside windows / alarms
    recall      windows found / windows
    delay       from a window's start to its first alarm, as a share of the window

The moving average predicts the mean of the last `average` rows and scores |error| / (0.999 quantile of |error| in the first share), as
laco does with its own errors. --sweep tries thresholds and prints the best F1 of both.
"""
import argparse
import csv
import json
import os
import statistics
import subprocess
import tempfile

GAP = 12


def read_series(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return rows[0], rows[1:]


def laco_scores(laco, path, share, folder):
    """One score a row; None where the model has no prediction. None instead of a list: it cannot be trained."""
    header, rows = read_series(path)
    head = os.path.join(folder, "head.csv")
    model = os.path.join(folder, "model.safetensors")
    with open(head, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header] + rows[: int(share * len(rows))])
    trained = subprocess.run([laco, "train", "forecast", head, "-o", model, "-q"], capture_output=True, text=True, check=False)
    if trained.returncode != 0:
        return None, trained.stderr.strip()
    answer = subprocess.run([laco, "predict", model, path, "--json"], capture_output=True, text=True, check=True)
    return [json.loads(line)["score"] for line in answer.stdout.splitlines()], ""


def average_scores(path, share, width):
    values = [float(row[1]) for row in read_series(path)[1]]
    errors = [None if i < width else abs(values[i] - sum(values[i - width : i]) / width) for i in range(len(values))]
    known = sorted(e for e in errors[: int(share * len(values))] if e is not None)
    size = known[int(0.999 * (len(known) - 1))] if known and known[-1] > 0 else 1e-9
    return [None if e is None else e / size for e in errors]


def alarms_of(scores, first, threshold):
    alarms, last = [], None
    for row in range(first, len(scores)):
        if scores[row] is not None and scores[row] > threshold:
            if last is None or row - last >= GAP:
                alarms.append(row)
            last = row
    return alarms


def judge(alarms, windows):
    """Alarms inside windows, and for each window the share of it that was over at its first alarm, or None."""
    inside = sum(any(a <= row <= b for a, b in windows) for row in alarms)
    delays = []
    for a, b in windows:
        found = [row for row in alarms if a <= row <= b]
        delays.append((found[0] - a) / max(b - a, 1) if found else None)
    return inside, delays


def summarise(results):
    alarms = sum(r["alarms"] for r in results)
    inside = sum(r["inside"] for r in results)
    delays = [d for r in results for d in r["delays"]]
    found = [d for d in delays if d is not None]
    precision = inside / alarms if alarms else 0.0
    recall = len(found) / len(delays) if delays else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1, statistics.mean(found) if found else float("nan")


def score_at(files, method, threshold):
    results = []
    for f in files:
        alarms = alarms_of(f[method], f["first"], threshold)
        inside, delays = judge(alarms, f["windows"])
        results.append({"name": f["name"], "alarms": len(alarms), "inside": inside, "delays": delays})
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("laco")
    parser.add_argument("folder")
    parser.add_argument("--share", type=float, default=0.15)
    parser.add_argument("--threshold", type=float, default=1.5)
    parser.add_argument("--average", type=int, default=24)
    parser.add_argument("--sweep", action="store_true")
    options = parser.parse_args()
    with open(os.path.join(options.folder, "combined_windows.json"), encoding="utf-8") as file:
        labelled = json.load(file)
    files = []
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(labelled):
            path = os.path.join(options.folder, name)
            if not os.path.exists(path):
                continue
            scores, why = laco_scores(options.laco, path, options.share, folder)
            if scores is None:
                print(f"left out: {why}")
                continue
            times = [row[0] for row in read_series(path)[1]]
            windows = []
            for start, end in labelled[name]:
                rows = [i for i, t in enumerate(times) if start[:19] <= t <= end[:19]]
                windows.append((rows[0], rows[-1]))
            first = int(options.share * len(times))
            files.append({"name": name, "laco": scores, "average": average_scores(path, options.share, options.average),
                          "windows": windows, "first": first})
    for method in ("laco", "average"):
        results = score_at(files, method, options.threshold)
        print(f"\n{method}, threshold {options.threshold:g}\n")
        print("| file | windows | found | alarms | inside | delay |\n| --- | ---: | ---: | ---: | ---: | ---: |")
        for r in results:
            found = [d for d in r["delays"] if d is not None]
            delay = f"{100 * statistics.mean(found):.0f} %" if found else "–"
            print(f"| {r['name']} | {len(r['delays'])} | {len(found)} | {r['alarms']} | {r['inside']} | {delay} |")
        print("precision {:.3f}, recall {:.3f}, F1 {:.3f}, delay {:.2f}".format(*summarise(results)))
    for method in ("laco", "average") if options.sweep else ():
        tried = [(summarise(score_at(files, method, t)), t) for t in (0.7, 0.85, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6, 8, 10)]
        best, threshold = max(tried, key=lambda x: x[0][2])
        print("\n{}: best F1 at threshold {:g}: precision {:.3f}, recall {:.3f}, F1 {:.3f}, delay {:.2f}".format(method, threshold, *best))


if __name__ == "__main__":
    main()
