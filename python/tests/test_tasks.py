"""laco: every task from memory, beside the program; errors, threads, streams, notebooks' views."""

import array
import copy
import math
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import laco

PROGRAM = os.environ.get("LACO")
WORDS = ["João", "Conceição", "Simão", "Smith", "Wright", "Keith"] * 5
LANGUAGES = ["pt", "pt", "pt", "en", "en", "en"] * 5
SMALL = dict(hidden=8, epochs=3, seed=3)
WAVE = [math.sin(i / 5) + i * 0.01 for i in range(200)]
CHEAP = dict(epochs=2, hidden=8)


class Tasks(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)

    def write(self, name, lines):
        path = self.folder / name
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return path

    def same_as_program(self, model, task, path, **options):
        """Bytes of the model of the program, trained on a file with the same content, options and seed."""
        if not PROGRAM:
            self.skipTest("LACO does not name the program")
        out = self.folder / "program.safetensors"
        words = [w for k, v in options.items() for w in (f"--{k.replace('_', '-')}", str(v))]
        subprocess.run([PROGRAM, "train", task, str(path), "-o", str(out), "--quiet", *words], check=True)
        self.assertEqual(model.to_bytes(), out.read_bytes())

    def test_classify_texts(self):
        model = laco.train("classify", WORDS, LANGUAGES, **SMALL)
        self.assertEqual((model.task, model.labels), ("classify", ["en", "pt"]))
        self.assertEqual(len(model.predict(["Simões", ""])), 2)
        (best, second) = model.predict("Simões", top=2)
        self.assertAlmostEqual(best[1] + second[1], 1, 5)
        (row,) = model.predict_proba(["Simões"])
        self.assertAlmostEqual(max(row), best[1], 6)
        score = model.evaluate(WORDS, LANGUAGES)
        self.assertEqual(score["count"], 30)
        self.assertEqual(sum(map(sum, score["confusion"])), 30)
        path = self.write("words.tsv", [f"{label}\t{text}" for text, label in zip(WORDS, LANGUAGES)])
        self.same_as_program(model, "classify", path, **SMALL)
        self.assertEqual(laco.train("classify", path, **SMALL).to_bytes(), model.to_bytes())
        self.assertEqual(laco.train("classify", WORDS, LANGUAGES, **SMALL, threads=1).to_bytes(), model.to_bytes())

    def test_classify_numbers(self):
        flat = [[float(i % 2 * t) + 0.1 * ((i * 7 + t) % 5) for t in range(10)] for i in range(40)]
        labels = [i % 2 for i in range(40)]
        model = laco.train("classify", flat, labels, **CHEAP)
        self.assertEqual(model.labels, ["0", "1"])
        answers = model.predict(flat)
        ragged = [array.array("f", row[:5 + i % 5]) for i, row in enumerate(flat)]
        self.assertEqual(len(laco.train("classify", ragged, labels, **CHEAP).predict(ragged)), 40)
        buffer = array.array("f", [v for row in flat for v in row])
        self.assertEqual(model.predict(memoryview(buffer).cast("B").cast("f", (40, 10))), answers)

    def test_arrays_of_others(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("no NumPy")
        rng = numpy.random.default_rng(0)
        x = rng.normal(size=(40, 10, 3))
        y = numpy.where(x.sum((1, 2)) > 0, "up", "down")
        model = laco.train("classify", x, y, **CHEAP)
        self.assertEqual(model.predict_proba(x).shape, (40, 2))
        self.assertEqual(model.predict(x), model.predict(x.astype("float32")))
        self.assertEqual(model.predict(x), model.predict(numpy.asfortranarray(x)))
        for wrong in (numpy.array(["a", "b"]).reshape(1, 2), x.astype(complex), x[0, 0], x.astype(object)):
            with self.assertRaises((TypeError, ValueError)):
                model.predict(wrong)
        x[3, 2, 1] = numpy.nan
        with self.assertRaises(ValueError):
            model.predict(x)

    def test_tag(self):
        sentences = [["o", "rato"], ["a", "casa", "."]] * 20
        tags = [["D", "N"], ["D", "N", "P"]] * 20
        options = dict(epochs=2, ensemble=1, hidden=8)
        model = laco.train("tag", sentences, tags, **options)
        self.assertEqual([len(t) for t in model.predict(sentences[:2])], [2, 3])
        self.assertEqual([w for w, _ in model.predict("a casa.")], ["a", "casa", "."])
        self.assertEqual(model.evaluate(sentences, tags)["words"], 100)
        pairs = [list(zip(s, t)) for s, t in zip(sentences, tags)]
        self.assertEqual(laco.train("tag", pairs, **options).to_bytes(), model.to_bytes())
        path = self.write("tags.tsv", ["".join(f"{w}\t{t}\n" for w, t in pair) for pair in pairs])
        self.assertEqual(laco.train("tag", path, **options).predict(sentences[:2]), model.predict(sentences[:2]))

    def test_forecast(self):
        model = laco.train("forecast", WAVE, **CHEAP, quantiles=[0.1, 0.5, 0.9])
        ahead = model.forecast(4)
        self.assertEqual((len(ahead), len(ahead.mean), sorted(ahead.quantiles)), (4, 4, [0.1, 0.5, 0.9]))
        self.assertTrue(all(low <= high for low, high in zip(ahead.quantiles[0.1], ahead.quantiles[0.9])))
        self.assertEqual(len(model.forecast(2, WAVE[:150]).mean), 2)
        self.assertIn("mae", model.evaluate(WAVE)["closed_loop"])
        several = laco.train("forecast", [WAVE, WAVE[:150], WAVE[20:]], **CHEAP)
        self.assertEqual(sorted(several.forecast(3)), ["1", "2", "3"])

    def test_forecast_frames(self):
        try:
            import pandas
        except ImportError:
            self.skipTest("no pandas")
        frame = pandas.Series(WAVE, index=pandas.date_range("2020-01-31", periods=200, freq="M"), name="temperature")
        ahead = laco.train("forecast", frame, **CHEAP).forecast(3)
        self.assertEqual(ahead.time, ["2036-09-30", "2036-10-31", "2036-11-30"])
        self.assertEqual(ahead.target, "temperature")
        plain = laco.train("forecast", pandas.DataFrame({"value": WAVE}), **CHEAP)
        self.assertEqual(plain.to_bytes(), laco.train("forecast", WAVE, **CHEAP).to_bytes())

    def test_generate(self):
        text = "o rato roeu a roupa do rei de roma.\n" * 100
        options = dict(epochs=1, hidden=16, embed=8)
        model = laco.train("generate", [text], **options)
        first = model.generate("o rato", 20, seed=1)
        self.assertEqual(first, model.generate("o rato", 20, seed=1))
        self.assertEqual(len(first), 20)
        self.assertGreater(model.evaluate([text])["perplexity"], 1)
        self.assertNotIn("\n", model.generate("o rato", 500, until="\n").rstrip("\n"))
        path = self.folder / "text.txt"
        path.write_text(text, encoding="utf-8")
        self.same_as_program(model, "generate", path, **options)

    def test_transduce(self):
        pairs = [(w, w[::-1]) for w in "abc bca cab aab bba cca acb bac".split() * 5]
        options = dict(epochs=2, hidden=16, embed=8)
        model = laco.train("transduce", pairs, **options)
        self.assertIsInstance(model.predict("abc"), str)
        (best,) = model.predict(["abc"], nbest=2)
        self.assertLessEqual(best[1][1], best[0][1] + 10)
        self.assertEqual(model.evaluate(["abc"], ["cba"])["count"], 1)
        path = self.write("pairs.tsv", ["\t".join(pair) for pair in pairs])
        self.same_as_program(model, "transduce", path, **options)

    def test_caption(self):
        pictures = [[[float((i % 2) * 150 + (x * y + i) % 50) for x in range(12)] for y in range(8)] for i in range(40)]
        captions = ["light" if i % 2 else "dark" for i in range(40)]
        model = laco.train("caption", pictures, captions, **CHEAP)
        self.assertEqual(len(model.predict(pictures[:3])), 3)
        self.assertEqual(model.evaluate(pictures, captions)["count"], 40)

    def test_transcribe(self):
        sounds = [array.array("f", [math.sin(t * 0.1 * (1 + i % 2)) for t in range(4000)]) for i in range(20)]
        model = laco.train("transcribe", sounds, ["ab" if i % 2 else "ba" for i in range(20)], rate=8000, **CHEAP)
        self.assertEqual(len(model.predict(sounds[:2], rate=8000)), 2)
        self.assertEqual(len(model.predict(sounds[:1], rate=16000)), 1)
        self.assertEqual(model.evaluate(sounds, ["ab"] * 20, rate=8000)["count"], 20)
        with self.assertRaises(TypeError):
            model.predict(sounds)


class Models(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.model = laco.train("classify", WORDS, LANGUAGES, **SMALL, unidirectional=True)
        cls.words = sorted(set(WORDS)) * 20
        cls.answers = cls.model.predict(cls.words)

    def test_files_and_copies(self):
        data = self.model.to_bytes()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "modelo ç.safetensors"
            self.model.save(path)
            self.assertEqual(path.read_bytes(), data)
            self.assertEqual(laco.load(path).predict(self.words), self.answers)
            tensors = laco.load_tensors(path)
        own = self.model.state_dict()
        self.assertEqual({k: v.shape for k, v in own.items()}, {k: v.shape for k, v in tensors.items()})
        self.assertTrue(all(own[k].tolist() == tensors[k].tolist() for k in own) or laco._laco.real == "d")
        for other in (laco.load(data), pickle.loads(pickle.dumps(self.model)), copy.deepcopy(self.model)):
            self.assertEqual(other.predict(self.words), self.answers)
        self.assertLess(len(self.model.convert("int8").to_bytes()), len(data))

    def test_export(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "words.c"
            self.model.export(path, weights="int8")
            self.assertIn("words_classify", path.read_text())
            self.assertEqual(self.model.predict(self.words), self.answers)
            with self.assertRaises(ValueError):
                self.model.export(pathlib.Path(folder) / "words.docx")

    def test_tensors_of_torch(self):
        try:
            import torch
        except ImportError:
            self.skipTest("no torch")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "net.pt"
            net = torch.nn.LSTM(3, 4)
            torch.save({"state_dict": net.state_dict(), "epoch": 3}, path)
            try:
                tensors = laco.load_tensors(path)
            except ValueError as error:
                self.assertIn("-Dtorch=enabled builds it in", str(error))
                self.skipTest("built without libzip")
        self.assertEqual(tensors["state_dict.weight_ih_l0"].tolist(), net.weight_ih_l0.tolist())

    def test_many_threads(self):
        found, workers = [None] * 8, []
        for i in range(8):
            def ask(i=i):
                found[i] = [self.model.predict(self.words) for _ in range(20)]
            workers.append(threading.Thread(target=ask))
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertTrue(all(answer == self.answers for list_ in found for answer in list_))

    def test_stream(self):
        whole = self.model.predict("João", top=1)[0][0]
        stream, other = self.model.stream(), self.model.stream()
        answers = stream.feed("Jo\u00e3o".encode()[:3])
        other.state = stream.state
        for s in (stream, other):
            rest = s.feed(b"\xa3o") + s.end()
            self.assertEqual(rest[-1]["label"], whole)
            self.assertTrue(rest[-1]["whole"])
        self.assertEqual(answers[0]["step"], 1)
        with self.assertRaises(ValueError):
            other.state = b"nothing"
        both = laco.train("classify", WORDS, LANGUAGES, **SMALL)
        with self.assertRaises(ValueError):
            both.stream()

    def test_stream_of_rows(self):
        model = laco.train("forecast", WAVE, **CHEAP)
        stream = model.stream()
        answers = []
        for i, value in enumerate(WAVE):
            answers += stream.feed([value], i)
        self.assertAlmostEqual(answers[-1]["values"].tolist()[0][0], model.forecast(1, WAVE).mean[0], 4)

    def test_errors(self):
        with self.assertRaises(OSError):
            laco.load("/nowhere/at all.safetensors")
        with self.assertRaises(ValueError):
            laco.load(b"no model")
        with self.assertRaises(TypeError) as caught:
            laco.train("classify", WORDS, LANGUAGES, hiden=8)
        self.assertIn("did you mean 'hidden'", str(caught.exception))
        for wrong in (dict(hidden=0), dict(hidden="many"), dict(cell="transformer"), dict(lr=float("nan"))):
            with self.assertRaises(ValueError):
                laco.train("classify", WORDS, LANGUAGES, **wrong)
        with self.assertRaises(ValueError):
            laco.train("classify", WORDS, LANGUAGES[:3])
        with self.assertRaises(ValueError):
            laco.train("paint", WORDS, LANGUAGES)
        for wrong in ("one string", [1, "a"], [b"bytes"], [None], ["zero\0"], ["\ud800"]):
            with self.assertRaises((TypeError, ValueError)):
                laco.train("classify", wrong, ["a"] * len(wrong))
        with self.assertRaises(ValueError):
            laco.train("classify", [[1.0, 2.0], [1.0]], ["a"])
        with self.assertRaises(TypeError):
            self.model.predict([["list", "of", "lists"]])
        with self.assertRaises(ValueError):
            self.model.forecast(3)

    def test_progress(self):
        seen = []
        laco.train("classify", WORDS, LANGUAGES, hidden=8, epochs=4, progress=seen.append)
        done = [p["epoch"] for p in seen if p["epoch_done"]]
        self.assertEqual(done[:4], [1, 2, 3, 4])
        short = laco.train("classify", WORDS, LANGUAGES, hidden=8, epochs=400, progress=lambda p: p["epoch"] < 3)
        self.assertLess(short.info["training"]["epochs"], 10)

        def fail(p):
            raise KeyError("mine")
        with self.assertRaises(KeyError):
            laco.train("classify", WORDS, LANGUAGES, hidden=8, epochs=4, progress=fail)

    def test_ctrl_c(self):
        program = ("import laco, os, signal\n"
                   "def tell(p):\n"
                   "    if p['epoch'] == 3: os.kill(os.getpid(), signal.SIGINT)\n"
                   f"m = laco.train('classify', {WORDS!r}, {LANGUAGES!r}, hidden=8, epochs=100000, progress=tell)\n"
                   "print(m.interrupted, len(m.predict(['a'])))\n")
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
        self.assertEqual(ended.stdout.strip(), "True 1", ended.stderr)

    def test_interpreter_shutdown(self):
        program = (f"import laco, threading\nm = laco.load({self.model.to_bytes()!r})\ns = m.stream()\ns.feed('Jo')\n"
                   "threading.Thread(target=lambda: m.predict(['a'] * 1000), daemon=True).start()\n")
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))

    def test_memory_stays(self):
        import resource

        def run(times):
            for _ in range(times):
                self.model.predict(["Silva", "Smith"], top=2)
                self.model.stream().feed("Jo")

        run(500)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        run(10000)
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 4000)

    def test_views(self):
        self.assertIn("gru", self.model._repr_html_())
        self.assertIn("macro_f1", self.model.evaluate(WORDS, LANGUAGES)._repr_html_())
        self.assertIn("hidden", laco.options("classify")._repr_html_())
        self.assertIn("hidden units", repr(laco.options("classify")))
        forecast = laco.train("forecast", WAVE, **CHEAP, quantiles=[0.1, 0.9]).forecast(5)
        self.assertIn("<polygon", forecast._repr_html_())


class Estimators(unittest.TestCase):
    def test_classifier(self):
        estimator = laco.SequenceClassifier(hidden=8, epochs=3)
        self.assertIs(estimator.fit(WORDS, LANGUAGES), estimator)
        self.assertEqual(list(estimator.classes_), ["en", "pt"])
        self.assertEqual(len(estimator.predict(WORDS)), 30)
        self.assertEqual(len(estimator.predict_proba(WORDS)[0]), 2)
        self.assertTrue(0 <= estimator.score(WORDS, LANGUAGES) <= 1)
        self.assertEqual(estimator.get_params(), {"hidden": 8, "epochs": 3})
        self.assertEqual(estimator.set_params(hidden=4).get_params()["hidden"], 4)
        with self.assertRaises(ValueError):
            laco.SequenceClassifier().predict(["a"])
        numbers = laco.SequenceClassifier(**CHEAP).fit([[float(i % 2)] * 5 for i in range(20)], [i % 2 for i in range(20)])
        self.assertTrue(set(numbers.predict([[0.0] * 5])) <= {0, 1})

    def test_scikit_learn(self):
        try:
            from sklearn.base import clone, is_classifier
            from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
        except ImportError:
            self.skipTest("no scikit-learn")
        for estimator in (laco.Tagger(hidden=8), laco.Forecaster(hidden=8), laco.SequenceClassifier(hidden=8)):
            copied = clone(estimator)
            self.assertIsNot(copied, estimator)
            self.assertEqual(copied.get_params(), {"hidden": 8})
        estimator = laco.SequenceClassifier(**CHEAP)
        self.assertTrue(is_classifier(estimator))
        scores = cross_val_score(estimator, WORDS, LANGUAGES, cv=3)
        self.assertEqual(len(scores), 3)
        self.assertTrue(all(0 <= score <= 1 for score in scores))
        self.assertEqual(len(cross_val_predict(estimator, WORDS, LANGUAGES, cv=2)), 30)
        search = GridSearchCV(estimator, {"hidden": [4, 8]}, cv=2).fit(WORDS, LANGUAGES)
        self.assertIn(search.best_params_["hidden"], (4, 8))
        self.assertFalse(hasattr(estimator, "model_"))

    def test_others(self):
        forecaster = laco.Forecaster(**CHEAP).fit(WAVE)
        self.assertEqual(len(forecaster.predict(3)), 3)
        self.assertLess(forecaster.score(WAVE), 1)
        tagger = laco.Tagger(epochs=20, ensemble=1, hidden=8).fit([["o", "rato"]] * 20, [["D", "N"]] * 20)
        self.assertEqual(tagger.predict([["o", "rato"]])[0], ["D", "N"])


if __name__ == "__main__":
    unittest.main()
