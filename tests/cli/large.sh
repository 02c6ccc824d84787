#!/bin/sh
# Small files that ask for much: they are refused in one line before the memory is taken, or do no harm.   usage: large.sh LACO
. "$(dirname "$0")/harness.sh"

tiny='--epochs 1 --hidden 4 --layers 1 --threads 1 -q'
zeros() { head -c "$1" /dev/zero | tr '\0' "$2"; } # N CHARACTER

# refused NAME TEXT COMMAND…: exit status 1 and one line that says TEXT, within a gigabyte of addresses
refused()
{
    about=$1 text=$2
    shift 2
    # shellcheck disable=SC2016 # for the inner shell
    fails 1 "$about" sh -c 'ulimit -v 1500000 2> /dev/null; exec "$@"' sh "$@"
    says "$text"
    one_line
    absent x x.tmp-*
}

# ---- Two long ones among sixty ----
awk 'BEGIN { for (i = 0; i < 58; i++) printf "%s\tword%d\n", i % 2 ? "a" : "b", i % 7 }' > t.tsv
{ cat t.tsv; for l in a b; do printf '%s\t' $l; zeros 1000000 x; echo; done; } > long.tsv
refused "a text of a million characters" 'long.tsv:59: 1000000 tokens .*--max-length' "$LACO" train classify long.tsv -o x $tiny
ok "is left out where that is asked for" "$LACO" train classify long.tsv -o m --epochs 1 --hidden 4 --max-length 1000
says '2 of 60 examples are longer than 1000 tokens and are left out'
ok "or let in, if there is room" "$LACO" train classify t.tsv -o m $tiny --max-length 1000000
refused "all that is too long" 'larger --max-length' "$LACO" train classify t.tsv -o x $tiny --max-length 2
awk 'BEGIN { for (i = 0; i < 30; i++) printf "w%d\tN\nv%d\tV\n\n", i % 5, i % 3; for (i = 0; i < 100000; i++) printf "w%d\tN\n", i % 5 }' > s.tsv
refused "a sentence of a hundred thousand words" 'sentence 31: 100000 words .*--max-length' "$LACO" train tag s.tsv -o x $tiny
{ awk 'BEGIN { for (i = 0; i < 30; i++) printf "ab%d\tc%d\n", i, i }'; zeros 100000 a; printf '\tb\n'; } > p.tsv
refused "a source of a hundred thousand letters" 'source 31.*100000 characters .*--max-length' "$LACO" train transduce p.tsv -o x $tiny
awk 'BEGIN { for (r = 0; r < 4; r++) { for (i = 0; i < 100000; i++) printf "%d,", (i + r) % 7; print r % 2 ? "a" : "b" } }' > wide.csv
refused "a row of a hundred thousand steps" 'wide.csv:1: 100000 steps .*--max-length' "$LACO" train classify wide.csv -o x $tiny

# ---- Many columns, many labels ----
{ awk 'BEGIN { for (i = 0; i < 200000; i++) printf "c%d%s", i, i < 199999 ? "," : "\n" }'
  for r in 1 2 3; do awk -v r=$r 'BEGIN { for (i = 0; i < 200000; i++) printf "%d%s", r, i < 199999 ? "," : "\n" }'; done; } > columns.csv
refused "a series of 200,000 columns" 'columns.csv:1: has 200000 columns; at most 16384' "$LACO" train forecast columns.csv -o x $tiny
awk 'BEGIN { for (i = 0; i < 70000; i++) printf "l%d\ttext\n", i }' > labels.tsv
refused "a label for each line" 'labels.tsv:65537: label "l65536" is one too many' "$LACO" train classify labels.tsv -o x $tiny
awk 'BEGIN { for (i = 0; i < 60000; i++) printf "l%d\ttext\n", i }' > labels.tsv
refused "answers for 60,000 labels" 'out of memory\|takes\|60000 labels for' "$LACO" train classify labels.tsv -o x $tiny
refused "a network that does not fit" 'out of memory\|takes' "$LACO" train classify t.tsv -o x --hidden 20000 --epochs 1 -q

# ---- Pictures ----
printf 'P5\n8000 8000\n255\n' > big.pgm
zeros 64000000 a >> big.pgm
printf 'big.pgm\tum\n' > list.tsv
refused "a picture of 64 million pixels" 'big.pgm: has 8000 × 8000 pixels; at most 4194304' "$LACO" train caption list.tsv -o x $tiny
if [ "${LACO_TEST_PICTURE-1}" != 0 ]; then
    printf '\211PNG\r\n\032\n\000\000\000\015IHDR\000\000\037\100\000\000\037\100\010\000\000\000\000\237\053\062\350' > big.png
    printf 'big.png\tum\n' > list.tsv
    refused "one that only says so" 'big.png' "$LACO" train caption list.tsv -o x $tiny
fi

# ---- Questions ----
ok "a model" "$LACO" train classify t.tsv -o m $tiny
ok "a line of a million characters is answered" sh -c '{ head -c 1000000 /dev/zero | tr "\0" x; echo; echo word1; } | "$0" predict m' "$LACO"
lines 2
refused "nesting without an end" 'JSON\|safetensors' sh -c '{ printf "\100\102\017\000\000\000\000\000"; head -c 1000000 /dev/zero | tr "\0" "["; } > deep; exec "$0" info deep' "$LACO"

finish
