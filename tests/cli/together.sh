#!/bin/sh
# laco train on several processes that it forks: the same file, byte for byte, on 1, 2 and 4 of them, with any number of threads and on
# other instruction sets; what is refused; and what a process that is killed or stopped does to the others.
# usage: together.sh LACO
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/harness.sh"
. "$folder/together_data.sh"

# ---- Every task ----
echo "$trainings" > trainings
while IFS='|' read -r this arguments; do
    # shellcheck disable=SC2086 # words are meant to be split
    {
        ok "$this: one process" "$LACO" train $arguments --shards 4 --threads 1 -o one.model -q
        for processes in 2 4; do # two of them with two threads, four with the optimiser's state cut among them
            more=
            [ $processes = 4 ] && more=--shard-optimiser
            ok "$this: $processes processes" "$LACO" train $arguments --shards 4 --processes $processes --threads $((4 / processes)) -o many.model -q $more
            [ -s err.txt ] && fault "says something"
            same "$this: $processes processes" one.model many.model
        done
    }
done < trainings

# ---- Shards are arithmetic; without them all is as it was ----
small='classify words.tsv --hidden 16 --embed 8 --batch 16 --epochs 3'
# shellcheck disable=SC2086
{
    ok "no shards" "$LACO" train $small -o plain.model -q
    ok "one shard" "$LACO" train $small --shards 1 --processes 1 -o whole.model -q
    same "one shard is a whole batch" plain.model whole.model
    ok "two shards" "$LACO" train $small --shards 2 -o two.model -q
    differ "two are another arithmetic" plain.model two.model
    ok "more shards than rows" "$LACO" train $small --shards 64 --processes 2 -o many.model -q
    ok "and on one" "$LACO" train $small --shards 64 -o few.model -q
    same "empty shards" many.model few.model
    ok "another instruction set" env LACO_CPU=avx2 "$LACO" train $small --shards 2 --processes 2 -o avx2.model -q
    same "vectors agree" two.model avx2.model
    ok "bf16 between shards" "$LACO" train $small --shards 4 --wire bf16 -o one.model -q
    ok "four shards" "$LACO" train $small --shards 4 -o four.model -q
    differ "bf16 between shards is another arithmetic" one.model four.model
    for processes in 2 4; do
        ok "bf16 between $processes" "$LACO" train $small --shards 4 --wire bf16 --processes $processes --threads 1 --checkpoint w.checkpoint -o many.model -q
        same "bf16 between $processes" one.model many.model
    done
    fails 1 "resumed with another wire" "$LACO" train $small --shards 4 --resume w.checkpoint -o x -q
    says 'wire'
    ok "fp32 is the default" "$LACO" train $small --shards 4 --wire fp32 --processes 2 -o many.model -q
    same "fp32 between" four.model many.model
    ok "bf16" "$LACO" train $small --shards 2 --precision bf16 -o one.model -q
    ok "bf16 on two" "$LACO" train $small --shards 2 --precision bf16 --processes 2 -o many.model -q
    same "bf16" one.model many.model
}

# ---- Networks of an ensemble are dealt out first ----
members='tag tags.tsv --hidden 12 --embed 8 --letters 8 --batch 4 --epochs 6 --ensemble 3'
# shellcheck disable=SC2086
{
    ok "three networks" "$LACO" train $members -o one.model --json
    grep -o '"\(epoch\|loss\|gradient\|accuracy\|F1\)":[0-9.e-]*' out.txt > told
    ok "on three processes" "$LACO" train $members -o many.model --processes 3 --threads 1 --json
    same "on three" one.model many.model
    grep -o '"\(epoch\|loss\|gradient\|accuracy\|F1\)":[0-9.e-]*' out.txt > told.many
    same "and the same is told" told told.many
    for more in '--shards 1' '--shards 4 --crf --shard-optimiser'; do
        rm -f m.checkpoint
        ok "half of it, on three" "$LACO" train $members $more --processes 3 --threads 1 -o early.model --until 0.5 --checkpoint m.checkpoint -q
        ok "resumed by two" "$LACO" train $members $more --processes 2 --threads 1 -o late.model --resume m.checkpoint -q
        [ "$more" = '--shards 1' ] || ok "never stopped" "$LACO" train $members $more -o one.model -q
        same "ended and resumed: $more" one.model late.model
    done
    fails 1 "four processes" "$LACO" train $members --processes 4 -o x -q
    says '4 processes cannot share 3 networks of 1 shard: --shards 2'
    fails 1 "five processes" "$LACO" train $members --shards 2 --processes 5 -o x -q
    says '5 processes cannot share 3 networks of 2 shards: of processes a power of two is right'
}

# ---- What is refused, in one line ----
# shellcheck disable=SC2086
{
    fails 1 "three shards" "$LACO" train $small --shards 3 -o x -q
    says '3 shards: a power of two is right'
    fails 1 "more processes than shards" "$LACO" train $small --processes 2 -o x -q
    says '2 processes cannot share 1 shard: --shards 2'
    one_line
    fails 1 "three processes" "$LACO" train $small --shards 4 --processes 3 -o x -q
    says '3 processes cannot share 4 shards'
    one_line
    fails 1 "L-BFGS" "$LACO" train forecast sold.csv --optim lbfgs --shards 2 --processes 2 -o x -q
    says 'L-BFGS .* knows no shards'
    one_line
    fails 1 "standard input" "$LACO" train classify - --shards 2 --processes 2 -o x -q
    says 'standard input can be read by one process alone'
    one_line
    fails 1 "no such file" "$LACO" train classify nowhere.tsv --shards 2 --processes 2 -o x -q
    says nowhere.tsv
    one_line
    fails 1 "too large a rate" "$LACO" train $small --optim sgd --lr 1e30 --clip 0 --shards 2 --processes 2 -o x -q
    one_line
    fails 1 "more shards than rows of text" "$LACO" train generate text.txt --batch 2 --shards 4 --processes 2 -o x -q
    says '4 shards of a batch of 2 rows'
    one_line
    absent x
}


# ---- A process is killed, or stops ----
long='generate text.txt --hidden 64 --embed 16 --batch 8 --seq-len 20 --epochs 6 --shards 4'
# under_way: waits for the first checkpoint.
under_way() {
    tries=0
    while [ ! -f c ] && [ $tries -lt 3000 ]; do
        sleep 0.02
        tries=$((tries + 1))
    done
}
# child_of PID NUMBER: the process that was forked as this one.
child_of() { ps -o pid= --ppid "$1" | sed -n "$2p" | tr -d ' '; }

# shellcheck disable=SC2086
{
    ok "never stopped" "$LACO" train $long -o whole.model -q
    for killed in 1 3; do
        rm -f c early.model
        "$LACO" train $long --processes 4 --threads 1 -o early.model --checkpoint c --every 0.01 -q > out.txt 2> err.txt &
        trainer=$!
        under_way
        kill -9 "$(child_of $trainer $killed)"
        wait $trainer
        status=$? name="process $killed is killed"
        [ $status -eq 1 ] || fault "exit status"
        says "^laco: process $killed of 4 has ended"
        one_line
        absent early.model
        present c
        ok "resumed by two" "$LACO" train $long --processes 2 -o late.model --resume c -q
        same "killed, and resumed by other processes" whole.model late.model
    done

    rm -f c
    "$LACO" train $long --processes 4 --threads 1 -o early.model --checkpoint c --every 0.01 -q > out.txt 2> err.txt &
    trainer=$!
    under_way
    child=$(child_of $trainer 2)
    kill -9 $trainer
    wait $trainer 2> /dev/null
    tries=0
    while kill -0 "$child" 2> /dev/null && [ $tries -lt 500 ]; do
        sleep 0.02
        tries=$((tries + 1))
    done
    name="the first process is killed"
    kill -0 "$child" 2> /dev/null && fault "others are left"
    says '^laco: process 0 of 4 has ended'
    one_line
    ok "resumed by one" "$LACO" train $long -o late.model --resume c -q
    same "the first killed, and resumed" whole.model late.model

    rm -f c
    "$LACO" train $long --processes 2 --threads 1 -o early.model --checkpoint c --every 0.01 --give-up 0.7 -q > out.txt 2> err.txt &
    trainer=$!
    under_way
    child=$(child_of $trainer 1)
    kill -STOP "$child"
    wait $trainer
    status=$? name="a process hangs"
    [ $status -eq 1 ] || fault "exit status"
    says '^laco: process 1 of 2 has said nothing for 0.7 s'
    one_line
    kill -0 "$child" 2> /dev/null && fault "it is left"
    ok "resumed after that" "$LACO" train $long --processes 4 -o late.model --resume c -q
    same "hung, and resumed" whole.model late.model

    # Ctrl-C reaches one of them, and ends all with model and checkpoint.
    for reached in first other; do
        rm -f c early.model
        "$LACO" train $long --processes 2 --threads 1 -o early.model --checkpoint c --every 0.01 -q > out.txt 2> err.txt &
        trainer=$!
        under_way
        [ $reached = first ] && kill -INT $trainer
        [ $reached = other ] && kill -TERM "$(child_of $trainer 1)"
        wait $trainer
        name="Ctrl-C to the $reached"
        present early.model c
        ok "resumed after Ctrl-C" "$LACO" train $long --processes 2 -o late.model --resume c -q
        same "Ctrl-C to the $reached" whole.model late.model
    done

    # What is read by rank 0 alone is enough.
    mkdir alone
    ok "checkpoints" "$LACO" train $long --processes 2 -o alone/m --checkpoint alone/c -q
    same "a checkpoint changes nothing" whole.model alone/m
}
finish
