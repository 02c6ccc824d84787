# laco export: models of every task as C, compiled without a warning and run: they answer as laço does. And every bad input.
#   usage: export.sh LACO
. "$(dirname "$0")/harness.sh"

# ---- Small models, some as they come and some with all that there is ----

i=0
while [ $i -lt 60 ]; do
    printf 'vowel\tae%sou\ncons\tKl%sst\nalto\tão %s é\n' $i $i $i
    printf 'The\tD\ncat%s\tN\nran\tV\n\nA\tD\nlongestwordofthemallwhichhasmorethanfortyletters%s\tN\n\n' $i $i >> tags.tsv
    printf '%s,%s,%s\n' $i $((i % 7 + i / 9)) $((100 + i % 5)) >> rows.csv
    printf 'Once (upon) a time, %s said: "No-one!"\n' $((i % 4)) >> text.txt
    i=$((i + 1))
done > words.tsv
sed 's/^[a-z]*\t\(.*\)/\1\tx\1y/' words.tsv > pairs.tsv
sed 's/^\([a-z]*\)\t\(.*\)/\2\t\1 \2 ./' words.tsv > phrases.tsv
{ echo 't,value,other'; cat rows.csv; } > series.csv
for i in 0 1 2 3 4 5 6 7 8 9 10 11; do
    echo "$i.pgm" | sed "s/\$/\t$([ $((i % 2)) = 0 ] && echo 'up a hill' || echo down)/" >> pictures.tsv
    { printf 'P2\n%d 4 100\n' $((6 + i % 3)); seq -s ' ' $((i + 1)) 3 $((i + 1 + 3 * (4 * (6 + i % 3) - 1))) | tr ' ' '\n' | awk '{ print $1 % 100 }'; } > $i.pgm
done
awk 'BEGIN { for (i = 0; i < 40; i++) { for (t = 0; t < 10; t++) printf "%.3f,%.3f,", sin(t * (i % 3 + 1) / 3) + i / 50, t * (i % 2); print "c" i % 3 } }' > numbers.rows
{ awk 'BEGIN { for (t = 0; t < 10; t++) printf "a%d,b%d,", t, t; print "label" }'; cat numbers.rows; } > numbers.csv

small='--epochs 2 --hidden 10 --quiet --threads 1'
train() # NAME TASK OPTION…
{
    model=$1
    shift
    # shellcheck disable=SC2086 # words
    ok "training $model" "$LACO" train "$@" -o "$model.st" $small
}
train classify classify words.tsv
train classify_all classify words.tsv --unidirectional --cell lstm --layers 3 --embed 0 --pool all --lower --fold-accents
train classify_words classify words.tsv --level word --cell rnn --nonlinearity relu --pool mean
train classify_mlp classify words.tsv --cell mlp --window 3
train classify_flat classify words.tsv --cell mlp --layers 2
train classify_numbers classify numbers.csv --features 2 --unidirectional --positions yes
train tag tag tags.tsv
train tag_mlp tag tags.tsv --cell mlp --no-crf
train forecast forecast series.csv
train forecast_wide forecast series.csv --horizon 3 --quantiles 0.1,0.5,0.9 --cell lstm --layers 2
train forecast_plain forecast series.csv --base none
train generate generate text.txt
train generate_words generate text.txt --level word --embed 10 --tie-weights --layers 2
train transduce transduce pairs.tsv
train transduce_words transduce phrases.tsv --target word --attention additive --cell gru
train caption caption pictures.tsv
train caption_mlp caption pictures.tsv --encoder mlp
if [ "${LACO_TEST_SOUND-1}" != 0 ]; then
    for i in 0 1 2 3 4 5; do
        { printf 'RIFF\044\020\000\000WAVEfmt \020\000\000\000\001\000\001\000\100\037\000\000\100\037\000\000\001\000\010\000data\000\020\000\000'
          awk -v i=$i 'BEGIN { for (t = 0; t < 4096; t++) printf "%c", 65 + int(20 + 20 * sin(t * (i % 2 + 1) / 5)) }'; } > $i.wav
        printf '%s.wav\t%s\n' $i "$([ $((i % 2)) = 0 ] && echo lo || echo hi)"
    done > sounds.tsv
    train transcribe transcribe sounds.tsv --batch 2
fi

# ---- Every compiler that there is ----

warnings='-Wall -Wextra -Wpedantic -Wconversion -Werror'
compile() # WHAT COMPILER…: builds and runs the self-test of m.c
{
    what=$1
    shift
    command -v "$1" > /dev/null || return 0
    # shellcheck disable=SC2086
    ok "$what: $*" "$@" $warnings -DM_SELFTEST m.c -o selftest && ok "$what: $* runs" ./selftest
}

for model in *.st; do
    for weights in fp32 int8; do
        ok "$model in $weights" "$LACO" export "$model" -o m.c --weights $weights
        present m.c m.h
        compile "$model $weights" gcc -std=c99 -O1
        [ $weights = int8 ] || compile "$model $weights" g++ -O0
        [ $weights = fp32 ] || compile "$model $weights" clang -std=c99 -O1
    done
done
finish
