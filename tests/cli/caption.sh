#!/bin/sh
# laco train caption: pictures in lists and in IDX, vectors in tables; what goes with it, and every bad input.   usage: caption.sh LACO
. "$(dirname "$0")/harness.sh"

# ---- Data: pictures of one or two strokes, each 4 × 4 pixels: a line down, a line across, a slope; and their names ----
mkdir pictures
awk 'BEGIN { split("desce,corre,sobe", word, ",")
    for (i = 0; i < 48; i++) {
        count = 1 + i % 2; a = i % 3; b = int(i / 3) % 3; name = "pictures/" i ".pgm"
        printf "P2\n# %d\n%d 4 100\n", i, 4 * count > name
        for (y = 0; y < 4; y++) { for (x = 0; x < 4 * count; x++) { s = x < 4 ? a : b; z = x % 4
            printf "%d ", (s == 0 ? z == 1 : s == 1 ? y == 2 : z == 3 - y) * (90 - i % 5) + i % 4 > name } printf "\n" > name }
        close(name)
        print name "\t" word[a + 1] (count > 1 ? " " word[b + 1] : "") } }' > list.tsv
small='--hidden 16 --embed 8 --epochs 120 --batch 8 --lr 0.01 --columns 1 --shift 0.3 --bend 0.02 --dropout 0.05'

ok "a list of pictures" "$LACO" train caption list.tsv -o m.safetensors $small -q
ok "again, on two threads" "$LACO" train caption list.tsv -o m2.safetensors $small -q --threads 2
same "the same seed gives the same file at any number of threads" m.safetensors m2.safetensors
ok "another seed" "$LACO" train caption list.tsv -o m2.safetensors $small -q --seed 1
differ "another seed gives another file" m.safetensors m2.safetensors
ok "eval" "$LACO" eval m.safetensors list.tsv
prints '^exact match  *100.00 %   48 of 48 captions'
ok "eval --json" "$LACO" eval m.safetensors list.tsv --json
prints '^{"exact_match":1.0,"token_error_rate":0.0,"count":48,"right":48,"token_errors":0,"tokens":72}$'
ok "eval, greedy" "$LACO" eval m.safetensors list.tsv --json --beam 1
prints '"exact_match":1.0,'
ok "info" "$LACO" info m.safetensors
prints '^network     1 × 4 numbers → LSTM 16, both ways → LSTM 16, dot attention → linear 4, dropout 0.05'
prints 'kind "pictures", features 4, numbers 0, columns 1, mean \['
ok "info --json" "$LACO" info m.safetensors --json
prints '"attention":"dot"'

ok "predict" "$LACO" predict m.safetensors list.tsv
lines 48
cut -f2 list.tsv > words.txt
same "the captions of the list come back" out.txt words.txt
ok "paths without captions" sh -c 'cut -f1 list.tsv | "$0" predict m.safetensors' "$LACO"
same "captions play no part in predict" out.txt words.txt
ok "pictures themselves" "$LACO" predict m.safetensors pictures/0.pgm pictures/4.pgm
lines 2
prints '^desce$'
prints '^corre$'
ok "a picture on standard input" sh -c '"$0" predict m.safetensors < pictures/5.pgm' "$LACO"
prints '^sobe corre$'
ok "the three best" "$LACO" predict m.safetensors pictures/0.pgm --nbest 3
lines 3
prints '^1	-0\.[0-9]*	desce$'
prints '^3	-[0-9.]*	'
ok "a beam, and --json" "$LACO" predict m.safetensors pictures/0.pgm --nbest 2 --beam 5 --json
prints '^{"captions":\[{"caption":"desce","log_probability":-[0-9.e-]*,"score":-[0-9.e-]*},{"caption":"[^"]*",'

for options in '--attention none' '--attention additive' '--cell gru' '--cell rnn --unidirectional' '--layers 2 --sampling 0.2' \
    '--units char --label-smoothing 0.05' '--columns 3'; do
    ok "train $options" "$LACO" train caption list.tsv -o o.safetensors $small $options --epochs 2 -q
    ok "eval $options" "$LACO" eval o.safetensors list.tsv --json
    prints '"count":48'
done
ok "progress as JSON" "$LACO" train caption list.tsv -o o.safetensors $small --epochs 1 --json
prints '"exact match":'
prints '^{"event":"saved"'
ok "validation from a file" "$LACO" train caption list.tsv --valid list.tsv -o o.safetensors $small --epochs 2 -q

# ---- IDX: two images of 2 rows and 3 columns ----
printf '\000\000\010\003\000\000\000\002\000\000\000\002\000\000\000\003\001\002\003\004\005\006\007\010\011\012\013\014' > i.idx
printf 'um dois\ntr\303\252s\n' > i.txt
ok "images and a file of captions" "$LACO" train caption i.idx i.txt -o i.safetensors $small --valid 0 -q
ok "their captions" "$LACO" predict i.safetensors i.idx
lines 2
ok "eval of both files" "$LACO" eval i.safetensors i.idx i.txt --json
prints '"count":2'

# ---- Vectors ----
awk 'BEGIN { for (i = 0; i < 40; i++) printf "%s%d.%d,%d,%s\n", i % 2 ? "-" : "", 3 + i % 4, i, 1000 * (i % 3), (i % 2 ? "muito " : "pouco ") (i % 3 ? "longe" : "perto") }' > v.csv
ok "a table" "$LACO" train caption v.csv -o v.safetensors --epochs 200 --hidden 16 --batch 8 --lr 0.01 -q
ok "eval of vectors" "$LACO" eval v.safetensors v.csv --json
prints '"exact_match":1.0,'
ok "info of vectors" "$LACO" info v.safetensors
prints '^network     2 × 1 numbers → MLP 16 → LSTM 16 → linear 5'
ok "a table without captions" sh -c 'cut -d, -f1,2 v.csv | "$0" predict v.safetensors' "$LACO"
cut -d, -f3 v.csv > words.txt
same "the same captions" out.txt words.txt
ok "numbers read one by one" "$LACO" train caption v.csv -o o.safetensors --encoder recurrent --epochs 2 -q

# ---- Going on ----
ok "a run with checkpoints" "$LACO" train caption list.tsv -o r1.safetensors $small --epochs 6 --checkpoint c1 --every 0.01 -q
ok "a resumed run" "$LACO" train caption list.tsv -o r2.safetensors $small --epochs 6 --resume c1 -q
same "a resumed run gives the same file" r1.safetensors r2.safetensors
head -40 list.tsv > other.tsv
fails 1 "a checkpoint of other data" "$LACO" train caption other.tsv -o r3.safetensors $small --epochs 6 --resume c1 -q
says 'other data'

# ---- Bad input: one line that says where, and nothing written ----
bad() # WHAT MESSAGE FILE…
{
    this=$1 message=$2
    shift 2
    fails 1 "$this" "$LACO" train caption "$@" -o bad.safetensors $small
    says "$message"
    one_line
    absent bad.safetensors
}
printf 'P2 4 5 9 %s' "$(seq 20 | sed 's/.*/1/')" > pictures/high.pgm
head -c 20 pictures/0.pgm > pictures/cut.pgm
printf '\211PNG\r\n\032\nxxxx' > pictures/bad.png
one() { printf '%b\n' "$1" > one.tsv; }
one 'pictures/0.pgm\tum\npictures/high.pgm\tdois'; bad "a picture of another height" 'one.tsv:2: pictures/high.pgm: a picture of 4 × 5 (width × height); the height must be 4' one.tsv
one 'pictures/cut.pgm\tum';         bad "a picture cut short" 'one.tsv:1: pictures/cut.pgm: is cut short' one.tsv
one 'pictures/bad.png\tum';         if [ "${LACO_TEST_PICTURE-1}" = 1 ]; then png='is not a whole PNG'; else png='this laco was built without PNG (-Dpicture=enabled)'; fi
                                    bad "a damaged PNG" "one.tsv:1: pictures/bad.png: $png" one.tsv
one 'pictures/none.png\tum';        bad "a picture that is not there" 'one.tsv:1: cannot read pictures/none.png' one.tsv
one 'pictures/0.pgm um';            bad "no tab" 'one.tsv:1: is neither' one.tsv
one 'pictures/0.pgm\t';             bad "an empty caption" 'one.tsv:1: the caption is empty' one.tsv
one 'pictures/0.pgm\t\0377';        bad "not UTF-8" 'UTF-8' one.tsv
one '1,2,um\n1,um';                 bad "rows that differ" 'one.tsv:2: 2 fields where the rows before have 3' one.tsv
one '1,x,3,um';                     bad "not a number" "one.tsv:1: 'x' in field 2 is not a number" one.tsv
one '1,2,um\n1,inf,um';             bad "infinity" 'one.tsv:2: ' one.tsv
: > empty.tsv;                      bad "an empty file" 'empty.tsv: the file is empty' empty.tsv
bad "a file that is not there" 'cannot read nowhere.tsv' nowhere.tsv
bad "pictures without a list" 'pictures/0.pgm: a picture without a caption' pictures/0.pgm
bad "images without captions" 'i.idx: images without captions: give a text file behind it' i.idx
echo um > few.txt;                  bad "too few captions" 'few.txt: 1 captions for the 2 images of i.idx' i.idx few.txt
head -c 27 i.idx > cut.idx;         bad "images cut short" 'cut.idx: is cut short' cut.idx i.txt
printf '\000\000\010\001\000\000\000\001\003' > l.idx; bad "labels in the place of images" 'l.idx: holds labels' l.idx i.txt
bad "pictures and vectors" 'v.csv:1: a vector of numbers where pictures are needed' list.tsv v.csv
plain=$small small='--hidden 16'
bad "pictures of two widths for an mlp" 'an mlp reads items of one size' list.tsv --encoder mlp -q
bad "attention over an mlp" 'an mlp has none' v.csv --attention dot -q
small=$plain
for option in '--shift 1' '--bend 0.1' '--columns 2'; do
    # shellcheck disable=SC2086
    fails 1 "vectors with $option" "$LACO" train caption v.csv -o bad.safetensors $option
    says '[a-z]* are for '
    absent bad.safetensors
done
fails 1 "directions of an mlp" "$LACO" train caption v.csv -o bad.safetensors --unidirectional
says "an mlp has no memory: reading both ways, or one, is for recurrent cells"
absent bad.safetensors
fails 1 "columns for an mlp" "$LACO" train caption list.tsv -o bad.safetensors --encoder mlp --columns 2
says "columns are for a recurrent encoder"
absent bad.safetensors
ok "vectors two numbers at a time" "$LACO" train caption v.csv -o o.safetensors --encoder recurrent --columns 2 --epochs 1 -q
fails 2 "no MODEL" "$LACO" train caption list.tsv
fails 2 "an unknown encoder" "$LACO" train caption list.tsv -o bad.safetensors --encoder cnn

wrong() # WHAT MESSAGE ARGUMENTS…
{
    this=$1 message=$2
    shift 2
    fails 1 "$this" "$LACO" "$@"
    says "$message"
    one_line
    [ ! -s out.txt ] || fault "prints something all the same"
}
wrong "a picture of another height to a model" 'pictures/high.pgm: a picture of 4 × 5 (width × height); the height must be 4' predict m.safetensors pictures/high.pgm
printf '1,2,3,4\n' > four.csv
wrong "a vector of another size" 'four.csv:1: a vector of 4 numbers; 2 are needed' predict v.safetensors four.csv
wrong "vectors to a model of pictures" 'a vector of numbers where pictures are needed' predict m.safetensors v.csv
cut -f1 list.tsv > paths.tsv
wrong "captions that are missing" 'paths.tsv:1: no tab' eval m.safetensors paths.tsv
for beam in 0 -1 x; do
    fails 2 "a beam of $beam" "$LACO" predict m.safetensors pictures/0.pgm --beam $beam
done
wrong "more answers than the beam holds" '3 answers from a beam of 2' predict m.safetensors pictures/0.pgm --beam 2 --nbest 3
ok "a word that training never saw counts as wrong" sh -c 'printf "pictures/0.pgm\tvoa\n" > voa.tsv; "$0" eval m.safetensors voa.tsv --json' "$LACO"
prints '"exact_match":0.0,'
printf 'a\tx\nb\ty\n' > pairs.tsv
wrong "captioners read no text" 'neither a row of numbers' predict m.safetensors pairs.tsv
fails 1 "the demo without its digits" env LACO_MNIST=nowhere "$LACO" demo caption -o demo
says 'nowhere/t10k-labels-idx1-ubyte: not there; set LACO_MNIST'

# ---- Hostile models ----
hostile() # NAME MESSAGE
{
    fails 1 "$1" "$LACO" info h.safetensors
    says "$2"
    one_line
}
sed 's/"attention\\":\\"dot/"attention\\":\\"dat/' m.safetensors > h.safetensors;    hostile "an unknown attention" "'attention'"
sed 's/"hidden\\":16/"hidden\\":17/' m.safetensors > h.safetensors;                  hostile "sizes that do not agree" "tensor 'encoder.weight_ih_l0' has shape"
sed 's/"outputs\\":4/"outputs\\":5/' m.safetensors > h.safetensors;                  hostile "more words than there are" 'the vocabulary holds 4'
sed 's/"columns\\":1/"columns\\":2/' m.safetensors > h.safetensors;                  hostile "other columns" "tensor 'encoder.weight_ih_l0' has shape"
sed 's/"kind\\":\\"pictures/"kind\\":\\"pictured/' m.safetensors > h.safetensors;    hostile "an unknown kind" "'kind'"
sed 's/"longest\\":2/"longest\\":0/' m.safetensors > h.safetensors;                  hostile "captions of no length" "'longest'"
overflows "answers that come to NaN" m.safetensors "$LACO" predict overflowing list.tsv
overflows "and their score" m.safetensors "$LACO" eval overflowing list.tsv

finish
