#!/bin/sh
# onnx.sh CASES FOLDER: graphs of 100 models of random shapes, of every task, through onnx.checker and ONNX Runtime.
#
# FOLDER keeps npm's onnxruntime-node. What a machine does not have is skipped, said by name; where nothing could be run the test is.
set -u
here=$(dirname "$0")
cases=$1 folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
if [ ! -d "$folder/node_modules/onnxruntime-node" ] && command -v npm >/dev/null 2>&1; then
    npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund onnxruntime-node >"$work/npm.log" 2>&1
fi
seed=${LACO_SEED:-1}
echo "seed $seed"
"$cases" onnx "$work" "${LACO_ONNX_CASES:-100}" "$seed" || exit 1
ran=0 failed=0
if /usr/bin/python3 -c 'import onnx' 2>/dev/null; then
    ran=1
    /usr/bin/python3 "$here/check.py" "$work"/*.onnx || failed=1
else
    echo 'python3-onnx is missing: not checked'
fi
if [ -d "$folder/node_modules/onnxruntime-node" ] && command -v node >/dev/null 2>&1; then
    ran=1
    NODE_PATH="$folder/node_modules" node "$here/run.js" "$work" || failed=1
else
    echo "npm's onnxruntime-node is missing: not run"
fi
[ $ran -eq 1 ] || exit 77
exit $failed
