#!/bin/sh
# docs/lecture.md and docs/pt/aula.md: their commands work, give the numbers that the pages print, and are the same in both; so are pictures and
# exercises, of which every section has one.   usage: lecture.sh LACO SOURCE
source=$(realpath "$2")
. "$(dirname "$0")/harness.sh"
unset EXAMPLE

command -v gnuplot > /dev/null || { echo 'gnuplot is missing'; exit 77; }

# ---- In step ----
# Of each section its number, commands, equations' lines, pictures and exercises.
outline() {
    awk '/^## [0-9]/ { print "section", $2 } /^```sh$/ { block = 1 } block { print } /^```$/ { block = 0 }
        /^!\[/ { sub(/.*\(/, ""); sub(/.*pictures/, "pictures"); print } /^    [^ ].*=/ && !block { equations[++n] }
        /^<details><summary><b>Exerc/ { print "exercise" } /^<\/details>$/ { print "answer" }' "$1"
}
outline "$source/docs/lecture.md" > english
outline "$source/docs/pt/aula.md" > portuguese
same "both pages have the same sections, commands, pictures and exercises" english portuguese
for page in lecture.md pt/aula.md; do
    awk '/^## [0-9]/ { sections++ } /^```sh$/ { commands++ } /^!\[/ { seen[sections] = 1 } /^    .*[=|]/ { equation[sections] = 1 } /^<details>/ { exercises++ }
        END { for (i = 1; i <= sections; i++) lacks += !seen[i] + !equation[i]; exit !(sections == 15 && commands == 15 && exercises == 15 && !lacks) }' \
        "$source/docs/$page" || fault "$page: a section lacks its equation, commands, picture or exercise"
    grep -o 'pictures/[a-z]*\.[a-z]*' "$source/docs/$page" | while read -r picture; do [ -s "$source/docs/$picture" ] || echo "$picture"; done > missing
    [ -s missing ] && fault "$page: a picture is missing: $(cat missing)"
done

# ---- The commands ----
ok "the commands" "$source/tools/lecture" "$LACO" "$work/run"
cat out.txt
cd run || exit 1
holds() { grep -q -e "$2" "$1" || fault "section ${1%%.*} does not print $2"; }
holds 01.sh.out 'accuracy 0.8642 of 265'
holds 02.sh.out 'accuracy 0.9623'
holds 03.sh.out 'accuracy 0.9585'
awk '{ printf "%.2f\n", $2 }' 04.sh.out | while read -r bits; do grep -q "$bits bits a\|$bits with the state reset" "$source/docs/lecture.md" || echo "$bits"; done > other
[ -s other ] && fault "section 04 prints $(cat other), which the page does not have"
[ "$(awk '{ printf "%.2f ", $2 }' bptt.dat)" = '2.17 1.86 1.71 1.70 ' ] || fault "section 06 prints $(cat bptt.dat)"
holds 11.sh.out 'accuracy 0.9774'
holds 13.sh.out 'Portuguese.*%.*Spanish'
holds 14.sh.out '^MAE  *29\.8'
holds 15.sh.out '^Minha terra'
for made in word.svg window.svg acordo.html state.svg bptt.html truncated.svg vanishing.html gru.html lstm.html layers.html both.html embedding.svg \
    names.html names.png passengers.svg verse.html; do
    [ -s $made ] || fault "$made was not made"
done
finish
