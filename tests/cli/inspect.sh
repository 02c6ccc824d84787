# laco inspect: a page for every task opens in a browser, says what --json says, says nothing on the console and asks nobody.
#   usage: inspect.sh LACO     the pages are opened where chromium is
. "$(dirname "$0")/harness.sh"

i=0
while [ $i -lt 40 ]; do
    printf '<script>alert(1)</script>\tae%sou\n"quoted" 😀\tKl%sst\nשלום\tão %s é\n' $i $((i * 7)) $i
    printf 'The\tD\ncat%s\tN\nran\tV\n\nA\tD\ncar%s\t<b>\n\n' $i $((i / 2)) >> tags.tsv
    printf '%s,%s,%s\n' $i $((i % 7 + i / 9)) $((100 + i % 5)) >> rows.csv
    printf 'Once (upon) a time, %s said: "No-one!"\n' $((i % 4)) >> text.txt
    awk -v i=$i 'BEGIN { for (t = 0; t < 10; t++) printf "%g,", sin(t * (1 + i % 2) / 3) + i / 40; print i % 2 ? "up" : "down" }' >> numbers.csv
    i=$((i + 1))
done > words.tsv
sed 's/^.*\t\(.*\)/\1\tx\1y/' words.tsv > pairs.tsv
{ echo 't,value,other'; cat rows.csv; } > series.csv
for i in 0 1 2 3 4 5 6 7 8 9 10 11; do
    printf '%s.pgm\t%s\n' $i "$([ $((i % 2)) = 0 ] && echo 'up a hill' || echo down)"
    { printf 'P2\n%d 4 255\n' $((6 + i % 3)); awk -v i=$i 'BEGIN { for (k = 0; k < 4 * (6 + i % 3); k++) print (k * (i + 3)) % 256 }'; } > $i.pgm
done > pictures.tsv

# wav FILE RATE CHANNELS SAMPLES LOW HIGH [PROMISED]: 8-bit samples, a tone of LOW hertz and then one of HIGH. PROMISED: what the header says.
wav() {
    # shellcheck disable=SC2059 # bytes as octal escapes are the format
    printf "$(LC_ALL=C awk -v rate="$2" -v channels="$3" -v samples="$4" -v low="$5" -v high="$6" -v promised="${7:-$4}" '
        function bytes(value, count) { for (; count > 0; count--) { printf "\\%03o", value % 256; value = int(value / 256) } }
        function text(letters, i) { for (i = 1; i <= length(letters); i++) printf "%s", substr(letters, i, 1) }
        BEGIN {
            text("RIFF"); bytes(36 + promised * channels, 4); text("WAVEfmt "); bytes(16, 4); bytes(1, 2); bytes(channels, 2)
            bytes(rate, 4); bytes(rate * channels, 4); bytes(channels, 2); bytes(8, 2); text("data"); bytes(promised * channels, 4)
            for (i = 0; i < samples; i++)
                for (c = 0; c < channels; c++)
                    bytes(int(128.5 + 60 * sin(6.283185307 * (i < samples / 2 ? low : high) * i / rate)), 1)
        }')" > "$1"
}

train() { # TASK DATA [OPTION…]
    task=$1 data=$2
    shift 2
    ok "training to $task" "$LACO" train "$task" "$data" -o "$task.st" --epochs 2 --hidden 6 --quiet --threads 1 "$@"
}
train classify words.tsv --unidirectional
train tag tags.tsv --crf
train forecast series.csv
train generate text.txt --cell lstm
train transduce pairs.tsv --attention dot
train caption pictures.tsv --embed 6

look() { # NAME MODEL ARGUMENT…: JSON and page
    page=$1 model=$2
    shift 2
    ok "$page: numbers and a page" "$LACO" inspect "$model" "$@" --json -o "$page.html"
    cp out.txt "$page.json"
    present "$page.html" "$page.json"
    if [ -s "$page.html" ] && grep -qE '(src|href)="?(https?:)?//|@import|url\(|fetch\(' "$page.html"; then fault 'the page refers to something outside of it'; fi
}
look classify classify.st words.tsv --item 5
look tag tag.st tags.tsv --item 2
look forecast forecast.st
look rows forecast.st series.csv --place 20
look generate generate.st text.txt --steps 150
look transduce transduce.st --text 'ae12<script>alert(2)</script>"😀שלום'
look caption caption.st pictures.tsv --item 2
look target classify.st --text '</script><script>alert(3)</script> "x" 😀 שלום' --target '<script>alert(1)</script>'
ok 'a second model' "$LACO" train classify words.tsv -o other.st --epochs 2 --hidden 6 --quiet --threads 1 --unidirectional --cell lstm
look beside classify.st words.tsv --beside other.st
ok 'a classifier of numbers' "$LACO" train classify numbers.csv -o numbers.st --epochs 2 --hidden 6 --quiet --threads 1
look numbers numbers.st numbers.csv --item 3
if [ "${LACO_TEST_SOUND-1}" = 1 ]; then
    for i in 0 1 2 3 4 5; do
        wav lo$i.wav 8000 1 $((1600 + 160 * i)) $((400 + 5 * i)) $((700 + 5 * i))
        wav hi$i.wav 8000 1 $((1600 + 160 * i)) $((1500 + 5 * i)) $((2600 + 5 * i))
        printf 'lo%d.wav\tlo\nhi%d.wav\thi\n' $i $i
    done > sounds.tsv
    train transcribe sounds.tsv
    look transcribe transcribe.st sounds.tsv --item 3
fi

# Long inputs become pages of a bearable size: 10,000 steps of 10 MB of text.
awk 'BEGIN { for (i = 0; i < 350000; i++) print "Once upon a time (" i % 7 ") said" }' > long.txt
look long generate.st long.txt --units 4 --points 8
[ "$(wc -c < long.html)" -lt 4000000 ] || fault "the page has $(wc -c < long.html) bytes"

fails 1 'no such label' "$LACO" inspect classify.st --text a --target nothing --json
says 'no label "nothing"'
one_line
fails 1 'no such step' "$LACO" inspect classify.st --text a --place 9 --json
one_line
fails 1 'no such item' "$LACO" inspect tag.st tags.tsv --item 999 --json
one_line
fails 1 'an empty text' "$LACO" inspect generate.st --text '' --json
one_line
fails 2 'nowhere to go' "$LACO" inspect classify.st --text a
fails 1 'a network without memory' sh -c '"$1" train classify words.tsv -o mlp.st --cell mlp --epochs 1 --quiet && "$1" inspect mlp.st --text a --json' sh "$LACO"
one_line

# What counted, by differences: the log-probability moves with a step that is taken away by what --json says.
command -v python3 > /dev/null && ok 'the sums of the parts' python3 - << 'END'
import json, math
doc = json.load(open('classify.json'))
answer = max(label['probability'] for label in doc['answer']['labels'])
assert abs(math.log(answer) - doc['counted']['value']) < 1e-4, (answer, doc['counted']['value'])
steps = doc['input']['steps']
assert any(unit['goes_with'][0]['with'].startswith('answer ') for unit in doc['layers'][0]['units']), 'no unit goes with an answer'
for layer in doc['layers']:
    assert all(len(unit['h']) == steps for unit in layer['units'])
for row, place in zip(doc['microscope']['passes'][0]['h'], doc['microscope']['places']):
    assert row[place - 1] > 0 and all(v == 0 for v in row[place:]), 'a step behind the loss has no part in it'
for row in json.load(open('transduce.json'))['attention']:
    assert abs(sum(row) - 1) < 1e-4
tag = json.load(open('tag.json'))
assert tag['runners_up'][0]['tags'] == tag['answer']['tags'] and len(tag['runners_up']) > 1
long = json.load(open('long.json'))
assert long['input']['steps'] == 10000 and long['input']['total'] > 9000000
END

command -v chromium > /dev/null || { echo 'no chromium: the pages were not opened'; finish; exit; }
for page in classify tag forecast rows generate transduce caption target beside numbers long transcribe; do
    [ -s $page.html ] || continue
    { sed '/^<\/body>/,$d' $page.html
      cat << 'END'
<pre id="said"></pre><script>{
  const cells = (table) => [...table.tBodies[0].rows].map((row) => [...row.cells].slice(1).map((cell) => cell.dataset.v));
  const wants = (rows) => rows.map((row) => row.map((v) => v === null ? '' : String(v))), same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const heats = [...document.querySelectorAll('table.heat')].map(cells), faults = [];
  docs.forEach((one) => { const pass = one.microscope.passes[0], shown = docs.length > 1 && pass.c ? pass.c : pass.h; if (!heats.some((h) => same(h, wants(shown)))) faults.push('microscope'); });
  docs.forEach((one) => { if (one.attention && !heats.some((h) => same(h, wants(one.attention)))) faults.push('attention'); });
  const strips = [...document.querySelectorAll('.strip')].map((node) => [...node.children].map((span) => span.dataset.v).join());
  const spread = (c, n) => Array.from({ length: n }, (v, t) => c.left_out[Math.floor(t / c.bin)]);
  for (const one of docs) if (one.counted) for (const values of [one.counted.gradient_input, spread(one.counted, one.counted.gradient_input.length)])
    if (!strips.includes(values.map((v) => v === null ? '' : String(v)).join())) faults.push('counted');
  if (docs[0].layers.length && !strips.includes(docs[0].layers[0].units[0].h.map(String).join())) faults.push('units');
  const scripts = document.querySelectorAll('script').length;
  if (scripts !== 3) faults.push(`${scripts} scripts`);
  if (document.querySelectorAll('[src]').length) faults.push('something is fetched');
  for (const select of document.querySelectorAll('select')) for (let i = 0; i < Math.min(select.options.length, 3); i++) { select.value = i; select.dispatchEvent(new Event('change')); }
  const strip = document.querySelector('.strip');
  if (strip) { strip.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' })); if (!document.querySelector('.here')) faults.push('the keyboard'); }
  document.getElementById('said').textContent = `${docs.length} models, ${heats.length} heat maps, faults: ${faults.join() || 'none'}`; }</script></body></html>
END
    } > page.html
    ok "$page: the page in a browser" timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
        --enable-logging=stderr --virtual-time-budget=5000 --dump-dom "file://$work/page.html"
    grep -o '<pre id="said">[^<]*' out.txt > said.txt
    grep -q 'faults: none$' said.txt || fault "$(cat said.txt)"
    if grep -q 'CONSOLE' err.txt; then fault "the console has a message: $(grep CONSOLE err.txt | head -1)"; fi
done
finish
