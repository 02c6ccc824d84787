#!/bin/sh
# The accuracy of networks with and without memory on the same data: docs/why-recurrent.md.
#
#   bench/why_recurrent.sh LACO classify|tag TRAIN TEST [options of laco train]
set -eu
laco=$1 task=$2 train=$3 test=$4
shift 4
model=$(mktemp)
trap 'rm -f "$model"' EXIT

row() { # NAME OPTIONS…
    name=$1
    shift
    "$laco" train "$task" "$train" -o "$model" --quiet "$@"
    "$laco" eval "$model" "$test" --json | sed "s/.*\"accuracy\":\([0-9.]*\).*/\1/" | awk -v name="$name" '{ printf "%-34s%.3f\n", name, $1 }'
}

row 'no memory, one step at a time' "$@" --cell mlp --window 1
row 'no memory, windows of 5 steps' "$@" --cell mlp --window 5
[ "$task" = tag ] || row 'no memory, the whole sequence' "$@" --cell mlp
row 'recurrent, forwards' "$@" --cell rnn --unidirectional
row 'GRU, forwards' "$@" --cell gru --unidirectional
row 'LSTM, forwards' "$@" --cell lstm --unidirectional
row 'GRU, both directions' "$@" --cell gru
[ "$task" = classify ] || row 'LSTM, both directions' "$@" --cell lstm
