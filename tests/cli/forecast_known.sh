#!/bin/sh
# Columns that are known ahead and columns that are constant in a series, as a user gives them.   usage: forecast_known.sh LACO
. "$(dirname "$0")/harness.sh"

# ---- Two shops: what is sold depends on the price and on a promotion of the same day; the last 10 rows are to be forecast ----
awk 'function draw(below) { seed = seed * 16807 % 2147483647; return int(seed / 2147483647 * below) }
BEGIN {
    seed = 7
    print "shop,date,region,price,promo,sold";
    for (s = 0; s < 2; s++)
        for (i = 0; i < 200; i++) {
            price = 8 + draw(5); promo = draw(7) == 0;
            noise = (i * 7919 % 101) / 100 - 0.5;
            value = 60 + 30 * s - 4 * (price - 10) + 15 * promo + noise;
            month = int(i / 28) + 1;
            printf "%s,2023-%02d-%02d,%s,%d,%d,%s\n", s ? "b" : "a", month, i % 28 + 1, s ? "south" : "north", price, promo,
                i < 190 ? sprintf("%.3f", value) : ""
        }
}' > shops.csv
small='--id shop --target sold --hidden 4 --layers 1 --epochs 2 -q --time none'

ok "training with known and static columns" "$LACO" train forecast shops.csv -o m.st $small --known price,promo --static region
ok "what to type next works without rows ahead" "$LACO" train forecast shops.csv -o m3.st ${small%-q*} --time none --known price,promo
says 'next: .*laco eval m3.st shops.csv$'
ok "the same again" "$LACO" train forecast shops.csv -o m2.st $small --known price,promo --static region --threads 2
same "the same file" m.st m2.st
ok "what the model says of itself" "$LACO" info m.st --json
prints '"known":\[{"name":"price"'
prints '"static":\[{"name":"region","values":\["north","south"\]}'
ok "as many rows as are known" "$LACO" forecast m.st shops.csv --id shop --time none
lines 21
cp out.txt file.txt
ok "from the model's own history" "$LACO" forecast m.st
same "which knows the rows ahead too" file.txt out.txt
ok "fewer rows" "$LACO" forecast m.st --steps 3
lines 7
fails 1 "more rows than are known" "$LACO" forecast m.st --steps 11
says '^laco: series a: known columns are given for 10 of 11 rows to be forecast: rows with values of price,promo and an empty "sold" are right$'
[ -s out.txt ] && fault "rows were printed before the error"

# ---- A promotion that is announced is in the forecast: 15 more ----
awk -F, -v OFS=, 'NR == 192 { $5 = 0 } { print }' shops.csv > without.csv
awk -F, -v OFS=, 'NR == 192 { $5 = 1 } { print }' shops.csv > with.csv
"$LACO" forecast m.st without.csv --id shop --time none --json > without.txt
"$LACO" forecast m.st with.csv --id shop --time none --json > with.txt
ok "a promotion" awk 'BEGIN { getline a < "without.txt"; getline b < "with.txt"; sub(/.*"sold":/, "", a); sub(/.*"sold":/, "", b);
    exit !(b - a > 12 && b - a < 18) }'

# ---- Over all windows, with the known values of each ----
ok "rolling" "$LACO" eval m.st shops.csv --id shop --time none --rolling --horizon 5 --json
cp out.txt known.txt
ok "errors of the noise's size" awk 'BEGIN { getline a < "known.txt"; sub(/.*"columns":.*"mae":/, "", a); exit !(a + 0 > 0 && a + 0 < 0.6) }'
ok "training without" "$LACO" train forecast shops.csv -o p.st $small --missing interpolate
ok "rows that known columns do not explain" "$LACO" eval p.st shops.csv --id shop --time none --rolling --horizon 5 --json --missing interpolate
cp out.txt plain.txt
ok "have larger errors" awk 'BEGIN { getline a < "plain.txt"; sub(/.*"columns":.*"mae":/, "", a); exit !(a + 0 > 2) }'
ok "anomalies beside what is known" "$LACO" predict m.st shops.csv --id shop --time none

# ---- Counts ----
awk 'BEGIN { print "day,sold"; for (i = 1; i <= 200; i++) print i "," (i * 7919 % 4 == 0 ? 1 + i * 104729 % 5 : 0) }' > demand.csv
for kind in negative-binomial poisson normal; do
    ok "--likelihood $kind" "$LACO" train forecast demand.csv -o c.st --likelihood $kind --quantiles 0.1,0.9 --hidden 4 --layers 1 --epochs 2 -q
    ok "its forecast" "$LACO" forecast c.st --steps 5
    lines 6
    [ $kind = normal ] || prints '^201	[0-9.]*	0	[0-9]*	[0-9]*$'
    ok "its score" "$LACO" eval c.st demand.csv
    prints '^within the band'
done
ok "what the model says of its likelihood" "$LACO" info c.st --json
prints '"likelihood":"normal"'
fails 1 "values that are no counts" "$LACO" train forecast shops.csv -o bad.st $small --likelihood poisson --missing interpolate
says 'column "sold" holds [0-9.]* at 1, which is no count; for such values --likelihood normal is right'

# ---- Files that are not as the model needs them ----
cut -d, -f1,2,3,4,6 shops.csv > few.csv
fails 1 "a known column that is missing" "$LACO" forecast m.st few.csv --id shop --time none
says 'few.csv:1: .*"promo"'
awk -F, -v OFS=, 'NR == 50 { $3 = "west" } { print }' shops.csv > moved.csv
fails 1 "a static column that changes" "$LACO" train forecast moved.csv -o bad.st $small --static region
says 'moved.csv:50: column "region" holds "west"; a static column is the same in all rows of a series'
awk -F, -v OFS=, 'NR == 50 { $6 = "" } { print }' shops.csv > gap.csv
fails 1 "a gap before the end" "$LACO" train forecast gap.csv -o bad.st $small --known price
says 'gap.csv, series a: column "sold" has no value at 49, and later rows have; --missing interpolate fills gaps'
fails 1 "known and forecast" "$LACO" train forecast shops.csv -o bad.st $small --columns sold,price --known price
says '"price" cannot both be forecast and be known ahead'
fails 1 "a column that is not there" "$LACO" train forecast shops.csv -o bad.st $small --known weather
says 'weather'
fails 1 "a page" "$LACO" export m.st -o page.html
says 'known or static columns'
[ -e bad.st ] && fault "a file was left behind"
[ -e page.html ] && fault "a page was left behind"
# ---- No form of export has what is known ahead ----
for form in c onnx html; do
    fails 1 "export as $form" "$LACO" export m.st -o m.$form
    says 'known or static columns, or a likelihood, cannot be exported'
    absent m.$form
done
finish
