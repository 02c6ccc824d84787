"""Recurrent layers of PyTorch, computed by laço: the same constructors, parameters, state_dict and results, several times faster.

    from laco.torch import LSTM                 # in the place of torch.nn.LSTM
    laco.torch.accelerate(model)                # or: every recurrent layer of a model that there is

Each class is a subclass of torch's, which it falls back to where laço cannot compute: other types than float32, other devices
than the processor, autocast, an empty sequence, tracing (torch.jit). Double backward and forward-mode gradients are errors.
Dropout between layers draws other masks than torch does.
"""

import weakref

import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from . import _laco

__all__ = ["RNN", "GRU", "LSTM", "RNNCell", "GRUCell", "LSTMCell", "accelerate", "restore"]

_REAL = torch.float64 if _laco.real == "d" else torch.float32
_CELL = {"RNN": 1, "GRU": 2, "LSTM": 3}


# The layer of laço behind each module, with what it was made for.
_cores = weakref.WeakKeyDictionary()


def _address(tensor):
    return 0 if tensor is None else tensor.data_ptr()


class _Run(torch.autograd.Function):
    """One call of a layer: (x, h, c, weights …) to (y, h, c)."""

    @staticmethod
    def forward(ctx, core, call, x, h, c, *weights):
        ctx.core, ctx.call = core, call
        ctx.save_for_backward(x, h, c, *weights)
        ctx.set_materialize_grads(False)
        wanted = ctx.needs_input_grad
        ctx.run, outputs = _forward(core, call, x, h, c, weights, any(wanted), wanted[2], wanted[3] or wanted[4])
        return outputs

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_y, grad_h, grad_c=None):
        x, h, c, *weights = ctx.saved_tensors  # an error where one was written to since
        wanted = ctx.needs_input_grad
        run, ctx.run = ctx.run, None
        if run is None:  # a second time (retain_graph): what was recorded is gone, and is computed again
            run, _ = _forward(ctx.core, ctx.call, x, h, c, weights, True, wanted[2], wanted[3] or wanted[4])
        incoming = [g if g is None else g.to(_REAL).contiguous() for g in (grad_y, grad_h, grad_c)]
        results = [torch.empty_like(t) if t is not None and w else None for t, w in zip((x, h, c, *weights), wanted[2:])]
        run.backward(*map(_address, incoming), *map(_address, results[:3]), tuple(map(_address, weights)),
                     tuple(map(_address, results[3:])))
        return (None, None, *results)


def _forward(core, call, x, h, c, weights, record, want_x, want_state):
    lengths, training, seed, shapes = call
    y, h_out, c_out = (None if shape is None else torch.empty(shape, dtype=x.dtype) for shape in shapes)
    run = core.forward(_address(x), x.shape[0], x.shape[1], _address(lengths), _address(h), _address(c),
                       tuple(map(_address, weights)), _address(y), _address(h_out), _address(c_out),
                       seed, training, record, want_x, want_state)
    return run, (y, h_out) if c_out is None else (y, h_out, c_out)


def _core(module, key, names):
    """The layer behind a module, and the order in which it takes the parameters called `names`. Made anew when the module was changed."""
    known = _cores.get(module)
    if known is None or known[0] != key:
        core = _laco.Rnn(*key)
        order = [name for name, _ in core.parameters()]
        known = _cores[module] = (key, core, [names[name] for name in order])
    return known[1], known[2]


def _takes(tensors):
    return all(type(t) in (torch.Tensor, torch.nn.Parameter) and t.dtype == _REAL and t.device.type == "cpu"
               and t.layout == torch.strided and t.numel() > 0 for t in tensors)


def _plain():
    """Whether nobody looks at torch's own operations: no autocast, no tracing."""
    autocast = torch.is_autocast_enabled() or getattr(torch, "is_autocast_cpu_enabled", bool)()
    return not autocast and not torch.jit.is_tracing() and not torch.jit.is_scripting()


def _call(core, x, h, c, weights, lengths, training, seed, shapes):
    """What the layer makes of x, h and c, recorded for autograd where somebody may ask for gradients."""
    call = (lengths, training, seed, shapes)
    x, h, c = (t if t is None else t.contiguous() for t in (x, h, c))
    if torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in (x, h, c, *weights)):
        return _Run.apply(core, call, x, h, c, *weights)
    return _forward(core, call, x, h, c, weights, False, False, False)[1]


class _Layer:
    """What RNN, GRU and LSTM have in common. `super()` is torch's class of the name."""

    def forward(self, input, hx=None):
        packed = isinstance(input, PackedSequence)
        states = () if hx is None else tuple(hx) if self.mode == "LSTM" else (hx,)
        data = input.data if packed else input
        weights = {name: getattr(self, name) for group in self._all_weights for name in group}
        if not _plain() or not _takes((data, *states, *weights.values())) or not all(w.is_contiguous() for w in weights.values()):
            return super().forward(input, hx)
        return self._run_packed(input, states, weights) if packed else self._run(input, states, weights)

    def _key(self):
        bidirectional, proj = bool(self.bidirectional), self.proj_size
        return (_CELL[self.mode.split("_")[0]], self.input_size, self.hidden_size, self.num_layers, self.mode == "RNN_RELU",
                bool(self.bias), bool(self.batch_first), bidirectional, float(self.dropout), proj, torch.get_num_threads())

    def _compute(self, x, states, weights, lengths=None):
        """x of three dimensions to (y, h) or (y, h, c), with the checks of sizes and the messages of torch."""
        batch = x.shape[0 if self.batch_first else 1]
        if x.dim() != 3 or x.shape[2] != self.input_size:
            raise RuntimeError(f"input must be of 3 dimensions, the last of size {self.input_size}; it is {tuple(x.shape)}")
        directions = 2 if self.bidirectional else 1
        output = self.proj_size or self.hidden_size
        shapes = [(x.shape[0], x.shape[1], directions * output), (self.num_layers * directions, batch, output), None]
        if self.mode == "LSTM":
            shapes[2] = (self.num_layers * directions, batch, self.hidden_size)
        for state, shape in zip(states, shapes[1:]):
            self.check_hidden_size(state, shape)
        core, order = _core(self, self._key(), {name: name for name in weights})
        drops = self.training and self.dropout > 0 and self.num_layers > 1
        seed = int(torch.randint(1 << 62, ())) if drops else 0
        h, c = (*states, None, None)[:2]
        return _call(core, x, h, c, [weights[name] for name in order], lengths, self.training, seed, shapes)

    def _answer(self, y, states):
        return y, (tuple(states) if self.mode == "LSTM" else states[0])

    def _run(self, input, states, weights):
        if input.dim() == 3:
            if any(s.dim() != 3 for s in states):
                raise RuntimeError("for a batch the states must be of 3 dimensions")
            y, *states = self._compute(input, states, weights)
            return self._answer(y, states)
        if input.dim() != 2 or any(s.dim() != 2 for s in states):
            raise RuntimeError(f"{type(self).__name__}: expected input and states of 2 or 3 dimensions, got {input.dim()}")
        along = 0 if self.batch_first else 1
        y, *states = self._compute(input.unsqueeze(along), [s.unsqueeze(1) for s in states], weights)
        return self._answer(y.squeeze(along), [s.squeeze(1) for s in states])

    def _run_packed(self, input, states, weights):
        x, lengths = pad_packed_sequence(input, batch_first=self.batch_first)
        y, *states = self._compute(x, states, weights, lengths.to(torch.int32))
        order = input.sorted_indices
        if order is not None:
            y, lengths = y.index_select(0 if self.batch_first else 1, order), lengths[order]
        packed = pack_padded_sequence(y, lengths, batch_first=self.batch_first)
        return self._answer(PackedSequence(packed.data, input.batch_sizes, order, input.unsorted_indices), states)


class RNN(_Layer, torch.nn.RNN):
    __doc__ = torch.nn.RNN.__doc__


class GRU(_Layer, torch.nn.GRU):
    __doc__ = torch.nn.GRU.__doc__


class LSTM(_Layer, torch.nn.LSTM):
    __doc__ = torch.nn.LSTM.__doc__


class _Cell:
    """What the three cells have in common: a layer of one step."""

    def forward(self, input, hx=None):
        states = () if hx is None else tuple(hx) if self._cell == "LSTM" else (hx,)
        names = ["weight_ih", "weight_hh"] + (["bias_ih", "bias_hh"] if self.bias else [])
        weights = [getattr(self, name) for name in names]
        if (not _plain() or not _takes((input, *states, *weights)) or not all(w.is_contiguous() for w in weights)
                or input.dim() not in (1, 2)):
            return super().forward(input, hx)
        x = input.unsqueeze(0) if input.dim() == 1 else input
        states = [s.unsqueeze(0) if s.dim() == 1 else s for s in states]
        shape = (x.shape[0], self.hidden_size)
        if x.shape[1] != self.input_size or any(tuple(s.shape) != shape for s in states):
            return super().forward(input, hx)  # for torch's own message
        key = (_CELL[self._cell], self.input_size, self.hidden_size, 1, getattr(self, "nonlinearity", "tanh") == "relu",
               bool(self.bias), False, False, 0.0, 0, torch.get_num_threads())
        core, order = _core(self, key, {name + "_l0": name for name in names})
        h, c = (*(s.unsqueeze(0) for s in states), None, None)[:2]
        whole = (1, *shape)
        y, *states = _call(core, x.unsqueeze(0), h, c, [getattr(self, name) for name in order], None, self.training, 0,
                           (None, whole, whole if self._cell == "LSTM" else None))
        states = [s.squeeze(0) if input.dim() == 2 else s.squeeze(0).squeeze(0) for s in states]
        return tuple(states) if self._cell == "LSTM" else states[0]


class RNNCell(_Cell, torch.nn.RNNCell):
    __doc__ = torch.nn.RNNCell.__doc__
    _cell = "RNN"


class GRUCell(_Cell, torch.nn.GRUCell):
    __doc__ = torch.nn.GRUCell.__doc__
    _cell = "GRU"


class LSTMCell(_Cell, torch.nn.LSTMCell):
    __doc__ = torch.nn.LSTMCell.__doc__
    _cell = "LSTM"


_FASTER = {base: own for own in (RNN, GRU, LSTM, RNNCell, GRUCell, LSTMCell) for base in own.__mro__ if base.__module__.startswith("torch.nn")
           and base.__name__ == own.__name__}


def _swap(model, classes):
    for module in model.modules():
        if type(module) in classes:
            module.__class__ = classes[type(module)]
    return model


def accelerate(model):
    """Lets laço compute every RNN, GRU, LSTM and cell of torch.nn in `model`, in place: parameters, names, hooks and optimisers stay
    as they are. Returns the model. Subclasses of torch's layers are left alone, since their forward is their own."""
    return _swap(model, _FASTER)


def restore(model):
    """The opposite of accelerate: torch computes again."""
    return _swap(model, {own: base for base, own in _FASTER.items()})
