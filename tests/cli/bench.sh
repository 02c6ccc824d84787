# laco bench: what it prints and refuses. Speeds are not judged: they are the machine's.
. "$(dirname "$0")/harness.sh"

small='--hidden 8 --batch 2 --steps 4 --seconds 0.001'

# $small is a list of words.
# shellcheck disable=SC2086
{
ok 'one layer' "$LACO" bench train --cell lstm $small --threads 1 --precision fp32
lines 4
prints '^  train lstm      8       8       1      2      4        1       fp32 '
prints 'GFLOP/s .* %.* MiB$'

ok 'one layer as JSON' "$LACO" bench train --cell lstm $small --json
lines 1
prints '^{"work":"train","cell":"lstm","input":8,"hidden":8,"layers":1,"batch":2,"steps":4,"threads":1,"precision":"fp32","value":'
prints '"unit":"GFLOP/s","percent_of_peak":[0-9.]*[1-9][0-9.e-]*,"bytes":[1-9][0-9]*,"bytes_per_step":[1-9][0-9.e+]*}$'

ok 'a step is told in microseconds' "$LACO" bench step --cell gru --hidden 8 --seconds 0.001 --json
lines 1
prints '"batch":1,.*"unit":"us/step"'

ok 'every work, every cell' "$LACO" bench $small --layers 2 --input 3 --threads 2 --json
lines 9
prints '"work":"infer","cell":"rnn","input":3,"hidden":8,"layers":2,"batch":2,"steps":4,"threads":2'

ok 'growth' "$LACO" bench grow --cell rnn $small --json
prints '"steps":128,"threads":1'
prints '"batch":32,"steps":4'
prints '"hidden":64,'
prints '"layers":8,'

fails 2 'an unknown work' "$LACO" bench trane $small
says "unknown work 'trane'; it can be train, infer, step or grow"
fails 2 'no units' "$LACO" bench train --hidden 0
says '\--hidden'
fails 2 'an unknown cell' "$LACO" bench train --cell lstn
says 'rnn|gru|lstm'
for precision in bf16 int8; do
    ok "inference in $precision" "$LACO" bench infer --cell gru $small --precision $precision --json
    prints "\"precision\":\"$precision\",\"value\":.*\"percent_of_peak\":[0-9.e-]*,"
    ok "steps in $precision" "$LACO" bench step --cell lstm $small --precision $precision --json
    prints "\"precision\":\"$precision\""
done
ok 'training in bf16' "$LACO" bench train --cell lstm $small --precision bf16 --json
prints '"work":"train",.*"precision":"bf16"'
ok 'bf16 without instructions for it' env LACO_CPU=ref "$LACO" bench infer --cell rnn $small --precision bf16
prints 'No tiles for bf16 here'
fails 1 'no training in int8' "$LACO" bench train --cell lstm $small --precision int8
says 'layers do not train in int8'
ok 'what can be done in int8' "$LACO" bench $small --precision int8 --json
lines 6

fails 2 'an unknown precision' "$LACO" bench train --precision fp31
says 'fp32'
fails 2 'two works' "$LACO" bench train infer
}
ok 'help' "$LACO" bench --help
prints 'laco bench train --cell lstm'

finish
