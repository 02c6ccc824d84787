#!/bin/sh
# A step of LSTM and GRU with 16, 32 and 64 units as exported C computes it (the least of 100 rounds, in processor time; the best of three
# runs), beside laço's own stream (median by the clock, of the run that is best of three), µs.
#   usage: bench/export_step.sh LACO [CC]
root=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
least() { for _ in 1 2 3; do "$@" || exit 1; done | sort -n | head -n 1; }
step() { "$work/step" | awk '{ print $3 }'; }
stream() { "$laco" bench step --cell "$1" --hidden "$2" --seconds 0.3 | awk '$1 == "step" { print $10 }'; }
laco=$1
printf 'cell\tunits\tC file\tstream\n'
for cell in lstm gru; do
    for units in 16 32 64; do
        "${2:-cc}" -std=c99 -O3 -march=native -I"$root/src" -DUNITS=$units -DCELL=RT_$(echo $cell | tr a-z A-Z) "$root/bench/export_step.c" -o "$work/step" || exit 1
        printf '%s\t%s\t%s\t%s\n' $cell $units "$(least step)" "$(least stream $cell $units)"
    done
done
