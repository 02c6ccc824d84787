#!/bin/sh
# What somebody sees who has never seen the program: help of moderate length, commands that work as they are printed, and what is wrong
# said so that the next try is right.   usage: first_minute.sh LACO
. "$(dirname "$0")/harness.sh"
export XDG_DATA_HOME="$work/data" HOME="$work"

i=0
while [ $i -lt 40 ]; do
    printf 'good\tgreat fun %s\nbad\tdull and long %s\n' $i $i
    printf '%s,%s\n' $i $((i % 7)) >> rows.csv
    i=$((i + 1))
done > texts.tsv
sed 's/^[a-z]*\t\([a-z]*\).*/\1\tx\1/' texts.tsv | sort -u > pairs.tsv
sed 's/^\([a-z]*\)\t\(.*\)/\2\t\1/' texts.tsv | sed G > tags.tsv
{ echo 't,value'; cat rows.csv; } > series.csv
cut -f2 texts.tsv > text.txt

# ---- What a training ends with ----
ends() { # TASK DATA: trains, and what it says is the next command is carried out
    ok "train $1" "$LACO" train "$1" "$2" -o "$1 model.st" --epochs 1 --hidden 4 --threads 1
    [ "$(tail -1 err.txt | grep -c ' saved')" -eq 1 ] || [ "$1" = forecast ] || fault 'does not end with the model'
    says "^$1 model.st saved; best epoch 1: .*; next: .*$LACO"
    next=$(sed -n 's/.*; next: //p' err.txt)
    ok "$next" sh -c "$next"
    [ -s out.txt ] || fault 'prints nothing'
}
ends classify texts.tsv
prints '^\(good\|bad\)	[0-9.]* %	\(good\|bad\)	[0-9.]* %$'
ends tag tags.tsv
ends transduce pairs.tsv
ends forecast series.csv
ends generate text.txt
ok 'quiet is quiet' "$LACO" train classify texts.tsv -o quiet.st --epochs 1 --hidden 4 -q
[ -s err.txt ] && fault 'says something'

# ---- Called as it was called ----
mkdir 'my programs'
ln -s "$LACO" 'my programs/laco'
fails 2 'a proposed command has the path in quotes' 'my programs/laco' train classify texts.tsv
says "^Try ''*my programs/laco' train classify --help'\.$"
PATH="$work/my programs:$PATH"
fails 2 'and the name alone where that is found' laco train classify texts.tsv
says "^Try 'laco train classify --help'\.$"
ok 'the example too' 'my programs/laco' predict --help
prints "^example: echo Silva | 'my programs/laco' predict names.safetensors --top 3$"

# ---- Help ----
for task in classify tag caption forecast generate transcribe transduce; do
    ok "help of train $task" "$LACO" train $task --help
    options=$(grep -c '^  .*--' out.txt)
    [ "$options" -ge 10 ] && [ "$options" -le 19 ] || fault "shows $options options"
    prints '^[0-9]* more options: .* --help-all$'
    ok "all of it" "$LACO" train $task --help-all
    [ "$(grep -c '^  .*--' out.txt)" -gt $((options + 10)) ] || fault 'shows few options'
    prints '--beta1'
    grep -q 'more options' out.txt && fault 'leaves something out'
done
ok 'the version' "$LACO" -v
fails 2 'no task' "$LACO" train
says 'TASK is missing; it can be classify, tag, .* or transduce$'
fails 2 'data where the task should be' "$LACO" train texts.tsv -o x
says "'texts.tsv' is no task; it can be"
fails 2 'a task where the command should be' "$LACO" classify texts.tsv
says 'did you mean train classify?$'
fails 2 'a word of another program' "$LACO" evaluate
says 'did you mean eval?$'
nothing_near() { fails 2 "$1" "$LACO" "$1"; says "unknown command '$1'$"; }
nothing_near walk
nothing_near install
nothing_near lstm
fails 2 'a name that others have' "$LACO" train classify texts.tsv -o x --learning_rate 1
says 'did you mean --learning-rate?$'
ok 'names of torch are understood' "$LACO" train classify texts.tsv -o x.st --epochs 1 --hidden-size 4 --num-layers 1 --batch-size 8 \
    --learning-rate 0.01 -q

# ---- Words where a file should be ----
fails 1 'words' "$LACO" predict 'classify model.st' great fun
says "^laco: cannot read great fun: no such file; to ask about words: echo 'great fun' | "
one_line
next=$(sed -n 's/.*to ask about words: //p' err.txt)
ok 'asked so' sh -c "$next"
lines 1
fails 1 'a quote' "$LACO" predict 'classify model.st' "it's"
says "echo 'it'.''s' | "
fails 1 'a file that is not there' "$LACO" predict 'classify model.st' nothing.txt
says '^laco: cannot read nothing.txt: No such file'
if command -v script >/dev/null; then
    ok 'from a terminal' script -qec "printf 'great\n' > /dev/null; '$LACO' predict 'classify model.st' 2>&1" /dev/null
    prints '^laco: reading from the terminal; Ctrl-D at the beginning of a line ends'
fi

# ---- Probabilities ----
ok 'per cent' sh -c "echo great | '$LACO' predict 'classify model.st' --top 2 --probability"
awk -F'\t' '{ exit !($2 ~ /^[0-9]+\.[0-9][0-9] %$/ && $2 + $4 > 99.9 && $2 + $4 < 100.1) }' out.txt || fault 'is not a hundred per cent'
ok 'in JSON beside the logarithm' sh -c "echo great | '$LACO' predict 'classify model.st' --probability --json"
prints '"log_probability":-[0-9.e-]*,"probability":0\.[0-9]*}'
ok 'of the best answers' sh -c "echo great | '$LACO' predict 'transduce model.st' --nbest 2 --probability"
prints '^great	1	[0-9.]* %	'
fails 2 'of a tagger' "$LACO" predict 'tag model.st' text.txt --probability
says 'is for models that classify, caption, transcribe or transduce'

# ---- Models by name ----
ok 'none' "$LACO" models
says 'no models in .*data/laco.*tools/pretrained'
mkdir -p data/laco
cp 'classify model.st' data/laco/moods.safetensors
printf '# moods of texts\n\nfrom nowhere\n' > data/laco/moods.md
ok 'one' "$LACO" models
prints '^moods  *[0-9]* KB  moods of texts$'
ok 'its card' "$LACO" models moods
prints '^from nowhere$'
ok 'as JSON' "$LACO" models --json
prints '^{"name":"moods","file":".*/data/laco/moods.safetensors","bytes":[0-9]*,'
fails 1 'no such model' "$LACO" models mood
says "no model called 'mood'"
ok 'asked by name' sh -c "echo great | '$LACO' predict moods"
lines 1
mkdir moods
ok 'a folder of that name is no model' sh -c "echo great | '$LACO' predict moods"
ok 'what is in it' "$LACO" info moods
prints 'data/laco/moods.safetensors$'
ok 'scored' "$LACO" eval moods texts.tsv
ok 'converted' "$LACO" convert moods -o small.st --weights int8
ok 'trained on' "$LACO" train classify texts.tsv -o more.st --from moods --epochs 1 -q
cp 'tag model.st' moods3
ok 'a file of that name stands before it' sh -c "mv moods3 there; cp there data/laco/there.safetensors; echo 'a b' | '$LACO' predict there"

# ---- Demos ----
fails 1 'what a demo needs is said before it begins' env PATH=/nowhere "$LACO" demo transcribe
says 'needs the program espeak-ng, which is not there: apt-get install espeak-ng$'
absent laco-demo
finish
