#!/bin/sh
# laco tune: the same choice however many trials run at a time, and after a kill; the best is trained to the end; what is refused.
# usage: tune.sh LACO
folder=$(cd "$(dirname "$0")" && pwd)
. "$folder/harness.sh"
. "$folder/together_data.sh"
# results MODEL: how many lines of results its log has
results() { grep -s '"event":"trial"' "$1.tune.jsonl" | wc -l; }

search='classify words.tsv --epochs 9 --embed 8 --batch 32 --layers 1 --threads 1 --trials 9 --over lr=1e-4:5e-2,hidden=4|8|16,dropout=0:0.4 --seed 3'
# shellcheck disable=SC2086 # words are meant to be split
{
    ok "one at a time" "$LACO" tune $search -o one.model --plot one.svg -q
    prints '^trial  rung    accuracy'
    prints '^matters'
    present one.model one.model.tune.jsonl one.svg
    absent one.model.tune
    cp out.txt table
    [ "$(results one.model)" -eq 13 ] || fault "not 9 + 3 + 1 results"
    [ "$(grep -c polyline one.svg)" -eq 9 ] || fault "not nine lines in the picture"

    ok "three at a time" "$LACO" tune $search -o three.model --processes 3 -q
    same "the same choice" one.model three.model
    same "the same table" table out.txt

    # The best options, trained by hand.
    best=$(grep '"rung":2' one.model.tune.jsonl)
    options=$(echo "$best" | sed 's/.*"options":{\([^}]*\)}.*/\1/; s/"\([a-z-]*\)":"\([^"]*\)",\{0,1\}/ --\1 \2/g')
    ok "the same training by hand" "$LACO" train classify words.tsv --epochs 9 --embed 8 --batch 32 --layers 1 --seed 3 $options -o hand.model -q
    same "it is that one" one.model hand.model

    # Killed with all that it has started, in the midst of the search; what is in the log is not done again.
    rm -f killed.model.tune.jsonl
    "$LACO" tune $search -o killed.model --processes 2 -q > /dev/null 2>&1 &
    searcher=$! tries=0
    while [ "$(results killed.model)" -lt 4 ] && [ $tries -lt 2000 ]; do
        sleep 0.02
        tries=$((tries + 1))
    done
    kill -9 $searcher
    wait $searcher 2> /dev/null
    while ps -o pid= --ppid $searcher | grep -q .; do sleep 0.02; done
    before=$(results killed.model)
    ok "and goes on" "$LACO" tune $search -o killed.model --processes 2 -q
    same "the same choice after a kill" one.model killed.model
    [ "$(results killed.model)" -eq 13 ] || fault "results were done again, after $before"

    fails 1 "another search, the same log" "$LACO" tune $search --seed 4 -o one.model -q
    says 'one.model.tune.jsonl: is the log of another search'
    ok "by minutes" "$LACO" tune classify words.tsv --epochs 2 --embed 4 --minutes 0.01 --over 'hidden=4|8' -o timed.model -q
    present timed.model
    ok "of its own space" "$LACO" tune forecast sold.csv --epochs 2 --trials 2 -o f.model -q
    prints 'dropout'

    fails 2 "no model" "$LACO" tune classify words.tsv
    fails 2 "both ends" "$LACO" tune classify words.tsv -o x --trials 3 --minutes 1
    fails 1 "no such option" "$LACO" tune classify words.tsv -o x --over nothing=1:2
    says 'has no option --nothing'
    fails 1 "an impossible value" "$LACO" tune classify words.tsv -o x --over dropout=0:7
    one_line
    fails 1 "no range" "$LACO" tune classify words.tsv -o x --over lr=3:
    fails 1 "no data" "$LACO" tune classify nowhere.tsv -o x --trials 2 -q
    says 'every trial failed; the last one: .*nowhere.tsv'
    fails 2 "no such task" "$LACO" tune clasify words.tsv -o x
    says 'did you mean classify'
    absent x
}
finish
