# Sourced by the tests of exports behind harness.sh: data of every task, and `train`.

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

sounds() # the model transcribe
{
    for i in 0 1 2 3 4 5; do
        { printf 'RIFF\044\020\000\000WAVEfmt \020\000\000\000\001\000\001\000\100\037\000\000\100\037\000\000\001\000\010\000data\000\020\000\000'
          awk -v i=$i 'BEGIN { for (t = 0; t < 4096; t++) printf "%c", 65 + int(20 + 20 * sin(t * (i % 2 + 1) / 5)) }'; } > $i.wav
        printf '%s.wav\t%s\n' $i "$([ $((i % 2)) = 0 ] && echo lo || echo hi)"
    done > sounds.tsv
    train transcribe transcribe sounds.tsv --batch 2
}
