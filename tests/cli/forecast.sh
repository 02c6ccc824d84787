#!/bin/sh
# laco train forecast, forecast, eval and predict, as a user runs them; bad input gives one line on stderr, exit status 1 or 2, and
# leaves nothing behind.   usage: forecast.sh LACO [EXAMPLE]
. "$(dirname "$0")/harness.sh"

# ---- A monthly series with a season, a trend and a little noise; a second column that follows it ----
awk 'BEGIN {
    print "Month,Sales,Half";
    for (i = 0; i < 120; i++) {
        noise = (i * 7919 % 101) / 50 - 1;
        value = 100 + 0.5 * i + 20 * sin(6.283185 * i / 12) + noise;
        printf "%d-%02d,%.4f,%.4f\n", 2001 + int(i / 12), i % 12 + 1, value, value / 2 + 3
    }
}' > sales.csv
small='--hidden 4 --layers 1 --epochs 4 --target Sales'

ok "training runs" "$LACO" train forecast sales.csv -o m.safetensors $small --quiet
ok "a second run" "$LACO" train forecast sales.csv -o m2.safetensors $small --quiet --threads 2
same "the same seed gives the same file at any number of threads" m.safetensors m2.safetensors
ok "another seed" "$LACO" train forecast sales.csv -o m3.safetensors $small --quiet --seed 5
ok "progress as JSON" "$LACO" train forecast sales.csv -o m3.safetensors $small --json
prints '"loop MASE"'
prints '"event":"saved"'

ok "forecast from the model's own history" "$LACO" forecast m.safetensors --steps 14
lines 15
prints '^time	Sales$'
prints '^2011-01	1[0-9][0-9]\.'
prints '^2012-02	'
cp out.txt own.txt
ok "forecast from the file" "$LACO" forecast m.safetensors sales.csv --steps 14
same "both go on from the same place" own.txt out.txt
ok "forecast as JSON" "$LACO" forecast m.safetensors --steps 2 --json
prints '^{"step":1,"time":"2011-01","Sales":1[0-9]'
lines 2
ok "standard input" sh -c '"$0" forecast m.safetensors - --steps 14 < sales.csv' "$LACO"
same "standard input is the file" own.txt out.txt
ok "a terminal plot" sh -c '"$0" forecast m.safetensors --show --steps 12 2>&1 >/dev/null' "$LACO"
prints 'forecast'

ok "eval as JSON" "$LACO" eval m.safetensors sales.csv --json
prints '"one_step":{"count":24,"mae":[0-9.]*,"rmse":[0-9.]*,"mape":[0-9.]*,"mase":0\.[0-9]*,"naive_mae":'
prints '"closed_loop":{"count":24,"mae":[0-9.]*,"rmse":[0-9.]*,"mape":[0-9.]*,"mase":0\.[0-9]*,"naive_mae":'
prints '"season":12'
prints '"from":"2009-01","to":"2010-12","unseen":false'
ok "eval as text" "$LACO" eval m.safetensors sales.csv --horizon 6
prints 'closed loop, 6 rows from 19 places'
prints '^seasonal naive MAE'

# ---- Rows that training never saw: a longer file, and one that starts where training ended ----
head -97 sales.csv > early.csv
{ head -1 sales.csv; tail -24 sales.csv; } > late.csv
ok "training on the first eight years" "$LACO" train forecast early.csv -o e.safetensors $small -q
ok "scored on the whole file" "$LACO" eval e.safetensors sales.csv --json
prints '"from":"2009-01","to":"2010-12","unseen":true'
cp out.txt whole.txt
ok "scored on what follows alone" "$LACO" eval e.safetensors late.csv --json
prints '"rows":24,"from":"2009-01","to":"2010-12","unseen":true'

# ---- Rows that are not as expected ----
sed '60s/,[0-9.]*,/,500,/' sales.csv > odd.csv
ok "predict marks a row" "$LACO" predict m.safetensors odd.csv --threshold 0.99
prints '^time	value	prediction	error	score	anomaly$'
prints '^2005-11	500	.*	anomaly$'
lines 121
ok "predict as JSON" "$LACO" predict m.safetensors odd.csv --json
prints '"time":"2005-11","value":500.0,"prediction":[0-9.]*,"error":[0-9.]*,"score":[0-9.]*,"anomaly":true'
prints '"time":"2001-01","value":[0-9.]*,"prediction":null,"error":null,"score":0.0,"anomaly":false'

ok "a state is kept" "$LACO" predict m.safetensors sales.csv --state seen.json
ok "and gone on from" "$LACO" predict m.safetensors odd.csv --state seen.json
prints '^2005-11	500	.*	anomaly$'
ok "and goes on learning" "$LACO" predict m.safetensors odd.csv --learn --state taught.json
lines 121
grep -q '"learned"' taught.json || fault "nothing of what was learned is in the state"
ok "what was learned is used" "$LACO" predict m.safetensors odd.csv --state taught.json
echo '{"laco.detector":1}' > seen.json
fails 1 "a state that is none" "$LACO" predict m.safetensors odd.csv --state seen.json
says 'seen.json: is no state of a detector'
fails 2 "a threshold that is no probability" "$LACO" predict m.safetensors odd.csv --threshold 2

# ---- Over all windows ----
ok "rolling" "$LACO" eval e.safetensors sales.csv --rolling --horizon 6
prints '^19 windows of 6 rows, 1 apart, of 1 series; a season is 12 rows$'
prints '^rows ahead'
ok "rolling as JSON" "$LACO" eval e.safetensors sales.csv --rolling --horizon 12 --stride 12 --json
prints '"windows":2,'
prints '"owa":0\.[0-9]*'
prints '"columns":{"Sales":{"mse":'
prints '"mase_by_horizon":\[0\.[0-9]*,'
ok "a page of it" "$LACO" eval e.safetensors sales.csv --report eval.html
grep -q 'Residuals one row ahead' eval.html || fault "no residuals on the page"
grep -q 'Error by how many rows ahead' eval.html || fault "no errors by horizon on the page"

# ---- A series a row ----
awk -F, 'NR > 1 { a = a "," $2; b = b "," 3 * $2 } END { printf "V1"; for (i = 2; i < NR + 1; i++) printf ",V%d", i;
    print ""; print "first" a; print "second" b }' sales.csv > wide.csv
ok "a wide table is recognised" "$LACO" train forecast wide.csv -o w.safetensors --hidden 4 --layers 1 --epochs 2 --horizon 6
says 'a series of 240 rows below a header; 2 series by "V1"'
ok "its series go on" "$LACO" forecast w.safetensors wide.csv --steps 6
lines 13
prints '^second	121	[0-9]'
"$LACO" forecast w.safetensors wide.csv --steps 6 --threads 2 > together.txt
"$LACO" forecast w.safetensors wide.csv --steps 6 --plot wide.svg > alone.txt
same "series over threads are forecast as one by one" together.txt alone.txt
sed 's/V1,/id,/' wide.csv > other.csv
ok "--wide" "$LACO" train forecast other.csv --wide -o w.safetensors --hidden 4 --layers 1 --epochs 2 -q
sed '2s/,[0-9.]*,/,x,/' other.csv > bad.csv
fails 1 "no number in a wide table" "$LACO" train forecast bad.csv --wide -o bad.safetensors -q
says 'bad.csv:2: field 2 holds "x"; it should be a number of the series "first"'

# ---- Forms of model ----
ok "direct, many columns, quantiles, calendar" "$LACO" train forecast sales.csv -o d.safetensors --columns Sales,Half --target Half --horizon 6 \
    --quantiles 0.1,0.9 --calendar --hidden 4 --epochs 2 --cell gru -q
ok "its forecast" "$LACO" forecast d.safetensors --steps 8
prints '^time	Sales	Half	q0.1	q0.5	q0.9$'
lines 9
ok "its score" "$LACO" eval d.safetensors sales.csv
prints '^Half, 24 rows'
prints '^within the band'
ok "row by row with quantiles" "$LACO" train forecast sales.csv -o q.safetensors $small --quantiles 0.05,0.95 -q
ok "a band of paths" "$LACO" forecast q.safetensors --steps 3 --json
prints '"quantiles":{"0.05":[0-9.]*,"0.5":[0-9.]*,"0.95":'
for base in none naive seasonal; do
    ok "--base $base" "$LACO" train forecast sales.csv -o b.safetensors $small --base $base -q
    ok "forecast of --base $base" "$LACO" forecast b.safetensors --steps 2
    lines 3
done
ok "L-BFGS" "$LACO" train forecast sales.csv -o l.safetensors --base none --hidden 6 --layers 1 --epochs 3 --optim lbfgs --target Sales -q
awk -F, 'NR == 1 { print "Shop,Day,Sold" } NR > 1 { for (s = 1; s < 4; s++) printf "shop%d,%d,%s\n", s, NR, $2 * s }' sales.csv > shops.csv
ok "several series by id" "$LACO" train forecast shops.csv --id Shop --time Day -o s.safetensors --hidden 4 --layers 1 --epochs 2 -q
ok "each of them goes on" "$LACO" forecast s.safetensors --steps 3
lines 10
prints '^shop3	124	'
cp shops.csv short.csv
printf 'new,2,10\nnew,3,11\nnew,4,12\n' >> short.csv
ok "a series that is too short" "$LACO" train forecast short.csv --id Shop --time Day -o s.safetensors --hidden 4 --layers 1 --epochs 2 --horizon 4
says 'too short to learn from, and forecast by the linear base: new'
ok "is forecast with the others" "$LACO" forecast s.safetensors --steps 3
lines 13
prints '^new	7	1[0-9]'
ok "info" "$LACO" info d.safetensors
prints 'GRU 4'
prints 'Half'

# ---- Checkpoints (tests/cli/resume.sh has those of a training that is killed) ----
ok "a run with checkpoints" "$LACO" train forecast sales.csv -o r1.safetensors $small --checkpoint c1 --every 0.01 -q
same "checkpoints do not change the model" m.safetensors r1.safetensors
ok "resumed at the end" "$LACO" train forecast sales.csv -o r2.safetensors $small --resume c1 -q
same "a resumed run gives the same file" m.safetensors r2.safetensors
fails 1 "a checkpoint of another training" "$LACO" train forecast sales.csv -o r3.safetensors --target Half --resume c1 -q
says 'other data'
fails 1 "a checkpoint of another horizon" "$LACO" train forecast sales.csv -o r3.safetensors $small --horizon 2 --resume c1 -q
says 'horizon was 1 there and is 2 now'
fails 1 "a checkpoint of another optimiser" "$LACO" train forecast sales.csv -o r3.safetensors $small --optim lbfgs --resume c1 -q
says 'another training'
absent r3.safetensors

# ---- Wrong usage: exit 2 ----
fails 2 "a horizon of zero" "$LACO" train forecast sales.csv -o x --horizon 0
says "horizon is '0'"
fails 2 "a horizon of zero, scored" "$LACO" eval m.safetensors sales.csv --horizon 0
fails 2 "no steps" "$LACO" forecast m.safetensors --steps 0
fails 2 "no -o" "$LACO" train forecast sales.csv
fails 2 "two files" "$LACO" train forecast sales.csv sales.csv -o x
ok "--help-all" "$LACO" train forecast --help-all
prints 'adamw|rmsprop|lbfgs'
ok "--help" "$LACO" train forecast --help
prints 'example: .*laco train forecast'
absent x

# ---- Bad input: exit 1, one line, nothing left ----
bad() { # NAME TEXT-OF-THE-ERROR [OPTIONS…], of the file bad.csv
    what=$1 text=$2
    shift 2
    fails 1 "$what" "$LACO" train forecast bad.csv -o bad.safetensors --hidden 4 --layers 1 --epochs 1 -q "$@"
    says "$text"
    one_line
    absent bad.safetensors
}
cp sales.csv bad.csv
bad "a column that is not there" 'bad.csv:1.*"Sails".*"Month", "Sales", "Half"' --target Sails
bad "a time column that is not there" 'bad.csv:1.*"Tag"' --time Tag
bad "a target that is not among the columns" '"Half" is not among the columns' --columns Sales --target Half
bad "fewer rows than the window" '96 rows to train on; a window of 500' --target Sales --window 500
bad "a horizon beyond the data" 'a horizon of 200' --target Sales --horizon 200
fails 2 "quantiles that are none" "$LACO" train forecast bad.csv -o bad.safetensors -q --quantiles 0.1,2
says '0.1,0.5,0.9'
absent bad.safetensors

sed '30s/,[0-9.]*,/,many,/' sales.csv > bad.csv;          bad "text in a number column" 'bad.csv:30.*"Sales".*"many"' --target Sales
sed '30s/,[0-9.]*,/,inf,/' sales.csv > bad.csv;           bad "an infinity" 'bad.csv:30.*"inf".*finite' --target Sales
sed '30s/,[0-9.]*,/,,/' sales.csv > bad.csv;              bad "a missing value" 'bad.csv:30.*no value.*interpolate' --target Sales
ok "a missing value that is filled" "$LACO" train forecast bad.csv -o i.safetensors $small --missing interpolate -q
sed '30s/^[^,]*/2001-13/' sales.csv > bad.csv;            bad "a month that is none" 'bad.csv:30.*"2001-13"'
sed '30s/^[^,]*/1999-01/' sales.csv > bad.csv;            bad "time that goes back" 'bad.csv:30.*"1999-01".*order of time'
sed '30s/$/,1/' sales.csv > bad.csv;                      bad "a field too many" 'bad.csv:30: 4 fields where the header has 3'
head -5 sales.csv > bad.csv;                              bad "four rows" '4 rows; at least 8' --target Sales
head -1 sales.csv > bad.csv;                              bad "a header alone" 'no row below the header'
: > bad.csv;                                              bad "an empty file" 'is empty'
printf 'a\nx\ny\n' > bad.csv;                             bad "no numbers at all" 'no column of numbers'
awk 'BEGIN { print "a"; for (i = 0; i < 50; i++) print i * i % 17 }' > bad.csv; bad "calendar features without time" 'calendar' --calendar
awk 'BEGIN { print "a"; for (i = 0; i < 50; i++) print 7 }' > bad.csv; ok "a constant series" "$LACO" train forecast bad.csv -o c.safetensors --hidden 4 --layers 1 --epochs 1 -q
ok "stays where it is" "$LACO" forecast c.safetensors --steps 2
prints '^52	7$'
rm bad.csv;                                               bad "a missing file" 'bad.csv: *No such file'

sed '1s/Sales/Turnover/' sales.csv > other.csv
fails 1 "a model of other columns" "$LACO" forecast m.safetensors other.csv
says 'other.csv:1.*"Sales".*"Month", "Turnover", "Half"'
one_line
ok "too few rows for the network" sh -c 'head -3 sales.csv | "$0" forecast m.safetensors - --steps 2' "$LACO"
prints '^2001-04	1[0-9][0-9]'
fails 1 "too few rows before the first prediction" sh -c 'head -2 sales.csv | "$0" forecast b.safetensors -' "$LACO"
says 'needs at least'
fails 1 "a picture of another kind" "$LACO" forecast m.safetensors --plot x.gif
absent x.gif
if command -v gnuplot > /dev/null; then
    ok "pictures" "$LACO" forecast q.safetensors --plot p.png
    ok "and drawings" "$LACO" forecast q.safetensors sales.csv --plot p.svg
    present p.png p.svg
fi

# ---- Floors: counts are not forecast below zero ----
awk 'BEGIN { print "day,sold,warmth"; for (i = 0; i < 60; i++) { v = 60 - i + i * 7919 % 7 - 3; printf "%d,%d,%.1f\n", i + 1, v < 0 ? 0 : v, v / 2 } }' > counts.csv
least() { awk -v c="$1" 'NR > 1 && (!seen++ || $c < least) { least = $c } END { print least }' out.txt; }
floored='--hidden 4 --layers 1 --epochs 1 -q'
ok "counts" "$LACO" train forecast counts.csv -o c.safetensors $floored --target sold --quantiles 0.1,0.9
ok "are forecast" "$LACO" forecast c.safetensors --steps 12
[ "$(least 2)" = 0 ] || fault "the least is $(least 2)"
[ "$(least 3)" = 0 ] || fault "the lower end of the band is $(least 3)"
ok "in JSON, too" "$LACO" forecast c.safetensors --steps 12 --json
! grep -q ':-' out.txt || fault "a count is below zero"
ok "and predicted" "$LACO" predict c.safetensors counts.csv
[ "$(awk -F '\t' '$3 ~ /^-/' out.txt | wc -l)" = 0 ] || fault "a prediction is below zero"
ok "what has been below zero may go there" "$LACO" train forecast counts.csv -o w.safetensors $floored --target warmth
ok "and does" "$LACO" forecast w.safetensors --steps 12
case $(least 2) in -*) ;; *) fault "the least is $(least 2)" ;; esac
ok "so do counts where that is asked for" "$LACO" train forecast counts.csv -o n.safetensors $floored --target sold --floor no
ok "and do" "$LACO" forecast n.safetensors --steps 12
case $(least 2) in -*) ;; *) fault "the least is $(least 2)" ;; esac
ok "another floor" "$LACO" train forecast counts.csv -o f.safetensors $floored --target warmth --floor -2.5
ok "is kept to" "$LACO" forecast f.safetensors --steps 12
[ "$(least 2)" = -2.5 ] || fault "the least is $(least 2)"
fails 1 "a floor above the data" "$LACO" train forecast counts.csv -o x.safetensors $floored --target warmth --floor 3
says 'below the floor of 3'
fails 1 "a floor that is none" "$LACO" train forecast counts.csv -o x.safetensors $floored --target sold --floor low
says "floor is 'low'"
fails 1 "values whose squares are no numbers" sh -c 'sed "s/,5[0-9],/,1e200,/" counts.csv | "$0" train forecast - -o x.safetensors --target sold -q' "$LACO"
says 'values lie within'
absent x.safetensors

# ---- A short training: the base knows the season, the network nothing yet ----
awk 'BEGIN { print "Month,value"; for (i = 0; i < 200; i++) printf "%d-%02d,%.2f\n", 1990 + int(i / 12), i % 12 + 1, (i % 12 - 6) ^ 2 + i / 4 }' > peaks.csv
ok "one epoch" "$LACO" train forecast peaks.csv -o p.safetensors --epochs 1
grep -q 'linear base' err.txt || fault "the end of training does not say what the base does"
ok "is followed by forecasts" "$LACO" forecast p.safetensors --steps 12
awk 'NR > 1 { i = NR + 198; d = $2 - ((i % 12 - 6) ^ 2 + i / 4); if (d < -3 || d > 3) bad++ } END { exit bad > 0 || NR != 13 }' out.txt ||
    fault "the peaks are not continued"

# ---- Backtests ----
ok "a backtest" "$LACO" backtest sales.csv --folds 2 --horizon 6 $small
prints '^fold .*MASE'
prints '^2 '
prints '^mean '
ok "as JSON" "$LACO" backtest sales.csv --folds 2 --rows 6 $small --json
lines 3
head -80 sales.csv > cut.csv && head -86 sales.csv > known.csv
ok "a fold is a training on the rows before" "$LACO" train forecast cut.csv -o k.safetensors $small -q
ok "and a score of those behind" "$LACO" eval k.safetensors known.csv --rolling --horizon 6 --json
mse=$(sed 's/.*"mse": *\([^,]*\),.*/\1/' out.txt)
ok "which is that of the fold" sh -c 'head -92 sales.csv | "$0" backtest - --folds 2 --rows 6 '"$small"' --json' "$LACO"
grep -q "\"mse\": *$mse," out.txt || fault "the fold has another error than $mse"
fails 1 "more folds than rows" "$LACO" backtest sales.csv --folds 30 --rows 6 $small
says 'has no more\|rows'

# ---- Without memory ----
ok "a window of twelve rows" "$LACO" train forecast sales.csv -o w.safetensors $small --cell mlp --window 12 --base none -q
ok "on two shards and threads" "$LACO" train forecast sales.csv -o w2.safetensors $small --cell mlp --window 12 --base none --shards 2 --threads 2 -q
ok "what it is" "$LACO" info w.safetensors
prints '1 numbers → MLP 4 over 12 steps → linear 1'
ok "its forecast" "$LACO" forecast w.safetensors --steps 3
lines 4
cp out.txt own.txt
tail -n 110 sales.csv | sed '1i\
Month,Sales,Half' > late.csv
ok "by the rows that it sees" "$LACO" forecast w.safetensors late.csv --steps 3
same "alone" own.txt out.txt
ok "one that begins where the series does" "$LACO" train forecast sales.csv -o w3.safetensors $small --cell mlp --window 90 -q
ok "is trained on" "$LACO" train forecast sales.csv -o w4.safetensors --columns Sales --from w3.safetensors --epochs 1 -q
fails 1 "a window beyond the data" "$LACO" train forecast sales.csv -o bad.safetensors $small --cell mlp --window 400 -q
says "window of 400"
fails 1 "a window beyond reason" "$LACO" train forecast sales.csv -o bad.safetensors $small --cell mlp --window 2000 -q
one_line
fails 1 "as C" "$LACO" export w.safetensors -o w.c
says 'cell mlp cannot be exported'
absent bad.safetensors w.c

# ---- Hostile models ----
hostile() { # NAME SED-SCRIPT TEXT-OF-THE-ERROR
    sed "$2" m.safetensors > h.safetensors
    fails 1 "$1" "$LACO" forecast h.safetensors
    says "h.safetensors.*$3"
    one_line
}
hostile "another horizon" 's/"horizon\\":1/"horizon\\":9/' 'laco.network'
hostile "a lag of zero" 's/"lags\\":\[1/"lags\\":[0/' 'lags'
hostile "no median" 's/"quantiles\\":\[\]/"quantiles\\":[7]/' ''
hostile "a target that is no column" 's/"target\\":\\"Sales/"target\\":\\"Salem/' 'target'
overflows "predictions that come to nothing" b.safetensors "$LACO" forecast overflowing --steps 3
overflows "their score" m.safetensors "$LACO" eval overflowing sales.csv

if [ -n "$EXAMPLE" ]; then
    ok "examples/forecast.c" "$EXAMPLE" 1
    prints '^step 1: loss'
    prints '^test loss'
fi

finish
