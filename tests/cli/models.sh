# Models that each release left behind (tools/release-models), read for ever: tests/models/VERSION/NAME.safetensors, with the command in NAME.ask,
# its input in NAME.in and the answer in NAME.out. Words are as they were; numbers within 0.002, for processors round in ways of their own.
. "$(dirname "$0")/harness.sh"
models=$3/tests/models

# Like cmp, of texts with numbers in them.
near() # LEFT RIGHT
{
    paste -d '\n' "$1" "$2" | awk -F '[\t ]' '
        NR % 2 { for (i = 1; i <= NF; i++) was[i] = $i; fields = NF; next }
        { if (NF != fields) bad = 1
          for (i = 1; i <= NF; i++)
              if ($i != was[i] && !($i ~ /^-?[0-9.]+$/ && was[i] ~ /^-?[0-9.]+$/ && ($i - was[i]) ^ 2 <= 0.002 ^ 2 * (1 + $i ^ 2))) bad = 1 }
        END { exit bad }' && [ "$(wc -l < "$1")" -eq "$(wc -l < "$2")" ]
}

printf 'a\t1.0001\n' > left.txt
printf 'a\t1.0002\n' > right.txt
checks=$((checks + 1)) name='numbers that are near'
near left.txt right.txt || fault 'are taken for far'
for other in 'a\t1.1\n' 'b\t1.0001\n' 'a\t1.0001\tc\n' 'a\t1.0001\na\t2\n'; do
    # shellcheck disable=SC2059 # a format
    printf "$other" > right.txt
    ! near left.txt right.txt || fault "$other is taken for a	1.0001"
done

asked=0
for answer in "$models"/*/*.out; do
    base=${answer%.out}
    cp "$base".* .
    short=$(basename "$base")
    [ "$short" = transcribe ] && [ "${LACO_TEST_SOUND-1}" = 0 ] && continue
    # shellcheck disable=SC2046 # words
    set -- $(sed "s/MODEL/$short.safetensors/" "$short.ask")
    [ -e "$short.in" ] || : > "$short.in"
    checks=$((checks + 1)) name="$(basename "$(dirname "$base")") $short"
    "$LACO" "$@" < "$short.in" > out.txt 2> err.txt || fault "exit status $?: $*"
    near "$answer" out.txt || { fault 'answers otherwise'; cat "$answer"; }
    rm -f "$short".*
    asked=$((asked + 1))
done
checks=$((checks + 1)) name='models of releases'
[ $asked -ge 8 ] || fault "only $asked were asked"
finish
