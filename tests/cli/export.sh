# laco export: models of every task as C, compiled without a warning and run: they answer as laço does. And every bad input.
#   usage: export.sh LACO
tests=$(realpath "$(dirname "$0")")
. "$tests/harness.sh"

. "$tests/export_models.sh"

# ---- Small models, some as they come and some with all that there is ----

train classify classify words.tsv
train classify_all classify words.tsv --unidirectional --cell lstm --layers 3 --embed 0 --pool all --lower --fold-accents
train classify_words classify words.tsv --level word --cell rnn --nonlinearity relu --pool mean
train classify_mlp classify words.tsv --cell mlp --window 3
train classify_flat classify words.tsv --cell mlp --layers 2
train classify_numbers classify numbers.csv --features 2 --unidirectional --positions yes
train tag tag tags.tsv
train tag_mlp tag tags.tsv --cell mlp --no-crf
train forecast forecast series.csv
train forecast_wide forecast series.csv --horizon 3 --quantiles 0.1,0.5,0.9 --cell lstm --layers 2
train forecast_plain forecast series.csv --base none
train generate generate text.txt
train generate_words generate text.txt --level word --embed 10 --tie-weights --layers 2
train generate_few generate text.txt --level word --vocabulary 8
train transduce transduce pairs.tsv
train transduce_words transduce phrases.tsv --target word --attention additive --cell gru
train caption caption pictures.tsv
grep -E "^(0|3|6|9).pgm" pictures.tsv > square.tsv
train caption_mlp caption square.tsv --encoder mlp
if [ "${LACO_TEST_SOUND-1}" != 0 ]; then
    sounds
fi

# ---- Every compiler that there is; not in a build with sanitizers, for which nothing of this is another ----

warnings='-Wall -Wextra -Wpedantic -Wconversion -Werror'
compile() # WHAT COMPILER…: builds and runs the self-test of m.c
{
    what=$1
    shift
    [ "${LACO_TEST_SANITIZED-0}" = 0 ] && command -v "$1" > /dev/null || return 0
    # shellcheck disable=SC2086
    ok "$what: $*" "$@" $warnings -DM_SELFTEST m.c -o selftest && ok "$what: $* runs" ./selftest
}

for model in *.st; do
    for weights in fp32 int8; do
        ok "$model in $weights" "$LACO" export "$model" -o m.c --weights $weights
        present m.c m.h
        compile "$model $weights" gcc -std=c99 -O1
        [ $weights = int8 ] || compile "$model $weights" g++ -O0
        [ $weights = fp32 ] || compile "$model $weights" clang -std=c99 -O1
    done
done

# ---- Bad input ----

ok 'a name' "$LACO" export classify.st -o other.c --name my_names
grep -q 'int32_t my_names_classify(const char \*text, float \*probabilities);' other.h || fault 'no my_names_classify in other.h'
refused() # SAYS NAME ARGUMENT…
{
    about=$1
    shift
    fails 1 "$about" "$LACO" export "$@"
    one_line
}
refused 'an ending that is no form' classify.st -o x.zip
says 'x.zip: the form is told by the ending of the name: .c'
refused 'no ending' classify.st -o x
refused 'a name that is no identifier' classify.st -o x.c --name 7up
says "'7up' cannot begin the names of functions"
refused 'a name with a hyphen' classify.st -o x.c --name a-b
refused 'a file whose name begins with a digit' classify.st -o 7.c
says 'say another with --name'
refused 'no model' words.tsv -o x.c
refused 'a folder that is not there' classify.st -o nowhere/x.c
absent x.c x.h 7.c 7.h
fails 2 'no file' "$LACO" export classify.st
refused 'more flash than there is' classify.st -o x.c --weights fp32 --flash 8
says 'x.c: needs [0-9]* bytes of flash for its constants, and more for the code; --flash allows 8192: --weights int8 takes about a quarter'
refused 'more memory than there is' classify.st -o x.c --ram 1
says 'x.c: needs [0-9]* bytes of memory for one call; --ram allows 1024'
refused 'a page for a target' classify.st -o x.html --ram 100
absent x.c x.h x.html
ok 'a target that holds it' "$LACO" export classify.st -o m.c --flash 1000 --ram 100
{ echo 'day,value'; i=1; while [ $i -le 28 ]; do printf '2024-02-%02d,%s\n' $i $((i % 7)); i=$((i + 1)); done; } > days.csv
train days forecast days.csv --calendar
ok 'a forecaster that reads the calendar' "$LACO" export days.st -o m.c
compile 'the calendar' gcc -std=c99 -O1
{ echo 'month,value'; i=1; while [ $i -le 48 ]; do printf '%d-%02d-01,%s\n' $((2020 + (i - 1) / 12)) $(((i - 1) % 12 + 1)) $((i % 7)); i=$((i + 1)); done; } > months.csv
train months forecast months.csv --calendar
refused 'a calendar in months' months.st -o x.c
says 'train one without --calendar'
refused 'a calendar in months on a page' months.st -o x.html
absent x.c x.h
finish
