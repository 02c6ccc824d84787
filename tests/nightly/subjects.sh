# Sourced by the parts: a small training of every task, and a question to its model.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
LACO=$(realpath "${LACO:-${BUILD:-$root/build}/cli/laco}")
[ -w /dev/shm ] && export TMPDIR=${TMPDIR:-/dev/shm} # faults are injected: there is nothing to wait for
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
python3 "$here/subjects.py" || exit 1

subjects='words numbers tags sold text pairs pictures spoken'

# The words behind `laco train` of a subject, without -o; each is done in a tenth of a second.
training() # SUBJECT
{
    case $1 in
    words) echo "classify words.tsv --hidden 6 --embed 4 --epochs 2" ;;
    numbers) echo "classify numbers.csv --hidden 6 --epochs 2" ;;
    tags) echo "tag tags.tsv --hidden 4 --embed 4 --letters 3 --ensemble 2 --epochs 2" ;;
    sold) echo "forecast sold.csv --hidden 4 --layers 1 --epochs 2 --quantiles 0.1,0.9" ;;
    text) echo "generate text.txt --hidden 6 --embed 4 --layers 1 --seq-len 20 --batch 4 --epochs 2" ;;
    pairs) echo "transduce pairs.tsv --hidden 6 --embed 4 --ensemble 1 --epochs 2" ;;
    pictures) echo "caption pictures.tsv --hidden 6 --embed 4 --epochs 2" ;;
    spoken) echo "transcribe spoken.tsv --hidden 6 --layers 1 --epochs 2 --join 2" ;;
    esac
}

# The words behind `laco` of questions to the model SUBJECT.model, one a line.
questions() # SUBJECT
{
    echo "info $1.model"
    case $1 in
    words) printf '%s\n' "predict words.model words.tsv" "eval words.model words.tsv" "convert words.model -o converted --weights int8" ;;
    numbers) echo "predict numbers.model numbers.csv" ;;
    tags) printf '%s\n' "predict tags.model tags.tsv" "eval tags.model tags.tsv" ;;
    sold) printf '%s\n' "forecast sold.model --steps 4" "predict sold.model sold.csv" ;;
    text) printf '%s\n' "generate text.model --length 20 --seed 1" "eval text.model text.txt" ;;
    pairs) echo "predict pairs.model pairs.tsv" ;;
    pictures) echo "predict pictures.model pictures.tsv" ;;
    spoken) printf '%s\n' "predict spoken.model 0.wav 7.wav" "eval spoken.model spoken.tsv" ;;
    esac
}

# Trains every subject once: SUBJECT.model.
train_all()
{
    for subject in $subjects; do
        # shellcheck disable=SC2046 # words are meant to be split
        "$LACO" train $(training "$subject") --threads 1 -q -o "$subject.model" || exit 1
    done
}

# How the table shows a part: what was done, how often, and how often something else came out than is allowed.
row() # NAME COUNT WRONG
{
    printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"${ROWS:-/dev/stdout}"
    [ "$3" = 0 ]
}

# The tests of a build folder, as a row: none may fail, and some must run.
row_of_tests() # NAME FOLDER WORDS OF MESON TEST…
{
    local name=$1 log=$2/meson-logs/testlog.json
    rm -f "$log"
    meson test -C "$2" --print-errorlogs "${@:3}" | grep -vE ' (OK|SKIP) |^\['
    # shellcheck disable=SC2046 # two numbers
    row "$name" $(python3 - "$log" <<'END' || echo 0 1
import json, sys
results = [json.loads(line)["result"] for line in open(sys.argv[1], encoding="utf-8") if line.strip()]
print(len(results), sum(result not in ("OK", "SKIP", "EXPECTEDFAIL") for result in results) or int(not results))
END
    )
}

# side_by_side FUNCTION: `FUNCTION SUBJECT` for each subject, $JOBS (2) at a time, each in a copy of the folder. What they add to $runs
# and $wrong is added up; one that does not come to its end is wrong.
side_by_side()
{
    for subject in $subjects; do
        while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-2}" ]; do
            wait -n
        done
        (
            mkdir "$work/$subject.d" && cp "$work"/*.* "$work/$subject.d" 2>/dev/null
            cd "$work/$subject.d" || exit 1
            runs=0 wrong=0
            "$1" "$subject"
            echo "$runs $wrong" >counts
        ) &
    done
    wait
    for subject in $subjects; do
        counts='0 1'
        [ -f "$work/$subject.d/counts" ] && counts=$(cat "$work/$subject.d/counts")
        runs=$((runs + ${counts% *})) wrong=$((wrong + ${counts#* }))
        rm -rf "$work/$subject.d"
    done
}
runs=0 wrong=0

# The library of a C file here, for LD_PRELOAD: what is built lies in BUILD/nightly.
preload() # NAME
{
    built=${BUILD:-$root/build}/nightly
    mkdir -p "$built"
    if [ ! "$built/$1.so" -nt "$here/$1.c" ]; then
        ${CC:-cc} -O1 -Wall -Wextra -D_FILE_OFFSET_BITS=64 -shared -fPIC -o "$work/$1.so" "$here/$1.c" -ldl && mv "$work/$1.so" "$built" || exit 1
    fi
    echo "$built/$1.so"
}

# stepped KINDS HOW STEP OUT WORDS…: `laco WORDS…` with each of its calls of these kinds failing in turn (faults.c); adds to $runs and
# $wrong, and says what went wrong. OUT: the file that it writes, or nothing.
stepped()
{
    kinds=$1 how=$2 step=$3 out=$4
    shift 4
    FAULT=$kinds FAULT_HOW=$how FAULT_STEP=$step FAULT_OUT=$out FAULT_REPORT=report LD_PRELOAD=$faults "$LACO" "$@"
    grep '^#' report
    set -- $(tail -n 1 report)
    runs=$((runs + ${1:-0})) wrong=$((wrong + ${4:-1}))
}
