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
ok "SIGHUP saves" ended 1 HUP
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

# Outputs that cannot be written.
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
absent ./*.tmp-*

finish
