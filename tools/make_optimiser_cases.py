#!/usr/bin/env python3
"""Write optimiser, schedule and clipping cases: what torch.optim and clip_grad_* compute.

    make_optimiser_cases.py OUTDIR

Safetensors files, all tensors F32, computed by torch in float32. Running twice writes the same
bytes. Needs torch (Debian: /usr/bin/python3 with python3-torch, 1.13).
All metadata are strings: numbers as Python's repr writes them, booleans True and False.

Optimisers: one file each, ten steps from prescribed gradients, so that no model is needed.
    metadata      optimiser (SGD, Adam, AdamW, RMSprop) and every hyperparameter:
                  SGD: lr, momentum, dampening, weight_decay, nesterov
                  Adam, AdamW: lr, beta1, beta2, eps, weight_decay, amsgrad
                  RMSprop: lr, alpha, eps, weight_decay, momentum, centered
    param0.0, param1.0    the parameters before the first step, [5,3] and [4]
    grad0.S, grad1.S      their gradients at step S, S = 1 to 10
    param0.S, param1.S    the parameters after step S
    grad0.4 and grad1.4 are zero; the gradients of step 7 are 30 times the usual, of step 8 1e-3 times.
    grad1.S[0] is zero at every step: a parameter that its gradient never moves.

schedules.safetensors: the learning rate over 40 epochs, several schedules side by side.
    metadata      NAME.schedule (StepLR, CosineAnnealingLR, ReduceLROnPlateau), NAME.lr (the first
                  rate), and NAME.HYPERPARAMETER
    NAME.lr       [40] the rate in force during epoch 0 to 39; the schedule steps after each epoch
    NAME.metric   [40] ReduceLROnPlateau only: the metric that it is told after each epoch

clip_norm_*.safetensors, clip_value_*.safetensors: clipping in place, on two gradients.
    metadata      clip (norm or value); max_norm and norm_type, or clip_value
    before0, before1      the gradients before, [5,3] and [4]
    after0, after1        the gradients after
    total_norm            [] norm only: the 2-norm of both before, as clip_grad_norm_ returns it
"""

import argparse
import os
import zlib

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch

import safetensors_io

SHAPES = ((5, 3), (4,))
STEPS = 10
EPOCHS = 40
ZERO_STEP, HUGE_STEP, TINY_STEP = 4, 7, 8

# name of the file, optimiser, hyperparameters that differ from torch's defaults
OPTIMISERS = [
    ("sgd", "SGD", {"lr": 0.1}),
    ("sgd_momentum", "SGD", {"lr": 0.1, "momentum": 0.9}),
    ("sgd_momentum_dampening", "SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("sgd_nesterov", "SGD", {"lr": 0.05, "momentum": 0.8, "nesterov": True}),
    ("sgd_weight_decay", "SGD", {"lr": 0.1, "weight_decay": 0.01}),
    ("sgd_nesterov_weight_decay", "SGD",
     {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("adam", "Adam", {}),
    ("adam_weight_decay", "Adam", {"lr": 0.01, "weight_decay": 0.1}),
    ("adam_eps", "Adam", {"lr": 0.01, "eps": 1e-3}),
    ("adam_betas", "Adam", {"lr": 0.02, "betas": (0.5, 0.9)}),
    ("adamw", "AdamW", {}),
    ("adamw_weight_decay", "AdamW", {"lr": 0.05, "weight_decay": 0.3, "eps": 1e-6}),
    ("rmsprop", "RMSprop", {}),
    ("rmsprop_momentum", "RMSprop", {"lr": 0.005, "momentum": 0.9}),
    ("rmsprop_centered", "RMSprop", {"centered": True, "alpha": 0.9}),
    ("rmsprop_weight_decay", "RMSprop", {"weight_decay": 0.1, "eps": 1e-4}),
    ("rmsprop_centered_momentum", "RMSprop", {"centered": True, "momentum": 0.5, "alpha": 0.95}),
]

HYPERPARAMETERS = {
    "SGD": ["lr", "momentum", "dampening", "weight_decay", "nesterov"],
    "Adam": ["lr", "betas", "eps", "weight_decay", "amsgrad"],
    "AdamW": ["lr", "betas", "eps", "weight_decay", "amsgrad"],
    "RMSprop": ["lr", "alpha", "eps", "weight_decay", "momentum", "centered"],
}

# name in the file, schedule, first rate, hyperparameters
SCHEDULES = [
    ("step", "StepLR", 0.1, {"step_size": 7, "gamma": 0.5}),
    ("step_every_epoch", "StepLR", 0.01, {"step_size": 1, "gamma": 0.95}),
    ("cosine", "CosineAnnealingLR", 0.1, {"T_max": 40, "eta_min": 0.0}),
    ("cosine_past_T_max", "CosineAnnealingLR", 0.05, {"T_max": 15, "eta_min": 0.001}),
    ("plateau", "ReduceLROnPlateau", 0.1,
     {"mode": "min", "factor": 0.1, "patience": 3, "threshold": 1e-4, "threshold_mode": "rel",
      "cooldown": 0, "min_lr": 0.0, "eps": 1e-8}),
    ("plateau_cooldown", "ReduceLROnPlateau", 0.1,
     {"mode": "min", "factor": 0.5, "patience": 2, "threshold": 0.05, "threshold_mode": "rel",
      "cooldown": 3, "min_lr": 0.02, "eps": 1e-8}),
    ("plateau_max_abs", "ReduceLROnPlateau", 0.1,
     {"mode": "max", "factor": 0.5, "patience": 0, "threshold": 0.01, "threshold_mode": "abs",
      "cooldown": 1, "min_lr": 0.0, "eps": 1e-3}),
]

# name of the file, scale of the gradients, limit
CLIP_NORMS = [("above", 1.0, 1.0), ("below", 0.01, 1.0), ("huge", 1e6, 5.0), ("zero", 0.0, 1.0)]
CLIP_VALUES = [("some", 1.0, 0.5), ("none", 0.01, 0.5)]


def seed_from(name):
    torch.manual_seed(zlib.crc32(name.encode()))


def save(folder, name, tensors, metadata):
    arrays = {key: tensor.detach().numpy() for key, tensor in tensors.items()}
    text = {key: value if isinstance(value, str) else repr(value) for key, value in metadata.items()}
    safetensors_io.save(os.path.join(folder, name + ".safetensors"), arrays, text)


# Optimisers --------------------------------------------------------------------------------------


def draw_gradients(step):
    """The gradients of both parameters at one step, with zero, huge and tiny ones among them."""
    scale = {ZERO_STEP: 0.0, HUGE_STEP: 30.0, TINY_STEP: 1e-3}.get(step, 1.0)
    gradients = [torch.randn(shape) * scale + 0.0 for shape in SHAPES]  # + 0.0: no negative zeros
    gradients[1][0] = 0.0
    return gradients


def hyperparameters(kind, optimiser):
    """Every hyperparameter in force, betas taken apart."""
    values = {key: optimiser.defaults[key] for key in HYPERPARAMETERS[kind]}
    if "betas" in values:
        values["beta1"], values["beta2"] = values.pop("betas")
    return values


def write_optimiser(folder, name, kind, options):
    seed_from("optimiser")  # the same problem for all, so that their paths can be compared
    params = [torch.nn.Parameter(torch.randn(shape)) for shape in SHAPES]
    options = {"lr": 0.01, **options} if kind == "SGD" else options
    optimiser = getattr(torch.optim, kind)(params, **options)
    tensors = {f"param{i}.0": param.detach().clone() for i, param in enumerate(params)}
    for step in range(1, STEPS + 1):
        for i, gradient in enumerate(draw_gradients(step)):
            params[i].grad = gradient
            tensors[f"grad{i}.{step}"] = gradient.clone()
        optimiser.step()
        for i, param in enumerate(params):
            tensors[f"param{i}.{step}"] = param.detach().clone()
    save(folder, name, tensors, {"optimiser": kind, **hyperparameters(kind, optimiser)})


# Schedules ---------------------------------------------------------------------------------------


def plateau_metric(mode):
    """A loss that falls, rests, improves by less than the threshold, jumps, and rests again."""
    series = []
    for epoch in range(EPOCHS):
        if epoch < 8:
            value = 2.0 / (1 + epoch)
        elif epoch < 20:
            value = 0.25 - 1e-6 * epoch
        elif epoch < 24:
            value = 0.2 - 0.02 * (epoch - 20)
        else:
            value = 0.3 + 0.05 * (epoch % 3)
        series.append(value if mode == "min" else 1 - value)
    return torch.tensor(series)


def run_schedule(kind, first, options, metric):
    """The rate in force in each epoch; `metric` is None unless the schedule wants one."""
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=first)
    schedule = getattr(torch.optim.lr_scheduler, kind)(optimiser, **options)
    rates = []
    for epoch in range(EPOCHS):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step(*([] if metric is None else [metric[epoch].item()]))
    return torch.tensor(rates)


def write_schedules(folder):
    tensors, metadata = {}, {}
    for name, kind, first, options in SCHEDULES:
        metadata.update({f"{name}.schedule": kind, f"{name}.lr": first})
        metadata.update({f"{name}.{key}": value for key, value in options.items()})
        metric = None
        if kind == "ReduceLROnPlateau":
            metric = tensors[f"{name}.metric"] = plateau_metric(options["mode"])
        tensors[f"{name}.lr"] = run_schedule(kind, first, options, metric)
    save(folder, "schedules", tensors, metadata)


# Clipping ----------------------------------------------------------------------------------------


def params_with_gradients(scale):
    params = [torch.nn.Parameter(torch.zeros(shape)) for shape in SHAPES]
    for param in params:
        param.grad = torch.randn(param.shape) * scale + 0.0
    return params


def named_gradients(word, params):
    return {f"{word}{i}": param.grad.clone() for i, param in enumerate(params)}


def write_clip_norm(folder, name, scale, max_norm):
    seed_from("clip_norm_" + name)
    params = params_with_gradients(scale)
    tensors = named_gradients("before", params)
    tensors["total_norm"] = torch.nn.utils.clip_grad_norm_(params, max_norm)
    tensors.update(named_gradients("after", params))
    save(folder, "clip_norm_" + name, tensors,
         {"clip": "norm", "max_norm": max_norm, "norm_type": 2.0})


def write_clip_value(folder, name, scale, clip_value):
    seed_from("clip_value_" + name)
    params = params_with_gradients(scale)
    tensors = named_gradients("before", params)
    torch.nn.utils.clip_grad_value_(params, clip_value)
    tensors.update(named_gradients("after", params))
    save(folder, "clip_value_" + name, tensors, {"clip": "value", "clip_value": clip_value})


def main():
    parser = argparse.ArgumentParser(description="Write optimiser cases from torch.optim.")
    parser.add_argument("outdir")
    folder = parser.parse_args().outdir
    torch.set_num_threads(1)
    os.makedirs(folder, exist_ok=True)
    for case in OPTIMISERS:
        write_optimiser(folder, *case)
    write_schedules(folder)
    for case in CLIP_NORMS:
        write_clip_norm(folder, *case)
    for case in CLIP_VALUES:
        write_clip_value(folder, *case)


if __name__ == "__main__":
    main()
