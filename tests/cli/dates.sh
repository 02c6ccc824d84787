#!/bin/sh
# Other people's tables of series: how their dates and numbers are understood, what is said of it, what is refused, and how a forecast goes
# on.   usage: dates.sh LACO
. "$(dirname "$0")/harness.sh"
small='--hidden 4 --layers 1 --epochs 1 --threads 1 -o m.safetensors'

# table HEADER ROWS AWK-EXPRESSION-OF-i [DELIMITER]: a table, whose rows are the expression's text and a value
table() {
    awk -v rows="$2" "function two(n) { return sprintf(\"%02d\", n) } BEGIN { print \"$1\"; for (i = 0; i < rows; i++) print $3 \"${4:-,}\" 100 + i + i * 7 % 5 }"
}

# goes_on NAME STAMP…: the series in a.csv is learned, and its forecast has these times.
goes_on() {
    about=$1
    shift
    ok "$about: training" "$LACO" train forecast a.csv $small -q
    ok "$about" "$LACO" forecast m.safetensors --steps $#
    shown=$(tail -n +2 out.txt | cut -f1 | tr '\n' '|')
    wanted=$(printf '%s|' "$@")
    [ "$shown" = "$wanted" ] || fault "goes on with $shown, not $wanted"
}

# refused NAME TEXT [OPTIONS…]: a.csv is not learned, with one line that has this text.
refused() {
    about=$1 text=$2
    shift 2
    fails 1 "$about" "$LACO" train forecast a.csv $small -q "$@"
    says "$text"
    one_line
}

# ---- Frequencies ----
awk 'BEGIN { split("31 28 31 30 31 30 31 31 30 31 30 31", m, " "); print "ds,y"
    for (i = 0; i < 60; i++) { y = 2016 + int(i / 12); k = i % 12 + 1; printf "%d-%02d-%02d,%d\n", y, k, m[k] + (k == 2 && y % 4 == 0), 100 + i % 12 * 3 + i } }' > a.csv
goes_on "month ends" 2021-01-31 2021-02-28 2021-03-31
table ds,y 48 '2006 + int(i / 4) "-" substr("03-3106-3009-3012-31", i % 4 * 5 + 1, 5)' > a.csv
goes_on "quarter ends" 2018-03-31 2018-06-30
table quarter,y 40 '2006 + int(i / 4) "Q" i % 4 + 1' > a.csv;            goes_on "quarters" 2016Q1 2016Q2
table week,y 60 '2019 "-W" two(i + 1)' > a.csv;                          refused "a week that is none" 'a.csv:54.*"2019-W53".*no such date'
table week,y 53 '2020 "-W" two(i + 1)' > a.csv;                          goes_on "weeks" 2021-W01 2021-W02
table month,y 60 '2016 + int(i / 12) two(i % 12 + 1)' > a.csv;           goes_on "months as whole numbers" 202101 202102
table date,y 31 '202201 two(i + 1)' > a.csv;                             goes_on "days as whole numbers" 20220201
table year,y 31 '1990 + i' > a.csv;                                      goes_on "years" 2021 2022
table t,y 60 '"2022-01-01 00:00:" sprintf("%06.3f", i * 0.2)' > a.csv;   goes_on "5 Hz" "2022-01-01 00:00:12.000" "2022-01-01 00:00:12.200"
table t,y 60 '"2022-01-01 00:00:" sprintf("%06.3f", i * 0.01)' > a.csv;  goes_on "100 Hz" "2022-01-01 00:00:00.600" "2022-01-01 00:00:00.610"
table time,y 60 'sprintf("%.2f", i * 0.01)' > a.csv;                     goes_on "seconds with a fraction" 0.60 0.61
table d,y 20 '"2023-01-" two(2 + i % 5 + 7 * int(i / 5))' > a.csv;       goes_on "business days" 2023-01-30 2023-01-31
table t,y 28 '"1/30/2016 " ((i + 11) % 12) + 1 ":00:00 " (i < 12 ? "AM" : "PM")' | head -25 > a.csv
goes_on "AM and PM" "1/31/2016 12:00:00 AM" "1/31/2016 1:00:00 AM"
table t,y 28 '"2016-01-30 " two(i) ":00:00 UTC"' | head -25 > a.csv;     goes_on "UTC" "2016-01-31 00:00:00 UTC"
table m,y 24 'substr("JanFebMarAprMayJunJulAugSepOctNovDec", i % 12 * 3 + 1, 3) "-" 15 + int(i / 12)' > a.csv
goes_on "months by name with short years" Jan-17 Feb-17

table quarter,y 40 'i % 4 + 1 "Q" 2006 + int(i / 4)' > a.csv;           goes_on "quarters first" 1Q2016 2Q2016
table month,y 40 '2006 + int(i / 12) "M" two(i % 12 + 1)' > a.csv;      goes_on "months as Eurostat has them" 2009M05
table month,y 36 'two(i % 12 + 1) "." 2006 + int(i / 12)' > a.csv;      goes_on "months with a point" 01.2009 02.2009
table shop_date,y 31 '202201 two(i + 1)' | sed 's/\(.*\),\(.*\)/x,\1,\2/' > a.csv; goes_on "a date in another column, by its name" 20220201

table date,y 40 '2016 + int(i / 2) (i % 2 ? "-12-31" : "-06-30")' > a.csv; goes_on "half-years" 2036-06-30 2036-12-31
table year,y 11 '2000 + i "-" two(i + 1)' > a.csv
ok "fiscal years" "$LACO" train forecast a.csv $small -q
says '13 months behind the last.*write 2000'
table '' 28 '"2022-01-" two(i + 1) ",x"' | tail -n 28 | sed 's/^2/2/' > a.csv
refused "no header" 'the first row holds the date "2022-01-01" where a header should be'
table date,y,y 28 '"2022-01-" two(i + 1) ",7"' > a.csv; refused "two columns of one name" 'the column "y" stands there 2 times'
table date,sales,weekday 28 '"2022-01-" two(i + 1) "," 7 * i % 11 "," i % 7' > a.csv
sed -i 's/\(.*,.*,.*\),.*/\1/' a.csv
ok "a weekday behind the numbers" "$LACO" train forecast a.csv $small -q
says '"sales" is forecast, '
for none in -999 9999 99.99; do
    awk -v none=$none 'BEGIN { print "date,v"; for (i = 0; i < 28; i++) printf "2022-01-%02d,%s\n", i + 1, i % 9 == 4 ? none : 2 + i % 7 }' > a.csv
    ok "$none" "$LACO" train forecast a.csv $small -q
    says "3 values of \"v\" are $none, far from all others: if they stand for none"
done

# ---- Digits that could be dates, and dates that could be others ----
table date,y 31 '2201 two(i + 1)' > a.csv;                    refused "a year of two digits, digits alone" 'could be YYMMDD; write 2016-01-31'
table date,y 31 'two(i + 1) "012022"' > a.csv;                refused "the day first, digits alone" 'could be DDMMYYYY; write 2016-01-31'
table date,y 31 '2022 sprintf("%03d", i + 330)' > a.csv;      refused "days of a year" 'could be YYYYDDD'
table date,y 31 '2022 "-" sprintf("%03d", i + 330)' > a.csv;  refused "days of a year with a mark" 'form YYYY-DDD'
table week,y 52 '2022 two(i + 1)' > a.csv;                    refused "years and weeks" 'could be YYYYWW; write 2016-W05'
table week,y 12 '2022 two(i + 1)' > a.csv;                    refused "weeks that could be months" 'years and weeks; write 2016-W05'
table quarter,y 40 '2006 + int(i / 4) "." i % 4 + 1' > a.csv; refused "quarters behind a point" 'years and quarters; write 2016Q1'
table quarter,y 40 '2006 + int(i / 4) "/" i % 4 + 1' > a.csv; refused "quarters that could be months" 'years and quarters; write 2016Q1'
table quarter,y 40 '2006 + int(i / 4) i % 4 + 1' > a.csv;     refused "quarters, digits alone" 'years and quarters; write 2016Q1'
table quarter,y 40 'i % 4 + 1 "Q" two(6 + int(i / 4))' > a.csv; refused "quarters of short years" 'write 2016Q1'
table timestamp,y 31 '"16409952" two(i) "000000000"' > a.csv; refused "nanoseconds" 'nanoseconds, leave out the last six digits'
table index,y 31 '220101 + i' > a.csv;                        goes_on "numbers that could be dates, by their name" 220132

# ---- Orders ----
table date,y 28 'two(i + 1) "/01/2022"' > a.csv;  goes_on "day first, by a day above 12" 29/01/2022
table date,y 28 '"01/" two(i + 1) "/2022"' > a.csv; goes_on "month first" 01/29/2022
table date,y 12 'two(i + 1) "/01/2022"' > a.csv
refused "day or month first" '"date".*--date dmy or --date mdy'
ok "day first, as asked" "$LACO" train forecast a.csv $small --date dmy
says 'as DD/MM/YYYY, daily, from 01/01/2022 to 12/01/2022'
ok "the model's order is that of its files" "$LACO" forecast m.safetensors a.csv --steps 1
prints '^13/01/2022'
ok "month first, as asked" "$LACO" train forecast a.csv $small --date mdy
says 'as MM/DD/YYYY, monthly'
refused "year first" 'order of --date ymd' --date ymd
table date,y 11 'two(i + 1) "/01/16"' > a.csv;    refused "a year of two digits" 'two digits.*2016-01-31'
{ echo date,price; for i in 28 27 26 25 24 23 22 21 20 19 18 17 16 15; do echo "$i/01/2022,$i"; done; } > a.csv
ok "newest first" "$LACO" train forecast a.csv $small -q
says 'newest first and were turned round'
goes_on "newest first" 29/01/2022
table date,y 31 '"2021-02-" two(i + 1)' > a.csv;  refused "29 February 2021" 'a.csv:30.*"2021-02-29".*no such date'
table date,y 20 '"day " i' > a.csv;               refused "dates that are not understood" 'a.csv:2.*"day 0".*no known form.*--time none'
ok "which are no dates" "$LACO" train forecast a.csv $small --time none
says 'rows are counted'
awk 'BEGIN { print "date,shop,v"; for (i = 0; i < 40; i++) printf "2022-01-%02d,%s,%d\n", 1 + i / 2, i % 2 ? "Porto" : "Lisboa", i * 3 % 7 + i }' > a.csv
refused "two shops at each date" 'a.csv:3.*"2022-01-01".*twice.*--id shop'
ok "by shop" "$LACO" train forecast a.csv $small --id shop
says '40 rows.*2 series by "shop"'

# ---- Numbers ----
table 'data;unidades;preco' 40 '"2022-01-" two(i % 31 + 1) ";" i % 5 + 1' ';' | head -31 | sed '2,$s/$/,50/' > a.csv
ok "decimal commas" "$LACO" train forecast a.csv $small
says '"preco", with decimal commas; "preco" is forecast, the last of 2 columns of numbers (another: --target)'
ok "values with commas" "$LACO" predict m.safetensors a.csv
prints '^2022-01-01	100.5	'
table 'd;v' 30 '"2022-01-" two(i + 1)' ';' | sed '2,$s/$/,125/' > a.csv
refused "commas before three digits" '--decimal comma or --decimal point'
ok "decimal commas, as asked" "$LACO" train forecast a.csv $small --decimal comma
ok "commas between thousands, as asked" "$LACO" train forecast a.csv $small --decimal point
awk 'BEGIN { print "Day,v"; for (i = 0; i < 28; i++) printf "2022-01-%02d,%.2f\n", i + 1, 1234567890.12 + i * 0.37 }' > a.csv
ok "large values that move little" "$LACO" train forecast a.csv $small
ok "have digits enough" "$LACO" forecast m.safetensors --steps 3
prints '	1234567[0-9]*\.[0-9]'
ok "in predict too" "$LACO" predict m.safetensors a.csv --json
prints '"value":1234567890.12,'
awk 'BEGIN { print "Day,v"; for (i = 0; i < 28; i++) printf "2022-01-%02d,%.5f\n", i + 1, 1e9 + i % 3 / 4096 }' > a.csv
ok "a small variance beside its mean is no constant" "$LACO" train forecast a.csv $small

for none in . .. -- NaT '<NA>' '\N' n.a. '#DIV/0!' '#VALUE!' -nan -1.#IND; do
    none=$none awk 'BEGIN { print "date,v"; for (i = 0; i < 28; i++) printf "2022-01-%02d,%s\n", i + 1, i % 9 == 4 ? ENVIRON["none"] : 2 + i % 7 }' > a.csv
    refused "no value, as $none" 'has no value.*--missing interpolate'
    ok "gaps of $none are filled" "$LACO" train forecast a.csv $small -q --missing interpolate
done
awk 'BEGIN { print "Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"
    for (i = 0; i < 20; i++) { printf "%d", 2000 + i; for (k = 0; k < 12; k++) printf ",%d", 12 * i + k; print "" } }' > a.csv
refused "a column for each month" 'a column for each month, .*a row for each month'
ok "one month, as asked" "$LACO" train forecast a.csv $small --target Mar -q
for written in '$7' '7 %' '7%' '1 007' "1'007.5" '12 kg' '(7)' '1.2M'; do
    awk -v w="$written" 'BEGIN { print "day,units,price"; for (i = 0; i < 28; i++) printf "2022-01-%02d,%d,%s\n", i + 1, i % 5, w }' > a.csv
    refused "prices as $written" 'a.csv:2: column "price" holds.*write a number as -1234.5.*--target NAME'
    ok "another column, as asked" "$LACO" train forecast a.csv $small --target units
done
awk 'BEGIN { print "day,units,price"; for (i = 0; i < 28; i++) printf "2022-01-%02d,%d,%s\n", i + 1, i % 5, i ? i : "closed" }' > a.csv
refused "a word before numbers" 'a.csv:2: column "price" holds "closed"'
awk 'BEGIN { print "day,units,size"; for (i = 0; i < 28; i++) printf "2022-01-%02d,%d,%s\n", i + 1, i % 5, i % 2 ? "A1" : "XL" }' > a.csv
ok "codes are no prices" "$LACO" train forecast a.csv $small
table 'day' 28 '"2022-01-" two(i + 1)' '|' | sed '1s/.*/day|y/' > a.csv;     refused "vertical bars" 'a.csv:2: columns between vertical bars'
table 'day' 28 '"2022-01-" two(i + 1)' ' ' | sed '1s/.*/day y/' > a.csv;     refused "spaces" 'a.csv:2: columns between spaces'
table 'Sales of 2022\nday,y' 28 '"2022-01-" two(i + 1)' > a.csv;             refused "a title" 'a.csv:2: .*take away what stands above'

# ---- What is said ----
awk 'BEGIN { print "when,time,step,v"; for (i = 0; i < 28; i++) printf "2022-01-%02d,%d,%d,%d\n", i + 1, i % 5, i % 7, i % 3 + i }' > a.csv
ok "columns that are called as keys" "$LACO" train forecast a.csv $small --columns time,step,v --target v --json
prints '^{"event":"data","summary":"a.csv: a series of 28 rows.*time \\"when\\" as YYYY-MM-DD, daily'
ok "their forecast" "$LACO" forecast m.safetensors --steps 1 --json
prints '^{"step":1,"time":"2022-01-29","v":[-0-9.e]*,"columns":{"time":[-0-9.e]*,"step":[-0-9.e]*}}$'
ok "eval says what it read" "$LACO" eval m.safetensors a.csv --json
prints '"data":"a.csv: a series of 28 rows'
ok "nothing doubtful, and quiet" "$LACO" train forecast a.csv $small --target v -q
[ ! -s err.txt ] || fault "says something"

# ---- Files that are no text ----
printf 'date,pre\347o\n2022-01-01,1\n' > a.csv;   refused "Latin-1" 'a.csv:1: byte 9 (0xE7) is not UTF-8.*iconv'
printf '\376\377\0d' > a.csv;                      refused "UTF-16" 'UTF-16.*iconv'
printf '\037\213\010' > a.csv;                     refused "gzip" 'gunzip'
printf 'PK\003\004\024\0' > a.csv;                 refused "a spreadsheet" 'spreadsheet'

# ---- A checkpoint belongs to its dates ----
table day,a 60 '2020 + int(i / 28) "-01-" two(i % 28 + 1)' | head -29 > a.csv
sed 's/^2020/2021/' a.csv > b.csv
"$LACO" train forecast a.csv -o m.safetensors --hidden 24 --epochs 3000 --calendar -q --checkpoint c --every 0.01 2> /dev/null &
pid=$!
i=0
while [ ! -f c ] && [ $i -lt 1000 ]; do sleep 0.02; i=$((i + 1)); done
kill $pid 2> /dev/null
wait $pid
fails 1 "other dates" "$LACO" train forecast b.csv -o m.safetensors --hidden 24 --epochs 3000 --calendar -q --resume c
says 'other data\|other options\|belongs'
finish
