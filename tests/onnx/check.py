#!/usr/bin/python3
"""check.py FILE…: sees each graph through onnx.checker, shapes inferred; opset 17, IR 8, and all that has a name has a word for it."""
import json
import sys

import onnx

failed = 0
for path in sys.argv[1:]:
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        assert model.ir_version == 8 and [(o.domain, o.version) for o in model.opset_import] == [("", 17)]
        assert model.doc_string and all(v.doc_string for v in [*model.graph.input, *model.graph.output])
        notes = {entry.key: entry.value for entry in model.metadata_props}
        assert notes.pop("laco.task") and all(json.loads(value) is not None or value == "null" for value in notes.values())
    except Exception as fault:  # pylint: disable=broad-except
        failed += 1
        print(f"{path}: {str(fault).splitlines()[0] if str(fault) else type(fault).__name__}")
print(f"{len(sys.argv) - 1} graphs checked, {failed} failed")
sys.exit(failed > 0)
