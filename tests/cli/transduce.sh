#!/bin/sh
# laco train transduce, eval, predict and demo transduce, as a user runs them; bad input gives one line on stderr, exit status 1 or 2,
# and leaves nothing behind.   usage: transduce.sh LACO EXAMPLE
. "$(dirname "$0")/harness.sh"

# ---- A small language: words over abc are written backwards, c as two tokens; every fifth word has a second right answer ----
awk 'BEGIN { split("a b c", l, " "); split("A,B,k s", t, ",");
    for (n = 1; n <= 3; n++) for (i = 0; i < 3 ^ n; i++) {
        word = ""; target = ""; rest = i
        for (k = 0; k < n; k++) { d = rest % 3 + 1; rest = int(rest / 3); word = word l[d]; target = t[d] (target == "" ? "" : " " target) }
        print word "\t" target
        if (i % 5 == 4) print word "\t" target " B" } }' > small.tsv
quick='--hidden 24 --embed 12 --epochs 80 --batch 8 --lr 0.01 --dropout 0 --label-smoothing 0 --average 0 --valid 0 --members 1'

ok "training runs" "$LACO" train transduce small.tsv -o m.safetensors $quick -q
ok "a second run, on two threads" "$LACO" train transduce small.tsv -o m2.safetensors $quick -q --threads 2
same "the same seed gives the same file at any number of threads" m.safetensors m2.safetensors
ok "another seed" "$LACO" train transduce small.tsv -o m3.safetensors $quick -q --seed 7
differ "another seed gives another file" m.safetensors m3.safetensors
ok "eval" "$LACO" eval m.safetensors small.tsv
prints '^word error rate  *[0-9]\.[0-9]* %   [0-3] of 39 sources are not turned into one of their targets$'
prints '^token error rate  *[0-9]\.[0-9]* %   [0-9]* errors in [0-9]* tokens of the nearest targets$'
ok "eval as JSON" "$LACO" eval m.safetensors small.tsv --json
prints '^{"word_error_rate":0\.0[0-9]*,"token_error_rate":0\.0[0-9]*,"count":39,"right":3[6-9],"token_errors":[0-9]*,"tokens":[0-9]*}$'
ok "info" "$LACO" info m.safetensors
prints '^task *transduce'
ok "info as JSON" "$LACO" info m.safetensors --json
prints '"pairs":{"source":"char","target":"word","longest_source":3,"longest_target":6}'
prints '"name":"decoder.attention.key.weight","shape":\[24,48\]'

# ---- Answers ----
ok "predict" sh -c 'printf "abc\nb\n" | "$0" predict m.safetensors' "$LACO"
printf 'abc\tk s B A\nb\tB\n' > expected
same "source<TAB>answer" expected out.txt
cp out.txt five.txt
ok "greedy" sh -c 'printf "abc\nb\n" | "$0" predict m.safetensors --beam 1' "$LACO"
same "which finds the same here" five.txt out.txt
ok "n-best" sh -c 'echo abc | "$0" predict m.safetensors --nbest 3' "$LACO"
lines 3
prints '^abc	1	-[0-9.]*	k s B A$'
prints '^abc	3	-'
ok "JSON" sh -c 'echo abc | "$0" predict m.safetensors --json --nbest 2' "$LACO"
prints '^{"source":"abc","targets":\[{"target":"k s B A","log_probability":-[0-9.]*,"score":-[0-9.e]*},{"target":'
lines 1
ok "attention" sh -c 'echo abc | "$0" predict m.safetensors --attention' "$LACO"
lines 6
prints '^abc	a	b	c$'
prints '^k	0\.[0-9]*	0\.[0-9]*	[01]\.[0-9]*$'
ok "many lines are one line at a time" sh -c 'cut -f1 small.tsv | "$0" predict m.safetensors > all; cut -f1 small.tsv | while read -r w; do
    echo "$w" | "$0" predict m.safetensors; done > each' "$LACO"
same "bit for bit" all each
ok "a token that training never saw, an empty line, a long one" sh -c 'printf "a?b\n\nabcab\n" | "$0" predict m.safetensors' "$LACO"
lines 3
says '^laco: note: tokens that training did not know, read as unknown: 1$'
says '^laco: note: sources longer than any of training (3 tokens), whose answers are less certain: 1$'
printf 'a\tA\nb\tQ\n' > new.tsv
ok "a target symbol that training never saw is one that cannot be answered" "$LACO" eval m.safetensors new.tsv --json
prints '"word_error_rate":0.500000.*"count":2,"right":1'

# ---- Other networks, other tokens ----
for attention in none dot additive; do
    ok "--attention $attention" "$LACO" train transduce small.tsv -o a.safetensors $quick --attention $attention --cell gru --layers 2 --epochs 2 -q
    ok "eval of $attention" "$LACO" eval a.safetensors small.tsv
done
ok "no attention" "$LACO" train transduce small.tsv -o a.safetensors $quick --attention none --epochs 1 -q
fails 1 "nothing was looked at" sh -c 'echo abc | "$0" predict a.safetensors --attention' "$LACO"
says 'the model has no attention to look at'
ok "every target, an own answer now and then, one direction" "$LACO" train transduce small.tsv -o a.safetensors $quick --every-target --sampling 0.3 \
    --unidirectional --cell rnn --epochs 2 --valid 0.2 --json
prints '"greedy word error":'
ok "letters to letters" "$LACO" train transduce small.tsv --target char -o a.safetensors $quick --epochs 40 -q
ok "spaces are letters then" sh -c 'echo ab | "$0" predict a.safetensors' "$LACO"
prints '^ab	B A$'
printf '한국\tx\n국어\ty\n한어\tz\n' > hangul.tsv
ok "the letters of Hangul" "$LACO" train transduce hangul.tsv -o h.safetensors $quick --source jamo --epochs 2 -q
ok "which the model knows" "$LACO" info h.safetensors --json
prints '"pairs":{"source":"jamo","target":"char","longest_source":6,'
ok "and reads" sh -c 'echo 국한 | "$0" predict h.safetensors' "$LACO"
ok "and a C file reads" "$LACO" export h.safetensors -o h.c
ok "as its own test says" sh -c 'cc -DH_SELFTEST h.c -o h.run && ./h.run'
fails 2 "targets have none" "$LACO" train transduce hangul.tsv -o x $quick --target jamo
ok "validation from a file" "$LACO" train transduce small.tsv --valid small.tsv -o a.safetensors --hidden 8 --epochs 2 -q

# ---- Checkpoints ----
ok "a run with checkpoints" "$LACO" train transduce small.tsv -o r1.safetensors $quick --checkpoint c1 --every 0.01 -q
same "checkpoints do not change the model" m.safetensors r1.safetensors
ok "a run that is cut short" sh -c '"$0" train transduce small.tsv -o r2.safetensors '"$quick"' --checkpoint c2 --every 0.01 -q & pid=$!
    tries=0; while [ ! -s c2 ] && [ $tries -lt 3000 ]; do sleep 0.02; tries=$((tries + 1)); done
    kill -9 $pid; wait $pid; [ -s c2 ]' "$LACO"
ok "and goes on" "$LACO" train transduce small.tsv -o r2.safetensors $quick --resume c2 -q
same "gives the same file" m.safetensors r2.safetensors
fails 1 "a checkpoint of another training" "$LACO" train transduce new.tsv -o bad.safetensors $quick --resume c1 -q
says 'a checkpoint of a training on other data'
absent bad.safetensors

# ---- Ensembles ----
few='--hidden 24 --embed 12 --epochs 60 --batch 8 --lr 0.01 --dropout 0.1 --label-smoothing 0 --average 0 --valid 0'
ok "an ensemble" "$LACO" train transduce small.tsv -o e.safetensors $few --members 2 --checkpoint c3 --every 0.01 -q
ok "its evaluation" "$LACO" eval e.safetensors small.tsv --json
prints '"count":39,"right":3[6-9],'
ok "an ensemble resumed" "$LACO" train transduce small.tsv -o e2.safetensors $few --members 2 --resume c3 -q
same "a resumed ensemble gives the same file" e.safetensors e2.safetensors
ok "an ensemble that is cut short" sh -c '"$0" train transduce small.tsv -o e2.safetensors --members 2 '"$few"' --checkpoint c4 --every 0.01 -q & pid=$!
    tries=0; while [ ! -s c4 ] && [ $tries -lt 3000 ]; do sleep 0.02; tries=$((tries + 1)); done
    kill -9 $pid; wait $pid; [ -s c4 ]' "$LACO"
rm -f e2.safetensors
ok "goes on" "$LACO" train transduce small.tsv -o e2.safetensors $few --members 2 --resume c4 -q --threads 2
same "to the same file, at any number of threads" e.safetensors e2.safetensors
ok "info of an ensemble" "$LACO" info e.safetensors
prints '^network .* → 2 × LSTM 24, both ways → LSTM 24, dot attention → linear 5, dropout 0.1; 2 members; CTC × 0.3$'
ok "info of it as JSON" "$LACO" info e.safetensors --json
prints '"members": *2'
prints '"name":"member_1.decoder.attention.key.weight","shape":\[24,48\]'
ok "where an ensemble looked" sh -c 'echo abc | "$0" predict e.safetensors --attention' "$LACO"
lines 6
for weights in bf16 int8; do
    ok "an ensemble in $weights" "$LACO" convert e.safetensors -o e3.safetensors --weights $weights
    ok "eval of it in $weights" "$LACO" eval e3.safetensors small.tsv --json
    prints '"count":39,"right":3[6-9],'
done
fails 1 "a checkpoint of one network" "$LACO" train transduce small.tsv -o bad.safetensors $few --members 2 --resume c1 -q
says 'checkpoint'
one_line
for members in 0 17 -1 two; do
    fails 2 "$members members" "$LACO" train transduce small.tsv -o bad.safetensors $quick --members $members -q
    says '--ensemble is'
done
absent bad.safetensors
ok "two by default" "$LACO" train transduce small.tsv -o e3.safetensors $few --epochs 1 -q
ok "info of two" "$LACO" info e3.safetensors
prints '; 2 members; CTC'

# ---- Bad input: exit 1, one line, nothing left ----
bad() { # training on the file bad.tsv: NAME TEXT-OF-THE-ERROR
    fails 1 "$1" "$LACO" train transduce bad.tsv -o bad.safetensors $quick -q
    says "$2"
    one_line
    absent bad.safetensors
}
printf 'a\tb\nno tab\n' > bad.tsv;     bad "no tab" 'bad.tsv:2: no tab in this line; it should be source<TAB>target'
printf 'a\tb\tc\n' > bad.tsv;          bad "three columns" 'bad.tsv:1: more than one tab'
printf 'a\tb\n\tc\n' > bad.tsv;        bad "no source" 'bad.tsv:2: the source is empty'
printf 'a\t\n' > bad.tsv;              bad "no target" 'bad.tsv:1: the target is empty'
printf 'a\tb\nc\377\td\n' > bad.tsv;   bad "not UTF-8" 'bad.tsv:2.*UTF-8'
: > bad.tsv;                           bad "an empty file" 'bad.tsv: no pair in it'
rm bad.tsv;                            bad "a missing file" 'bad.tsv: *No such file'
fails 2 "a beam of 0" "$LACO" eval m.safetensors small.tsv --beam 0
says 'beam.*0'
fails 1 "more answers than the beam holds" sh -c 'echo a | "$0" predict m.safetensors --beam 2 --nbest 3' "$LACO"
says '3 answers from a beam of 2: within 1 … 2 is right'
one_line
fails 1 "a source that is a book" sh -c 'head -c 2000 /dev/zero | tr "\\0" a | "$0" predict m.safetensors' "$LACO"
says '^laco: standard input, from line 1 on: source 1 has 2000 tokens; at most 48 can be, 16 times the longest of training$'
{ head -c 2000 /dev/zero | tr '\0' a; printf '\tA\n'; } > book.tsv
fails 1 "a book to validate with" "$LACO" train transduce small.tsv -o bad.safetensors $quick --valid book.tsv -q
says '^laco: source 1 of the validation data, to validate with, has 2000 tokens; at most 48'
one_line
absent bad.safetensors
fails 2 "an unknown attention" "$LACO" train transduce small.tsv -o bad.safetensors --attention hard
says 'none|dot|additive'
fails 2 "no -o" "$LACO" train transduce small.tsv
fails 1 "text that is no text" sh -c 'printf "a\377\n" | "$0" predict m.safetensors' "$LACO"
says '^laco: standard input:1: byte 2 (0xFF) is not UTF-8'
ok "targets and a byte order mark play no part" sh -c 'printf "\357\273\277abc\tX\r\nb\n" | "$0" predict m.safetensors' "$LACO"
same "the answers are those of the sources alone" five.txt out.txt
fails 1 "a NUL" sh -c 'printf "b\na\0b\n" | "$0" predict m.safetensors' "$LACO"
says '^laco: standard input:2: byte 2 is NUL'
fails 1 "a table of what was looked at, as JSON" sh -c 'echo a | "$0" predict m.safetensors --attention --json' "$LACO"
says 'attention prints a table'
cp small.tsv data.tsv
for place in "-o data.tsv" "-o x --checkpoint ./data.tsv"; do
    fails 1 "data are not written over: $place" "$LACO" train transduce data.tsv $place $quick
    says 'data.tsv: data.tsv is read, and -'
    one_line
    same "they are as before" small.tsv data.tsv
done
fails 1 "no place for checkpoints" "$LACO" train transduce data.tsv -o bad.safetensors --checkpoint nowhere/c $quick
says 'nowhere/c: cannot be written'
one_line
fails 1 "a transducer does not generate" "$LACO" generate m.safetensors

# ---- Hostile models ----
hostile() { # NAME TEXT-OF-THE-ERROR, of the file h.safetensors
    fails 1 "$1" "$LACO" info h.safetensors
    says "$2"
    one_line
}
sed 's/"hidden\\":24/"hidden\\":25/' m.safetensors > h.safetensors;              hostile "sizes that do not agree" "tensor 'encoder.weight_ih_l0' has shape"
sed 's/"outputs\\":5/"outputs\\":6/' m.safetensors > h.safetensors;              hostile "more tokens than there are" 'h.safetensors'
sed 's/"members\\":2/"members\\":3/' e.safetensors > h.safetensors;             hostile "more members than there are" "tensor 'member_2.embedding.weight' is missing"
sed 's/"members\\":2/"members\\":0/' e.safetensors > h.safetensors;             hostile "no member" "'members'"
sed 's/"cell\\":\\"lstm/"cell\\":\\"lstn/' m.safetensors > h.safetensors;         hostile "an unknown cell" "'cell'"
sed 's/"attention\\":\\"dot/"attention\\":\\"not/' m.safetensors > h.safetensors; hostile "an unknown attention" "'attention'"
sed 's/"source\\":\\"char/"source\\":\\"chat/' m.safetensors > h.safetensors;     hostile "unknown tokens" "'source'"
sed 's/"longest_target\\":6/"longest_target\\":0/' m.safetensors > h.safetensors; hostile "no target at all" "'longest_target'"
overflows "answers that come to NaN" m.safetensors "$LACO" predict overflowing small.tsv
overflows "and their score" m.safetensors "$LACO" eval overflowing small.tsv


# ---- The demo and the example ----
ok "laco demo transduce" "$LACO" demo transduce -o demo -q
prints '^Of 49[0-9] dates set aside, 4[89][0-9] come out right in full'
prints '^  22 de abril de 1500  *1500-04-22'
present demo/dates.safetensors
ok "the line that it suggests" sh -c "echo '3 de outubro de 1990' | \"\$0\" predict demo/dates.safetensors --nbest 3" "$LACO"
prints '^3 de outubro de 1990	1	.*1990-10-03$'
ok "the example" "$EXAMPLE"
prints '^1[0-9][0-9] of 200 numbers that training never saw are right$\|^200 of 200'

finish
