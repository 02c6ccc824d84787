#!/bin/sh
# What laco train classify --from is worth where data are few: of every file of a folder (a label each) a share of 1/SHARE is the small second
# set and one of 1/4 is held out; a model learns from the rest, and another one from the small set, from nothing and from the first model.
# With OTHERS (a list of labels between commas) the first model learns from all other labels instead, and the second set has these alone.
# Accuracy on what is held out of the second set's labels, by seed: docs/classify.md.
#
#   bench/from.sh LACO FOLDER SHARE SEEDS [OTHERS]
set -eu
laco=$1 folder=$2 share=$3 seeds=$4 others=${5:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for file in "$folder"/*.txt; do
    label=$(basename "$file" .txt)
    awk -v label="$label" -v share="$share" -v others=",$others," -v work="$work" '
        /[^ ]/ {
            n++
            new = index(others, "," label ",") > 0
            second = others == ",," || new
            if (n % 4 == 1) { if (second) print label "\t" $0 > (work "/held.tsv") }
            else if (second && ++small % share == 0) print label "\t" $0 > (work "/small.tsv")
            else if (!new) print label "\t" $0 > (work "/large.tsv")
        }' "$file"
    for part in held small large; do
        [ ! -f "$work/$part.tsv" ] || cat "$work/$part.tsv" >> "$work/$part"
        rm -f "$work/$part.tsv"
    done
done
for part in held small large; do mv "$work/$part" "$work/$part.tsv"; done
wc -l "$work"/*.tsv | awk -v work="$work/" '$2 != "total" { sub(work, "", $2); print $2 ": " $1 " lines" }'
score() { "$laco" eval "$1" "$work/held.tsv" --json | sed 's/.*"accuracy":\([0-9.]*\).*/\1/'; }
seed=0
while [ "$seed" -lt "$seeds" ]; do
    "$laco" train classify "$work/large.tsv" -o "$work/large" --quiet --seed "$seed"
    "$laco" train classify "$work/small.tsv" -o "$work/nothing" --quiet --valid 0 --seed "$seed"
    "$laco" train classify "$work/small.tsv" -o "$work/on" --quiet --valid 0 --seed "$seed" --from "$work/large"
    echo "seed $seed: from nothing $(score "$work/nothing"), with --from $(score "$work/on")"
    seed=$((seed + 1))
done
