#!/bin/sh
# laco train classify, eval, predict and info, as a user runs them; bad input gives one line on stderr, exit status 1 or 2, and
# leaves nothing behind.   usage: classify.sh LACO [EXAMPLE]
. "$(dirname "$0")/harness.sh"

# ---- A small set: words of a's and b's end in their label ----
for letter in a b; do
    for i in 1 2 3 4 5 6 7 8; do
        for word in x yy abc zzz bba aab; do printf 'ends-in-%s\t%s%s%s\n' $letter $i $word $letter; done
    done
done > words.tsv
small='--hidden 8 --embed 4 --epochs 12 --batch 8 --lr 0.02'

ok "training runs" "$LACO" train classify words.tsv -o m.safetensors $small --quiet
ok "a second run" "$LACO" train classify words.tsv -o m2.safetensors $small --quiet --threads 2
same "the same seed gives the same file at any number of threads" m.safetensors m2.safetensors
ok "another seed" "$LACO" train classify words.tsv -o m3.safetensors $small --quiet --seed 5
differ "another seed gives another file" m.safetensors m3.safetensors

ok "eval as JSON" "$LACO" eval m.safetensors words.tsv --json
prints '"accuracy":1.0'
prints '"count":96'
prints '"macro_f1":1.0'
ok "eval as text" "$LACO" eval m.safetensors words.tsv
prints 'accuracy 1.0000'
ok "predict reads standard input" sh -c 'printf "123xa\n9zzb\n" | "$0" predict m.safetensors' "$LACO"
prints '^ends-in-a	-[0-9]'
prints '^ends-in-b	-[0-9]'
lines 2
ok "predict answers blank lines and a last line without its end" sh -c 'printf "\nxb" | "$0" predict m.safetensors' "$LACO"
lines 2
ok "predict of lines with their labels" "$LACO" predict m.safetensors words.tsv
says '^laco: note: lines that begin with a label and a tab, read as text (.laco eval. takes labels apart): [0-9]*$'
ok "predict of a text with a tab" sh -c 'printf "xa\tends-in-b\n ends-in-a\tx\nends-in-a x\n" | "$0" predict m.safetensors' "$LACO"
! grep -q 'begin with a label' err.txt || fault "takes a text for a label"
ok "predict --top" sh -c 'echo xa | "$0" predict m.safetensors --top 9' "$LACO"
prints '^ends-in-a	[-0-9.]*	ends-in-b	[-0-9.]*$'
ok "predict --json" sh -c 'echo xa | "$0" predict m.safetensors --json' "$LACO"
prints '^{"text":"xa","labels":\[{"label":"ends-in-a","log_probability":-'
ok "unseen characters are counted" sh -c 'echo "€ß" | "$0" predict m.safetensors 2>&1' "$LACO"
prints 'note: characters or words that training did not know: 2'
ok "info" "$LACO" info m.safetensors
prints 'embedding 15 × 4 → GRU 8'
ok "info --json" "$LACO" info m.safetensors --json
prints '"name":"rnn.weight_ih_l0","shape":\[24,4\]'

if [ -n "$EXAMPLE" ]; then
    ok "examples/classify.c" "$EXAMPLE" m.safetensors 123xa
    prints '^ends-in-a -[0-9]'
    fails 1 "examples/classify.c without a model" "$EXAMPLE" nothing.safetensors xa
    says 'No such file'
fi

# ---- Other forms of data and network ----
mkdir folder
grep ends-in-a words.tsv | cut -f2 > folder/ends-in-a.txt
grep ends-in-b words.tsv | cut -f2 > folder/ends-in-b.txt
ok "a folder of labels" "$LACO" train classify folder -o m4.safetensors $small -q
same "a folder gives the model that the table gives" m.safetensors m4.safetensors
{ echo 'word,kind'; awk -F'\t' '{ print "\"" $2 "\"," $1 }' words.tsv; } > words.csv
ok "a CSV file" "$LACO" train classify words.csv --text word --label kind -o m5.safetensors $small -q
same "CSV gives the model that the table gives" m.safetensors m5.safetensors
ok "standard input" sh -c '"$0" train classify - -o m6.safetensors '"$small"' -q < words.tsv' "$LACO"
same "standard input gives the model that the file gives" m.safetensors m6.safetensors
ok "--nonlinearity" "$LACO" train classify words.tsv -o relu.safetensors --cell rnn --nonlinearity relu --hidden 4 --epochs 1 -q
for cell in rnn gru lstm; do
    ok "--cell $cell" "$LACO" train classify words.tsv -o c.safetensors --cell $cell --hidden 7 --layers 2 --embed 0 --bidirectional \
        --dropout 0.1 --epochs 1 --optim sgd --lr 0.1 --clip 1 --valid 0.2 --patience 3 --level word --class-weights balanced -q
done
ok "validation from a file" "$LACO" train classify words.tsv --valid words.tsv -o v.safetensors $small --json
prints '"event": *"epoch"'

# ---- Checkpoints ----
ok "a run with checkpoints" "$LACO" train classify words.tsv -o r1.safetensors $small --checkpoint c1 --every 0.01 -q
same "checkpoints do not change the model" m.safetensors r1.safetensors
ok "resumed at the end" "$LACO" train classify words.tsv -o r2.safetensors $small --resume c1 -q
same "a resumed run gives the same file" m.safetensors r2.safetensors
fails 1 "a checkpoint of another training" "$LACO" train classify words.tsv -o r3.safetensors --epochs 3 --resume c1 -q
says 'another training'
absent r3.safetensors

# ---- Wrong usage: exit 2 ----
fails 2 "no arguments" "$LACO"
fails 2 "an unknown command" "$LACO" trian
says 'did you mean train'
fails 2 "an unknown task" "$LACO" train clasify words.tsv
says 'did you mean classify'
fails 2 "an unknown option" "$LACO" train classify words.tsv -o x --hiden 3
says 'did you mean --hidden'
fails 2 "a number that is none" "$LACO" train classify words.tsv -o x --hidden many
says "hidden is 'many'"
fails 2 "a number out of range" "$LACO" train classify words.tsv -o x --dropout 1.5
fails 2 "a choice that is none" "$LACO" train classify words.tsv -o x --cell grue
says 'rnn|gru|lstm'
fails 2 "no -o" "$LACO" train classify words.tsv
says 'say where the model goes'
fails 2 "a value is missing" "$LACO" train classify words.tsv -o
ok "--help" "$LACO" train classify --help
prints 'example: .*laco train classify'

# ---- Bad input: exit 1, one line, nothing left ----
bad() { # status-1 training of one file: NAME TEXT-OF-THE-ERROR
    fails 1 "$1" "$LACO" train classify bad.tsv -o bad.safetensors $small -q
    says "$2"
    one_line
    absent bad.safetensors
}
printf 'a\tx\nb\t\377\n' > bad.tsv;           bad "not UTF-8" 'bad.tsv:2.*UTF-8'
printf 'a\tx\nb x\n' > bad.tsv;               bad "a line without a tab" 'bad.tsv:2.*tab'
: > bad.tsv;                                  bad "an empty file" 'bad.tsv'
printf 'a\tx\na\ty\n' > bad.tsv;              bad "one class only" 'at least two'
printf 'a\tx\n\ty\n' > bad.tsv;               bad "an empty label" 'bad.tsv:2.*label'
rm bad.tsv;                                   bad "a missing file" 'bad.tsv: *No such file'
fails 1 "a column that is not there" "$LACO" train classify words.csv --text wrod --label kind -o bad.safetensors
says 'word'
fails 1 "an unwritable path" "$LACO" train classify words.tsv -o nowhere/m.safetensors $small -q
says 'nowhere'
fails 1 "a folder as output" "$LACO" train classify words.tsv -o folder $small -q
printf 'ends-in-c\txc\n' > c.tsv
fails 1 "a label that training never saw" "$LACO" eval m.safetensors c.tsv
says 'c.tsv:1.*ends-in-c'
fails 1 "bytes that are no text" sh -c 'printf "xa\n\377\n" | "$0" predict m.safetensors' "$LACO"
says 'standard input:2: byte 1 (0xFF) is not UTF-8.*iconv'
prints '^ends-in-a'

# A loss that is no number: the last good model is kept.
fails 1 "a learning rate that explodes" "$LACO" train classify words.tsv -o nan.safetensors --hidden 8 --epochs 40 --optim sgd --lr 1e38 --clip 0 -q
says 'NaN\|infinite'
absent nan.safetensors
explodes='--optim sgd --clip 0 --batch 1000 --hidden 8 --patience 0 -q' # one step an epoch, whose weight decay alone makes infinity
# shellcheck disable=SC2086
{
fails 1 "weights that explode in the only step" "$LACO" train classify words.tsv -o nan.safetensors --checkpoint nan.checkpoint --epochs 1 \
    --lr 1e35 --weight-decay 1e6 $explodes
says "^laco: the weights '[a-z_0-9.]*' became NaN or infinite in epoch 1, batch 1:"
one_line
absent nan.safetensors nan.checkpoint
fails 1 "weights that explode later" "$LACO" train classify words.tsv -o good.safetensors --checkpoint good.checkpoint --every 0.01 --epochs 60 \
    --lr 1 --weight-decay 100 --schedule constant $explodes
}
says 'became \(NaN\|infinite\|NaN or infinite\) in epoch [1-9]'
says 'note: good.safetensors holds the last good model'
ok "the last good model answers" "$LACO" eval good.safetensors words.tsv
ok "the last good checkpoint can be read" "$LACO" info good.checkpoint

# ---- Hostile and damaged models ----
hostile() { # NAME TEXT-OF-THE-ERROR, of the file h.safetensors
    fails 1 "$1" "$LACO" info h.safetensors
    says "$2"
    one_line
}
head -c 100 m.safetensors > h.safetensors;                                        hostile "a model cut short" 'h.safetensors'
head -c $(($(wc -c < m.safetensors) - 1)) m.safetensors > h.safetensors;          hostile "a model without its last byte" 'h.safetensors'
: > h.safetensors;                                                                hostile "an empty model" 'h.safetensors'
printf '\377\377\377\377\377\377\377\177{}' > h.safetensors;                      hostile "a header of 2^63 bytes" 'header'
head -c -4 m.safetensors > h.safetensors; printf '\000\000\300\177' >> h.safetensors; hostile "a weight that is NaN" "h.safetensors: element [0-9]* of tensor '[a-z_.]*' is NaN"
head -c -4 m.safetensors > h.safetensors; printf '\000\000\200\377' >> h.safetensors; hostile "a weight that is -infinity" "is infinite; every weight is a finite number"
fails 1 "which answers nothing" sh -c 'echo xa | "$0" predict h.safetensors' "$LACO"
one_line
tensors() { # a safetensors file with this header and no data
    length=$(printf '%s' "$1" | wc -c)
    printf "\\$(printf %o $((length % 256)))\\$(printf %o $((length / 256)))\\0\\0\\0\\0\\0\\0%s" "$1" > h.safetensors
}
tensors '{"a":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4611686018427387904]}}'; hostile "2^60 elements" "'a'"
tensors '{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}';                 hostile "a size that overflows" "'a'"
tensors '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';                                     hostile "offsets outside the file" 'h.safetensors'
tensors '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'; hostile "a key twice" 'duplicate'
tensors '{"a":{"dtype":"F99","shape":[0],"data_offsets":[0,0]}}';                                     hostile "an unknown dtype" 'F99'
tensors '{}'; fails 1 "no model" "$LACO" eval h.safetensors m.safetensors
says 'laco'
one_line
tensors '{"__metadata__":{"laco.format":"99","laco.task":"classify"}}';                               hostile "a later format" '99'
sed 's/"laco.task":"classify"/"laco.task":"\\nassify"/' m.safetensors > h.safetensors;                 hostile "a task of two lines" "metadata 'laco.task' is '?assify', which"
sed 's/"hidden\\":8/"hidden\\":9/' m.safetensors > h.safetensors;                                      hostile "sizes that do not agree" 'h.safetensors'
sed 's/rnn.weight_hh_l0"/rnn.weight_hh_l9"/' m.safetensors > h.safetensors;                            hostile "a tensor of another name" 'h.safetensors'
fails 1 "a model that is not there" "$LACO" predict nothing.safetensors
says 'nothing.safetensors: *No such file'

# ---- A full disk ----
if [ -e /dev/full ]; then
    fails 1 "a full disk under the output" sh -c '"$0" info m.safetensors > /dev/full' "$LACO"
    says 'No space left'
fi
cp m.safetensors old.safetensors
fails 1 "no room for the model" sh -c 'ulimit -f 1; trap "" XFSZ; exec "$0" train classify words.tsv -o old.safetensors '"$small"' --hidden 64 -q' "$LACO"
says 'old.safetensors'
same "the old model still stands" m.safetensors old.safetensors
absent old.safetensors.tmp*

printf '__label__a __label__b one\n__label__b two\n__label__a three\n__label__b four\n__label__a five\n' > several.txt
fails 1 "two labels in a line of fastText" "$LACO" train classify several.txt -o x -q
says 'several.txt:1: two labels, __label__a and __label__b'
finish
