#!/usr/bin/env python3
"""Write parity cases: what torch.nn's recurrent modules compute, forward and backward.

    make_parity.py OUTDIR [--set small|large] [--seed N]

`small` is the set kept in tests/parity/. `large` is 300 random cases over the same options, for a
test of a whole folder (LACO_PARITY_DIR=OUTDIR). The same torch on the same kind of processor writes
the same bytes for the same seed. Needs torch (Debian: /usr/bin/python3 with python3-torch, 1.13).

One safetensors file a case, everything computed in float32 by torch on one thread.
Sizes: T time, B batch, I input, H hidden, P projection, L layers, D directions (1 or 2);
R = P where proj_size > 0, else H: the size of h and of what a layer passes up.

Metadata
    module        RNN, GRU, LSTM, RNNCell, GRUCell or LSTMCell
    input_size, hidden_size
    num_layers, nonlinearity, bias, batch_first, bidirectional, proj_size
                  as given to torch's constructor; absent means torch's default;
                  booleans are True and False

Tensors of a layer (RNN, GRU, LSTM); F32 but for lengths
    param.NAME    the parameters under torch's names (weight_ih_l0, weight_hh_l0_reverse, ...)
    input         [T,B,I], or [B,T,I] with batch_first
    lengths       [B] I64, only where the batch was packed; row b ends after lengths[b] steps
    h0, c0        [L*D,B,R] and (LSTM) [L*D,B,H]; absent where none were given, that is, zero
    output        [T,B,D*R], or [B,T,D*R] with batch_first; zero past a row's end
    hn, cn        like h0 and c0: the state after each row's last step
    grad_output, grad_hn, grad_cn
                  the gradients that come from above: the loss is
                  sum(grad_output * output) + sum(grad_hn * hn) + sum(grad_cn * cn)
    grad.input, grad.h0, grad.c0, grad.param.NAME
                  the loss's gradients; grad.h0 and grad.c0 only where h0 and c0 were given

Tensors of a cell (RNNCell, GRUCell, LSTMCell): one step
    input [B,I]; h0, c0 [B,H], absent where none were given; output = h1 and (LSTMCell) cn = c1,
    [B,H]; grad_output and (LSTMCell) grad_cn; gradients named as above.

Padding must not matter. Past a row's end `input` holds garbage (large numbers, in a few cases NaN)
and `grad_output` is not zero, though the output there is the constant zero.

Length zero is not torch's: pack_padded_sequence refuses it. Such a row is kept away from the
module: its output is zero, its hn and cn are its h0 and c0 (so grad_hn and grad_cn pass to grad.h0
and grad.c0 unchanged), its input gradient is zero, and it adds nothing to the parameters' gradients.

relu has a kink. A sum that falls within rounding of zero may take either side of it, and its
gradient with it, so the relu cases are drawn again until no pre-activation is that close (an exact
zero, the sum of zeros, may occur: relu'(0) = 0).
"""

import argparse
import os
import random
import zlib
from dataclasses import dataclass, field

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one order of summation, one result

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import safetensors_io

GARBAGE = 1e3             # scale of the input past a row's end
NAN = float("nan")
KINK_DISTANCE = 2e-5      # relu: the least |pre-activation| that a case may have
RELU_MAX_UNITS = 40_000   # relu, large set: with more units, few draws keep that distance


@dataclass
class Case:
    """One case: a module, its constructor's options, and the data to draw for it."""

    name: str
    module: str
    input_size: int
    hidden_size: int
    steps: int = 5                # T; not used for a cell
    batch: int = 3                # B
    lengths: list = None          # None: the batch is not packed
    initial: bool = True          # h0 (and c0) given
    output_grad: bool = True      # grad_output drawn, else zero: a loss on the last state only
    state_grad: bool = True       # grad_hn and grad_cn drawn, else zero: a loss on outputs only
    input_scale: float = 1.0
    garbage: float = GARBAGE
    options: dict = field(default_factory=dict)

    is_cell = property(lambda self: self.module.endswith("Cell"))
    is_lstm = property(lambda self: self.module.startswith("LSTM"))
    batch_first = property(lambda self: self.options.get("batch_first", False))
    directions = property(lambda self: 2 if self.options.get("bidirectional") else 1)
    layers = property(lambda self: self.options.get("num_layers", 1))
    is_relu = property(lambda self: self.options.get("nonlinearity") == "relu")

    @property
    def metadata(self):
        sizes = {"input_size": self.input_size, "hidden_size": self.hidden_size}
        return {"module": self.module, **sizes, **self.options}

    def shapes(self):
        """Shapes of input, output, h and c."""
        hidden = self.hidden_size
        if self.is_cell:
            state = (self.batch, hidden)
            return (self.batch, self.input_size), state, state, state
        lead = (self.batch, self.steps) if self.batch_first else (self.steps, self.batch)
        size_of_h = self.options.get("proj_size") or hidden
        rows = (self.layers * self.directions, self.batch)
        return ((*lead, self.input_size), (*lead, self.directions * size_of_h),
                (*rows, size_of_h), (*rows, hidden))


# Drawing and computing a case ------------------------------------------------------------------


def draw_data(case):
    """Draw what a case is given: input, lengths, initial states, gradients from above."""
    input_shape, output_shape, h_shape, c_shape = case.shapes()
    data = {"input": torch.randn(input_shape) * case.input_scale}
    if case.lengths is not None:
        data["lengths"] = torch.tensor(case.lengths, dtype=torch.int64)
        fill_padding(case, data["input"], data["lengths"])
    if case.initial:
        data["h0"] = torch.randn(h_shape) * 0.5
        if case.is_lstm:
            data["c0"] = torch.randn(c_shape)
    data["grad_output"] = randn_or_zeros(output_shape, case.output_grad)
    if not case.is_cell:
        data["grad_hn"] = randn_or_zeros(h_shape, case.state_grad)
    if case.is_lstm:
        data["grad_cn"] = randn_or_zeros(c_shape, case.state_grad)
    return data


def randn_or_zeros(shape, drawn):
    return torch.randn(shape) if drawn else torch.zeros(shape)


def fill_padding(case, values, lengths):
    """Overwrite `values` past each row's end with garbage."""
    rows = values if case.batch_first else values.transpose(0, 1)
    past_end = torch.arange(case.steps) >= lengths[:, None]
    rows[past_end] = torch.randn(rows[past_end].shape) * case.garbage


def forward_cell(case, net, given):
    if case.is_lstm:
        h1, c1 = net(given["input"], (given["h0"], given["c0"]) if case.initial else None)
        return {"output": h1, "cn": c1}
    return {"output": net(given["input"], given.get("h0"))}


def forward_layer(case, net, given):
    """One pass over whole sequences, packed where there are lengths; none of them is zero."""
    state = given.get("h0")
    if case.is_lstm and case.initial:
        state = (given["h0"], given["c0"])
    if "lengths" not in given:
        output, state = net(given["input"], state)
    else:
        packed = pack_padded_sequence(given["input"], given["lengths"],
                                      batch_first=case.batch_first, enforce_sorted=False)
        output, state = net(packed, state)
        output, _ = pad_packed_sequence(output, batch_first=case.batch_first,
                                        total_length=case.steps)
    hn, cn = state if case.is_lstm else (state, None)
    return {"output": output, "hn": hn, **({"cn": cn} if case.is_lstm else {})}


def forward_with_empty_rows(case, net, given):
    """The same where some lengths are zero: the other rows pass through torch, these go around it."""
    _, output_shape, h_shape, c_shape = case.shapes()
    rows = torch.nonzero(given["lengths"]).flatten()
    batch_dim = 0 if case.batch_first else 1
    whole = {"output": torch.zeros(output_shape), "hn": given.get("h0", torch.zeros(h_shape))}
    if case.is_lstm:
        whole["cn"] = given.get("c0", torch.zeros(c_shape))
    if len(rows) == 0:
        return whole
    dims = {"input": batch_dim, "lengths": 0, "h0": 1, "c0": 1}
    part = {name: given[name].index_select(dims[name], rows) for name in dims if name in given}
    part = forward_layer(case, net, part)
    dims = {"output": batch_dim, "hn": 1, "cn": 1}
    return {name: whole[name].index_copy(dims[name], rows, part[name]) for name in whole}


def forward(case, net, given):
    if case.is_cell:
        return forward_cell(case, net, given)
    if case.lengths is not None and 0 in case.lengths:
        return forward_with_empty_rows(case, net, given)
    return forward_layer(case, net, given)


def forward_and_backward(case, net, data):
    """Run the case; return its results and gradients under the file's names."""
    leaves = {name: data[name].clone().requires_grad_()
              for name in ("input", "h0", "c0") if name in data}
    results = forward(case, net, {**data, **leaves})
    reached = {name: value for name, value in results.items() if value.requires_grad}
    torch.autograd.backward(list(reached.values()), [data["grad_" + name] for name in reached])
    named = {**leaves, **{"param." + name: value for name, value in net.named_parameters()}}
    gradients = {"grad." + name: torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
                 for name, leaf in named.items()}
    return {**results, **gradients}


def kink_distance(case, net, data):
    """The smallest |W_ih x + b_ih + W_hh h + b_hh| over all live steps of a relu RNN."""
    params = {name: value.detach().double() for name, value in net.named_parameters()}
    x = data["input"].double()
    x = x[None] if case.is_cell else x.transpose(0, 1) if case.batch_first else x
    lengths = data.get("lengths", torch.full((case.batch,), len(x)))
    states = data.get("h0", torch.zeros(case.shapes()[2])).double()
    states = states.reshape(-1, case.batch, case.hidden_size)
    nearest = float("inf")
    for layer in range(case.layers):
        outputs = []
        for direction in range(case.directions):
            suffix = "" if case.is_cell else f"_l{layer}" + "_reverse" * direction
            h = states[layer * case.directions + direction]
            output, distance = relu_pass(params, suffix, x, h, lengths, direction == 1)
            outputs.append(output)
            nearest = min(nearest, distance)
        x = torch.cat(outputs, dim=-1)
    return nearest


def relu_pass(params, suffix, x, h, lengths, reverse):
    """One layer, one direction of a relu RNN: its output and its smallest |pre-activation|.

    An exact zero does not count: it comes of nothing but zeros (no bias, all units below silent),
    whatever the order of summation, and relu'(0) = 0.
    """
    weight_ih, weight_hh = params["weight_ih" + suffix], params["weight_hh" + suffix]
    bias = params.get("bias_ih" + suffix, 0) + params.get("bias_hh" + suffix, 0)
    output, nearest = [None] * len(x), float("inf")
    for t in reversed(range(len(x))) if reverse else range(len(x)):
        a = x[t] @ weight_ih.T + h @ weight_hh.T + bias
        live = (t < lengths)[:, None]
        nearest = min(nearest, torch.where(live & (a != 0), a.abs(), torch.inf).min().item())
        h = torch.where(live, a.relu(), h)
        output[t] = torch.where(live, h, 0.0)
    return torch.stack(output), nearest


def draw_case(case, seed):
    """Draw parameters and data, again while a relu case comes too near its kink."""
    for attempt in range(200):
        torch.manual_seed(zlib.crc32(f"{seed}/{case.name}/{attempt}".encode()))
        net = getattr(torch.nn, case.module)(case.input_size, case.hidden_size, **case.options)
        data = draw_data(case)
        if not case.is_relu or kink_distance(case, net, data) >= KINK_DISTANCE:
            return net, data
    raise RuntimeError(f"{case.name}: always within {KINK_DISTANCE} of relu's kink; make it smaller")


def write_case(folder, case, seed):
    net, data = draw_case(case, seed)
    tensors = {"param." + name: value for name, value in net.named_parameters()}
    tensors.update(data)
    tensors.update(forward_and_backward(case, net, data))
    arrays = {name: tensor.detach().numpy() for name, tensor in tensors.items()}
    safetensors_io.save(os.path.join(folder, case.name + ".safetensors"), arrays, case.metadata)


# The two sets ----------------------------------------------------------------------------------

DATA_FIELDS = set(Case.__dataclass_fields__) - {"options"}


def make(name, module, sizes, **keywords):
    """A Case from (I, H), its data's fields and torch's constructor options in one call."""
    fields = {key: value for key, value in keywords.items() if key in DATA_FIELDS}
    options = {key: value for key, value in keywords.items() if key not in DATA_FIELDS}
    return Case(name, module, *sizes, options=options, **fields)


def small_rnn():
    relu = {"nonlinearity": "relu"}
    yield make("rnn_tanh", "RNN", (7, 7), initial=False)
    yield make("rnn_relu", "RNN", (7, 7), **relu)
    yield make("rnn_tanh_1x1", "RNN", (1, 1), steps=7, batch=2, nonlinearity="tanh")
    yield make("rnn_tanh_hidden130", "RNN", (1, 130), steps=4)
    yield make("rnn_relu_input130_batch1", "RNN", (130, 51), steps=4, batch=1, **relu)
    yield make("rnn_relu_one_step", "RNN", (51, 7), steps=1, batch=7, **relu)
    yield make("rnn_tanh_nobias_batch_first", "RNN", (7, 51), bias=False, batch_first=True)
    yield make("rnn_relu_3layers_nobias", "RNN", (1, 7), num_layers=3, bias=False, **relu)
    yield make("rnn_tanh_bidirectional", "RNN", (1, 51), bidirectional=True, state_grad=False)
    yield make("rnn_tanh_last_state", "RNN", (7, 16), output_grad=False, initial=False, steps=9)
    yield make("rnn_tanh_2layers_bidirectional_batch_first_lengths", "RNN", (7, 7), batch=5,
               num_layers=2, bidirectional=True, batch_first=True, lengths=[2, 5, 1, 4, 4],
               initial=False)
    yield make("rnn_relu_bidirectional_lengths_zero", "RNN", (7, 7), batch=4, bidirectional=True,
               lengths=[3, 0, 5, 0], **relu)
    yield make("rnn_tanh_lengths_ones", "RNN", (7, 1), lengths=[1, 1, 1])


def small_gru():
    yield make("gru", "GRU", (7, 7), initial=False)
    yield make("gru_1x1", "GRU", (1, 1), steps=7, batch=2)
    yield make("gru_hidden130", "GRU", (1, 130), steps=4, batch=2)
    yield make("gru_16x32", "GRU", (16, 32), batch=8, initial=False)
    yield make("gru_input130_batch_first", "GRU", (130, 7), batch_first=True, batch=7)
    yield make("gru_one_step", "GRU", (7, 51), steps=1, batch=1)
    yield make("gru_nobias", "GRU", (51, 7), bias=False, batch=1, steps=12)
    yield make("gru_2layers_last_state", "GRU", (7, 7), num_layers=2, output_grad=False)
    yield make("gru_bidirectional", "GRU", (7, 51), bidirectional=True, steps=3, state_grad=False)
    yield make("gru_3layers_bidirectional_nobias", "GRU", (1, 7), num_layers=3,
               bidirectional=True, bias=False, initial=False)
    yield make("gru_saturated", "GRU", (7, 7), input_scale=30.0)
    yield make("gru_lengths_equal", "GRU", (7, 7), lengths=[5, 5, 5])
    yield make("gru_lengths_sorted", "GRU", (7, 7), batch=4, lengths=[5, 4, 4, 1])
    yield make("gru_2layers_bidirectional_lengths_unsorted", "GRU", (7, 7), num_layers=2,
               bidirectional=True, batch=5, steps=6, lengths=[2, 6, 1, 3, 6])
    yield make("gru_batch_first_lengths_short", "GRU", (7, 7), batch_first=True, steps=8,
               lengths=[2, 5, 4])
    yield make("gru_bidirectional_lengths_zero_no_initial", "GRU", (7, 7), bidirectional=True,
               batch=4, lengths=[0, 5, 0, 2], initial=False)
    yield make("gru_2layers_batch_first_lengths_zero", "GRU", (7, 7), num_layers=2, batch=4,
               batch_first=True, lengths=[4, 0, 1, 5])
    yield make("gru_lengths_nan_padding", "GRU", (7, 7), lengths=[2, 5, 3], garbage=NAN,
               bidirectional=True)


def small_lstm():
    yield make("lstm", "LSTM", (7, 7), initial=False)
    yield make("lstm_1x1", "LSTM", (1, 1), steps=7, batch=2)
    yield make("lstm_hidden130", "LSTM", (1, 130), steps=3, batch=2)
    yield make("lstm_16x32", "LSTM", (16, 32), batch=8)
    yield make("lstm_input130_batch1", "LSTM", (130, 7), batch=1)
    yield make("lstm_one_step_batch_first", "LSTM", (7, 51), steps=1, batch=7, batch_first=True)
    yield make("lstm_nobias", "LSTM", (51, 7), bias=False, batch=1, steps=12, initial=False)
    yield make("lstm_2layers_last_state", "LSTM", (7, 7), num_layers=2, output_grad=False,
               initial=False)
    yield make("lstm_3layers_nobias_batch_first", "LSTM", (1, 7), num_layers=3, bias=False,
               batch_first=True)
    yield make("lstm_bidirectional", "LSTM", (51, 7), bidirectional=True, steps=3,
               state_grad=False)
    yield make("lstm_3layers_bidirectional", "LSTM", (7, 7), num_layers=3, bidirectional=True)
    yield make("lstm_saturated", "LSTM", (7, 7), input_scale=30.0)
    yield make("lstm_lengths_equal_short", "LSTM", (7, 7), steps=6, lengths=[4, 4, 4])
    yield make("lstm_lengths_sorted", "LSTM", (7, 7), steps=4, lengths=[4, 2, 1], initial=False)
    yield make("lstm_2layers_bidirectional_lengths_unsorted", "LSTM", (7, 7), num_layers=2,
               bidirectional=True, batch=5, steps=6, lengths=[2, 6, 1, 3, 6])
    yield make("lstm_lengths_ones_batch_first", "LSTM", (7, 7), lengths=[1, 1, 1],
               batch_first=True, bidirectional=True)
    yield make("lstm_2layers_bidirectional_lengths_zero", "LSTM", (7, 7), num_layers=2,
               bidirectional=True, batch=5, lengths=[0, 3, 5, 0, 1])
    yield make("lstm_lengths_zero_no_initial", "LSTM", (1, 7), lengths=[5, 0, 2], initial=False,
               batch_first=True)
    yield make("lstm_lengths_all_zero", "LSTM", (7, 7), lengths=[0, 0, 0])
    yield make("lstm_lengths_nan_padding", "LSTM", (7, 7), lengths=[3, 0, 5], garbage=NAN,
               num_layers=2, batch_first=True)


def small_lstm_projected():
    yield make("lstm_proj", "LSTM", (7, 51), proj_size=7)
    yield make("lstm_proj1", "LSTM", (1, 7), proj_size=1, initial=False)
    yield make("lstm_proj_hidden130", "LSTM", (7, 130), proj_size=7, batch=2, steps=3,
               state_grad=False)
    yield make("lstm_proj_nobias_batch_first", "LSTM", (7, 7), proj_size=3, bias=False,
               batch_first=True, batch=1)
    yield make("lstm_proj_2layers_bidirectional", "LSTM", (7, 7), proj_size=5, num_layers=2,
               bidirectional=True)
    yield make("lstm_proj_3layers_lengths", "LSTM", (7, 7), proj_size=3, num_layers=3,
               lengths=[2, 5, 3], initial=False)
    yield make("lstm_proj_2layers_bidirectional_lengths_zero", "LSTM", (7, 7), proj_size=5,
               num_layers=2, bidirectional=True, batch_first=True, batch=4, lengths=[2, 0, 5, 1])


def small_cells():
    relu = {"nonlinearity": "relu"}
    yield make("rnn_cell_tanh", "RNNCell", (7, 51))
    yield make("rnn_cell_relu", "RNNCell", (51, 7), batch=7, **relu)
    yield make("rnn_cell_tanh_nobias_batch1", "RNNCell", (130, 7), bias=False, batch=1)
    yield make("rnn_cell_tanh_no_initial", "RNNCell", (1, 51), initial=False)
    yield make("rnn_cell_relu_1x1_no_initial", "RNNCell", (1, 1), initial=False, bias=False, **relu)
    yield make("gru_cell", "GRUCell", (7, 51))
    yield make("gru_cell_nobias_batch1", "GRUCell", (130, 7), bias=False, batch=1)
    yield make("gru_cell_no_initial", "GRUCell", (51, 7), initial=False, batch=7)
    yield make("gru_cell_1x1", "GRUCell", (1, 1))
    yield make("lstm_cell", "LSTMCell", (7, 16))
    yield make("lstm_cell_nobias_batch1", "LSTMCell", (130, 7), bias=False, batch=1)
    yield make("lstm_cell_no_initial", "LSTMCell", (51, 7), initial=False, batch=7)
    yield make("lstm_cell_1x1_output_only", "LSTMCell", (1, 1), state_grad=False)


def small_set(_seed):
    for family in (small_rnn, small_gru, small_lstm, small_lstm_projected, small_cells):
        yield from family()


def large_set(seed, count=300):
    rng = random.Random(seed)
    modules = ["RNN", "GRU", "LSTM"] * 4 + ["RNNCell", "GRUCell", "LSTMCell"]
    for number in range(count):
        module = modules[number % len(modules)]
        yield random_case(rng, f"large_{number:03d}_{module.lower()}", module)


def random_case(rng, name, module):
    """A random case, drawn again while a relu case has too many units to keep off the kink."""
    while True:
        sizes = (random_size(rng), random_size(rng))
        keywords = random_keywords(rng, module)
        if module == "LSTM" and sizes[1] > 1:
            keywords["proj_size"] = rng.choice([0, rng.randint(1, sizes[1] - 1)])
        case = make(name, module, sizes, **keywords)
        units = case.steps * case.batch * case.hidden_size * case.layers * case.directions
        if not case.is_relu or units <= RELU_MAX_UNITS:
            return case


def random_size(rng):
    """1 to 150, as likely small as middling as large."""
    return rng.randint(*rng.choice([(1, 16), (17, 64), (65, 150)]))


def random_keywords(rng, module):
    """Data and constructor options for a random case; every option is written out."""
    keywords = {
        "batch": rng.choice([1, rng.randint(2, 8), rng.randint(9, 33)]),
        "initial": rng.random() < 0.6,
        "state_grad": rng.random() < 0.8,
        "bias": rng.random() < 0.8,
    }
    if module.startswith("RNN"):
        keywords["nonlinearity"] = rng.choice(["tanh", "relu"])
    if not module.endswith("Cell"):
        keywords.update(random_layer_keywords(rng, keywords["batch"]))
    return keywords


def random_layer_keywords(rng, batch):
    steps = rng.choice([1, rng.randint(2, 10), rng.randint(11, 40)])
    return {
        "steps": steps,
        "lengths": random_lengths(rng, batch, steps),
        "output_grad": rng.random() < 0.9,
        "garbage": rng.choice([GARBAGE, GARBAGE, NAN]),
        "num_layers": rng.randint(1, 3),
        "batch_first": rng.random() < 0.5,
        "bidirectional": rng.random() < 0.5,
    }


def random_lengths(rng, batch, steps):
    """Lengths of one kind or another; sorted is longest first, as torch's packing likes them."""
    kind = rng.choice(["none", "none", "equal", "ones", "sorted", "unsorted", "unsorted", "zero"])
    if kind == "none":
        return None
    if kind in ("equal", "ones"):
        return [steps if kind == "equal" else 1] * batch
    lengths = [rng.randint(0 if kind == "zero" else 1, steps) for _ in range(batch)]
    if kind == "zero":
        lengths[rng.randrange(batch)] = 0
    return sorted(lengths, reverse=True) if kind == "sorted" else lengths


def main():
    parser = argparse.ArgumentParser(description="Write parity cases from torch.nn.")
    parser.add_argument("outdir")
    parser.add_argument("--set", choices=["small", "large"], default="small")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    os.makedirs(arguments.outdir, exist_ok=True)
    cases = {"small": small_set, "large": large_set}[arguments.set](arguments.seed)
    for case in cases:
        write_case(arguments.outdir, case, arguments.seed)


if __name__ == "__main__":
    main()
