#!/usr/bin/python3
"""python_docs.py LACO SOURCE: runs the snippets of docs/model-file.md and docs/from-pytorch.md, and holds what they say to laço's answers.

Needs python3-torch, and h5py for the part on Keras; without torch it is skipped (exit status 77).
"""
import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
except ImportError:
    print("python3-torch is missing")
    sys.exit(77)

LACO, SOURCE = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])


def laco(*words, text=None):
    ended = subprocess.run([LACO, *words], input=text, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, (words, ended.stderr)
    return ended.stdout


def blocks(page):
    """The snippets of a page, in order."""
    with open(os.path.join(SOURCE, "docs", page), encoding="utf-8") as file:
        return re.findall(r"^```python\n(.*?)^```", file.read(), re.M | re.S)


def run(snippets, names):
    """What they print; `names` keeps what they define."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        for snippet in snippets:
            exec(compile(snippet, "snippet", "exec"), names)  # pylint: disable=exec-used
    return said.getvalue()


def answers(model, text):
    """laço's log-probabilities by label."""
    words = laco("predict", model, "--top", "99", "-", text=text + "\n").split()
    return {words[i]: float(words[i + 1]) for i in range(0, len(words), 2)}


def same(left, right):
    assert left.keys() == right.keys(), (left, right)
    assert all(abs(left[key] - right[key]) < 1e-5 for key in left), (left, right)


def model_file():
    """To torch and from it, for every way to make one row of all steps."""
    with open("names.tsv", "w", encoding="utf-8") as file:
        file.writelines(f"{'Japanese' if i % 2 else 'Portuguese'}\t{'ak' if i % 2 else 'Nu'}{i % 7 * 'e'}nes{i}\n" for i in range(60))
    for options in ([], ["--pool", "last"], ["--pool", "max"], ["--pool", "mean", "--embed", "0"], ["--unidirectional", "--cell", "lstm"],
                    ["--cell", "rnn", "--nonlinearity", "relu", "--layers", "2", "--pool", "last"]):
        laco("train", "classify", "names.tsv", "-o", "names.safetensors", "--epochs", "2", "--hidden", "6", "--quiet", *options)
        names = {}
        said = run(blocks("model-file.md"), names)
        same(eval(said), answers("names.safetensors", "Nunes"))  # pylint: disable=eval-used
        same(answers("mine.safetensors", "Nunes"), answers("names.safetensors", "Nunes"))


def from_pytorch():
    names = {}
    page = blocks("from-pytorch.md")
    run(page[:1], names)
    for renames in (["--rename", "lstm=rnn,fc=linear"], []):
        laco("import", "names.pt", "-o", "names.safetensors", "--task", "classify", "--labels", "labels.txt", "--vocabulary", "letters.txt",
             *renames)
        same(eval(run(page[1:2], names)), answers("names.safetensors", "nunes"))  # pylint: disable=eval-used


def keras():
    """Against Keras's own equations, written down again: a GRU with reset_after and an LSTM."""
    names = {}
    run(blocks("from-pytorch.md")[2:], names)
    random = numpy.random.default_rng(1)

    def sigmoid(x):
        return 1 / (1 + numpy.exp(-x))

    for kind, gates in (("lstm", 4), ("gru", 3)):
        units, inputs = 5, 3
        kernel, recurrent = random.normal(size=(inputs, gates * units)), random.normal(size=(units, gates * units))
        bias = random.normal(size=(2, gates * units) if kind == "gru" else gates * units)
        try:
            import h5py  # pylint: disable=import-outside-toplevel
            with h5py.File("weights.h5", "w") as file:
                for name, array in (("kernel:0", kernel), ("recurrent_kernel:0", recurrent), ("bias:0", bias)):
                    file[f"layer/{name}"] = array
            with h5py.File("weights.h5") as file:
                kernel, recurrent, bias = (numpy.array(file[f"layer/{n}:0"]) for n in ("kernel", "recurrent_kernel", "bias"))
        except ImportError:
            print("h5py is missing")
        layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](inputs, units)
        tensors = names["torch_layer"](kind, kernel, recurrent, bias)
        layer.load_state_dict({name.split(".", 1)[1]: torch.tensor(value) for name, value in tensors.items()})
        h, c, x = numpy.zeros(units), numpy.zeros(units), random.normal(size=(7, inputs))
        for step in x:
            if kind == "lstm":
                i, f, g, o = numpy.split(step @ kernel + h @ recurrent + bias, 4)
                c = sigmoid(f) * c + sigmoid(i) * numpy.tanh(g)
                h = sigmoid(o) * numpy.tanh(c)
            else:
                xz, xr, xh = numpy.split(step @ kernel + bias[0], 3)
                hz, hr, hh = numpy.split(h @ recurrent + bias[1], 3)
                z, r = sigmoid(xz + hz), sigmoid(xr + hr)
                h = z * h + (1 - z) * numpy.tanh(xh + r * hh)
        found = layer(torch.tensor(x[:, None], dtype=torch.float32))[0][-1, 0].detach().numpy()
        assert numpy.abs(found - h).max() < 1e-5, (kind, found, h)


def there_and_back():
    """A model of each task as a checkpoint, and made a model again: the same answers."""
    texts = [f"{'vowel' if i % 2 else 'cons'}\t{'a' if i % 2 else 'k'}{'le'[i % 2]}{i}" for i in range(60)]
    files = {"classify": "\n".join(texts), "generate": "\n".join(t.split("\t")[1] for t in texts),
             "transduce": "\n".join(f"{t.split()[1]}\tx{t.split()[1]}" for t in texts),
             "tag": "\n\n".join(f"the\tD\ncat{i}\tN\nran\tV" for i in range(60)) + "\n"}
    asked = {"classify": "kle5\n", "transduce": "ale7\n", "tag": "the\ncat3\nran\n", "generate": "kle5\n"}
    for task, text in files.items():
        with open("data.tsv", "w", encoding="utf-8") as file:
            file.write(text + "\n")
        laco("train", task, "data.tsv", "-o", "first.safetensors", "--epochs", "2", "--hidden", "8", "--quiet",
             *(["--ensemble", "1"] if task in ("tag", "transduce") else []))
        names = {}
        run(blocks("model-file.md")[:1], names)
        metadata, tensors = names["read"]("first.safetensors")
        state = {f"model.{name}": torch.tensor(numbers).reshape(shape) for name, (shape, numbers) in tensors.items()}
        torch.save({"epoch": 3, "state_dict": state, "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}}}, "first.ckpt")
        words = ["import", "first.ckpt", "-o", "second.safetensors", "--task", task]
        for key, option in (("laco.labels", "--labels"), ("laco.vocabulary", "--vocabulary"), ("laco.source_vocabulary", "--sources"),
                            ("laco.letters", "--sources")):
            if key in metadata:
                with open(key, "w", encoding="utf-8") as file:
                    file.write(metadata[key])
                words += [option, key]
        text_about = json.loads(metadata.get("laco.text", "{}"))
        words += ["--level", text_about.get("level", "char")]
        words += ["--lower"] * text_about.get("lower", False) + ["--fold-accents"] * text_about.get("fold_accents", False)
        pool = json.loads(metadata["laco.network"]).get("pool")
        words += ["--pool", pool] if pool else []
        laco(*words)
        each = ["--each"] if task == "generate" else []
        first, second = (laco("predict", model, "-", *each, text=asked[task]) for model in ("first.safetensors", "second.safetensors"))
        assert first == second, (task, first, second)


def a_series():
    """A forecaster whose scales come from a file."""
    with open("series.csv", "w", encoding="utf-8") as file:
        file.write("step,value\n" + "".join(f"{i},{10 + i % 7}\n" for i in range(120)))
    laco("train", "forecast", "series.csv", "-o", "first.safetensors", "--epochs", "2", "--hidden", "6", "--base", "none", "--quiet")
    names = {}
    run(blocks("model-file.md")[:1], names)
    metadata, tensors = names["read"]("first.safetensors")
    history, = json.loads(metadata["laco.history"])
    with open("scales.txt", "w", encoding="utf-8") as file:
        file.writelines(f"{mean!r} {deviation!r}\n" for mean, deviation in zip(history["mean"], history["scale"]))
    with open("columns.txt", "w", encoding="utf-8") as file:
        file.write("value\n")
    torch.save({name: torch.tensor(numbers).reshape(shape) for name, (shape, numbers) in tensors.items()}, "first.pt")
    laco("import", "first.pt", "-o", "second.safetensors", "--task", "forecast", "--labels", "columns.txt", "--scales", "scales.txt")
    first, second = (laco("forecast", model, "series.csv", "--steps", "5") for model in ("first.safetensors", "second.safetensors"))
    assert first == second, (first, second)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    torch.manual_seed(1)
    for part in (model_file, from_pytorch, keras, there_and_back, a_series):
        part()
        print(f"{part.__name__}: as it should be")
