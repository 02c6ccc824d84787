#!/bin/sh
# The accuracy of laco train classify on data that it did not learn from, over all of the data: of K parts (every K-th line, or sequence of
# a .ts file, or text of each file of a folder) each is held out once, the model learns from the others: docs/classify.md.
#
#   bench/folds.sh LACO DATA K [options of laco train classify]
set -eu
laco=$1 data=$2 folds=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $data in *.*) end=.${data##*.} ;; *) end=.tsv ;; esac
if [ -d "$data" ]; then
    end=.tsv
    for file in "$data"/*.txt; do awk -v label="$(basename "$file" .txt)" '/[^ ]/ { print FNR "\t" label "\t" $0 }' "$file"; done
elif [ "$end" = .ts ]; then
    awk '/^[@#]/ { print "-\t" $0; next } NF { print ++n "\t" $0 }' "$data"
else
    awk 'NF { print NR "\t" $0 }' "$data"
fi > "$work/numbered"

fold=0
while [ "$fold" -lt "$folds" ]; do
    # Lines of a .ts file's head, which have no number, are in both files.
    for test in 0 1; do
        awk -F'\t' -v k="$folds" -v fold="$fold" -v test=$test \
            '$1 == "-" || ($1 % k == fold) == test { print substr($0, length($1) + 2) }' "$work/numbered" > "$work/$test$end"
    done
    "$laco" train classify "$work/0$end" -o "$work/model" --quiet "$@"
    "$laco" eval "$work/model" "$work/1$end" --json >> "$work/scores"
    fold=$((fold + 1))
done
sed 's/.*"accuracy":\([0-9.]*\).*"count":\([0-9]*\),"classes".*/\1 \2/' "$work/scores" |
    awk '{ right += $1 * $2; all += $2; if (NR == 1 || $1 < low) low = $1; if ($1 > high) high = $1 }
         END { printf "accuracy %.3f of %d, %.3f to %.3f by part\n", right / all, all, low, high }'
