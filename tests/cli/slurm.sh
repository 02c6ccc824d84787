#!/bin/sh
# laco train as srun starts it, on the cluster that this machine is part of: the file of a training without Slurm. Skipped where no
# Slurm answers.
# usage: slurm.sh LACO FOLDER      FOLDER: where liblaco-mpi-….so were built
library=$(realpath "$2")
set -- "$1"
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/harness.sh"
. "$folder/together_data.sh"
command -v srun > /dev/null && timeout 10 sinfo -h 2> /dev/null | grep -q . || {
    echo "no Slurm answers"
    exit 77
}
LACO_MPI_DIR=$library
export LACO_MPI_DIR
small='classify words.tsv --hidden 16 --embed 8 --batch 16 --epochs 3 --shards 2 --threads 1'
# shellcheck disable=SC2086 # words are meant to be split
{
    ok "without Slurm" "$LACO" train $small -o one.model -q
    ok "two tasks" srun --mpi=pmi2 --overcommit -n 2 "$LACO" train $small -o many.model -q
    same "the same file" one.model many.model
}
finish
