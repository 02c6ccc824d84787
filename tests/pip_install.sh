#!/bin/sh
# `pip install .` without a network, into a virtual environment that sees the system's packages: the module trains, answers and says its
# version. 77, skipped, without meson-python, pip or venv (tools/install-packages python).
#
#   tests/pip_install.sh PYTHON SOURCE
set -eu
python=$1 source=$(realpath "$2")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -c 'import mesonpy, pip, venv, ensurepip' 2>/dev/null || "$python" -c 'import mesonpy, pip, venv' 2>/dev/null \
    || { echo 'skipped: there is no meson-python, pip or venv'; exit 77; }

"$python" -m venv --system-site-packages --without-pip "$folder/venv"
# A copy: meson-python builds in a folder of its own, and writes beside it.
mkdir "$folder/laco"
(cd "$source" && tar -c --exclude=./build --exclude='./build-*' --exclude=./.git --exclude=./packages --exclude='./subprojects/*-[0-9]*' .) | tar -x -C "$folder/laco"
"$folder/venv/bin/python" -m pip install --no-build-isolation --no-deps --no-index --disable-pip-version-check "$folder/laco" >"$folder/said" 2>&1 \
    || { tail -n 30 "$folder/said"; exit 1; }
cd "$folder"
version=$(sed -n "s/^ *version: '\(.*\)',/\1/p" "$source/meson.build" | head -n 1)
"$folder/venv/bin/python" - "$folder" "$version" <<'END'
import sys
import laco

folder, version = sys.argv[1:]
assert laco.__file__.startswith(folder), laco.__file__
assert laco.__version__ == version, laco.__version__
texts = [word + str(i) for i in range(20) for word in ("aeou", "klst")]
model = laco.train("classify", texts, ["vowel", "cons"] * 20, hidden=8, epochs=20, lr=0.03, seed=1)
assert list(model.predict(["aeou7", "klst3"])) == ["vowel", "cons"], model.predict(["aeou7", "klst3"])
END
