#!/bin/sh
# laco train as srun starts it, by either MPI, and the job of docs/many-machines.md, which is ended by Slurm's signal, queued again and goes
# on: the file of a training without Slurm. On a cluster of this machine alone, begun here; skipped where that cannot be: Slurm is not
# installed, or this is not root.
# usage: slurm.sh LACO FOLDER PAGE      FOLDER: where liblaco-mpi-….so were built; PAGE: docs/many-machines.md
library=$(realpath "$2") page=$(realpath "$3")
set -- "$1"
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/harness.sh"
. "$folder/together_data.sh"

skip() {
    echo "$1"
    exit 77
}
PATH=$PATH:/usr/sbin
for needed in slurmctld slurmd srun sbatch; do
    command -v $needed > /dev/null || skip "no $needed here"
done
[ "$(id -u)" -eq 0 ] || skip "only root can begin a cluster"

# ---- A cluster of one machine, which knows nothing of another ----
host=$(uname -n | cut -d. -f1)
SLURM_CONF=$work/slurm.conf
LACO_MPI_DIR=$library
PATH=$(dirname "$LACO"):$PATH
export SLURM_CONF LACO_MPI_DIR PATH
unset MALLOC_PERTURB_ # what Slurm and MPI make of freed memory is not what is tested here
configure() { # PORT
    cat > slurm.conf << END
ClusterName=small
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$1
SlurmdPort=$(($1 + 1))
AuthType=auth/none
CredType=cred/none
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
KillWait=2
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
MailProg=/bin/true
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
}
daemons=
end_cluster() {
    [ -n "$daemons" ] && timeout 10 scancel --user root > stopped 2>&1
    tries=0 # a step that cannot tell the daemons of its end would stay for ever
    while [ -n "$daemons" ] && [ $tries -lt 20 ] && timeout 5 squeue -h 2> /dev/null | grep -q .; do
        sleep 0.5
        tries=$((tries + 1))
    done
    for daemon in $daemons; do
        kill "$daemon" 2> /dev/null
    done
    for daemon in $daemons; do
        tries=0
        while kill -0 "$daemon" 2> /dev/null && [ $tries -lt 50 ]; do
            sleep 0.1
            tries=$((tries + 1))
        done
        kill -9 "$daemon" 2> /dev/null
        wait "$daemon" 2> /dev/null
    done
    daemons=
}
trap 'end_cluster; rm -rf "$work"' EXIT
# begins PORT: whether the cluster answers; a port may be another's.
begins() {
    configure "$1"
    mkdir -p state spool
    slurmctld -D > slurmctld.log 2>&1 < /dev/null &
    controller=$!
    slurmd -D > slurmd.log 2>&1 < /dev/null &
    daemons="$controller $!" tries=0
    while kill -0 $controller 2> /dev/null && kill -0 $! 2> /dev/null && [ $tries -lt 150 ]; do
        timeout 10 sinfo -h -o %t 2> /dev/null | grep -q idle && return 0
        sleep 0.2
        tries=$((tries + 1))
    done
    end_cluster
    return 1
}
first=$((20000 + $$ % 10000))
begins $first || begins $((first + 10000)) || skip "Slurm does not begin here: $(grep -h -i -e fatal -e error slurmctld.log slurmd.log | head -3)"

# ---- Steps ----
small='classify words.tsv --hidden 16 --embed 8 --batch 16 --epochs 3 --threads 1'
# starts KIND COMMAND…: two tasks by the plugin of Slurm that this MPI speaks to.
starts() {
    plugin=pmi2
    [ "$1" = openmpi ] && plugin=pmix
    shift
    timeout 120 srun --quiet --mpi="$plugin" --overcommit -n 2 "$@"
}
kinds=
for kind in openmpi mpich; do
    [ -r "$library/liblaco-mpi-$kind.so" ] && kinds="$kinds $kind"
done
[ -n "$kinds" ] || skip "no MPI was built"
# shellcheck disable=SC2086 # words are meant to be split
{
    ok "without Slurm" "$LACO" train $small --shards 2 -o one.model -q
    for kind in $kinds; do
        ok "two tasks of $kind" starts "$kind" "$LACO" train $small --shards 2 -o many.model -q
        same "$kind: the same file" one.model many.model
        rm -f many.model
    done
    ends() { starts "$@" || return 1; } # with a status that is the signal's where MPI was asked to end all
    fails 1 "two tasks know each other" ends "${kinds##* }" "$LACO" train $small -o x -q
    says '2 processes cannot share 1 shard'
}

# ---- The job ----
awk '/^```/ && found { printf "%s", job; exit } /^```/ { inside = /^```sh/; job = ""; next } inside { job = job $0 "\n" } /^#SBATCH/ { found = 1 }' \
    "$page" > page.job
smaller='--hidden 64 --embed 16 --batch 8 --seq-len 20 --epochs 12'
mpi=pmi2
[ "${kinds#*openmpi}" != "$kinds" ] && mpi=pmix
sed "s|/shared/||g; s/corpus.txt/text.txt/; s/--nodes=4/--nodes=1 --overcommit/; s/=8$/=1/; s/--threads 8/--threads 1/
    s/srun --mpi=pmix/srun --mpi=$mpi --overcommit/; s/--batch 256/$smaller -q --every 0.01/" page.job > job
# wait_for FILE: until it is there.
wait_for() {
    tries=0
    while [ ! -f "$1" ] && [ $tries -lt 600 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
}
# shellcheck disable=SC2086
{
    ok "the page has a job" grep -q '^srun' job
    ok "never stopped" "$LACO" train generate text.txt $smaller --shards 8 --threads 1 -o whole.model -q
    ok "sbatch takes it" sbatch --parsable -o job.log job
    number=$(cat out.txt)
    wait_for lm.checkpoint
    scancel --signal=TERM "$number"
    wait_for lm.safetensors
    name="Slurm's signal ends the job"
    present lm.checkpoint lm.safetensors
    differ "within its work" whole.model lm.safetensors
    tries=0
    until scontrol show job "$number" | grep -q 'Restarts=1' || [ $tries -eq 300 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    cp job.log err.txt
    ok "queued again" grep -q 'Restarts=1' "$(scontrol show job "$number" > queued; echo queued)"

    # Slurm lets it wait there for a minute; the same job as a new one need not.
    scancel "$number"
    rm lm.safetensors
    ok "once more" sbatch --parsable -o job.log job
    wait_for lm.safetensors
    cp job.log err.txt
    same "it goes on" whole.model lm.safetensors
}
finish
