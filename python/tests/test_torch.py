"""laco.torch beside torch.nn: equal outputs and gradients, and the same errors and habits."""

import copy
import io
import random
import unittest

try:
    import torch
except ImportError:
    raise SystemExit(77)

import laco.torch as fast
from laco import _laco

REAL = torch.float64 if _laco.real == "d" else torch.float32
torch.set_default_dtype(REAL)


def pair(kind, *args, **options):
    slow = getattr(torch.nn, kind)(*args, **options)
    quick = getattr(fast, kind)(*args, **options)
    quick.load_state_dict(slow.state_dict())
    return slow, quick


def outcome(module, x, hx, lengths=None, sorted_=True, batch_first=False):
    """Everything that a call leaves: outputs, states, and the gradients by all that has one."""
    x = x.clone().requires_grad_()
    hx = tuple(h.clone().requires_grad_() for h in hx)
    given = x if lengths is None else torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first, sorted_)
    lstm = isinstance(module, torch.nn.LSTM)
    y, last = module(given, (hx if lstm else hx[0]) if hx else None)
    found = []
    if lengths is not None:
        found = [t for t in y if t is not None]
        y = y.data
    last = last if lstm else (last,)
    draw = torch.Generator().manual_seed(5)
    loss = sum((t * torch.randn(t.shape, generator=draw)).sum() for t in (y, *last))
    module.zero_grad()
    loss.backward()
    return [y, *found, *last, x.grad, *(h.grad for h in hx), *(p.grad for p in module.parameters())]


class Layers(unittest.TestCase):
    def equal(self, a, b, what):
        self.assertEqual(a.shape, b.shape, what)
        largest = a.abs().max().item() if a.numel() else 0
        self.assertLessEqual((a - b).abs().max().item() if a.numel() else 0, 1e-4 * (1 + largest), what)

    def try_one(self, seed):
        r = random.Random(seed)
        torch.manual_seed(seed)
        kind = r.choice(["RNN", "GRU", "LSTM"])
        I, H, T, B = r.randint(1, 9), r.randint(2, 17), r.randint(1, 12), r.randint(1, 5)
        options = dict(num_layers=r.randint(1, 3), bidirectional=r.random() < 0.5, batch_first=r.random() < 0.5, bias=r.random() < 0.7)
        if kind == "LSTM" and r.random() < 0.3:
            options["proj_size"] = r.randint(1, H - 1)
        if kind == "RNN":
            options["nonlinearity"] = r.choice(["tanh", "relu"])
        slow, quick = pair(kind, I, H, **options)
        alone, packed = r.random() < 0.2, r.random() < 0.4
        x = torch.randn((T, I) if alone else (B, T, I) if options["batch_first"] else (T, B, I))
        states = options["num_layers"] * (2 if options["bidirectional"] else 1)
        sizes = [options.get("proj_size") or H] + ([H] if kind == "LSTM" else [])
        hx = [torch.randn((states, n) if alone else (states, B, n)) for n in sizes] if r.random() < 0.6 else []
        lengths, sorted_ = None, r.random() < 0.3
        if packed and not alone:
            lengths = torch.tensor(sorted((r.randint(1, T) for _ in range(B)), reverse=True))
            lengths = lengths if sorted_ else lengths[torch.randperm(B)]
        both = [outcome(m, x, hx, lengths, sorted_, options["batch_first"]) for m in (slow, quick)]
        self.assertEqual(len(both[0]), len(both[1]))
        for a, b in zip(*both):
            self.equal(a, b, (seed, kind, options))

    def test_random_configurations(self):
        for seed in range(200):
            self.try_one(seed)

    def test_cells(self):
        for kind in ("RNN", "GRU", "LSTM"):
            for shape in ((5,), (3, 5)):
                results = []
                for cell in pair(kind + "Cell", 5, 7):
                    torch.manual_seed(1)
                    x, h = torch.randn(shape, requires_grad=True), None
                    for _ in range(3):
                        h = cell(x, h)
                    h = h if kind == "LSTM" else (h,)
                    sum((t ** 2).sum() for t in h).backward()
                    results.append([*h, x.grad, *(p.grad for p in cell.parameters())])
                for a, b in zip(*results):
                    self.equal(a, b, (kind, shape))

    def test_gradcheck(self):
        if REAL != torch.float64:
            self.skipTest("needs the build in double precision")
        for kind in ("RNN", "GRU", "LSTM"):
            layer = getattr(fast, kind)(3, 4, 2, bidirectional=True)
            x = torch.randn(5, 2, 3, requires_grad=True)
            self.assertTrue(torch.autograd.gradcheck(lambda x, *w: layer(x)[0], (x, *layer.parameters())))

    def test_weights_are_never_stale(self):
        """Every way to write to a parameter shows: also those that torch keeps no count of."""
        slow, quick = pair("GRU", 3, 4)
        x = torch.randn(5, 2, 3)
        quick(x)
        for m in (slow, quick):
            m.weight_ih_l0.data.mul_(2)
            m.weight_hh_l0.data.numpy()[0, 0] = 3
        self.equal(slow(x)[0], quick(x)[0], "written to by .data and by NumPy")
        for m in (slow, quick):
            m.bias_ih_l0 = torch.nn.Parameter(torch.ones(12))
        self.equal(slow(x)[0], quick(x)[0], "another parameter in its place")

    def test_backward_twice_and_in_the_wrong_order(self):
        slow, quick = pair("LSTM", 3, 4)
        gradients = []
        for m in (slow, quick):
            torch.manual_seed(2)
            x, z = torch.randn(5, 2, 3, requires_grad=True), torch.randn(5, 2, 3, requires_grad=True)
            first, second = m(x)[0].sum(), (m(z)[0] ** 2).sum()
            first.backward(retain_graph=True)
            second.backward()
            first.backward()
            gradients.append([x.grad, z.grad, *(p.grad for p in m.parameters())])
        for a, b in zip(*gradients):
            self.equal(a, b, "gradients of several calls")

    def test_saved_values_written_to_are_an_error(self):
        layer = fast.GRU(3, 4)
        y = layer(torch.randn(5, 2, 3))[0].sum()
        with torch.no_grad():
            layer.weight_hh_l0.add_(1)
        with self.assertRaises(RuntimeError):
            y.backward()

    def test_double_backward_is_an_error(self):
        layer, x = fast.LSTM(3, 4), torch.randn(5, 2, 3, requires_grad=True)
        (grad,) = torch.autograd.grad(layer(x)[0].sum(), x, create_graph=True)
        with self.assertRaises(RuntimeError):
            grad.sum().backward()

    def test_falls_back(self):
        other = torch.float32 if REAL == torch.float64 else torch.float64
        for module in (fast.LSTM(3, 4), fast.LSTMCell(3, 4)):
            module = module.to(other)
            out = module(torch.randn(*((5, 2, 3) if isinstance(module, torch.nn.LSTM) else (2, 3)), dtype=other))
            self.assertEqual(out[0].dtype, other)
        self.assertEqual(fast.GRU(3, 4)(torch.randn(0, 2, 3))[0].shape, (0, 2, 4)) if torch.__version__ >= "2" else None

    def test_errors_of_shape(self):
        for x, hx in ((torch.randn(5, 2, 4), None), (torch.randn(5, 2, 3), torch.randn(1, 3, 4)), (torch.randn(3), None)):
            with self.assertRaises(RuntimeError):
                fast.GRU(3, 4)(x, hx)

    def test_dropout(self):
        layer = fast.LSTM(8, 64, 2, dropout=0.5)
        x = torch.randn(20, 4, 8)
        torch.manual_seed(3)
        a, b = layer(x)[0], layer(x)[0]
        torch.manual_seed(3)
        c = layer(x)[0]
        self.assertFalse(torch.equal(a, b))
        self.assertTrue(torch.equal(a, c))
        layer.eval()
        self.assertTrue(torch.equal(layer(x)[0], layer(x)[0]))

    def test_training_curves_lie_on_each_other(self):
        curves = []
        for module in (torch.nn, fast):
            torch.manual_seed(4)
            layer, out = module.GRU(2, 16), torch.nn.Linear(16, 1)
            adam = torch.optim.Adam([*layer.parameters(), *out.parameters()], lr=0.01)
            x = torch.randn(20, 8, 2)
            target, losses = x.sum(2, keepdim=True).cumsum(0), []
            for _ in range(50):
                adam.zero_grad()
                loss = ((out(layer(x)[0]) - target) ** 2).mean()
                loss.backward()
                adam.step()
                losses.append(loss.item())
            curves.append(losses)
        self.assertLess(curves[1][-1], 0.9 * curves[1][0])
        for a, b in zip(*curves):
            self.assertLess(abs(a - b), 1e-3 * (1 + abs(a)))

    def test_accelerate_and_restore(self):
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn, self.cell = torch.nn.LSTM(3, 4, batch_first=True), torch.nn.GRUCell(4, 2)

            def forward(self, x):
                return self.cell(self.rnn(x)[0][:, -1])

        net = Net()
        x, names = torch.randn(2, 5, 3), list(net.state_dict())
        before = net(x)
        self.assertIs(fast.accelerate(net), net)
        self.assertIs(type(net.rnn), fast.LSTM)
        self.assertIs(type(net.cell), fast.GRUCell)
        self.equal(before, net(x), "accelerated")
        self.assertEqual(names, list(net.state_dict()))
        again = copy.deepcopy(net)
        file = io.BytesIO()
        torch.save(net.rnn, file)
        file.seek(0)
        self.equal(net(x), again(x), "a deep copy")
        self.equal(net.rnn(x)[0], torch.load(file)(x)[0] if torch.__version__ < "2" else torch.load(file, weights_only=False)(x)[0],
                   "saved whole and loaded")
        fast.restore(net)
        self.assertIs(type(net.rnn), torch.nn.LSTM)
        self.equal(before, net(x), "restored")

    def test_subclasses(self):
        class Own(fast.GRU):
            def forward(self, x, hx=None):
                return super().forward(x * 2, hx)

        layer, x = Own(3, 4), torch.randn(5, 2, 3)
        plain = fast.GRU(3, 4)
        plain.load_state_dict(layer.state_dict())
        self.equal(layer(x)[0], plain(x * 2)[0], "a subclass")

    def test_threads_give_the_same_bits(self):
        layer, x = fast.LSTM(8, 32), torch.randn(30, 16, 8)
        before = torch.get_num_threads()
        results = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            results.append(layer(x)[0])
        torch.set_num_threads(before)
        self.assertTrue(torch.equal(*results))

    def test_memory_stays(self):
        import resource
        layer = fast.LSTM(8, 8)

        def run(times):
            for _ in range(times):
                x = torch.randn(4, 2, 8, requires_grad=True)
                layer(x)[0].sum().backward()
                layer(x)[0]  # recorded and dropped

        run(500)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        run(10000)
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 4000)


if __name__ == "__main__":
    unittest.main()
