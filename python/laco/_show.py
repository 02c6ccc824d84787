"""What people look at: a bar while training, and models, scores and forecasts in notebooks (tables and inline SVG)."""

import sys
from html import escape


class Progress:
    """A line that grows on a terminal; elsewhere one line an epoch."""

    def __init__(self, file=None):
        self._file = file or sys.stderr
        self._live = hasattr(self._file, "isatty") and self._file.isatty() or "ipykernel" in sys.modules
        self._width = 0

    def __call__(self, p):
        if p["note"]:
            self._line(p["note"], True)
        if p["epoch_done"]:
            metrics = "  ".join(f"{name} {value:.4f}" for name, value in p["metrics"].items())
            star = " ★" if p["best"] else ""
            self._line(f"epoch {p['epoch']}/{p['epochs']}  loss {p['loss']:.4f}  {metrics}{star}", not self._live or p["best"])
        elif self._live and p["batches"] > 0:
            done = p["batch"] / p["batches"]
            bar = "█" * int(done * 20) + "░" * (20 - int(done * 20))
            self._line(f"epoch {p['epoch']}/{p['epochs']} {bar} loss {p['loss']:.4f}  {p['seconds_left']:.0f} s left", False)

    def _line(self, text, keep):
        if self._live:
            self._file.write("\r" + text.ljust(self._width))
        else:
            self._file.write(text)
        self._width = len(text)
        if keep:
            self._file.write("\n")
            self._width = 0
        self._file.flush()

    def close(self):
        if self._live and self._width > 0:
            self._file.write("\r" + " " * self._width + "\r")
            self._file.flush()


class Options(list):
    """The options of a task: a list of dicts that shows itself as a table."""

    def __repr__(self):
        width = max(len(row["name"]) for row in self)
        lines = []
        for row in self:
            normal = f" ({row['default']})" if row.get("default") else ""
            lines.append(f"{row['name'].replace('-', '_').ljust(width)}  {row['help']}{normal}")
        return "\n".join(lines)

    def _repr_html_(self):
        return _table(["option", "", "default"], [[r["name"].replace("-", "_"), r["help"], r.get("default") or ""] for r in self])


def _table(head, rows, numbers=()):
    cells = "".join(f"<th style='text-align:left'>{escape(str(h))}</th>" for h in head)
    body = ""
    for row in rows:
        body += "<tr>" + "".join(f"<td style='text-align:{'right' if i in numbers else 'left'}'>{escape(_short(c))}</td>"
                                 for i, c in enumerate(row)) + "</tr>"
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def _short(value):
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def model_html(model):
    info = model.info
    rows = [["task", model.task], ["parameters", f"{info['parameters']:,}"], ["weights", info.get("weights", "fp32")]]
    rows += [[key, value] for key, value in info.get("network", {}).items() if not isinstance(value, (dict, list))]
    if info.get("labels"):
        rows.append(["labels", f"{len(info['labels'])}: " + ", ".join(info["labels"][:12]) + (" …" if len(info["labels"]) > 12 else "")])
    return _table(["laco.Model", ""], rows)


def score_html(score):
    plain = [[k, v] for k, v in score.items() if isinstance(v, (int, float))]
    for name, part in score.items():
        if isinstance(part, dict):
            plain += [[f"{name}: {k}", v] for k, v in part.items()]
    html = _table(["measure", score.task], plain, (1,))
    if score.get("classes"):
        keys = ["label", "count", "precision", "recall", "f1"]
        html += _table(keys, [[c[k] for k in keys] for c in score["classes"]], (1, 2, 3, 4))
    return html


def forecast_html(forecast, width=640, height=240):
    """The forecast as a curve, with the band between its outermost quantiles."""
    mean = [float(v) for v in forecast.mean]
    bands = [[float(v) for v in forecast.quantiles[q]] for q in sorted(forecast.quantiles)]
    every = mean + [v for band in bands for v in band]
    low, high = min(every), max(every)
    span = (high - low) or 1.0
    across = (width - 80) / max(1, len(mean) - 1)

    def points(values):
        return [f"{60 + i * across:.1f},{20 + (high - v) / span * (height - 60):.1f}" for i, v in enumerate(values)]

    band = ""
    if len(bands) > 1:
        band = f"<polygon points='{' '.join(points(bands[0]) + points(bands[-1])[::-1])}' fill='#4477aa' fill-opacity='0.2'/>"
    text = "font-family='sans-serif' font-size='12' fill='currentColor'"
    title = escape(f"{forecast.target}: {len(mean)} steps from {forecast.time[0]} to {forecast.time[-1]}")
    return (f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' role='img' aria-label='{title}'>"
            f"<text x='60' y='14' {text}>{title}</text>{band}"
            f"<polyline points='{' '.join(points(mean))}' fill='none' stroke='#4477aa' stroke-width='2'/>"
            f"<text x='4' y='26' {text}>{high:.6g}</text><text x='4' y='{height - 40}' {text}>{low:.6g}</text>"
            f"<text x='60' y='{height - 8}' {text}>{escape(str(forecast.time[0]))}</text>"
            f"<text x='{width - 20}' y='{height - 8}' text-anchor='end' {text}>{escape(str(forecast.time[-1]))}</text></svg>")
