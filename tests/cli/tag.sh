#!/bin/sh
# laco train tag, eval, predict and demo tagging, as a user runs them; bad input gives one line on stderr, exit status 1 or 2, and
# leaves nothing behind.   usage: tag.sh LACO EXAMPLE
example=$(realpath "$2")
. "$(dirname "$0")/harness.sh"

# ---- A small set: "x" is A after "a" and B after "b", which only the sentence tells ----
for i in 1 2 3 4 5 6; do
    printf 'a x x y\tO A A Y\nb x y\tO B Y\na y x\tO Y A\nb x y x\tO B Y B\nb y\tO Y\n'
done > small.tsv
quick='--hidden 12 --layers 1 --embed 8 --letters 4 --epochs 40 --batch 4 --lr 0.02 --dropout 0.1 --valid 0'

ok "training runs" "$LACO" train tag small.tsv -o m.safetensors $quick -q
ok "a second run, on two threads" "$LACO" train tag small.tsv -o m2.safetensors $quick -q --threads 2
same "the same seed gives the same file at any number of threads" m.safetensors m2.safetensors
ok "another seed" "$LACO" train tag small.tsv -o m3.safetensors $quick -q --seed 7
differ "another seed gives another file" m.safetensors m3.safetensors
ok "eval" "$LACO" eval m.safetensors small.tsv
prints 'accuracy 1.0000 of 96 words in 30 sentences'
ok "eval as JSON" "$LACO" eval m.safetensors small.tsv --json
prints '"accuracy":1.0,"words":96,"sentences":30'
ok "info" "$LACO" info m.safetensors
prints '^task *tag'

# ---- Without memory ----
ok "an mlp that sees one word" "$LACO" train tag small.tsv -o w1.safetensors $quick --cell mlp -q
"$LACO" eval w1.safetensors small.tsv --json | grep -q '"accuracy":1.0' && fault "one word is enough to tell what only the sentence tells"
ok "an mlp that sees seven" "$LACO" train tag small.tsv -o w7.safetensors $quick --cell mlp --window 7 -q
ok "eval of the window" "$LACO" eval w7.safetensors small.tsv
prints 'accuracy 1.0000'
for cell in rnn gru lstm; do
    ok "--cell $cell" "$LACO" train tag small.tsv -o c.safetensors $quick --cell $cell --layers 2 --unidirectional --letters 0 --epochs 1 -q
    ok "eval of $cell" "$LACO" eval c.safetensors small.tsv
done

# ---- Forms: text, columns, CoNLL-U ----
ok "plain text" sh -c 'printf "a x\n\nb x y\n" | "$0" predict m.safetensors' "$LACO"
printf 'a\tO\nx\tA\n\n\nb\tO\nx\tB\ny\tY\n\n' > expected
same "plain text in, columns out" expected out.txt
ok "plain text as JSON" sh -c 'echo "b x" | "$0" predict m.safetensors --json' "$LACO"
prints '^{"words":\["b","x"\],"tags":\["O","B"\]}$'
ok "lines" sh -c 'printf "b x\t? ?\n" | "$0" predict m.safetensors' "$LACO"
printf 'b x\tO B\n' > expected
same "lines in, lines out" expected out.txt
printf '# a comment\n1-2\tax\t_\t_\t_\t_\t_\t_\t_\t_\n1\ta\t_\t?\t_\t_\t_\t_\t_\tkept\n2\tx\t_\t?\t_\t_\t_\t_\t_\t_\n2.1\tnull\t_\t_\t_\t_\t_\t_\t_\t_\n\n' > in.conllu
sed '3s/?/O/; 4s/?/A/' in.conllu > expected
ok "CoNLL-U" "$LACO" predict m.safetensors in.conllu
same "comments, multi-word tokens and empty nodes pass through" expected out.txt
printf -- '-DOCSTART- -X- O\n\na N O\nx V O\n\nb N O\nx V O\n' > in.conll
sed 's/x V O/x V A/' in.conll | sed '7s/A/B/' > expected
ok "columns" "$LACO" predict m.safetensors in.conll
same "columns in, columns out" expected out.txt
ok "the same through a pipe" sh -c 'cat in.conll | "$0" predict m.safetensors - --form columns' "$LACO"
same "a pipe gives what the file gives" expected out.txt
printf 'a\nx\n\nb\nx\n' > words
printf 'a O\nx A\n\nb O\nx B\n' > expected
ok "words alone" "$LACO" predict m.safetensors words --form columns
same "tags become a new column" expected out.txt
awk -F'\t' '{ n = split($1, w, " "); split($2, t, " "); print "# text = " $1
    for (i = 1; i <= n; i++) print i "\t" w[i] "\t_\t" t[i] "\t" (i == 1 ? "first" : "later") "\t_\t_\t_\t_\t_"; print "" }' small.tsv > small.conllu
ok "training on CoNLL-U" "$LACO" train tag small.conllu -o u.safetensors $quick -q
ok "eval on CoNLL-U" "$LACO" eval u.safetensors small.conllu
prints 'accuracy 1.0000 of 96 words'
for i in 1 2; do
    printf '1-2\tax\t_\t_\t_\t_\t_\t_\t_\t_\n1\ta\t_\tO\t_\t_\t_\t_\t_\t_\n2\tx\t_\tA\t_\t_\t_\t_\t_\t_\n3\ty.\t_\tY\t_\t_\t_\t_\t_\t_\n\n'
done > contracted.conllu
ok "training on multi-word tokens" "$LACO" train tag contracted.conllu -o t.safetensors $quick -q
ok "words in text are those of the treebank" sh -c 'echo "Ax y." | "$0" predict t.safetensors' "$LACO"
printf 'A\tO\nx\tA\ny.\tY\n\n' > expected
same "a token is taken apart, another is kept together" expected out.txt
ok "a rounded copy of it" "$LACO" convert t.safetensors -o t16.safetensors --weights bf16
ok "its words" sh -c 'echo "Ax y." | "$0" predict t16.safetensors' "$LACO"
same "which are the same" expected out.txt
ok "--column xpos" "$LACO" train tag small.conllu --column xpos -o x.safetensors $quick --epochs 8 -q
ok "xpos is remembered" "$LACO" eval x.safetensors small.conllu
prints '^first '
fails 1 "eval of xpos on another form takes its last column, whose tags are others" "$LACO" eval x.safetensors small.tsv
says 'its first is "O", the model.s is "first"'

# ---- Entities: BIO tags get a conditional random field ----
for i in 1 2 3 4 5 6 7 8; do
    printf 'in O\nNew B-LOC\nYork I-LOC\n\nAnn B-PER\nLee I-PER\nin O\nParis B-LOC\n\nNew B-ORG\nCo I-ORG\nsees O\nAnn B-PER\n\n'
done > bio.conll
ok "training on BIO tags" "$LACO" train tag bio.conll -o bio.safetensors $quick -q
ok "eval of entities as JSON" "$LACO" eval bio.safetensors bio.conll --json
prints '"precision":1.0,"recall":1.0,"f1":1.0,"entities":40,"found":40,"correct":40'
ok "eval of entities" "$LACO" eval bio.safetensors bio.conll
prints '^PER  *16 '
prints '^all  *40  *1.0000  1.0000  1.0000'
ok "the model has a crf" "$LACO" info bio.safetensors --json
prints '"crf":true,"constrained":true'
prints '"name":"crf.transitions","shape":\[7,7\]'
ok "--no-crf" "$LACO" train tag bio.conll -o b.safetensors $quick --no-crf -q
ok "and has none" "$LACO" info b.safetensors --json
prints '"crf":false'
ok "--crf for other tags" "$LACO" train tag small.tsv -o b.safetensors $quick --crf -q
ok "eval of that" "$LACO" eval b.safetensors small.tsv
prints 'accuracy 1.0000'

# ---- Validation, vectors, checkpoints ----
ok "validation from a file" "$LACO" train tag bio.conll --valid bio.conll -o v.safetensors $quick --valid bio.conll --epochs 2 --json
prints '"metrics": *{"accuracy": *[0-9.]*, *"F1"'
ok "validation from a part" "$LACO" train tag small.tsv -o v.safetensors $quick --valid 0.2 --epochs 2 --patience 1 -q
printf '3 2\nx 0.5 -1e-1\nzebra 1 2\nY 3 4\n' > vectors
ok "vectors" "$LACO" train tag small.tsv -o v.safetensors --vectors vectors --hidden 8 --epochs 2 -q
ok "info" "$LACO" info v.safetensors --json
prints '"word_embedding.weight","shape":\[6,2\]'
printf 'x 0.5 1\ny 1\n' > bad
fails 1 "vectors of two sizes" "$LACO" train tag small.tsv -o bad.safetensors --vectors bad -q
says '^laco: bad:2: "y" has 1 numbers; 2 are right$'
printf 'x 0.5 1\ny 1 z\n' > bad
fails 1 "vectors without numbers" "$LACO" train tag small.tsv -o bad.safetensors --vectors bad -q
says 'bad:2.*number 2'
fails 1 "vectors of another size than the embedding" "$LACO" train tag small.tsv -o bad.safetensors --vectors vectors --embed 5 -q
says '5 numbers a word and vectors has 2'
ok "a run with checkpoints" "$LACO" train tag small.tsv -o r1.safetensors $quick --checkpoint c1 --every 0.01 -q
same "checkpoints do not change the model" m.safetensors r1.safetensors
ok "resumed at the end" "$LACO" train tag small.tsv -o r2.safetensors $quick --resume c1 -q
same "a resumed run gives the same file" m.safetensors r2.safetensors
ok "an ensemble" "$LACO" train tag small.tsv -o e.safetensors $quick --members 2 --checkpoint c2 --every 0.01 -q
ok "its evaluation" "$LACO" eval e.safetensors small.tsv
prints 'accuracy 1.0000'
ok "an ensemble resumed" "$LACO" train tag small.tsv -o e2.safetensors $quick --members 2 --resume c2 -q
same "a resumed ensemble gives the same file" e.safetensors e2.safetensors
ok "with threads" "$LACO" train tag small.tsv -o e3.safetensors $quick --members 2 --threads 2 -q
same "and at any number of threads" e.safetensors e3.safetensors
ok "info of an ensemble" "$LACO" info e.safetensors --json
prints '"member_1.word_embedding.weight"'
prints '"members": *2'
ok "an ensemble converted" "$LACO" convert e.safetensors -o e8.safetensors --weights int8
ok "eval of that" "$LACO" eval e8.safetensors small.tsv
fails 1 "a checkpoint of one network" "$LACO" train tag small.tsv -o bad.safetensors $quick --members 2 --resume c1 -q
fails 2 "too many members" "$LACO" train tag small.tsv -o bad.safetensors $quick --members 17 -q
absent bad.safetensors
fails 1 "a checkpoint of another training" "$LACO" train tag bio.conll -o bad.safetensors $quick --resume c1 -q
says 'a checkpoint of a training on other data'
absent bad.safetensors

# ---- Bad input: exit 1, one line, nothing left ----
bad() { # training on the file bad.tsv: NAME TEXT-OF-THE-ERROR
    fails 1 "$1" "$LACO" train tag bad.tsv -o bad.safetensors $quick -q
    says "$2"
    one_line
    absent bad.safetensors
}
printf 'a b\tA B\nc d e\tA B\n' > bad.tsv;        bad "another number of tags than words" 'bad.tsv:2: 3 words and 2 tags'
printf 'a\tA\nb\tB\tC\n' > bad.tsv;               bad "another number of columns" 'bad.tsv:2: 3 columns where the lines before have 2'
printf 'a\tA\nb\n' > bad.tsv;                     bad "a word without a tag" 'bad.tsv:2: 1 columns'
printf 'a\tA\nb\t\n' > bad.tsv;                   bad "an empty tag" 'bad.tsv:2.*no tag'
printf 'a\tA\n\tB\n' > bad.tsv;                   bad "an empty word" 'bad.tsv:2.*empty'
printf 'a\tA\nb\tA\n' > bad.tsv;                  bad "one tag only" 'every word has the tag "A"'
printf 'a\tA\nb\377\tB\n' > bad.tsv;              bad "not UTF-8" 'bad.tsv:2.*UTF-8'
printf '\n\n' > bad.tsv;                          bad "no sentence" 'no sentence'
: > bad.tsv;                                      bad "an empty file" 'no sentence'
rm bad.tsv;                                       bad "a missing file" 'bad.tsv: *No such file'
conllu() { # the same of CoNLL-U lines
    fails 1 "$1" "$LACO" train tag bad.conllu -o bad.safetensors $quick -q
    says "$2"
    one_line
    absent bad.safetensors
}
rest='\t_\tX\t_\t_\t_\t_\t_\t_\n'
printf "1\ta$rest""3\tb$rest" > bad.conllu;       conllu "IDs out of order" 'bad.conllu:2: the ID is 3 where 2 should follow'
printf "1\ta$rest""x\tb$rest" > bad.conllu;       conllu "an ID that is none" 'bad.conllu:2: the ID is "x"'
printf "1\ta$rest""2\tb\tc\n" > bad.conllu;       conllu "too few columns" 'bad.conllu:2: 3 columns between tabs; CoNLL-U has 10'
printf "3-2\tab$rest""1\ta$rest" > bad.conllu;    conllu "a span backwards" 'bad.conllu:1: the ID is "3-2"'
fails 1 "an unknown column" "$LACO" train tag small.conllu --column pos -o bad.safetensors -q
says 'no column "pos"; upos, xpos or a number from 3 to 10'
fails 1 "a column that is not there" "$LACO" train tag bio.conll --column 5 -o bad.safetensors -q
says 'bio.conll:1.*no tag in column 5; the line has 2'
fails 1 "the column of the words" "$LACO" train tag bio.conll --column 1 -o bad.safetensors -q
says 'column 1 holds no tags'
fails 1 "a column that lines do not have" "$LACO" train tag small.tsv --column 3 -o bad.safetensors -q
says 'no column "3"; where a line is a sentence, a tab and its tags, 2 is right'
fails 2 "a crf and none" "$LACO" train tag bio.conll --crf --no-crf -o bad.safetensors -q
says '--no-crf was given, and crf too'
fails 1 "unconstrained by no crf" "$LACO" train tag bio.conll --no-crf --unconstrained -o bad.safetensors -q
says 'here there is no crf'
fails 1 "unconstrained where nothing marks entities" "$LACO" train tag small.tsv --crf --unconstrained -o bad.safetensors -q
says 'here the tags are others'
fails 1 "an mlp that drops recurrent weights" "$LACO" train tag small.tsv --cell mlp --weight-drop 0.2 -o bad.safetensors -q
says 'dropped recurrent weights are for recurrent cells'
fails 1 "a window for a network with memory" "$LACO" train tag small.tsv -o bad.safetensors --window 3 -q
says 'only for cell mlp'
fails 2 "an unknown cell" "$LACO" train tag small.tsv -o bad.safetensors --cell grue
says 'rnn|gru|lstm|mlp'
fails 2 "no -o" "$LACO" train tag small.tsv
fails 1 "IDs out of order while answering" sh -c 'printf "1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n\n2\tx\t_\t_\t_\t_\t_\t_\t_\t_\n" | "$0" predict m.safetensors' "$LACO"
says 'standard input:3: the ID is 2 where 1'
fails 1 "classify does not eval tags" "$LACO" predict m.safetensors nothing
says 'nothing: *[Nn]o such file'

# ---- Tags that training never saw, and answers that are none ----
sed '1,3s/O$/Q/' bio.conll > other.conll
ok "a tag that training never saw" "$LACO" eval bio.safetensors other.conll
says '^laco: note: 1 tag of the data, "Q", was never seen in training, and cannot be answered$'
sed 's/ [^ ]*$/ Q/; s/^Ann Q/Ann R/' bio.conll > other.conll
fails 1 "none that training saw" "$LACO" eval bio.safetensors other.conll
says 'its first is "Q", the model.s is "B-LOC"; is another column meant?'
one_line
overflows "answers that come to NaN" m.safetensors "$LACO" predict overflowing small.tsv
overflows "and their score" m.safetensors "$LACO" eval overflowing small.tsv
overflows "those of a crf" bio.safetensors "$LACO" eval overflowing bio.conll

# ---- Hostile models ----
hostile() { # NAME TEXT-OF-THE-ERROR, of the file h.safetensors
    fails 1 "$1" "$LACO" info h.safetensors
    says "$2"
    one_line
}
sed 's/"hidden\\":12/"hidden\\":13/' m.safetensors > h.safetensors;           hostile "sizes that do not agree" "tensor 'rnn.weight_ih_l0' has shape"
sed 's/"outputs\\":4/"outputs\\":5/' m.safetensors > h.safetensors;           hostile "more tags than there are" 'h.safetensors'
sed 's/"cell\\":\\"lstm/"cell\\":\\"lstn/' m.safetensors > h.safetensors;      hostile "an unknown cell" "'cell'"
sed 's/"form\\":\\"lines/"form\\":\\"limes/' m.safetensors > h.safetensors;    hostile "an unknown form" "'form'"
sed 's/"letters\\":5/"letters\\":6/' m.safetensors > h.safetensors;           hostile "another number of letters" 'h.safetensors'

# ---- The demo ----
ok "laco demo tagging" "$LACO" demo tagging -o demo -q
prints '^word alone .*: 0 of 23 pairs'
prints '^with memory .*: 23 of 23 pairs'
prints '^acordo  *Eu acordo cedo \.  *VERB .*VERB'
prints '^  *Nós fizemos um acordo \.  *NOUN .*NOUN'
present demo/tagging.safetensors demo/tagging-word.safetensors
ok "the line that it suggests" sh -c 'echo "Eu acordo cedo ." | "$0" predict demo/tagging.safetensors' "$LACO"
prints '^acordo	VERB$'

ok "the example" "$example" demo/tagging.safetensors Nós fizemos um acordo .
prints '^acordo	NOUN$'
lines 5

finish
