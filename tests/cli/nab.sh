#!/bin/sh
# tools/nab: the score of the Numenta Anomaly Benchmark, of a window and two alarms that are worked out by hand; skipped without python3.
# usage: nab.sh LACO
tool=$(cd "$(dirname "$0")/../../tools" && pwd)/nab
. "$(dirname "$0")/harness.sh"
command -v python3 > /dev/null || { echo "no python3"; exit 77; }

# 100 hours; a window from row 40 to 59; alarms at rows 45 and 80. The window's alarm is (59 - 45 + 1) / 20 before its end, worth
# (2 / (1 + exp(-3.75)) - 1) / (2 / (1 + exp(-5)) - 1) = 0.96706; the other is (80 - 59) / 19 behind it, worth -0.99207 times 0.11.
mkdir -p found/kind
awk 'BEGIN { print "timestamp,value,anomaly_score"; for (i = 0; i < 100; i++)
    printf "2014-04-%02d %02d:00:00,0,%s\n", 1 + int(i / 24), i % 24, i == 45 || i == 80 ? "0.9" : i == 10 ? "1" : "0.1" }' > found/kind/a.csv
echo '{"kind/a.csv": [["2014-04-02 16:00:00.000000", "2014-04-03 11:00:00.000000"]], "kind/absent.csv": []}' > labels.json
ok "the score" python3 "$tool" score labels.json found
prints '^1 files, 1 windows$'
prints '^standard    92.9 at threshold 0.9$'
prints '^low FP      87.4 at threshold 0.9$'
prints '^low FN      95.3 at threshold 0.9$'
ok "at a threshold" python3 "$tool" score labels.json found --threshold 0.95
prints '^standard    92.9 at threshold 0.9, at 0.95: 0.0$'
fails 1 "no files" python3 "$tool" score labels.json .
says 'no file of the labels is there'

# ---- A run: a day's wave of 5 minutes with a spike ----
mkdir -p data/kind
awk 'BEGIN { print "timestamp,value"; for (i = 0; i < 2000; i++) printf "2014-04-%02d %02d:%02d:00,%.4f\n", 1 + int(i / 288),
    int(i % 288 / 12), i % 12 * 5, sin(6.283185 * i / 288) + i * 7919 % 101 / 500 + (i == 1500 ? 9 : 0) }' > data/kind/a.csv
echo '{"kind/a.csv": [["2014-04-06 05:00:00.000000", "2014-04-06 12:00:00.000000"]]}' > data/combined_windows.json
ok "a run" python3 "$tool" run "$LACO" data --save scores
prints '^standard *100.0 at'
ok "of which the scores are kept" python3 "$tool" score data/combined_windows.json scores
prints '^standard *100.0 at'

finish
