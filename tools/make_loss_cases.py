#!/usr/bin/env python3
"""Write cases of losses, activations, Linear and Embedding: what torch.nn computes.

    make_loss_cases.py OUTDIR

One safetensors file a case, F32 (class and token indices I64), computed by torch in float32.
Running twice writes the same bytes. Needs torch (Debian: /usr/bin/python3 with python3-torch, 1.13).
Metadata are strings: numbers as Python's repr writes them, booleans True and False.
Sizes: N rows, K classes, I and O features in and out, V vocabulary, E embedding size.

In every file
    metadata      op, then the options below
    input         what goes in
    output        what comes out
    grad_output   the gradient from above, shaped like output: the loss behind all the gradients
                  is sum(grad_output * output)
    grad.NAME     its gradients by input, target and parameters, where they exist

op NLLLoss; metadata reduction (mean or sum), ignore_index
    input [N,K] log-probabilities; target [N] I64; weight [K], class weights, absent for all 1;
    output [], grad_output []. The mean divides by the sum of the weights of the targets that count.
op CrossEntropyLoss; the same and metadata label_smoothing
    input [N,K] unnormalised scores. With smoothing s the loss of a row is (1 - s) times that of its
    target plus s/K times the sum over classes k of -weight[k] log softmax(input)[k]; the mean
    divides by the sum of the targets' weights as before.
    A row whose target is ignore_index adds nothing and gets a zero gradient. torch's mean of rows
    that are all ignored is NaN (0/0): no file has that.
op MSELoss; metadata reduction
    input and target [N,K]; output []; grad.input and grad.target
op CTCLoss; metadata blank, reduction, zero_infinity
    input [T,B,K] unnormalised scores, of which log_softmax is taken first; lengths [B] I64 steps;
    target I64, the strings one behind the other; target_lengths [B] I64; output [].
op LogSoftmax; metadata dim, always -1
    input and output [N,K]
op Linear; metadata in_features, out_features, bias
    param.weight [O,I], param.bias [O]; input [...,I], output [...,O]
op Embedding; metadata num_embeddings, embedding_dim, padding_idx (None or an index)
    param.weight [V,E]; input [T,B] I64, output [T,B,E]. The row of padding_idx is read as it is
    (not zero here), and its gradient is zero.
op attention_dot, attention_additive
    input [T,B,H] queries, memory [S,B,M], lengths [B] I64 rows of each memory; output [T,B,M], the
    mean of the memory weighted by the softmax of the scores. param.key.weight [A,M]; of additive
    attention param.query.weight [A,H] and param.energy.weight [1,A].
op tanh, sigmoid, relu
    input and output [N]: zero, tiny, middling and large values of both signs; relu'(0) = 0
"""

import argparse
import os
import zlib

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch

import safetensors_io

REDUCTIONS = ("mean", "sum")
ROWS, CLASSES = 9, 7
DEFAULT_IGNORE_INDEX = -100


def seed_from(name):
    torch.manual_seed(zlib.crc32(name.encode()))


def write(folder, name, metadata, given, run, params=()):
    """Run `run(**leaves)` on the tensors `given`, go backward from a drawn gradient, and save.

    `params` are (name, parameter) pairs; a tensor of `given` gets a gradient if it is F32 and
    not the class weights, which torch treats as constants.
    """
    leaves = {key: value.clone().requires_grad_(value.is_floating_point() and key != "weight")
              for key, value in given.items()}
    output = run(**leaves)
    grad_output = torch.randn(output.shape)
    output.backward(grad_output)
    named = {**leaves, **{"param." + key: value for key, value in params}}
    tensors = {**named, "output": output, "grad_output": grad_output}
    for key, value in named.items():
        if value.requires_grad:
            tensors["grad." + key] = value.grad
    arrays = {key: value.detach().numpy() for key, value in tensors.items()}
    text = {key: value if isinstance(value, str) else repr(value) for key, value in metadata.items()}
    safetensors_io.save(os.path.join(folder, name + ".safetensors"), arrays, text)


# Losses ------------------------------------------------------------------------------------------


def draw_classes(rows, classes, ignore_index):
    """Random targets; where something is ignored, the second and the last row are."""
    target = torch.randint(classes, (rows,))
    if ignore_index is not None:
        target[1] = target[-1] = ignore_index
    return target


def write_class_loss(folder, name, op, reduction, rows=ROWS, classes=CLASSES, weighted=False,
                     ignore_index=None, smoothing=None, scale=2.0):
    """NLLLoss or CrossEntropyLoss; ignore_index None: torch's default, and no row is ignored."""
    name = f"{name}_{reduction}"
    seed_from(name)
    scores = torch.randn(rows, classes) * scale
    given = {"input": scores if op == "CrossEntropyLoss" else scores.log_softmax(dim=-1),
             "target": draw_classes(rows, classes, ignore_index)}
    if weighted:
        given["weight"] = torch.rand(classes) + 0.25
    options = {"reduction": reduction,
               "ignore_index": DEFAULT_IGNORE_INDEX if ignore_index is None else ignore_index}
    if op == "CrossEntropyLoss":
        options["label_smoothing"] = smoothing or 0.0

    def run(input, target, weight=None):
        return getattr(torch.nn, op)(weight=weight, **options)(input, target)

    write(folder, name, {"op": op, **options}, given, run)


def write_nll(folder):
    for reduction in REDUCTIONS:
        for name, options in {
            "nll": {},
            "nll_weight": {"weighted": True},
            "nll_ignore": {"ignore_index": DEFAULT_IGNORE_INDEX},
            "nll_weight_ignore": {"weighted": True, "ignore_index": 2},
            "nll_one_row": {"rows": 1, "classes": 130},
        }.items():
            write_class_loss(folder, name, "NLLLoss", reduction, **options)


def write_cross_entropy(folder):
    for reduction in REDUCTIONS:
        for name, options in {
            "cross_entropy": {},
            "cross_entropy_weight": {"weighted": True},
            "cross_entropy_ignore": {"ignore_index": DEFAULT_IGNORE_INDEX},
            "cross_entropy_smoothing": {"smoothing": 0.1},
            "cross_entropy_weight_ignore": {"weighted": True, "ignore_index": 0},
            "cross_entropy_weight_smoothing": {"weighted": True, "smoothing": 0.3},
            "cross_entropy_ignore_smoothing": {"ignore_index": 3, "smoothing": 0.1},
            "cross_entropy_weight_ignore_smoothing":
                {"weighted": True, "ignore_index": DEFAULT_IGNORE_INDEX, "smoothing": 0.2},
            "cross_entropy_one_row": {"rows": 1, "classes": 130},
            "cross_entropy_one_class": {"classes": 1},
            "cross_entropy_large_scores": {"scale": 300.0},
        }.items():
            write_class_loss(folder, name, "CrossEntropyLoss", reduction, **options)


def write_mse(folder):
    for reduction in REDUCTIONS:
        for name, shape in {"mse": (ROWS, CLASSES), "mse_1x1": (1, 1)}.items():
            name = f"{name}_{reduction}"
            seed_from(name)
            given = {"input": torch.randn(shape), "target": torch.randn(shape)}
            write(folder, name, {"op": "MSELoss", "reduction": reduction}, given,
                  torch.nn.MSELoss(reduction=reduction).forward)


def write_ctc(folder):
    cases = {
        "ctc": {"lengths": [12, 9, 7], "strings": [[1, 2, 3], [4, 4], [2, 1, 2, 1]]},
        "ctc_blank_last": {"lengths": [10, 10], "strings": [[0, 1, 0], [3, 3, 3]], "blank": 4},
        "ctc_empty_string": {"lengths": [5, 6], "strings": [[], [1]]},
        "ctc_tight": {"lengths": [5, 3], "strings": [[1, 1, 1], [2, 3, 4]]},
        "ctc_zero_infinity": {"lengths": [4, 8], "strings": [[1, 1, 1], [2, 3, 2]],
                              "zero_infinity": True},
        "ctc_long": {"lengths": [70, 50], "strings": [[1 + (7 * i) % 29 for i in range(30)],
                                                         [1 + (i // 2) % 29 for i in range(20)]],
                     "classes": 30},
        "ctc_large_scores": {"lengths": [12, 9], "strings": [[1, 2, 3], [4, 4]], "scale": 30.0},
    }
    for reduction in REDUCTIONS:
        for name, case in cases.items():
            write_ctc_loss(folder, f"{name}_{reduction}", reduction, **case)


def write_ctc_loss(folder, name, reduction, lengths, strings, blank=0, zero_infinity=False,
                   classes=5, scale=2.0):
    seed_from(name)
    given = {"input": torch.randn(max(lengths), len(lengths), classes) * scale,
             "lengths": torch.tensor(lengths),
             "target": torch.tensor([label for string in strings for label in string]),
             "target_lengths": torch.tensor([len(string) for string in strings])}
    options = {"blank": blank, "reduction": reduction, "zero_infinity": zero_infinity}

    def run(input, lengths, target, target_lengths):
        return torch.nn.CTCLoss(**options)(input.log_softmax(dim=-1), target, lengths, target_lengths)

    write(folder, name, {"op": "CTCLoss", **options}, given, run)


# Layers and activations --------------------------------------------------------------------------


def write_log_softmax(folder):
    for name, shape, scale in [("log_softmax", (9, 7), 2.0), ("log_softmax_130", (3, 130), 2.0),
                               ("log_softmax_one_class", (3, 1), 2.0),
                               ("log_softmax_large_scores", (9, 7), 300.0)]:
        seed_from(name)
        write(folder, name, {"op": "LogSoftmax", "dim": -1}, {"input": torch.randn(shape) * scale},
              torch.nn.LogSoftmax(dim=-1).forward)


def write_linear(folder):
    for name, shape, out_features, bias in [("linear", (9, 7), 5, True),
                                            ("linear_nobias", (9, 7), 5, False),
                                            ("linear_1x1", (1, 1), 1, True),
                                            ("linear_51x130", (3, 51), 130, True),
                                            ("linear_sequence", (4, 3, 7), 51, True)]:
        seed_from(name)
        options = {"in_features": shape[-1], "out_features": out_features, "bias": bias}
        module = torch.nn.Linear(**options)
        write(folder, name, {"op": "Linear", **options}, {"input": torch.randn(shape)},
              module.forward, module.named_parameters())


def write_embedding(folder):
    for name, vocabulary, size, padding in [("embedding", 11, 7, None),
                                            ("embedding_padding_0", 11, 7, 0),
                                            ("embedding_padding_last", 5, 51, 4),
                                            ("embedding_1x1", 1, 1, None)]:
        seed_from(name)
        options = {"num_embeddings": vocabulary, "embedding_dim": size, "padding_idx": padding}
        module = torch.nn.Embedding(**options)
        torch.nn.init.normal_(module.weight)  # also the padding row, which torch starts at zero
        tokens = torch.randint(vocabulary, (6, 4))
        if padding is not None:
            tokens[4:, 1:] = padding
        write(folder, name, {"op": "Embedding", **options}, {"input": tokens},
              module.forward, module.named_parameters())


def attend(scores, memory, lengths):
    """Scores [T,B,S] of queries against memory [S,B,M]: rows past a memory's length do not count."""
    past = torch.arange(memory.shape[0])[None, :] >= lengths[:, None]
    weights = scores.masked_fill(past[None], float("-inf")).softmax(dim=-1)
    return torch.einsum("tbs,sbm->tbm", weights, memory)


def write_attention(folder):
    for name, lengths, steps, query, width, size in [("", [5, 3, 1], 4, 6, 7, 5),
                                                     ("_one_step", [9, 9], 1, 17, 33, 300),
                                                     ("_1x1", [1], 1, 1, 1, 1)]:
        for kind in ("dot", "additive"):
            seed_from(f"attention_{kind}{name}")
            size = query if kind == "dot" else size
            layers = torch.nn.ModuleDict({"key": torch.nn.Linear(width, size, bias=False)})
            if kind == "additive":
                layers["query"] = torch.nn.Linear(query, size, bias=False)
                layers["energy"] = torch.nn.Linear(size, 1, bias=False)

            def run(input, memory, lengths):
                keys = layers["key"](memory)
                if kind == "dot":
                    scores = torch.einsum("tbh,sbh->tbs", input, keys)
                else:
                    sums = layers["query"](input)[:, :, None] + keys.transpose(0, 1)[None]
                    scores = layers["energy"](sums.tanh())[..., 0]
                return attend(scores, memory, lengths)

            given = {"input": torch.randn(steps, len(lengths), query),
                     "memory": torch.randn(max(lengths), len(lengths), width),
                     "lengths": torch.tensor(lengths)}
            write(folder, f"attention_{kind}{name}", {"op": f"attention_{kind}"}, given, run,
                  list(layers.named_parameters()))


def write_activations(folder):
    sizes = torch.tensor([1e-30, 1e-6, 1e-3, 0.1, 0.5, 1.0, 2.0, 5.0, 9.0, 15.0, 30.0, 80.0,
                          100.0, 1e4])
    for name in ("tanh", "sigmoid", "relu"):
        seed_from(name)
        values = torch.cat([torch.zeros(1), sizes, -sizes, torch.randn(102) * 3])
        write(folder, name, {"op": name}, {"input": values}, getattr(torch, name))


def main():
    parser = argparse.ArgumentParser(description="Write loss and layer cases from torch.nn.")
    parser.add_argument("outdir")
    folder = parser.parse_args().outdir
    torch.set_num_threads(1)
    os.makedirs(folder, exist_ok=True)
    for family in (write_nll, write_cross_entropy, write_mse, write_ctc, write_log_softmax,
                   write_linear, write_embedding, write_attention, write_activations):
        family(folder)


if __name__ == "__main__":
    main()
