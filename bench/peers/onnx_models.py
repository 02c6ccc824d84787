#!/usr/bin/python3
"""Writes the models that ort_rows.c runs: DIR/lstm_16.onnx, DIR/gru_256.onnx …; one layer each, random weights.

usage: onnx_models.py DIR        needs Debian's python3-onnx

Inputs x [T][B][H], h0 and, for the LSTM, c0 [1][B][H]; outputs y [T][1][B][H], hn, cn.
"""
import os
import sys

import numpy
from onnx import TensorProto, checker, helper, numpy_helper, save


def model(kind, gates, hidden, random):
    def weight(name, *shape):
        return numpy_helper.from_array(random.uniform(-1, 1, shape).astype("float32") / hidden**0.5, name)

    def tensor(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    states = ["h", "c"] if kind == "LSTM" else ["h"]
    weights = [weight("W", 1, gates * hidden, hidden), weight("R", 1, gates * hidden, hidden), weight("B", 1, 2 * gates * hidden)]
    inputs = [tensor("x", "T", "B", hidden)] + [tensor(s + "0", 1, "B", hidden) for s in states]
    outputs = [tensor("y", "T", 1, "B", hidden)] + [tensor(s + "n", 1, "B", hidden) for s in states]
    extra = {"linear_before_reset": 1} if kind == "GRU" else {}  # as PyTorch's
    node = helper.make_node(kind, ["x", "W", "R", "B", ""] + [s + "0" for s in states], [o.name for o in outputs], hidden_size=hidden,
                            **extra)
    graph = helper.make_graph([node], kind, inputs, outputs, weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
    made.ir_version = 7
    checker.check_model(made)
    return made


def main():
    folder, random = sys.argv[1], numpy.random.default_rng(1)
    os.makedirs(folder, exist_ok=True)
    for kind, gates in (("LSTM", 4), ("GRU", 3)):
        for hidden in (16, 64, 128, 256):
            save(model(kind, gates, hidden, random), f"{folder}/{kind.lower()}_{hidden}.onnx")


main()
