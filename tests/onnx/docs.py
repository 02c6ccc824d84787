#!/usr/bin/python3
"""docs.py LACO SOURCE FOLDER: runs the snippet of docs/export.md on a trained classifier and holds it to laço's answers.

FOLDER has npm's onnxruntime-node, from onnx.sh; without it, or without python3-onnx, it is skipped (exit status 77)."""
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile

LACO, SOURCE, FOLDER = (os.path.realpath(path) for path in sys.argv[1:4])
sys.path.insert(0, os.path.join(SOURCE, "tests", "onnx"))
try:
    import onnxruntime  # noqa: F401 pylint: disable=unused-import
except ImportError:
    print("python3-onnx is missing")
    sys.exit(77)
os.environ["NODE_PATH"] = os.path.join(FOLDER, "node_modules")
if not shutil.which("node") or not os.path.isdir(os.path.join(FOLDER, "node_modules", "onnxruntime-node")):
    print("npm's onnxruntime-node is missing")
    sys.exit(77)


def laco(*words, text=None):
    return subprocess.run([LACO, *words], input=text, capture_output=True, text=True, check=True).stdout


with open(os.path.join(SOURCE, "docs", "export.md"), encoding="utf-8") as file:
    snippet = re.search(r"^```python\n(import json, unicodedata.*?)^```", file.read(), re.M | re.S).group(1)
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    with open("names.tsv", "w", encoding="utf-8") as file:
        file.writelines(f"{'Japanese' if i % 2 else 'Portuguese'}\t{'Naka' if i % 2 else 'Sil'}{i % 7 * 'mu'}ra{i}\n" for i in range(200))
    laco("train", "classify", "names.tsv", "-o", "names.safetensors", "--epochs", "20", "--hidden", "8", "--quiet")
    texts = ["Silva", "Nakamura", "Silmura", "N", "Sã"]
    wanted = [line.split("\t")[0] for line in laco("predict", "names.safetensors", "-", text="\n".join(texts) + "\n").splitlines()]
    for weights in ("fp32", "int8"):
        laco("export", "names.safetensors", "-o", "names.onnx", "--weights", weights)
        said, names = io.StringIO(), {}
        with contextlib.redirect_stdout(said):
            exec(compile(snippet, "snippet", "exec"), names)  # pylint: disable=exec-used
        assert said.getvalue() == "['Portuguese', 'Japanese']\n", said.getvalue()
        found = names["classify"](texts)
        assert found == wanted or weights == "int8", (found, wanted)
        print(f"{weights}: {os.path.getsize('names.onnx')} bytes, as it should be")
