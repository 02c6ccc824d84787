#!/usr/bin/env python3
"""Write L-BFGS cases: the way that torch.optim.LBFGS takes on two small problems.

    make_lbfgs_cases.py OUTDIR

Files lbfgs_*.safetensors, computed by torch in float64. Running twice writes the same bytes. Needs
torch (Debian: /usr/bin/python3 with python3-torch, 1.13).
All metadata are strings: numbers as Python's repr writes them.

    metadata      problem (mlp or rosenbrock), lr, max_iter, max_eval, tolerance_grad,
                  tolerance_change, history_size, line_search (none or strong_wolfe)
    paramI.0      parameter I before the first step, F64
    paramI.S      the same after step S, S = 1 to 10; one step is one call of step(closure)
    loss          [10] what each step returns: the loss before it, F64
    evaluations   [10] calls of the closure until each step's end, all together, I64

mlp: the mean over all elements of (tanh(x W1' + b1) W2' + b2 - y)^2; params W1 [6,3], b1 [6], W2 [2,6],
b2 [2]; `x` [20,3] and `y` [20,2] are in the file.
rosenbrock: the sum of (1 - a)^2 + 100 (b - a^2)^2; params a [3] and b [3].

lbfgs_line_search.safetensors: torch's strong Wolfe search alone, on N functions of one number x = t d,
    f(x) = c0 sin(c1 x + c2) + c3 x + c4 x^2 + c5 exp(c6 x) + c7 x sin(log(1 + x)).
    metadata      lines: N
    coefficients  [N,8]
    d, first      [N] the direction, and the first trial of t
    t, f, slope   [N] what is found, slope being f'(x) d
    evaluations   [N] I64
"""

import argparse
import math
import os
import random
import sys
import zlib

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch

import safetensors_io

STEPS = 10
LINES = 400
INPUT, HIDDEN, OUTPUT, POINTS = 3, 6, 2, 20
HYPERPARAMETERS = ["lr", "max_iter", "max_eval", "tolerance_grad", "tolerance_change", "history_size"]

# name of the file, problem, line search, hyperparameters that differ from torch's defaults
CASES = [
    ("lbfgs_mlp", "mlp", None, {"max_iter": 4}),
    ("lbfgs_mlp_wolfe", "mlp", "strong_wolfe", {"max_iter": 4}),
    ("lbfgs_mlp_lr_history", "mlp", None, {"lr": 0.5, "max_iter": 5, "history_size": 3}),
    ("lbfgs_mlp_wolfe_history", "mlp", "strong_wolfe", {"max_iter": 5, "history_size": 4, "max_eval": 7}),
    ("lbfgs_mlp_tolerance", "mlp", "strong_wolfe", {"tolerance_grad": 2e-2, "tolerance_change": 1e-3}),
    ("lbfgs_rosenbrock", "rosenbrock", None, {"lr": 0.2, "max_iter": 5}),
    ("lbfgs_rosenbrock_wolfe", "rosenbrock", "strong_wolfe", {"max_iter": 3}),
    ("lbfgs_rosenbrock_wolfe_default", "rosenbrock", "strong_wolfe", {}),
    ("lbfgs_rosenbrock_wolfe_far", "rosenbrock", "strong_wolfe", {"lr": 1e-4, "max_iter": 2}),
]


def mlp():
    """Parameters, tensors that the file needs, and the loss."""
    shapes = ((HIDDEN, INPUT), (HIDDEN,), (OUTPUT, HIDDEN), (OUTPUT,))
    x = torch.randn(POINTS, INPUT)
    y = torch.stack([torch.sin(x.sum(1)), x[:, 0] * x[:, 1]], 1) + 0.1 * torch.randn(POINTS, OUTPUT)
    params = [torch.nn.Parameter(0.5 * torch.randn(shape)) for shape in shapes]
    w1, b1, w2, b2 = params

    def loss():
        return ((torch.tanh(x @ w1.t() + b1) @ w2.t() + b2 - y) ** 2).mean()

    return params, {"x": x, "y": y}, loss


def rosenbrock():
    a = torch.nn.Parameter(torch.tensor([-1.2, 0.5, -0.3]))
    b = torch.nn.Parameter(torch.tensor([1.0, -0.4, 1.5]))
    return [a, b], {}, lambda: ((1 - a) ** 2 + 100 * (b - a**2) ** 2).sum()


def write(folder, name, problem, line_search, options):
    torch.manual_seed(zlib.crc32(problem.encode()))
    params, tensors, function = {"mlp": mlp, "rosenbrock": rosenbrock}[problem]()
    optimiser = torch.optim.LBFGS(params, line_search_fn=line_search, **options)
    tensors.update({f"param{i}.0": param.detach().clone() for i, param in enumerate(params)})
    calls, losses, evaluations = 0, [], []

    def closure():
        nonlocal calls
        calls += 1
        optimiser.zero_grad()
        loss = function()
        loss.backward()
        return loss

    for step in range(1, STEPS + 1):
        losses.append(optimiser.step(closure).item())
        evaluations.append(calls)
        tensors.update({f"param{i}.{step}": param.detach().clone() for i, param in enumerate(params)})
    tensors["loss"] = torch.tensor(losses)
    tensors["evaluations"] = torch.tensor(evaluations)
    group = optimiser.param_groups[0]
    metadata = {key: repr(group[key]) for key in HYPERPARAMETERS}
    metadata.update({"problem": problem, "line_search": line_search or "none"})
    arrays = {key: tensor.numpy() for key, tensor in tensors.items()}
    safetensors_io.save(os.path.join(folder, name + ".safetensors"), arrays, metadata)


def draw_line(rng):
    """Coefficients of a function that falls at 0, d and the first trial; now and then a term is missing."""

    def some(value):
        return value if rng.random() < 0.5 else 0.0

    while True:
        c = [some(rng.uniform(-2, 2)), rng.uniform(0.3, 4), rng.uniform(-3, 3), rng.uniform(-2, 0.5), some(rng.uniform(-0.2, 1)),
             some(10 ** rng.uniform(-12, 0)), rng.uniform(1, 8), some(rng.uniform(-0.3, 0.3))]
        if rng.random() < 0.1:
            c = [0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, rng.uniform(-0.05, 0.05)]  # falls for ever
        if line_slope(c, 0.0) < -1e-3:
            return c, rng.uniform(0.5, 2), 10 ** rng.uniform(-3, 1)


def line_value(c, x):
    wave = c[0] * math.sin(c[1] * x + c[2])
    return wave + c[3] * x + c[4] * x * x + c[5] * math.exp(c[6] * x) + c[7] * x * math.sin(math.log1p(x))


def line_slope(c, x):
    wave = c[0] * c[1] * math.cos(c[1] * x + c[2])
    log = math.log1p(x)
    return wave + c[3] + 2 * c[4] * x + c[5] * c[6] * math.exp(c[6] * x) + c[7] * (math.sin(log) + x / (1 + x) * math.cos(log))


def search_line(c, d, first):
    """t, f, slope and evaluations, and whether every trial had a finite f."""
    finite = True

    def objective(_, t, direction):
        nonlocal finite
        x = float(t) * float(direction)
        try:
            loss, slope = line_value(c, x), line_slope(c, x)
        except OverflowError:
            finite, loss, slope = False, math.inf, math.inf
        return loss, torch.tensor([slope])

    direction, grad = torch.tensor([d]), torch.tensor([line_slope(c, 0.0)])
    found = sys.modules["torch.optim.lbfgs"]._strong_wolfe(objective, None, first, direction, line_value(c, 0.0), grad, grad.dot(direction))
    f, grad, t, evaluations = found
    return float(t), float(f), float(grad.dot(direction)), evaluations, finite


def write_lines(folder):
    rng = random.Random(1)
    lines = []
    while len(lines) < LINES:
        c, d, first = draw_line(rng)
        *found, finite = search_line(c, d, first)
        other, *_ = search_line(c, d, first * (1 + 1e-14))
        if finite and abs(other - found[0]) <= 1e-11 * abs(found[0]):  # not where rounding decides
            lines.append((c, d, first, *found))
    names = ["coefficients", "d", "first", "t", "f", "slope", "evaluations"]
    arrays = {name: torch.tensor(column).numpy() for name, column in zip(names, zip(*lines))}
    safetensors_io.save(os.path.join(folder, "lbfgs_line_search.safetensors"), arrays, {"lines": str(LINES)})


def main():
    parser = argparse.ArgumentParser(description="Write L-BFGS cases from torch.optim.LBFGS.")
    parser.add_argument("outdir")
    folder = parser.parse_args().outdir
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    os.makedirs(folder, exist_ok=True)
    for case in CASES:
        write(folder, *case)
    write_lines(folder)


if __name__ == "__main__":
    main()
