#!/bin/sh
# A training that is killed (kill -9) again and again, and goes on from its checkpoint each time, gives the file of a training that
# was never stopped, byte for byte; so does one that is ended by Ctrl-C. A checkpoint that cannot be written leaves the last one.
# usage: resume.sh LACO
. "$(dirname "$0")/harness.sh"

awk 'BEGIN { for (i = 1; i <= 900; i++) printf "linha %d de um texto que rima com %d\n", i, i * i % 97 }' > text.txt
awk 'BEGIN { for (i = 1; i <= 1200; i++) printf "%s\tword%da%s\n", i % 3 ? "x" : "y", i * 7 % 89, i % 3 ? "x" : "y" }' > words.tsv

# killed RUN ARGUMENTS…: trains to RUN.model, killed again and again until it comes to its end by itself; the number of kills goes to
# $kills.
killed()
{
    run=$1
    shift
    rm -f "$run.model" "$run.checkpoint"
    kills=0
    while [ ! -f "$run.model" ]; do
        resume=''
        [ -f "$run.checkpoint" ] && resume="--resume $run.checkpoint"
        # shellcheck disable=SC2086 # no resume is no word
        "$LACO" train "$@" -o "$run.model" --checkpoint "$run.checkpoint" --every 0.01 $resume -q > killed.out 2> killed.err &
        trainer=$!
        sleep "$(awk "BEGIN { print 0.1 + 0.07 * $kills }")" # longer and longer: on a slow machine, too, it comes to its end
        kill -9 $trainer 2> /dev/null && kills=$((kills + 1))
        wait $trainer 2> /dev/null
        if [ -s killed.err ] || [ $kills -gt 200 ]; then
            cat killed.err
            return 1
        fi
    done
}

# survives RUN ARGUMENTS…
all_kills=0
survives()
{
    this=$1
    shift
    ok "$this: never stopped" "$LACO" train "$@" -o whole.model -q
    ok "$this: killed and resumed" killed "$this" "$@"
    same "$this: the same file after $kills kills" whole.model "$this.model"
    all_kills=$((all_kills + kills))
    absent "$this".*.tmp-* # of those that were killed while they wrote
    ok "$this: a training that has ended, resumed" "$LACO" train "$@" -o again.model --resume "$this.checkpoint" -q
    same "$this: is the same still" whole.model again.model
}

survives generate-gru generate text.txt --hidden 48 --layers 2 --embed 16 --batch 8 --seq-len 20 --epochs 12 --dropout 0.2 --variational \
    --weight-drop 0.2 --label-smoothing 0.1 --seed 3
survives generate-lstm generate text.txt --cell lstm --hidden 40 --embed 40 --tie-weights --batch 8 --seq-len 16 --epochs 8 --average 0 \
    --optim rmsprop --lr 0.002 --schedule plateau --level word
survives classify classify words.tsv --hidden 24 --layers 2 --embed 8 --batch 16 --epochs 12 --patience 3 --average 0.9 --optim sgd \
    --momentum 0.9 --lr 0.05

awk 'BEGIN { print "month,sold"; for (i = 0; i < 480; i++) printf "%d-%02d,%d\n", 1960 + i / 12, i % 12 + 1, 100 + i % 12 * 5 + i * i * 7919 % 31 }' > sold.csv
survives forecast-adam forecast sold.csv --hidden 48 --epochs 60 --patience 0 --average 0.9 --quantiles 0.1,0.9
survives forecast-lbfgs forecast sold.csv --hidden 24 --layers 1 --epochs 12 --patience 0 --base none --optim lbfgs

survives generate-mlp generate text.txt --cell mlp --window 5 --hidden 48 --embed 16 --batch 8 --seq-len 20 --epochs 12 --shards 2
survives forecast-mlp forecast sold.csv --cell mlp --window 12 --hidden 48 --epochs 60 --patience 0

awk 'BEGIN { for (i = 1; i <= 400; i++) printf "%s x%d y\t%s\n", i % 3 ? "a" : "b", i % 7, i % 3 ? "O B-A I-A" : "O B-B I-B" }' > tags.tsv
survives tag tag tags.tsv --hidden 24 --embed 8 --letters 8 --batch 16 --epochs 10 --patience 4

awk 'BEGIN { for (i = 0; i < 96; i++) { name = i ".pgm"; width = 6 + i % 5; printf "P2 %d 6 9", width > name
    for (j = 0; j < 6 * width; j++) printf " %d", (i * 7 + j * (1 + i % 3)) % 10 > name; close(name)
    print name "\t" (i % 3 ? "a b" : "c") (i % 5 ? " d" : "") } }' > pictures.tsv
survives caption caption pictures.tsv --hidden 32 --embed 8 --batch 8 --epochs 24 --columns 2 --patience 9 --sampling 0.2 --average 0.9

# ---- More epochs than before, where the rate does not depend on how many there are ----
# longer NAME EPOCHS MORE ARGUMENTS…
longer()
{
    this=$1 epochs=$2 more=$3
    shift 3
    ok "$this: never stopped" "$LACO" train "$@" --epochs "$more" -o whole.model -q
    ok "$this: fewer epochs" "$LACO" train "$@" --epochs "$epochs" -o part.model --checkpoint longer -q
    ok "$this: then more" "$LACO" train "$@" --epochs "$more" -o late.model --resume longer -q
    same "$this: the same file" whole.model late.model
    fails 1 "$this: and then fewer" "$LACO" train "$@" --epochs 1 -o x --resume longer -q
    says "has $epochs epochs behind it, and 1 are asked for"
}
longer constant 3 7 classify words.tsv --hidden 12 --embed 8 --schedule constant --refit no
longer plateau 3 7 classify words.tsv --hidden 12 --embed 8 --schedule plateau --optim sgd --lr 0.1 --refit no
longer lbfgs 2 5 forecast sold.csv --hidden 12 --layers 1 --patience 0 --base none --optim lbfgs
longer decoder 2 4 caption pictures.tsv --hidden 16 --embed 8 --schedule constant --refit no
# ends NAME ARGUMENTS…
ends()
{
    this=$1
    shift
    ok "$this: some epochs" "$LACO" train "$@" --epochs 2 -o part.model --checkpoint longer -q
    fails 1 "$this: more of them" "$LACO" train "$@" --epochs 5 -o x --resume longer -q
    says 'longer: is a checkpoint of a training of 2 epochs, now 5 are asked for, .*--from MODEL'
    one_line
    absent x
}
ends cosine classify words.tsv --hidden 12 --embed 8
ends step classify words.tsv --hidden 12 --embed 8 --schedule step
ends warm-up classify words.tsv --hidden 12 --embed 8 --schedule constant --warmup 0.1
ends minutes classify words.tsv --hidden 12 --embed 8 --schedule constant --minutes 10
ends sampling caption pictures.tsv --hidden 16 --embed 8 --schedule constant --sampling 0.2

ok "some trainings were really killed" [ $all_kills -ge 1 ]

# ---- Ctrl-C saves the model and a checkpoint that goes on exactly ----
small='text.txt --hidden 96 --embed 16 --batch 8 --seq-len 20 --epochs 14'
# shellcheck disable=SC2086 # words are meant to be split
{
    ok "never stopped" "$LACO" train generate $small -o whole.model -q
    rm -f c
    "$LACO" train generate $small -o early.model --checkpoint c --every 0.01 -q > out.txt 2> err.txt &
    trainer=$!
    tries=0
    while [ ! -f c ] && [ $tries -lt 3000 ]; do # its first checkpoint says that it is under way
        sleep 0.02
        tries=$((tries + 1))
    done
    kill -INT $trainer
    wait $trainer
    ok "Ctrl-C leaves a model" [ -f early.model ]
    ok "Ctrl-C leaves a checkpoint" [ -f c ]
    ok "resumed after Ctrl-C" "$LACO" train generate $small -o late.model --resume c -q
    same "the same file" whole.model late.model
}

# ---- What a checkpoint is not for ----
# shellcheck disable=SC2086
{
    fails 1 "another option" "$LACO" train generate $small --hidden 20 -o x --resume c -q
    says 'checkpoint of another training: hidden was 96 there and is 20 now'
    fails 1 "another corpus" "$LACO" train generate words.tsv --hidden 96 --embed 16 --batch 8 --seq-len 20 --epochs 14 -o x --resume c -q
    says 'on other data'
    fails 1 "a checkpoint that is a model" "$LACO" train generate $small -o x --resume whole.model -q
    says 'is not a checkpoint'
    sed 's/\\"version\\":[0-9]*,/\\"version\\":9,/' c > newer
    fails 1 "another version" "$LACO" train generate $small -o x --resume newer -q
    says 'checkpoint of version 9'
    head -c 2000 c > cut
    fails 1 "a checkpoint that was cut" "$LACO" train generate $small -o x --resume cut -q
    fails 1 "no checkpoint" "$LACO" train generate $small -o x --resume nowhere -q
    says nowhere
    absent x

    # A disk that is full: files of more than 150 or 300 KiB cannot be written.
    cp c kept
    fails 1 "a full disk" sh -c 'trap "" XFSZ; ulimit -f 300; "$0" train generate '"$small"' -o x --resume c --checkpoint c --every 0.01 -q' "$LACO"
    says 'cannot write x: File too large' # the checkpoint alone would not have ended the training
    same "leaves the last good checkpoint" c kept
    absent x
}
finish
