#!/bin/sh
# laco train as mpirun starts it: the same file on 1, 2 and 4 processes as without MPI; processes that do not train the same; one that is
# killed or stopped; Ctrl-C.
# usage: mpi.sh LACO KIND FOLDER      KIND: openmpi or mpich; FOLDER: where liblaco-mpi-KIND.so was built
kind=$2 library=$(realpath "$3")
set -- "$1"
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/harness.sh"
. "$folder/together_data.sh"
mpirun=$(command -v mpirun.$kind) || {
    echo "mpirun.$kind is not there"
    exit 77
}
[ -r "$library/liblaco-mpi-$kind.so" ] || {
    echo "liblaco-mpi-$kind.so was not built"
    exit 77
}
LACO_MPI_DIR=$library
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export LACO_MPI_DIR OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_btl_vader_single_copy_mechanism
export OMPI_MCA_rmaps_base_oversubscribe OMPI_MCA_hwloc_base_binding_policy

# mpirun 4.1 itself reads memory that it has freed when a process calls MPI_Abort: filled with what Meson asks for, it falls over.
unset MALLOC_PERTURB_

run() { # PROCESSES COMMAND…
    processes=$1
    shift
    "$mpirun" -n "$processes" "$@"
}

echo "$trainings" | grep -v '^weighted' > trainings # tests/cli/together.sh has it
counts='1 2 4'
while IFS='|' read -r this arguments; do
    # shellcheck disable=SC2086 # words are meant to be split
    {
        ok "$this: without MPI" "$LACO" train $arguments --shards 4 --threads 2 -o one.model -q
        for processes in $counts; do
            more=
            [ $processes = 4 ] && more=--shard-optimiser
            ok "$this: $processes processes" run $processes "$LACO" train $arguments --shards 4 --threads $((1 + processes % 2)) -o many.model -q $more
            same "$this: $processes processes" one.model many.model
        done
        counts='2 4' # one that MPI starts is one without MPI
    }
done < trainings

# ---- Processes that do not train the same: found before the first step, and named ----
small='classify words.tsv --hidden 16 --embed 8 --batch 16 --epochs 3'
head -n 299 words.tsv > fewer.tsv
cat > otherwise << 'END'
#!/bin/sh
# otherwise RANK ARGUMENT WITH LACO ARGUMENTS…: one process has another argument, or another environment
rank=${OMPI_COMM_WORLD_RANK-$PMI_RANK} which=$1 old=$2 new=$3
shift 3
case $old:$rank in
ENV:"$which") exec env "$new" "$@" ;;
*:"$which") exec $(echo "$@" | sed "s/$old/$new/") ;;
esac
exec "$@"
END
chmod +x otherwise
# shellcheck disable=SC2086
{
    fails 1 "other data" run 2 ./otherwise 1 words.tsv fewer.tsv "$LACO" train $small --shards 2 -o x -q
    says '^laco: process 1 of 2 has other data than process 0'
    fails 1 "other options" run 4 ./otherwise 2 'hidden 16' 'hidden 17' "$LACO" train $small --shards 4 -o x -q
    says '^laco: process 2 of 4 trains otherwise than process 0: hidden is 17 there and 16 in process 0'
    fails 1 "no data" run 2 ./otherwise 1 words.tsv nowhere.tsv "$LACO" train $small --shards 2 -o x -q
    says 'process 1 of 2: .*nowhere.tsv'
    absent x
    ok "plain kernels" env LACO_CPU=ref "$LACO" train $small --shards 2 -o ref.model -q
    ok "two shards" "$LACO" train $small --shards 2 -o two.model -q
    ok "another instruction set" run 2 ./otherwise 1 ENV LACO_CPU=avx2 "$LACO" train $small --shards 2 -o many.model -q
    same "vectors agree" two.model many.model
    if ! cmp -s two.model ref.model; then # where there are vectors
        fails 1 "plain kernels in one" run 2 ./otherwise 1 ENV LACO_CPU=ref "$LACO" train $small --shards 2 -o x -q
        says 'process 1 of 2 trains otherwise than process 0: kernels is plain there'
    fi
    fails 1 "--processes under MPI" run 2 "$LACO" train $small --shards 2 --processes 2 -o x -q
    says 'one of both is right'
}

# ---- Trials of a search, spread over processes ----
search='classify words.tsv --epochs 3 --embed 8 --batch 32 --layers 1 --threads 1 --trials 5 --over lr=1e-4:5e-2,hidden=4|8 --seed 3'
# shellcheck disable=SC2086
{
    ok "a search without MPI" "$LACO" tune $search -o sought.model --processes 2 -q
    cp out.txt table
    ok "a search of two" run 2 "$LACO" tune $search -o many.model -q
    same "the same choice" sought.model many.model
    same "the same table" table out.txt
    [ "$(grep -c '"event":"trial"' many.model.tune.jsonl)" -eq 7 ] || fault "not 5 + 2 results in the log"
    head -n 4 many.model.tune.jsonl > some.jsonl # as of a search that was killed
    ok "it goes on" run 4 "$LACO" tune $search -o again.model --log some.jsonl -q
    same "the same choice after a kill" sought.model again.model
    [ "$(grep -c '"event":"trial"' some.jsonl)" -eq 7 ] || fault "results were done again"
    fails 1 "another search, the same log" run 2 "$LACO" tune $search --seed 4 -o many.model -q
    says 'many.model.tune.jsonl: is the log of another search'
}

# ---- One is killed ----
long='generate text.txt --hidden 64 --embed 16 --batch 8 --seq-len 20 --epochs 12 --shards 4'
under_way() {
    tries=0
    while [ ! -f c ] && [ $tries -lt 3000 ]; do
        sleep 0.02
        tries=$((tries + 1))
    done
}
cat > numbered << 'END'
#!/bin/sh
echo $$ > "pid.${OMPI_COMM_WORLD_RANK-$PMI_RANK}"
exec "$@"
END
chmod +x numbered
rank() { cat "pid.$1"; }
# shellcheck disable=SC2086
{
    ok "never stopped" "$LACO" train $long -o whole.model -q
    for killed in 0 1; do
        rm -f c early.model
        run 2 ./numbered "$LACO" train $long --threads 1 -o early.model --checkpoint c --every 0.01 -q > out.txt 2> err.txt < /dev/null &
        trainer=$!
        under_way
        kill -9 $(rank $killed)
        wait $trainer && fault "exit status 0"
        name="process $killed is killed"
        tries=0
        while kill -0 "$(rank $((1 - killed)))" 2> /dev/null && [ $tries -lt 200 ]; do # mpirun may be gone before the last of them
            sleep 0.05
            tries=$((tries + 1))
        done
        [ $tries -lt 200 ] || fault "process $((1 - killed)) is left"
        absent early.model
        ok "resumed by four" run 4 "$LACO" train $long --threads 1 -o late.model --resume c -q
        same "killed and resumed" whole.model late.model
    done

    rm -f c
    run 2 ./numbered "$LACO" train $long --threads 1 -o early.model --checkpoint c --every 0.01 --give-up 1 -q > out.txt 2> err.txt < /dev/null &
    trainer=$!
    under_way
    kill -STOP $(rank 1)
    wait $trainer && fault "exit status 0"
    name="a process hangs"
    says '^laco: process 1 of 2 has said nothing for 1 s'
    [ "$(grep -c '^laco:' err.txt)" -eq 1 ] || fault "more than one line"
    ok "resumed without MPI" "$LACO" train $long -o late.model --resume c -q
    same "hung and resumed" whole.model late.model

    rm -f c early.model
    run 2 ./numbered "$LACO" train $long --threads 1 -o early.model --checkpoint c --every 0.01 -q > out.txt 2> err.txt < /dev/null &
    trainer=$!
    under_way
    kill -TERM $(rank 1)
    wait $trainer
    name="SIGTERM to one"
    present early.model c
    ok "resumed after SIGTERM" run 2 "$LACO" train $long --threads 1 -o late.model --resume c -q
    same "ended and resumed" whole.model late.model
}
finish
