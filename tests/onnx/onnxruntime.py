"""Python's onnxruntime as far as docs/export.md uses it, by npm's onnxruntime-node: Debian has none for Python."""
import json
import os
import subprocess
import types

import numpy
import onnx


class InferenceSession:
    def __init__(self, path):
        self.path = path

    def get_modelmeta(self):
        return types.SimpleNamespace(custom_metadata_map={p.key: p.value for p in onnx.load(self.path).metadata_props})

    def run(self, _, feeds):
        asked = {name: {"type": str(value.dtype), "dims": value.shape, "data": value.ravel().tolist()} for name, value in feeds.items()}
        ask = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ask.js")
        said = subprocess.run(["node", ask, self.path], input=json.dumps(asked), capture_output=True, text=True, check=True).stdout
        return [numpy.array(output["data"]).reshape(output["dims"]) for output in json.loads(said)]
