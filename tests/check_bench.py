#!/usr/bin/python3
"""The programs that measure: what they make of what was measured, that a peer which fails is named, and that the trainings which they
start are understood. usage: check_bench.py SOURCE LACO"""
import importlib.machinery
import importlib.util
import os
import stat
import sys
import tempfile
import types
import unittest

SOURCE, LACO = sys.argv[1:3]
sys.path.insert(0, os.path.join(SOURCE, "bench"))
sys.dont_write_bytecode = True


def load(name):
    loader = importlib.machinery.SourceFileLoader("bench_" + name, os.path.join(SOURCE, "bench", name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


run, tasks, ask, cores, whole = load("run"), load("tasks"), load("ask"), load("cores"), importlib.import_module("whole")


def script(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n" + text)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return path


class Rows(unittest.TestCase):
    options = types.SimpleNamespace(threads=2, core="0", seconds=0.1, rounds=2)

    def test_ratio_is_of_the_best_peer_of_each_round(self):
        values = {"laço": [6, 8], "one": [3, 2], "other": [2, 4]}
        self.assertEqual(run.ratio(("row", "", "names/s", None), values, ["one", "other"]), "2.00 (2.00 … 2.00)")
        self.assertEqual(run.ratio(("row", "", "s", None), values, ["one", "other"]), "0.29 (0.25 … 0.33)")
        self.assertEqual(run.ratio(("row", "", "s", None), {"laço": [1], "one": []}, ["one"]), "–")

    def test_a_peer_that_fails_is_named_and_one_without_the_row_is_not(self):
        with tempfile.TemporaryDirectory() as folder:
            programs = {"laço": [script(folder, "good", "echo peak 100 x\necho row 5 x\necho row-longer 7 x\n")],
                        "fails": [script(folder, "fails", "echo it is broken >&2\nexit 1\n")],
                        "lacks": [script(folder, "lacks", "exit 2\n")]}
            values, peak, faults = run.gather(programs, [("row", "a row", "GFLOP/s", 10)], self.options)
        self.assertEqual((peak, values["row"]), (100, {"laço": [5, 5], "fails": [], "lacks": []}))
        self.assertEqual(faults, {"row: fails failed: it is broken"})
        line = run.table(programs, [("row", "a row", "GFLOP/s", 10)], values, peak, self.options)[2]
        self.assertEqual(line, "| a row | GFLOP/s | 5 | – | – | – | – |")


    def test_threads_and_processes_beside_one_thread(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "bench"))
            script(os.path.join(folder, "bench"), "laco_rows", 'case "$2" in 1) echo row 10 s ;; *) echo row 4 s ;; esac\n')
            options = types.SimpleNamespace(build=folder, threads=2, rounds=3, seconds=0.1)
            together, threads = cores.measure_row("row", options)
        self.assertEqual((together, threads), ([min(2, len(os.sched_getaffinity(0)))] * 3, [2.5] * 3))


class Whole(unittest.TestCase):
    options = types.SimpleNamespace(build=os.path.dirname(os.path.dirname(LACO)), epochs=1, threads=2, core=None)

    def test_seconds_until_a_loss(self):
        self.assertEqual(tasks.until([(0.9, 1.0), (0.5, 2.0), (0.4, 3.0)], 0.5), 2.0)

    def test_a_program_that_fails_ends_all(self):
        with self.assertRaises(SystemExit):
            whole.Run(["sh", "-c", "echo epoch 1 0.5; exit 3"], self.options)

    def test_epochs_of_both_programs(self):
        ended = whole.Run(["printf", r'epoch 1 0.5\n{"event":"epoch","loss":0.25}\nother\n'], self.options)
        self.assertEqual([loss for loss, _ in ended.epochs()], [0.5, 0.25])

    def test_right_answers(self):
        lines = [("a\tx", 0), ("__label__b\ty", 0), ("c\tz", 0)]
        self.assertAlmostEqual(ask.share_right("names", lines, ["a", "b", "d"]), 2 / 3)
        with self.assertRaises(SystemExit):
            ask.share_right("names", lines, ["a"])

    def test_what_is_asked_was_not_learned(self):
        with tempfile.TemporaryDirectory() as folder:
            data = os.path.join(folder, "data")
            with open(data, "w", encoding="utf-8") as file:
                file.writelines(f"{i % 3}\tname{i}\n" for i in range(200))
            learn, texts, right = ask.set_aside("names", data, folder)
            with open(learn, encoding="utf-8") as one, open(texts, encoding="utf-8") as other:
                learned, asked = {line.rstrip("\n").split("\t")[1] for line in one}, [line.rstrip("\n") for line in other]
        self.assertEqual((len(learned), len(set(asked)), len(right)), (180, 20, len(asked)))
        self.assertFalse(learned & set(asked))
        self.assertTrue(all(label == str(int(name[4:]) % 3) for name, label in zip(asked, right)))

    def test_every_training_is_understood(self):
        for task, (_, _, make) in whole.TASKS.items():
            with self.subTest(task), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, task)
                with open(path, "w", encoding="utf-8") as file:
                    make(whole.random.Random(1), file, folder)
                with open(path, encoding="utf-8") as file:
                    lines = file.readlines()
                with open(path, "w", encoding="utf-8") as file:
                    file.writelines(lines[:400 if task in ("language", "tagging") else 60])
                ended = whole.Run(whole.laco(task, path, os.path.join(folder, "model"), self.options), self.options)
                self.assertEqual(len(ended.epochs()), 1)
                self.assertGreater(ended.bytes, 0)


unittest.main(argv=sys.argv[:1])
