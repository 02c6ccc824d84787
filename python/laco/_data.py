"""What users have (lists, arrays, tensors, pandas, paths) into what the C part takes: (paths, first, second, values, lengths, width,
height). NumPy is used where it is loaded, and never needed."""

import array
import contextlib
import os
import sys
import tempfile

REAL = "f"  # of the library; laco/__init__.py sets it


def is_path(x):
    return isinstance(x, (str, os.PathLike))


def is_frame(x):
    """A Series or DataFrame of pandas, or what looks like one."""
    return hasattr(x, "to_csv") and hasattr(x, "index")


def is_numbers(x):
    """An array of numbers, of whatever library, or nested lists of them; not texts."""
    if isinstance(x, (str, bytes, os.PathLike)) or x is None:
        return False
    if isinstance(x, (list, tuple)):
        return len(x) > 0 and is_numbers(x[0])
    if hasattr(x, "dtype"):
        return getattr(x.dtype, "kind", "f") in "fiub"
    return isinstance(x, (int, float, memoryview, array.array))


def texts(x, what):
    """A list of strings from any sequence of them."""
    if isinstance(x, (str, bytes)):
        raise TypeError(f"{what} must be a list of strings, not one {type(x).__name__}")
    if hasattr(x, "tolist"):
        x = x.tolist()
    x = list(x)
    for i, item in enumerate(x):
        if not isinstance(item, str):
            raise TypeError(f"{what}[{i}] is {type(item).__name__}; it must be a string")
    return x


def names(x, what):
    """Labels: strings, or numbers, which are taken as their text."""
    if isinstance(x, (str, bytes)):
        raise TypeError(f"{what} must be a list, not one {type(x).__name__}")
    if hasattr(x, "tolist"):
        x = x.tolist()
    return [item if isinstance(item, str) else str(item) for item in x]


def _nested(x, shape, depth, out):
    if depth == len(shape):
        out.append(float(x))
        return
    if isinstance(x, (int, float, str)) or len(x) != shape[depth]:
        raise ValueError("the array is ragged: its rows have different lengths")
    for item in x:
        _nested(item, shape, depth + 1, out)


def reals(x, code):
    """(buffer of `code`, "f" or "d", C-contiguous; shape). Without a copy where type and layout allow."""
    if is_frame(x):
        x = x.to_numpy()
    if hasattr(x, "detach"):  # a tensor of torch
        x = x.detach().cpu().numpy()
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(x, numpy.ndarray):
        if x.dtype.kind not in "fiub":
            raise TypeError(f"an array of {x.dtype}; numbers are needed")
        x = numpy.ascontiguousarray(x, dtype=code)
        return x, x.shape
    if isinstance(x, (list, tuple)):
        shape, level = [], x
        while isinstance(level, (list, tuple)):
            shape.append(len(level))
            level = level[0] if level else 0.0
        if isinstance(level, (str, bytes)):
            raise TypeError("strings where numbers are needed")
        if hasattr(level, "__len__"):  # a list of arrays of one shape
            parts = [reals(item, code) for item in x]
            if len({part[1] for part in parts}) > 1:
                raise ValueError("the array is ragged: its rows have different lengths")
            return array.array(code, b"".join(bytes(memoryview(part[0])) for part in parts)), (len(parts), *parts[0][1])
        out = []
        _nested(x, shape, 0, out)
        return array.array(code, out), tuple(shape)
    view = memoryview(x)
    if view.format == code and view.c_contiguous:
        return view, view.shape
    out = []
    _nested(view.tolist(), view.shape, 0, out)
    return array.array(code, out), view.shape


def _items(x, dimensions, code):
    """Items of their own lengths: (buffer, [lengths], shape of what follows). x is one array, or a list of arrays."""
    if isinstance(x, (list, tuple)) and x and not isinstance(x[0], (int, float)):
        parts = [reals(item, code) for item in x]
        tails = {shape[1:] for _, shape in parts}
        if len(tails) > 1:
            raise ValueError("items have steps of different sizes: " + ", ".join(sorted(map(str, tails))))
        joined = array.array(code)
        for part, _ in parts:
            joined.frombytes(bytes(memoryview(part)))
        return joined, [shape[0] for _, shape in parts], tails.pop()
    values, shape = reals(x, code)
    if len(shape) < 2 or len(shape) > dimensions:
        raise ValueError(f"an array of shape {shape}; 2 to {dimensions} dimensions are needed, the first counts the items")
    return values, [shape[1]] * shape[0], shape[2:]


def _paths(x):
    return [os.fspath(x)] if is_path(x) else [os.fspath(p) for p in x]


def _from_paths(x):
    return (_paths(x), None, None, None, None, 0, 0)


def classify(x, y):
    if y is None and (is_path(x) or _all_paths(x)):
        return _from_paths(x)
    labels = None if y is None else names(y, "labels")
    if not is_numbers(x) and not is_frame(x) or is_frame(x) and getattr(x, "ndim", 2) == 1:
        x = texts(x, "texts")
        _same(len(x), labels, "texts", "labels")
        return (None, x, labels, None, None, 0, 0)
    values, steps, rest = _items(x, 3, REAL)
    if len(rest) > 1:
        raise ValueError("sequences must have the shape (steps,) or (steps, features)")
    _same(len(steps), labels, "sequences", "labels")
    return (None, None, labels, values, steps, rest[0] if rest else 1, 0)


def _all_paths(x):
    return isinstance(x, (list, tuple)) and len(x) > 0 and all(isinstance(p, os.PathLike) for p in x)


def _same(count, others, one, other):
    if others is not None and len(others) != count:
        raise ValueError(f"{count} {one} and {len(others)} {other}: there must be one for each")


def tag(x, y):
    if y is None and (is_path(x) or _all_paths(x)):
        return _from_paths(x)
    sentences = list(x)
    if sentences and isinstance(sentences[0], str):
        if y is not None:
            raise TypeError("sentences with tags must be lists of words")
        return (None, texts(sentences, "sentences"), None, None, None, 0, 0)
    if y is None and sentences and sentences[0] and isinstance(sentences[0][0], (tuple, list)):
        y = [[pair[1] for pair in sentence] for sentence in sentences]
        sentences = [[pair[0] for pair in sentence] for sentence in sentences]
    words, tags = [], None if y is None else []
    for i, sentence in enumerate(sentences):
        words += texts(sentence, f"sentences[{i}]")
        if y is not None:
            _same(len(sentence), y[i], f"words in sentence {i}", "tags")
            tags += names(y[i], f"tags[{i}]")
    return (None, words, tags, None, [len(s) for s in sentences], 0, 0)


def generate(x, y):
    if is_path(x) or _all_paths(x):
        return _from_paths(x)
    return (None, texts(x, "texts"), None, None, None, 0, 0)


def transduce(x, y):
    if y is None and (is_path(x) or _all_paths(x)):
        return _from_paths(x)
    if y is None and len(x) and isinstance(x[0], (tuple, list)):
        x, y = [pair[0] for pair in x], [pair[1] for pair in x]
    x = texts(x, "sources")
    y = None if y is None else texts(y, "targets")
    _same(len(x), y, "sources", "targets")
    return (None, x, y, None, None, 0, 0)


def caption(x, y):
    """Pictures (N, height, width) of grey values 0 … 255, or vectors (N, numbers)."""
    if y is None and (is_path(x) or _all_paths(x)):
        return _from_paths(x)
    values, shape = reals(x, REAL)
    if len(shape) not in (2, 3):
        raise ValueError(f"an array of shape {shape}; pictures are (N, height, width), vectors (N, numbers)")
    captions = None if y is None else texts(y, "captions")
    _same(shape[0], captions, "pictures", "captions")
    return (None, None, captions, values, [1] * shape[0], shape[-1], shape[1] if len(shape) == 3 else 1)


def transcribe(x, y, rate=None):
    """Recordings: arrays of samples within -1 … 1, with `rate` samples a second."""
    if y is None and (is_path(x) or _all_paths(x)):
        return _from_paths(x)
    if not rate:
        raise TypeError("recordings in memory need rate=, their samples in a second")
    values, lengths, rest = _items(x, 2, "f")
    if rest:
        raise ValueError("a recording is one row of samples: average the channels first")
    said = None if y is None else texts(y, "texts")
    _same(len(lengths), said, "recordings", "texts")
    return (None, None, said, values, lengths, int(rate), 0)


def _write_frame(x, file):
    """With its index, where that is no mere count of the rows."""
    counted = type(x.index).__name__ in ("RangeIndex", "Index") and not hasattr(x.index, "freq")
    if getattr(x, "ndim", 2) == 1:
        x = x.to_frame(x.name if x.name is not None else "value")
    x.to_csv(file, index=not counted, index_label=None if counted else x.index.name or "time")


def _write_ragged(x, file):
    file.write("series,value\n")
    for i, series in enumerate(x, 1):
        values, shape = reals(series, "d")
        if len(shape) != 1:
            raise ValueError("several series of different lengths must have one column each")
        file.writelines(f"{i},{value!r}\n" for value in memoryview(values).tolist())


def _ragged(x):
    return isinstance(x, (list, tuple)) and len(x) > 0 and hasattr(x[0], "__len__") and len({len(s) for s in x}) > 1


@contextlib.contextmanager
def forecast(x, y=None):
    """One series (rows,) or (rows, columns), several of one length (N, rows, columns), or of different lengths: a list. Frames keep
    the dates of their index: they go through a file for a moment, as the form that dates are read from."""
    if x is None:
        yield None, {}
    elif is_path(x):
        yield _from_paths(x), {}
    elif is_frame(x) or _ragged(x):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "series.csv")
            with open(path, "w", encoding="utf-8", newline="") as file:
                (_write_frame if is_frame(x) else _write_ragged)(x, file)
            yield _from_paths(path), {} if is_frame(x) else {"id": "series"}
    else:
        values, shape = reals(x, "d")
        shape = (1, shape[0], 1) if len(shape) == 1 else (1, *shape) if len(shape) == 2 else shape
        if len(shape) != 3:
            raise ValueError(f"an array of shape {shape}; a series is (rows,), (rows, columns) or (series, rows, columns)")
        yield (None, None, None, values, [shape[1]] * shape[0], shape[2], 0), {}


@contextlib.contextmanager
def source(task, x, y=None, rate=None):
    """(what the C part takes, options that its form needs)."""
    if task == "forecast":
        with forecast(x, y) as made:
            yield made
    elif task == "transcribe":
        yield transcribe(x, y, rate), {}
    else:
        yield {"classify": classify, "tag": tag, "generate": generate, "transduce": transduce, "caption": caption}[task](x, y), {}
