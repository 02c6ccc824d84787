"""laço: recurrent neural networks (RNN, GRU, LSTM) on sequences, trained and asked from Python.

    import laco
    model = laco.train("classify", texts, labels)          # or a path: laco.train("classify", "reviews.tsv")
    model.predict(["great fun", "dull"])
    model.save("reviews.safetensors"); model = laco.load("reviews.safetensors")

Tasks: classify, tag, forecast, generate, caption, transduce, transcribe. The options of a task are keyword arguments; laco.options(task)
lists them. The same data, options and seed give the same model as the program `laco`, byte for byte. laco.torch has layers that take the
place of torch.nn.RNN, GRU and LSTM.
"""

import difflib
import json
import os
import sys
import tempfile

from . import _data, _laco, _show
from ._laco import NumericError

__all__ = ["train", "load", "load_tensors", "options", "Model", "Forecast", "Score", "Stream", "NumericError", "SequenceClassifier",
           "Forecaster", "Tagger", "__version__"]
__version__ = _laco.version
_data.REAL = _laco.real

_PRECISIONS = {"fp32": 0, "bf16": 1, "int8": 2}


# ---- Options --------------------------------------------------------------------------------------------------------------------------


def options(task):
    """The options of a task: a list of dicts with name, type, default, help … Names have a dash where keyword arguments have "_"."""
    return _show.Options(json.loads(_laco.options(task)))


def _check_names(task, given):
    """A wrong keyword is a TypeError, as of any function; with the name that was meant, where one is close."""
    known = [name for row in options(task) for name in (row["name"], *row.get("aliases", ()))]
    for name in given:
        if name.replace("_", "-") not in known:
            close = difflib.get_close_matches(name.replace("_", "-"), known, 1)
            hint = f"; did you mean '{close[0].replace('-', '_')}'?" if close else f"; see laco.options({task!r})"
            raise TypeError(f"{task} has no option '{name}'{hint}")


def _option_texts(given):
    """Keyword arguments as (name, text) pairs, None left out. True and False are those of flags."""
    pairs = []
    for name, value in given.items():
        name = name.replace("_", "-")
        if value is None:
            continue
        if isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, (list, tuple)):
            text = ",".join(map(str, value))
        elif isinstance(value, os.PathLike):
            text = os.fspath(value)
        else:
            text = repr(value) if isinstance(value, float) else str(value)
        pairs.append((name, text))
    return pairs


# ---- Training -------------------------------------------------------------------------------------------------------------------------


def train(task, x, y=None, *, valid=None, progress=False, threads=0, rate=None, **options):
    """Trains a model for a task and returns it.

    x, y: the data, as the task has them
        classify    texts, labels; or numbers (N, steps) or (N, steps, features), or a list of (steps, features), and labels
        tag         sentences as lists of words, and lists of tags; or lists of (word, tag)
        forecast    a series (rows,), (rows, columns), (series, rows, columns), a list of series, or a pandas Series or DataFrame
        generate    a list of texts
        caption     pictures (N, height, width) of grey values 0 … 255 or vectors (N, numbers), and captions
        transduce   sources, targets; or (source, target) pairs
        transcribe  a list of arrays of samples within -1 … 1, texts, and rate=, the samples in a second
      or paths, as the program takes them: a string or Path, or a list of Paths.
    valid: what validates: a share of the data, a path, or (x, y).
    progress: True draws a bar; or a function that gets a dict after batches and epochs, and may return False to end the training.
    threads: 0 is one for each core. Results never depend on it.
    Everything else is an option of the task: see laco.options(task).

    Ctrl-C ends the training with the best model so far; its `interrupted` is then True.
    """
    validation = None
    if isinstance(valid, tuple):
        validation = valid
    elif valid is not None:
        options["valid"] = os.fspath(valid) if isinstance(valid, os.PathLike) else valid
    if isinstance(options.get("valid"), str) and not _is_number(options["valid"]):
        validation = (options["valid"], None)
    _check_names(task, options)
    watcher = _show.Progress() if progress is True else progress or None
    with _data.source(task, x, y, rate) as (source, needed):
        pairs = _option_texts({**needed, **options})
        with _validation(task, validation, rate) as checked:
            try:
                core, interrupted = _laco.train(task, source, checked, pairs, watcher, threads)
            finally:
                if progress is True:
                    watcher.close()
    return Model(core, interrupted)


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


class _validation:
    """The source of validation data, or None."""

    def __init__(self, task, pair, rate):
        self._made = None if pair is None else _data.source(task, pair[0], pair[1] if len(pair) > 1 else None, rate)

    def __enter__(self):
        return None if self._made is None else self._made.__enter__()[0]

    def __exit__(self, *error):
        return None if self._made is None else self._made.__exit__(*error)


def load(model, threads=0):
    """A model from its file (a path), or from the bytes of one."""
    if isinstance(model, (bytes, bytearray, memoryview)):
        return Model(_laco.load_bytes(model, threads))
    return Model(_laco.load(os.fspath(model), threads))


def load_tensors(path):
    """The tensors of a safetensors file, or of what torch.save wrote (.pt, .pth, .ckpt: nothing in it is ever called), as {name: memoryview}
    of floats. numpy.asarray takes them as they are."""
    return {name: _shaped(data, shape) for name, (data, shape) in _laco.load_tensors(os.fspath(path)).items()}


def _shaped(data, shape):
    view = memoryview(data)
    return view.cast(_laco.real, tuple(shape)) if shape else view.cast(_laco.real)


# ---- Models ---------------------------------------------------------------------------------------------------------------------------


def _array(rows):
    """A list of lists as an array where NumPy is loaded."""
    numpy = sys.modules.get("numpy")
    return rows if numpy is None else numpy.asarray(rows)


class Model:
    """A trained model. Any number of threads may ask it at once; it can be pickled and copied."""

    def __init__(self, core, interrupted=False):
        self._core = core
        self.interrupted = interrupted
        self._info = None

    @property
    def task(self):
        """ "classify", "tag", …"""
        return self._core.task

    @property
    def info(self):
        """What `laco info` tells: network, labels, vocabulary, training …, as a dict."""
        if self._info is None:
            self._info = json.loads(self._core.describe())
        return self._info

    @property
    def labels(self):
        """The labels of a classifier, the tags of a tagger, in their order."""
        return list(self.info.get("labels", []))

    def save(self, path):
        """Writes the model file, whole or not at all."""
        self._core.save(os.fspath(path))

    def to_bytes(self):
        """The model file as bytes."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.safetensors")
            self._core.save(path)
            with open(path, "rb") as file:
                return file.read()

    def __reduce__(self):
        return load, (self.to_bytes(),)

    def convert(self, weights):
        """The same model with its matrices as "int8", "bf16" or "fp32"; this one stays as it is."""
        if weights not in _PRECISIONS:
            raise ValueError(f"weights are {weights!r}; they can be " + ", ".join(_PRECISIONS))
        other = load(self.to_bytes())
        other._core.convert(_PRECISIONS[weights])
        return other

    def export(self, path, weights=None, name=None):
        """Writes the model for places without laço, in the form that the ending of `path` says: a C file, a graph of ONNX … (docs/export.md).
        weights: "fp32" or "int8"; name: what names in it begin with."""
        if weights not in (None, "fp32", "int8"):
            raise ValueError(f"weights are {weights!r}; they can be fp32 or int8")
        load(self.to_bytes())._core.export(os.fspath(path), (None, "fp32", "int8").index(weights), name)

    def state_dict(self):
        """{name: memoryview} of all weights, copies, under PyTorch's names. numpy.asarray takes them as they are."""
        return {name: _shaped(data, shape) for name, (data, shape) in self._core.tensors().items()}

    # -- Asking --

    def _wanted(self, top=0, beam=0, nbest=0, length_penalty=0.0, length=0, steps=0, horizon=0, seed=0):
        return (beam, nbest, length_penalty, length, top, steps, horizon, seed)

    def predict(self, x, top=None, *, beam=0, nbest=None, length_penalty=0.0, length=0, rate=None):
        """Answers for x, which is as in laco.train; a single text or sentence gets a single answer.

            classify    labels; with top=K for each the K best as (label, probability)
            tag         lists of tags; of sentences given as strings lists of (word, tag)
            caption, transduce, transcribe
                        texts; with nbest=K for each the K best as (text, log-probability)
        """
        if self.task == "forecast":
            raise ValueError("a forecaster is asked by forecast(steps)")
        single = isinstance(x, str) and self.task in ("classify", "transduce", "tag")
        core = self._core
        with _data.source(self.task, [x] if single else x, None, rate) as (source, _):
            wanted = self._wanted(top or 0, beam, nbest or 0, length_penalty, length)
            answers = core.predict(source, wanted)
        if self.task == "classify":
            answers = self._classified(answers, top)
        elif self.task == "tag":
            if source[4] is not None:
                answers = [[tag for _, tag in sentence] for sentence in answers]
        elif nbest is None:
            answers = [best[0][0] if best else "" for best in answers]
        return answers[0] if single else answers

    @staticmethod
    def _classified(answers, top):
        from math import exp
        if top is None:
            return [best[0][0] for best in answers]
        return [[(label, exp(log)) for label, _, log in best] for best in answers]

    def predict_proba(self, x):
        """The probability of each label, (N, labels) in the order of model.labels."""
        from math import exp
        labels = self.labels
        if self.task != "classify":
            raise ValueError(f"predict_proba is for classifiers; this model is for {self.task}")
        with _data.source("classify", [x] if isinstance(x, str) else x) as (source, _):
            answers = self._core.predict(source, self._wanted(top=len(labels)))
        rows = []
        for best in answers:
            row = [0.0] * len(labels)
            for _, index, log in best:
                row[index] = exp(log)
            rows.append(row)
        return _array(rows)

    def evaluate(self, x, y=None, *, horizon=0, beam=0, rate=None):
        """How good the answers to known examples are: a dict; what is in it depends on the task."""
        with _data.source(self.task, x, y, rate) as (source, _):
            return Score(self.task, self._core.score(source, self._wanted(beam=beam, horizon=horizon)))

    def forecast(self, steps, x=None, *, seed=0):
        """The next `steps` rows behind x, or behind the training data. Of several series a dict by their ids."""
        if self.task != "forecast":
            raise ValueError(f"forecast is for forecasters; this model is for {self.task}")
        if steps < 1:
            raise ValueError("steps must be at least 1")
        with _data.source("forecast", x) as (source, _):
            found = self._core.predict(source, self._wanted(steps=steps, seed=seed))
        made = {name: Forecast(self.info["forecast"], *parts) for name, parts in found.items()}
        return made[""] if list(made) == [""] else made

    def generate(self, prompt="", length=500, *, temperature=1.0, top_k=0, top_p=0.0, repetition_penalty=0.0, until=None, beam=0,
                 seed=0, sample=0):
        """Goes on with a text: `length` tokens, or until the string `until` was written. Returns what comes behind the prompt."""
        if self.task != "generate":
            raise ValueError(f"generate is for language models; this model is for {self.task}")
        return self._core.generate(prompt, length, until, beam, seed, sample, temperature, top_k, top_p, repetition_penalty)[0]

    def stream(self):
        """The model step by step, for input that comes bit by bit."""
        return Stream(self._core.stream(), self.task, self.info)

    def __repr__(self):
        network = self.info.get("network", {})
        return f"<laco.Model to {self.task}: {network.get('cell', '?')}, {self.info['parameters']:,} parameters>"

    def _repr_html_(self):
        return _show.model_html(self)


class Score(dict):
    """What evaluate found, as a dict that shows itself in notebooks."""

    def __init__(self, task, values):
        super().__init__(values)
        self.task = task

    def _repr_html_(self):
        return _show.score_html(self)


class Forecast:
    """time: of each step. values: {column: [steps]}. mean: those of the target. quantiles: {q: [steps]} of the target."""

    def __init__(self, info, time, values, quantiles):
        names = [column["name"] if isinstance(column, dict) else column for column in info["columns"]]
        self.target = info["target"]
        self.time = time
        self.values = {name: _array([row[i] for row in values]) for i, name in enumerate(names)}
        self.quantiles = {q: _array([row[i] for row in quantiles]) for i, q in enumerate(info.get("quantiles") or []) if quantiles}

    @property
    def mean(self):
        return self.values[self.target]

    def __len__(self):
        return len(self.time)

    def __repr__(self):
        return f"<laco.Forecast of {self.target}: {len(self)} steps, {self.time[0]} to {self.time[-1]}>"

    def _repr_html_(self):
        return _show.forecast_html(self)


class Stream:
    """A model step by step. feed() returns the answers that have become known, each a dict; end() those that waited for more."""

    _NAMES = {"classify": ("step", "whole", "label", "log_probabilities"), "tag": ("step", "word", "tag"),
              "generate": ("step", "text", "log_probability"), "forecast": ("step", "seconds", "values", "quantiles"),
              "transcribe": ("step", "whole", "text", "log_probability")}

    def __init__(self, core, task, info):
        self._core, self._task = core, task
        self._columns = len(info["forecast"]["columns"]) if task == "forecast" else 0
        self._quantiles = len(info["forecast"].get("quantiles") or []) if task == "forecast" else 0

    def _named(self, answers):
        named = [dict(zip(self._NAMES[self._task], answer)) for answer in answers]
        for answer in named:
            if self._task == "classify":
                answer["log_probabilities"] = memoryview(answer["log_probabilities"]).cast(_laco.real)
            if self._task == "forecast":
                answer["values"] = self._table(answer["values"], self._columns)
                answer["quantiles"] = self._table(answer["quantiles"], self._quantiles)
        return named

    @staticmethod
    def _table(data, columns):
        return None if data is None else memoryview(data).cast("B").cast("d", (len(data) // 8 // columns, columns))

    def feed(self, x, seconds=0):
        """Text (str or bytes of UTF-8), numbers (steps, features), samples of sound, or one row of a series, whose time is `seconds`."""
        if isinstance(x, str):
            return self._named(self._core.text(x.encode("utf-8"), 0))
        if isinstance(x, (bytes, bytearray)):
            return self._named(self._core.text(x, 0))
        if self._task == "forecast":
            return self._named(self._core.row(_data.reals(x, "d")[0], seconds))
        if self._task == "transcribe":
            return self._named(self._core.samples(_data.reals(x, "f")[0], 0))
        values, shape = _data.reals(x, _laco.real)
        return self._named(self._core.numbers(values, shape[0]))

    def end(self):
        """The text, sentence or recording ends here; what is fed next is another one."""
        return self._named(self._core.end())

    def reset(self):
        """Back to the beginning."""
        self._core.reset()

    @property
    def state(self):
        """All that the stream knows, as bytes; assign them to go on from there, also in another stream of the model."""
        return self._core.state()

    @state.setter
    def state(self, data):
        self._core.load(data)


from ._estimators import Forecaster, SequenceClassifier, Tagger  # noqa: E402 (they need what is above)
