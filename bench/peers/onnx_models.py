#!/usr/bin/python3
"""Writes the models that ort_rows.c runs: DIR/lstm_16.onnx, DIR/gru_256.onnx …; one layer each, random weights. DIR/lstm_128_int8.onnx and
its like have weights of 8 bits, a scale for each column, and quantise what comes in as they run (DynamicQuantizeLSTM).

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


def quantised(hidden, random):
    def weight(name, values):
        return numpy_helper.from_array(values, name)

    def tensor(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    columns = 4 * hidden
    matrices = [weight(name, random.integers(-127, 128, (1, hidden, columns)).astype("int8")) for name in "WR"]
    scales = [weight(name + "_scale", numpy.full((1, columns), 1 / 127 / hidden**0.5, "float32")) for name in "WR"]
    zeros = [weight(name + "_zero", numpy.zeros((1, columns), "int8")) for name in "WR"]
    bias = weight("B", random.uniform(-1, 1, (1, 2 * columns)).astype("float32") / hidden**0.5)
    inputs = [tensor("x", "T", "B", hidden), tensor("h0", 1, "B", hidden), tensor("c0", 1, "B", hidden)]
    outputs = [tensor("y", "T", 1, "B", hidden), tensor("hn", 1, "B", hidden), tensor("cn", 1, "B", hidden)]
    node = helper.make_node("DynamicQuantizeLSTM", ["x", "W", "R", "B", "", "h0", "c0", "", "W_scale", "W_zero", "R_scale", "R_zero"],
                            ["y", "hn", "cn"], domain="com.microsoft", hidden_size=hidden)
    graph = helper.make_graph([node], "LSTM", inputs, outputs, [*matrices, *scales, *zeros, bias])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14), helper.make_opsetid("com.microsoft", 1)])
    made.ir_version = 7
    return made


def main():
    folder, random = sys.argv[1], numpy.random.default_rng(1)
    os.makedirs(folder, exist_ok=True)
    for kind, gates in (("LSTM", 4), ("GRU", 3)):
        for hidden in (8, 16, 20, 32, 40, 51, 64, 128, 256):
            save(model(kind, gates, hidden, random), f"{folder}/{kind.lower()}_{hidden}.onnx")
    for hidden in (128, 256):
        save(quantised(hidden, random), f"{folder}/lstm_{hidden}_int8.onnx")


main()
