# laco convert: models of every task in bf16 and int8, what it says and what it refuses.
. "$(dirname "$0")/harness.sh"

i=0
while [ $i -lt 60 ]; do
    printf 'vowel\tae%sou\ncons\tkl%sst\n' $i $i
    printf 'the\tD\ncat%s\tN\nran\tV\n\n' $i >> tags.tsv
    printf '%s,%s\n' $i $((i % 7)) >> rows.csv
    i=$((i + 1))
done > words.tsv
sed 's/^[a-z]*\t\(.*\)/\1\tx\1/' words.tsv > pairs.tsv
{ echo 't,value'; cat rows.csv; } > series.csv
cut -f2 words.tsv > text.txt

quick='--epochs 2 --hidden 8 --quiet --threads 1'
# $quick is a list of words.
# shellcheck disable=SC2086
{
ok 'a classifier' "$LACO" train classify words.tsv -o classify.st $quick --embed 6
ok 'a tagger' "$LACO" train tag tags.tsv -o tag.st $quick
ok 'a forecaster' "$LACO" train forecast series.csv -o forecast.st $quick
ok 'a language model' "$LACO" train generate text.txt -o generate.st $quick --embed 8 --tie-weights
ok 'a transducer' "$LACO" train transduce pairs.tsv -o transduce.st $quick
}

data_of() {
    case $1 in
    classify) echo words.tsv ;;
    tag) echo tags.tsv ;;
    forecast) echo series.csv ;;
    generate) echo text.txt ;;
    transduce) echo pairs.tsv ;;
    esac
}

for task in classify tag forecast generate transduce; do
    for weights in bf16 int8; do
        ok "$task in $weights" "$LACO" convert $task.st -o $task-$weights.st --weights $weights --check "$(data_of $task)"
        prints "^$task-$weights.st: matrices in $weights, [0-9]* bytes in place of [0-9]*$"
        prints 'weights are off by [0-9.e-]* % of the mean weight on average, at most by [0-9.e-]* % of the largest of their row$'
        prints ' before  *after$'
        [ "$(wc -c < $task-$weights.st)" -lt "$(wc -c < $task.st)" ] || fault 'the file is not smaller'
        ok "$task in $weights is known as such" "$LACO" info $task-$weights.st
        prints "^weights     $weights$"
        ok "$task in $weights scores" "$LACO" eval $task-$weights.st "$(data_of $task)" --json
        cp out.txt score.txt
        ok "$task in $weights once more" "$LACO" convert $task-$weights.st -o again.st --weights $weights
        prints ' off by 0 % of the mean weight on average'
        same "rounding $task twice is rounding it once" $task-$weights.st again.st
        ok "$task back in fp32" "$LACO" convert $task-$weights.st -o back.st --weights fp32
        [ "$(wc -c < back.st)" -eq "$(wc -c < $task.st)" ] || fault 'the size is another one'
        ok "$task back in fp32 is known as such" "$LACO" info back.st
        prints '^weights     fp32$'
        LACO_CPU=avx2 ok "$task in $weights on other instructions" "$LACO" eval $task-$weights.st "$(data_of $task)" --json
    done
done

ok 'as JSON' "$LACO" convert classify.st -o c.st --weights int8 --check words.tsv --json
lines 1
prints '^{"model":"c.st","weights":"int8","rounded":[1-9][0-9]*,"mean":0.0[0-9]*,"largest":0.00[0-9]*,"bytes_before":[0-9]*,"bytes":[0-9]*,'
prints '"before":{"accuracy":.*"after":{"accuracy":'

ok 'a language model in int8 writes' "$LACO" generate generate-int8.st --prompt ae --length 20 --seed 1
fails 2 'no output' "$LACO" convert classify.st --weights int8
says 'say where the new model goes: -o MODEL'
fails 2 'no weights' "$LACO" convert classify.st -o x.st
says 'say how: --weights bf16'
fails 2 'unknown weights' "$LACO" convert classify.st -o x.st --weights int4
says "--weights is 'int4'; it can be fp32|bf16|int8"
fails 1 'no model' "$LACO" convert words.tsv -o x.st --weights int8
fails 1 'no data' "$LACO" convert classify.st -o x.st --weights int8 --check nowhere.tsv
says 'nowhere.tsv'
one_line
absent x.st

# A file that lies: the word of its weights, and a scale that is no number.
ok 'a classifier in int8' "$LACO" convert classify.st -o c.st --weights int8
sed 's/"laco.weights":"int8"/"laco.weights":"int9"/' c.st > bad.st
fails 1 'unknown weights in the file' "$LACO" info bad.st
says "bad.st: metadata 'laco.weights' is 'int9'; it can be fp32, bf16 or int8"
one_line
sed 's/"linear.weight.scale"/"linear.weight.scalf"/' c.st > bad.st
fails 1 'no scales' "$LACO" info bad.st
says "linear.weight.scale"
one_line

# shellcheck disable=SC2086
{
ok 'trained in bf16' "$LACO" train classify words.tsv -o b.st $quick --precision bf16
ok 'is saved in fp32' "$LACO" info b.st
prints '^weights     fp32$'
prints 'precision "bf16"'
fails 2 'not trained in int8' "$LACO" train classify words.tsv -o x.st $quick --precision int8
says "--precision is 'int8'; it can be fp32|bf16"
}
finish
