#!/bin/sh
# Options that a model of another task would take, and files that a command would write over while it reads them, are refused before
# anything is done.   usage: options.sh LACO
. "$(dirname "$0")/harness.sh"

i=0
while [ $i -lt 40 ]; do
    printf 'vowel\tae%sou\ncons\tkl%sst\n' $i $i
    printf '%s,%s\n' $i $((i % 7)) >> rows.csv
    i=$((i + 1))
done > words.tsv
sed 's/^[a-z]*\t\(.*\)/\1\tx\1/' words.tsv > pairs.tsv
sed 's/^\([a-z]*\)\t\(.*\)/\2\t\1/' words.tsv > tags.tsv
{ echo 't,value'; cat rows.csv; } > series.csv
cut -f2 words.tsv > text.txt
quick='--epochs 1 --hidden 4 --quiet --threads 1'
# shellcheck disable=SC2086 # a list of words
{
ok 'a classifier' "$LACO" train classify words.tsv -o classify.st $quick --embed 4
ok 'a tagger' "$LACO" train tag tags.tsv -o tag.st $quick
ok 'a forecaster' "$LACO" train forecast series.csv -o forecast.st $quick
ok 'a language model' "$LACO" train generate text.txt -o generate.st $quick --embed 4
ok 'a transducer' "$LACO" train transduce pairs.tsv -o transduce.st $quick
}

# ---- Options for models of other tasks ----
foreign() { # OPTION-WITH-ITS-VALUE TASKS-THAT-TAKE-IT COMMAND TASK…
    given=$1 takers=$2 command=$3
    shift 3
    for task; do
        # shellcheck disable=SC2086 # an option and its value
        fails 2 "$command $given of a model that can $task" "$LACO" "$command" $task.st text.txt $given
        option=${given%% *}
        says "^laco $command: ${option%%=*} is for models that $takers; $task.st was trained to $task\$"
        [ -s out.txt ] && fault 'prints something'
    done
}
foreign '--top 3' classify predict tag forecast generate transduce
foreign '--each' generate predict classify tag forecast transduce
foreign '--form lines' tag predict classify transduce
foreign '--column=upos' tag predict classify forecast generate transduce
foreign '--threshold 0.5' forecast predict classify tag
foreign '--missing interpolate' forecast predict classify
foreign '--attention' transduce predict classify tag
foreign '--beam 3' 'caption, transcribe or transduce' predict classify tag forecast generate
foreign '--nbest 3' 'caption, transcribe or transduce' predict tag
foreign '--length-penalty 1' 'caption or transduce' predict classify tag
foreign '--text a' classify eval tag forecast generate transduce
foreign '--horizon 3' forecast eval classify tag
foreign '--beam 3' 'caption, transcribe or transduce' eval classify
ok 'the options of the task itself' "$LACO" predict classify.st text.txt --top 2
ok 'and of two tasks out of three' sh -c 'echo abc | "$0" predict transduce.st --length-penalty=0.5 --beam 2 --nbest 2' "$LACO"
fails 1 'what stands behind -- is no option' "$LACO" predict classify.st -- --each
says 'cannot read --each'
fails 2 'options of convert' "$LACO" convert classify.st -o small.st --weights int8 --check words.tsv --horizon 3
says '^laco convert: --horizon is for models that forecast; classify.st was trained to classify$'
absent small.st
ok 'the help names the tasks' "$LACO" predict --help
prints '^For models that classify$'
prints '^For models that caption, transcribe or transduce$'
prints '^For models that caption or transduce$'

# ---- Options that contradict each other, or would do nothing ----
senseless() { # TEXT-OF-THE-ERROR OPTIONS…
    text=$1
    shift
    fails 2 "$*" "$LACO" train classify words.tsv -o x "$@"
    says "^laco train classify: $text"
    absent x
}
senseless '--unidirectional was given, and bidirectional too' --bidirectional --unidirectional
senseless '--momentum is for --optim sgd' --momentum 0.9
senseless '--momentum is for --optim sgd' --momentum 0.9 --optim adamw
senseless '--every says how often --checkpoint FILE' --every 5
fails 1 'bytes in lower case' "$LACO" train classify words.tsv -o x --level byte --lower
says 'bytes are read as they are$'
fails 1 'a nonlinearity of a GRU' "$LACO" train classify words.tsv -o x --nonlinearity relu
says 'a nonlinearity is chosen for cell rnn alone; cell gru has its own$'
absent x
for task in tag transduce transcribe generate; do
    printf '\037\213\010\000' > text.gz
    fails 1 "$task: a compressed file" "$LACO" train $task text.gz -o x -q
    says '^laco: text.gz: is compressed, not UTF-8 text; gunzip it first: gunzip text.gz$'
done

# ---- Help, version, and what was probably meant ----
alike() { # NAME TWO-COMMAND-LINES
    # shellcheck disable=SC2086 # words
    ok "$1" "$LACO" $2
    mv out.txt first.txt
    # shellcheck disable=SC2086
    ok "$1" "$LACO" $3
    same "$1: the same help" out.txt first.txt
}
alike 'help is --help' help --help
alike 'help of a command' 'help train' 'train --help'
alike 'help of a task' 'help train tag' 'train tag --help'
alike 'help of a command with arguments' 'help predict m.st' 'predict --help'
alike 'version is --version' version --version
prints '^laco [0-9]*\.[0-9]*\.[0-9]*\(, built without: .*\)\{0,1\}$'
ok 'help of version' "$LACO" help version
prints '^usage: laco version$'
fails 2 'help of nothing known' "$LACO" help tarin
says "unknown command 'tarin'; did you mean train?$"
fails 2 'help of no task' "$LACO" help train clasify
says 'did you mean classify?$'
fails 2 'version takes nothing' "$LACO" version now
says "'now' is one argument too many"
meant() { # TYPED OPTION: what is suggested in laco train tag; an empty OPTION: nothing is
    fails 2 "$1" "$LACO" train tag words.tsv -o x "$1"
    says "unknown option '$1'${2:+; did you mean --$2?}$"
}
meant --dropuot dropout
meant --dropot dropout
meant --drop dropout
meant --embeddings ''
meant --batches batch
meant --foo ''
meant --lt ''

# ---- Files that are read are not written over ----
cp words.tsv kept.tsv
spared() { # TEXT-OF-THE-ERROR ARGUMENTS…: ends at once, with words.tsv as it was
    text=$1
    shift
    fails 1 "$*" "$LACO" "$@"
    says "$text"
    one_line
    same "$*: leaves the file" words.tsv kept.tsv
}
ln -s words.tsv link.tsv
mkdir folder
cp text.txt folder/vowel.txt
cp text.txt folder/cons.txt
spared 'words.tsv: words.tsv is read, and -o would write over it; take another name$' train classify words.tsv -o words.tsv -q
spared 'link.tsv: words.tsv is read, and -o' train classify words.tsv -o link.tsv -q
spared 'words.tsv: --valid is read, and -o' train classify pairs.tsv --valid words.tsv -o ./words.tsv -q
spared 'words.tsv: --valid is read, and --checkpoint' train classify pairs.tsv --valid words.tsv -o x --checkpoint words.tsv -q
for task in caption generate tag transcribe transduce; do
    spared 'words.tsv: --valid is read, and -o' train $task pairs.tsv --valid words.tsv -o words.tsv -q
done
spared 'words.tsv: --vectors is read, and -o' train tag tags.tsv --vectors words.tsv -o words.tsv -q
spared 'words.tsv: --resume is read, and -o' train classify pairs.tsv --resume words.tsv -o words.tsv -q
spared 'words.tsv: --check is read, and -o' convert classify.st --weights int8 --check words.tsv -o words.tsv
spared 'words.tsv: words.tsv is read, and -o' convert classify.st --weights int8 --check pairs.tsv words.tsv -o words.tsv
spared 'classify.st: classify.st is read, and -o' convert classify.st --weights int8 -o classify.st
spared 'words.tsv: words.tsv is read, and --plot' forecast forecast.st words.tsv --plot words.tsv
spared 'folder/vowel.txt: folder is read, and -o' train classify folder -o folder/vowel.txt -q
spared 'folder/new.txt: folder/ is read, and -o' train classify folder/ -o folder/new.txt -q
same 'data in a folder' folder/vowel.txt text.txt
spared 'x: -o and --checkpoint would both write there' train classify words.tsv -o x --checkpoint ./x -q
fails 1 'standard input' sh -c '"$0" train classify - -o words.tsv -q < words.tsv' "$LACO"
says 'words.tsv: standard input is read, and -o'
same 'standard input is spared' words.tsv kept.tsv
absent x new.txt folder/new.txt
for form in 'P2 1 1 1 1:a picture' '\0211PNG....:a picture' 'RIFF....WAVE:a recording' 'OggS....:a recording' '\0\0\010\001\0\0\0\0:data in IDX'; do
    printf %b "${form%:*}" > picture
    cp picture kept
    printf 'picture\tword\n' > list.tsv
    fails 1 "${form##*:} that a list names" "$LACO" train caption list.tsv -o picture -q
    says "^laco: picture: is ${form##*:}, and -o would write over it; take another name$"
    same "${form##*:} is spared" picture kept
done
fails 1 'a checkpoint over a recording' "$LACO" train transcribe words.tsv -o x --checkpoint picture -q
says 'picture: is data in IDX, and --checkpoint'
absent x
# shellcheck disable=SC2086
{
ok 'a model into a folder of data' "$LACO" train classify folder -o folder/m.st $quick --embed 4
ok 'and once more' "$LACO" train classify folder -o folder/m.st $quick --embed 4
ok 'a checkpoint' "$LACO" train classify words.tsv -o m.st --checkpoint c.st $quick --embed 4
ok 'goes on in its own place' "$LACO" train classify words.tsv -o m.st --resume c.st --checkpoint c.st $quick --embed 4
}
finish
