#!/bin/sh
# Answers to what comes through a pipe: each at once, and in all those of the whole file.   usage: pipes.sh LACO
. "$(dirname "$0")/harness.sh"

tiny='--epochs 1 --hidden 4 --layers 1 --threads 1 -q'

# at_once NAME MODEL HEAD FIRST REST…: behind HEAD (a file, or nothing), FIRST has its answer before the others come; together they have as many as WHOLE
at_once()
{
    about=$1 model=$2 head=$3
    shift 3
    checks=$((checks + 1)) name=$about
    rm -f in out
    mkfifo in out
    "$LACO" predict "$model" - < in > out 2> err.txt &
    exec 3> in 4< out
    [ -z "$head" ] || cat "$head" >&3
    : > answers.txt
    for row; do
        printf '%s\n' "$row" >&3
        read -r answer <&4 || { fault "no answer to $row"; break; } # it would wait for ever where there is none
        printf '%s\n' "$answer" >> answers.txt
    done
    exec 3>&-
    cat <&4 > late.txt
    exec 4<&-
    wait
    [ ! -s late.txt ] || fault "$(wc -l < late.txt) answers too many"
    [ ! -s err.txt ] || fault "something is said"
}

# ---- Rows of numbers ----
awk 'BEGIN { for (i = 0; i < 20; i++) printf "%d,%d,%d,%s\n", i % 2, i, i % 2, i % 2 ? "a" : "b" }' > n.csv
ok "a classifier of rows" "$LACO" train classify n.csv -o n.safetensors $tiny
at_once "rows" n.safetensors "" 1,2,1 0,3,0 1,4,1 0,5,0
printf '1,2,1\n0,3,0\n1,4,1\n0,5,0\n' > rows.csv
ok "the same rows from a file" "$LACO" predict n.safetensors rows.csv
same "have the same answers" out.txt answers.txt
at_once "rows with labels" n.safetensors "" 1,2,1,a 0,3,0,b 1,4,1,a
printf 'x,y,z\n' > head.csv
at_once "rows under a header" n.safetensors head.csv 1,2,1 0,3,0 1,4,1 0,5,0
fails 1 "the row that is wrong is named" sh -c '{ echo x,y,z; seq 1 3 | sed "s/.*/1,&,1/"; sleep 0.2; echo 1,2,1; sleep 0.2; echo 1,?,1; } | "$0" predict n.safetensors' "$LACO"
says 'standard input:6: a value is missing in field 2'
lines 4
awk 'BEGIN { for (i = 0; i < 60000; i++) printf "%d,%d,%d\n", i % 2, i % 20, i % 2 }' > many.csv
ok "many rows" "$LACO" predict n.safetensors many.csv
lines 60000
sed -n 59001,60000p out.txt > last.txt
ok "the last of them" sh -c 'tail -n 1000 many.csv | "$0" predict n.safetensors' "$LACO"
same "say the same" out.txt last.txt
fails 1 "no rows" sh -c ': | "$0" predict n.safetensors' "$LACO"
one_line
ok "blank lines" sh -c '{ echo 1,2,1; seq 1 100000 | sed "s/.*//"; echo 0,3,0; } | "$0" predict n.safetensors' "$LACO"
lines 2

# ---- The .ts form ----
printf '@problemName p\n@univariate true\n@classLabel true a b\n@data\n' > p.ts
cp p.ts head.ts
awk 'BEGIN { for (i = 0; i < 20; i++) printf "%d,%d,%d:%s\n", i % 2, i, i % 2, i % 2 ? "a" : "b" }' >> p.ts
ok "a classifier of .ts" "$LACO" train classify p.ts -o p.safetensors $tiny
at_once "its lines" p.safetensors head.ts 1,2,1:a 0,3,0:b 1,4,1:a 0,5,0:b

# ---- Images in IDX: 4 of 2 × 2, a hundred times ----
printf '\000\000\010\003\000\000\001\220\000\000\000\002\000\000\000\002' > i.idx
for i in $(seq 100); do printf '\001\002\003\004\005\006\007\010\011\012\013\014\001\001\001\001'; done >> i.idx
printf '\000\000\010\001\000\000\001\220' > l.idx
for i in $(seq 100); do printf '\000\001\000\001'; done >> l.idx
ok "a classifier of images" "$LACO" train classify i.idx l.idx -o i.safetensors $tiny
ok "images from a file" "$LACO" predict i.safetensors i.idx
lines 400
cp out.txt whole.txt
ok "and from a slow pipe" sh -c '{ head -c 18 i.idx; sleep 0.1; tail -c +19 i.idx | head -c 30; sleep 0.1; tail -c +49 i.idx; } | "$0" predict i.safetensors' "$LACO"
same "have the same answers" out.txt whole.txt
fails 1 "images cut short" sh -c 'head -c 1003 i.idx | "$0" predict i.safetensors' "$LACO"
says 'cut short'
fails 1 "images and more" sh -c '{ cat i.idx; echo more; } | "$0" predict i.safetensors' "$LACO"
says 'behind its end'

# ---- Captions: vectors, and lists of pictures ----
awk 'BEGIN { for (i = 0; i < 40; i++) printf "%d,%d,%s\n", i % 7, i % 3, i % 2 ? "um" : "dois" }' > v.csv
ok "captions of vectors" "$LACO" train caption v.csv -o v.safetensors $tiny
at_once "vectors" v.safetensors "" 1,2 3,4 5,6
for i in 0 1 2 3 4 5; do
    printf 'P2\n2 2 9\n%d 2 3 4\n' $i > $i.pgm
    printf '%d.pgm\t%s\n' $i "$([ $((i % 2)) = 0 ] && echo um || echo dois)"
done > list.tsv
ok "captions of pictures" "$LACO" train caption list.tsv -o c.safetensors $tiny --valid 0
at_once "names of pictures" c.safetensors "" 0.pgm 1.pgm 2.pgm
ok "a long list" sh -c 'for i in $(seq 20); do cut -f 1 list.tsv; done | "$0" predict c.safetensors' "$LACO"
lines 120
fails 1 "a picture that is not there" sh -c '{ cat list.tsv list.tsv list.tsv; echo 9.pgm; } | "$0" predict c.safetensors' "$LACO"
says 'standard input:19: cannot read 9.pgm'

# ---- Recordings ----
if [ "${LACO_TEST_SOUND-1}" != 0 ]; then
    for i in 0 1 2 3; do
        { printf 'RIFF\104\006\000\000WAVEfmt \020\000\000\000\001\000\001\000\100\037\000\000\100\037\000\000\001\000\010\000data\040\006\000\000'
            awk -v n=$i 'BEGIN { for (i = 0; i < 1568; i++) printf "%c", 48 + i * (n + 3) % 64 }'; } > $i.wav
        printf '%d.wav\t%s\n' $i "$([ $((i % 2)) = 0 ] && echo a || echo b)"
    done > heard.tsv
    ok "recordings" "$LACO" train transcribe heard.tsv -o s.safetensors $tiny --valid 0 --batch 2
    at_once "names of recordings" s.safetensors "" 0.wav 1.wav 2.wav 3.wav
    ok "a recording itself" sh -c '"$0" predict s.safetensors < 0.wav' "$LACO"
    lines 1
    fails 1 "a recording that is not there" sh -c '{ for i in $(seq 10); do cut -f 1 heard.tsv; done; echo 9.wav; } | "$0" predict s.safetensors' "$LACO"
    says 'standard input:41: cannot read 9.wav'
fi

finish
