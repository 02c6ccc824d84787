#!/bin/sh
# laco train classify on sequences of numbers: tables, .ts files, images; what goes with them, and every bad input.   usage: numeric.sh LACO
. "$(dirname "$0")/harness.sh"

# ---- Data: rising and falling lines, and two features of which the second says it ----
awk 'BEGIN { for (i = 0; i < 48; i++) { up = i % 2; for (t = 0; t < 6; t++) printf "%.2f,%.1f,", (up ? t : 5 - t) + i % 5 / 10, i % 7;
     print up ? "up" : "down" } }' > rows.csv
small='--hidden 8 --layers 1 --epochs 20 --batch 8 --lr 0.02'

ok "a table of numbers" "$LACO" train classify rows.csv --features 2 -o m.safetensors $small -q
ok "again, on two threads" "$LACO" train classify rows.csv --features 2 -o m2.safetensors $small -q --threads 2
same "the same seed gives the same file at any number of threads" m.safetensors m2.safetensors
ok "steps in place of features" "$LACO" train classify rows.csv --steps 6 -o m2.safetensors $small -q
same "--steps 6 is --features 2" m.safetensors m2.safetensors
ok "eval" "$LACO" eval m.safetensors rows.csv --json
prints '"accuracy":1.0,'
prints '"count":48'
ok "info" "$LACO" info m.safetensors
prints 'features 2, steps 6, mean \[2.6'
prints '^network     2 numbers → GRU 8, both ways → linear 2'
ok "predict with labels in the file" "$LACO" predict m.safetensors rows.csv
lines 48
cp out.txt answers.txt
ok "predict without labels" sh -c 'cut -d, -f1-12 rows.csv | "$0" predict m.safetensors' "$LACO"
same "labels play no part in predict" out.txt answers.txt
ok "predict --json" "$LACO" predict m.safetensors rows.csv --json --top 2
prints '^{"labels":\[{"label":"down","log_probability":-[0-9.e-]*},{"label":"up"'
{ echo 'x0,y0,x1,y1,x2,y2,x3,y3,x4,y4,x5,y5,label'; cat rows.csv; } > header.csv
ok "a header above the numbers" "$LACO" train classify header.csv --features 2 -o m2.safetensors $small -q
same "a header changes nothing" m.safetensors m2.safetensors
tr ',' ';' < rows.csv > semicolon.data
ok "any file with --features" "$LACO" train classify semicolon.data --features 2 -o m2.safetensors $small -q
same "semicolons change nothing" m.safetensors m2.safetensors
ok "a table of one feature is known without options" "$LACO" train classify rows.csv -o m1.safetensors --epochs 1 --hidden 4 -q
ok "what it reads" "$LACO" info m1.safetensors
prints 'features 1, steps 12'
ok "validation from a file" "$LACO" train classify rows.csv --features 2 --valid rows.csv -o v.safetensors $small -q
ok "a run with checkpoints" "$LACO" train classify rows.csv --features 2 -o r1.safetensors $small --checkpoint c1 --every 0.01 -q
ok "a resumed run" "$LACO" train classify rows.csv --features 2 -o r2.safetensors $small --resume c1 -q
same "a resumed run gives the same file" m.safetensors r2.safetensors
sed 's/^0.00/0.01/;s/^0.10/0.12/' rows.csv > other.csv
fails 1 "a checkpoint of other numbers" "$LACO" train classify other.csv --features 2 -o r3.safetensors $small --resume c1 -q
says 'other data'

# ---- Networks without memory, and what is kept of the steps ----
for options in '--cell mlp' '--cell mlp --window 3' '--cell mlp --window 2 --pool max --layers 2' '--pool last' '--pool mean' '--pool max' \
    '--cell lstm --unidirectional' '--cell rnn --layers 2'; do
    ok "train $options" "$LACO" train classify rows.csv --features 2 $small $options -o c.safetensors -q
    ok "eval $options" "$LACO" eval c.safetensors rows.csv --json
    prints '"count":48'
done
ok "the whole sequence tells rising from falling" "$LACO" train classify rows.csv --features 2 --cell mlp -o c.safetensors $small -q
ok "eval" "$LACO" eval c.safetensors rows.csv --json
prints '"accuracy":1.0,'
ok "info of an mlp" "$LACO" info c.safetensors
prints '2 numbers → MLP 8 over 6 steps → linear 2'
ok "one step at a time does not" "$LACO" train classify rows.csv --features 2 --cell mlp --window 1 -o c.safetensors $small -q
ok "eval" "$LACO" eval c.safetensors rows.csv --json
accuracy=$(sed 's/.*"accuracy":\([0-9.]*\).*/\1/' out.txt)
[ "$(echo "$accuracy" | awk '{ print ($1 < 0.8) }')" = 1 ] || fault "an mlp of one step has accuracy $accuracy"
ok "texts without memory" sh -c 'printf "a\txx\nb\tyx\na\txxx\nb\tyyx\n" | "$0" train classify - --cell mlp --valid 0 -o t.safetensors --epochs 2 -q' "$LACO"
ok "a text longer than any in training" sh -c 'echo yxxxxxxxxxxxxxx | "$0" predict t.safetensors' "$LACO"
for option in --unidirectional --bidirectional '--weight-drop 0.1' '--positions yes' '--pool max'; do
    # shellcheck disable=SC2086
    fails 1 "an mlp with $option" "$LACO" train classify rows.csv --features 2 --cell mlp -o c2.safetensors $small -q $option
    says 'an mlp'
    absent c2.safetensors
done
fails 1 "a window without an mlp" "$LACO" train classify rows.csv --features 2 --cell gru --window 3 -o c2.safetensors $small -q
says 'only for cell mlp'
absent c2.safetensors
sed 's/"window\\":1/"window\\":7/' c.safetensors > h.safetensors
fails 1 "a window that the weights do not have" "$LACO" info h.safetensors
says 'hidden_l0.weight. has shape'
sed 's/"features\\":2/"features\\":3/' m.safetensors > h.safetensors
fails 1 "features that the model does not have" "$LACO" info h.safetensors
says 'h.safetensors'
one_line

# ---- The .ts form ----
{
    printf '# a comment\n@problemName lines\n@timeStamps false\n@missing false\n@univariate false\n@dimensions 2\n@equalLength false\n'
    printf '@classLabel true up down\n@data\n'
    awk 'BEGIN { for (i = 0; i < 48; i++) { up = i % 2; n = 4 + i % 3; a = b = "";
         for (t = 0; t < n; t++) { a = a (t ? "," : "") (up ? t : n - t); b = b (t ? "," : "") i % 7 } print a ":" b ":" (up ? "up" : "down") } }'
} > lines.ts
ok "a .ts file of unequal lengths" "$LACO" train classify lines.ts -o s.safetensors $small -q
ok "eval of it" "$LACO" eval s.safetensors lines.ts --json
prints '"accuracy":1.0,'
ok "predict of it" "$LACO" predict s.safetensors lines.ts
lines 48
ok "standard input is known by its content" sh -c '"$0" train classify - -o s2.safetensors '"$small"' -q < lines.ts' "$LACO"
same "standard input gives the model that the file gives" s.safetensors s2.safetensors
sed 's/:up$/:?/;s/:down$/:?/' lines.ts > unknown.ts
ok "classes that are not known" "$LACO" predict s.safetensors unknown.ts
lines 48

# ---- Images: 2 × 3 pixels, bright on the left or on the right ----
byte() { for b; do printf "\\$(printf %o "$b")"; done; }
make_images() { # COUNT
    byte 0 0 8 3 0 0 0 "$1" 0 0 0 2 0 0 0 3
    i=0
    while [ $i -lt "$1" ]; do
        if [ $((i % 2)) = 1 ]; then byte $((200 + i)) $((i % 9)) 3 $((190 + i)) 0 $((i % 5)); else byte 3 $((i % 7)) $((200 + i)) 0 9 $((180 + i)); fi
        i=$((i + 1))
    done
}
make_labels() { byte 0 0 8 1 0 0 0 "$1"; i=0; while [ $i -lt "$1" ]; do byte $((i % 2)); i=$((i + 1)); done; }
make_images 40 > set-images-idx3-ubyte
make_labels 40 > set-labels-idx1-ubyte
ok "images, their labels beside them" "$LACO" train classify set-images-idx3-ubyte -o i.safetensors $small -q
ok "eval of images" "$LACO" eval i.safetensors set-images-idx3-ubyte --json
prints '"accuracy":1.0,'
cp set-images-idx3-ubyte pictures
cp set-labels-idx1-ubyte names
ok "images and labels by name" "$LACO" train classify pictures names -o i2.safetensors $small -q
same "the same model" i.safetensors i2.safetensors
ok "predict of images" "$LACO" predict i.safetensors pictures
lines 40
ok "pixel by pixel" "$LACO" train classify set-images-idx3-ubyte --by pixel -o p.safetensors $small -q
ok "its steps" "$LACO" info p.safetensors
prints 'features 1, steps 6'
ok "eval pixel by pixel" "$LACO" eval p.safetensors pictures names --json
prints '"count":40'

# ---- Lines with a space ----
printf '1 a fine film\n0 a poor film\n1 fine\n0 poor\n' > film.txt
ok "label and text apart by a space" "$LACO" train classify film.txt --separator space --valid 0 --epochs 2 -o f.safetensors -q
ok "eval of them" "$LACO" eval f.safetensors film.txt --separator space --json
ok "the space is found out" "$LACO" eval f.safetensors film.txt --json
prints '"count":4'
fails 1 "but a tab where one is asked for" "$LACO" train classify film.txt --separator tab -o f2.safetensors -q
says 'film.txt:1.*no tab'

# ---- Bad input: exit 1, one line, nothing left ----
bad() { # NAME FILE TEXT-OF-THE-ERROR [OPTIONS…]
    name=$1 file=$2 text=$3
    shift 3
    fails 1 "$name" "$LACO" train classify "$file" -o bad.safetensors $small -q "$@"
    says "$text"
    one_line
    absent bad.safetensors
}
printf '1,2,a\n1,2,3,b\n' > bad.csv;               bad "rows of unequal length" bad.csv 'bad.csv:2: 4 fields'
printf '1,2,a\n1,x,b\n' > bad.csv;                 bad "a field that is no number" bad.csv "bad.csv:2: 'x' in field 2"
printf '1,2,a\n1,?,b\n' > bad.csv;                 bad "a missing value" bad.csv 'bad.csv:2: a value is missing in field 2'
printf '1,2,a\n1,inf,b\n' > bad.csv;               bad "an infinite value" bad.csv 'bad.csv:2.*field 2'
printf '1,2,3,a\n1,2,3,b\n' > bad.csv;             bad "features that do not fit" bad.csv '3 numbers' --features 2
bad "steps that do not fit" bad.csv '3 numbers' --steps 2
printf '1,2,a\n1,2,\n' > bad.csv;                  bad "an empty label" bad.csv 'bad.csv:2: the label is empty'
printf '1,2,a\n1,3,a\n' > bad.csv;                 bad "one class only" bad.csv 'at least two'
ts() { printf '@problemName x\n%s\n@data\n%s\n' "$1" "$2" > bad.ts; }
ts '@classLabel true a b' '1,2:1,2,3:a';           bad "dimensions of unequal length" bad.ts 'bad.ts:4: dimension 2 has 3 values'
ts '@classLabel true a b' '1,2:1,2:a
1,2:b';                                            bad "fewer dimensions in a line" bad.ts 'bad.ts:5: 1 dimensions where 2'
ts '@classLabel true a b' '1,?:1,2:a';             bad "a missing value in .ts" bad.ts 'bad.ts:4: a value is missing in dimension 1'
ts '@classLabel true a b' '1,2:c';                 bad "a class that is not listed" bad.ts "bad.ts:4: the class 'c'"
ts '@equalLength true
@classLabel true a b' '1,2:a
1:b';                                              bad "unequal lengths where equal ones are promised" bad.ts 'bad.ts:6.*equalLength'
ts '@dimensions 3
@classLabel true a b' '1,2:a';                     bad "another number of dimensions than promised" bad.ts '1 dimensions where 3'
ts '@classLabel false' '1,2';                      bad "no classes" bad.ts 'classLabel'
ts '@timeStamps true' '(1,2):a';                   bad "time stamps" bad.ts 'bad.ts:2.*time stamps'
ts '@colour blue' '1,2:a';                         bad "a header line that is none" bad.ts "bad.ts:2: '@colour'"
ts '@univariate maybe' '1,2:a';                    bad "a flag that is none" bad.ts 'true or false'
printf '@problemName x\n1,2:a\n' > bad.ts;         bad "no @data" bad.ts 'bad.ts:2.*@data'
printf '@problemName x\n@classLabel true a\n@data\n' > bad.ts; bad "no sequence" bad.ts 'no example'
head -c 100 pictures > bad-images-idx3;            bad "an image file cut short" bad-images-idx3 'cut short'
head -c 9 pictures > bad-images-idx3;              bad "a header cut short" bad-images-idx3 'cut short'
{ cat pictures; echo; } > bad-images-idx3;         bad "bytes behind the last image" bad-images-idx3 '1 bytes behind'
bad "images without labels" pictures 'images without labels'
bad "labels in the place of images" names 'holds labels where images' pictures
make_labels 39 > short
bad "fewer labels than images" pictures '39 labels for the 40 images' short
byte 0 0 10 3 0 0 0 1 0 0 0 1 0 0 0 1 0 > odd;     bad "a type of element that is none" odd '0x0A'
printf '\037\213\010\000' > images.gz;             bad "a compressed file" images.gz 'gunzip'
bad "numbers and texts together" rows.csv 'film.txt' film.txt
bad "steps of another size" rows.csv 'set-images-idx3-ubyte: has 3 numbers' --features 2 set-images-idx3-ubyte

for option in '--by row --features 2' '--by pixel --steps 6'; do bad "$option" rows.csv '--by says how images are read' $option; done
for file in pictures lines.ts; do bad "steps of $file" $file "$file: says by itself how many steps" --steps 6; done
for option in '--separator tab'; do bad "numbers with $option" rows.csv 'rows.csv: holds sequences of numbers, each with its label' $option; done
bad "numbers with a label that is no column" rows.csv 'rows.csv: no column "a" (label column).*a number from 1 to 13' --label a
for option in '--level word' --lower --fold-accents '--embed 9'; do bad "numbers with $option" rows.csv 'are for texts' $option; done
fails 1 "eval of numbers with a column for the label" "$LACO" eval m.safetensors rows.csv --label a
says 'rows.csv: no column "a"'
fails 1 "a model of numbers on texts" "$LACO" eval m.safetensors film.txt
says 'film.txt'
one_line
fails 1 "a model of texts on numbers" "$LACO" eval f.safetensors set-images-idx3-ubyte
one_line
fails 1 "rows that are too short for the model" sh -c 'echo 1,2,3 | "$0" predict m.safetensors' "$LACO"
says '3 numbers'
fails 1 "a label that training never saw" sh -c 'sed s/up/sideways/ rows.csv > new.csv; "$0" eval m.safetensors new.csv' "$LACO"
says 'sideways'
overflows "answers that come to NaN" m.safetensors "$LACO" predict overflowing rows.csv
says "answer 1 came to NaN"

finish
