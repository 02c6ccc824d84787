# Sourced by the tests of the program. A folder of their own, and words for what is expected.
LACO=$(realpath "$1")
EXAMPLE=${2:+$(realpath "$2")}
LC_ALL=C.UTF-8
export LC_ALL
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
checks=0 failures=0

fault() {
    failures=$((failures + 1))
    echo "FAILED: $name: $1"
    [ -s out.txt ] && { echo "--- standard output:"; head -5 out.txt; }
    [ -s err.txt ] && { echo "--- standard error:"; head -5 err.txt; }
    return 0
}

# fails STATUS NAME COMMAND…: the command ends with this status. Its output is kept for the words below.
fails() {
    wanted=$1 name=$2
    shift 2
    checks=$((checks + 1))
    "$@" > out.txt 2> err.txt < /dev/null
    status=$?
    [ $status -eq "$wanted" ] || fault "exit status $status, not $wanted: $*"
}
ok() { fails 0 "$@"; }

prints() { grep -q -e "$1" out.txt || fault "does not print '$1'"; } # on standard output
says() { grep -q -e "$1" err.txt || fault "does not say '$1'"; }     # on standard error
lines() { [ "$(wc -l < out.txt)" -eq "$1" ] || fault "prints $(wc -l < out.txt) lines, not $1"; }
one_line() { [ "$(wc -l < err.txt)" -eq 1 ] || fault "says $(wc -l < err.txt) lines, not 1"; }

same() { checks=$((checks + 1)) name=$1; cmp -s "$2" "$3" || fault "$2 and $3 differ"; }
differ() { checks=$((checks + 1)) name=$1; ! cmp -s "$2" "$3" || fault "$2 and $3 are the same"; }
absent() { for file; do [ ! -e "$file" ] || fault "$file is there"; done; }
present() { for file; do [ -s "$file" ] || fault "$file is not there, or empty"; done; }

# overflows NAME MODEL COMMAND…: with weights as large as numbers can be, a third of them negative, the command says that its answers are none.
overflows() {
    about=$1 model=$2
    shift 2
    header=$(od -An -t u8 -N 8 "$model")
    head -c $((8 + header)) "$model" > overflowing
    LC_ALL=C awk -v n=$((($(wc -c < "$model") - 8 - header) / 4)) \
        'BEGIN { for (; n > 0; n--) printf n % 3 ? "\377\377\177\177" : "\377\377\177\377" }' >> overflowing
    fails 1 "$about" "$@"
    says 'so large that .* answer .*came to'
    one_line
}

finish() {
    echo "$checks checks, $failures failed"
    [ $failures -eq 0 ]
}
