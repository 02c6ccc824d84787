#!/bin/sh
# How a training may end: signals, closed pipes, limits; and outputs that cannot be written are told before it begins.
. "$(dirname "$0")/harness.sh"

i=0
while [ $i -lt 40 ]; do
    printf 'vowel\tae%dsou\ncons\tkl%dsst\n' $i $i
    i=$((i + 1))
done > words.tsv
long='words.tsv --epochs 1000000 --patience 0 --hidden 8 --threads 1'

# ended NUMBER SIGNAL: a training that gets the signal under way saves its model and says by its status which one it was
ended()
{
    rm -f m c
    # shellcheck disable=SC2086 # words are meant to be split
    "$LACO" train classify $long -o m --checkpoint c --every 0.01 -q 2> err.txt &
    trainer=$!
    tries=0
    while [ ! -f c ] && [ $tries -lt 3000 ]; do # its first checkpoint says that it is under way
        sleep 0.02
        tries=$((tries + 1))
    done
    kill -"$2" $trainer
    wait $trainer
    [ $? -eq $((128 + $1)) ] && [ -s m ]
}
ok "SIGTERM saves" ended 15 TERM
case $(awk '/^SigIgn/ { print substr($2, length($2)) }' /proc/self/status) in
[13579bdf]) ;; # under nohup, which is respected
*) ok "SIGHUP saves" ended 1 HUP ;;
esac
ok "Ctrl-C saves, in the background too" ended 2 INT

# Who reads the progress may go.
{ "$LACO" train classify words.tsv -o headed --epochs 60 --hidden 8 --threads 1 2>&1; echo $? > status; } | head -n 1 > /dev/null
ok "a closed pipe costs nothing" [ -s headed ]
{ "$LACO" train classify words.tsv -o headed2 --epochs 60 --hidden 8 --threads 1 --json 2> /dev/null; echo $? > status; } | head -n 1 > /dev/null
ok "nor that of --json" [ -s headed2 ]

# A file that the system will not let grow.
fails 1 "a limit on files" sh -c 'ulimit -f 8; exec "$0" train classify words.tsv --hidden 64 --epochs 1 -q -o limited' "$LACO"
says 'limited'
absent limited limited.tmp-*

{ "$LACO" train classify words.tsv -o headed3 --epochs 3 --hidden 8 --threads 1 --json; echo $? > status; } 2> full.txt > /dev/full
ok "nor does a full disk under it" [ -s headed3 ]
ok "which is no failure" [ "$(cat status)" = 0 ]
ok "and said" grep -q 'No space left' full.txt
for closed in '>&-' '2>&-' '<&-' '<&- >&- 2>&-'; do
    rm -f closed closed.*
    ok "a model with $closed" sh -c "exec \"\$0\" train classify words.tsv -o closed --epochs 3 --hidden 8 --threads 1 --json $closed" "$LACO"
    ok "is whole" "$LACO" info closed
done

# A model is not replaced by one that was never validated, or that learned nothing.
"$LACO" train classify words.tsv -o good --epochs 3 --hidden 8 --threads 1 -q
cp good copy
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%s\tword%dand%dmore\n", i % 3 ? "x" : "y", i, i * 7 % 1001 }' > slow.tsv
# early OUTPUT: a training that Ctrl-C ends within its first epoch
early()
{
    rm -f seen
    "$LACO" train classify slow.tsv -o "$1" --batch 1 --hidden 64 --threads 1 --checkpoint c1 --every 0.01 2> err.txt &
    trainer=$!
    rm -f c1
    while [ ! -f c1 ] && kill -0 $trainer 2> /dev/null; do sleep 0.02; done
    kill -INT $trainer
    wait $trainer
    [ $? -eq 130 ]
}
ok "Ctrl-C in the first epoch" early good
same "leaves the model that is there" good copy
says 'good stays as it was; the new model, ended in its first epoch and never validated, is good.unfinished'
ok "and puts its own beside it" "$LACO" info good.unfinished
ok "Ctrl-C in the first epoch of the first model" early fresh
ok "which is saved" "$LACO" info fresh
absent fresh.unfinished
for rate in 1e9 1e30; do
    fails 1 "a rate of $rate" "$LACO" train classify words.tsv -o good --epochs 3 --hidden 8 --threads 1 --lr $rate
    same "leaves the model that is there" good copy
    ! grep -q best err.txt || fault "something is best"
    fails 1 "a rate of $rate, without validation" "$LACO" train classify words.tsv -o good --epochs 3 --hidden 8 --threads 1 --lr $rate --valid 0
    same "leaves it, too" good copy
    fails 1 "a rate of $rate for pairs" sh -c 'sed "s/[a-z]*$/&	&/; s/^[a-z]*	//" words.tsv | "$0" train transduce - -o good --epochs 2 --hidden 8 --threads 1 --lr '$rate "$LACO"
    same "leaves it, too" good copy
done

# Outputs that cannot be written.
fails 1 "a search whose output is a folder" "$LACO" tune classify words.tsv -o . --trials 2 --epochs 1 --hidden 4
one_line
"$LACO" predict good words.tsv --json > /dev/full 2> answers.txt
ok "answers into a full disk" grep -q '^laco: standard output: No space left' answers.txt
name=$(printf 'y%.0s' 1 2 3 4 5 6 7 8 9 10)
name=$name$name$name$name$name
name=$name$name$name$name$name
fails 1 "a name of 250 bytes" "$LACO" train classify words.tsv -o "$name" --epochs 1 -q
says 'cannot be written'
ln -s nowhere/x dangling
fails 1 "a link to a folder that is not there" "$LACO" train classify words.tsv -o dangling --epochs 1 -q
says 'dangling: cannot be written: .*nowhere'
ln -s circle circle
fails 1 "a link in a circle" "$LACO" train classify words.tsv -o circle --epochs 1 -q
says 'circle: cannot be written'
ln -s target link
ok "a link to a file that is not there yet" "$LACO" train classify words.tsv -o link --epochs 1 -q
ok "which it then is" [ -s target ]

# A file system that has no room for the model, which is then kept elsewhere. Not where nobody may mount one of his own.
if unshare -rm mount -t tmpfs none /mnt 2> /dev/null; then
    mkdir full kept
    fails 1 "a disk with no room for the model" env TMPDIR="$PWD/kept" unshare -rm sh -c 'mount -t tmpfs -o size=64k none full && "$0" \
        train classify words.tsv -o full/m --epochs 1 --hidden 128 -q' "$LACO"
    says "laco: cannot write full/m: No space left on device; the model is kept as $PWD/kept/m-[0-9]*$"
    ok "which it is, whole" "$LACO" info kept/m-*
fi
absent ./*.tmp-* kept/*.tmp-*

finish
