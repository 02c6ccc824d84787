# laco train --report, --tensorboard, --plot; laco eval --report; laco report: pages say in a browser what --json printed, whatever
# stands in the data, with an empty console and no request; event files are read back.
#   usage: report.sh LACO READER     the browser's part is skipped without chromium
. "$(dirname "$0")/harness.sh"


i=0
while [ $i -lt 60 ]; do
    printf 'vowel\tae%sou\n<script>document.title="pwned"</script>\tKl%sst <b>bold</b> & "x"\n' $i $((i * 7))
    printf "it's \"q\" 😀\\tão %s é\\nשלום\\tמילה %s ‏\\n" $i $i
    i=$((i + 1))
done > words.tsv
i=0
while [ $i -lt 90 ]; do printf '%s,%s\n' $i $((i % 7 + i / 9)); i=$((i + 1)); done | { echo 't,"PM-2.5, 10-year"'; cat; } > series.csv
i=0
while [ $i -lt 40 ]; do printf 'The\tD\n<i>cat%s\tN\nran\tV\n\n' $i; i=$((i + 1)); done > tags.tsv
i=0
while [ $i -lt 60 ]; do printf 'w%s\tx%sy\n' $i $i; i=$((i + 1)); done > pairs.tsv
i=0
while [ $i -lt 60 ]; do printf 'Once <b>upon</b> %s a time.\n' $((i % 4)); i=$((i + 1)); done > text.txt

# A model is the same with a report and without.
ok 'a training with all of it' "$LACO" train classify words.tsv -o m.st --epochs 6 --hidden 8 --threads 1 --json \
    --report train.html --tensorboard events --plot loss.svg
cp out.txt run.jsonl
prints '"gradient":[0-9.]*,"clipped":'
prints '"weights":{"embedding.weight":[0-9.]'
ok 'the same without' "$LACO" train classify words.tsv -o n.st --epochs 6 --hidden 8 --threads 1 --quiet
cmp -s m.st n.st || fault 'a report changes the model'
if command -v gnuplot > /dev/null; then grep -q 'Training to classify: loss by epoch' loss.svg || fault 'the picture has no title'; fi

# Event files, read by a program that knows nothing of laço.
if [ -n "$(ls events 2> /dev/null)" ]; then
    ok 'the events' python3 "$EXAMPLE" events/events.out.tfevents.* run.jsonl
    prints '^good: '
fi

# Side outputs that cannot be written are told, and training goes on.

ok 'a folder that goes away' sh -c "\"$LACO\" train classify words.tsv -o o.st --epochs 3 --hidden 8 --quiet --tensorboard m.st --threads 1"
says 'm.st was not written, training goes on'
[ -s o.st ] || fault 'no model'
fails 1 'a report over the data' "$LACO" train classify words.tsv -o o.st --report words.tsv
says 'would write over it'

ok 'eval' "$LACO" eval m.st words.tsv --json --report eval.html
cp out.txt eval.json
ok 'a training to tag' "$LACO" train tag tags.tsv -o t.st --epochs 2 --hidden 6 --quiet --ensemble 1 --report tag.html
ok 'a training to forecast' "$LACO" train forecast series.csv -o f.st --epochs 4 --quiet --quantiles 0.1,0.5,0.9 --report forecast.html
ok 'a forecaster asked' "$LACO" eval f.st series.csv --report forecast-eval.html
ok 'a training to transduce' "$LACO" train transduce pairs.tsv -o p.st --epochs 2 --hidden 6 --quiet --ensemble 1 --report transduce.html
ok 'a training to write' "$LACO" train generate text.txt -o g.st --epochs 3 --hidden 8 --quiet --report generate.html
if command -v gnuplot > /dev/null; then
    ok 'a picture of errors' "$LACO" eval m.st words.tsv --plot errors.svg
    fails 1 'a picture of none' "$LACO" eval p.st pairs.tsv --plot none.svg
    says 'for classifiers, taggers and forecasters'
fi

# Trainings beside each other.
ok 'another training' "$LACO" train classify words.tsv -o o.st --epochs 4 --hidden 6 --threads 1 --json
cp out.txt other.jsonl
ok 'both' "$LACO" report run.jsonl other.jsonl -o compare.html
fails 2 'no place' "$LACO" report run.jsonl
says 'say where the page goes'
fails 1 'no events' "$LACO" report words.tsv -o compare.html
says 'words.tsv, line 1: is no JSON object'

command -v chromium > /dev/null || { echo 'no chromium: pages were not opened'; finish; exit; }

# What all pages must be, beside what one of them must say.
ask() # PAGE: the script on standard input pushes what is wrong to `wrong`
{
    { sed '/^<\/body>/,$d' "$1"
      echo '<pre id="said"></pre><script>{ const wrong = [], must = (good, text) => { if (!good) wrong.push(text); };'
      echo 'must(performance.getEntriesByType("resource").length === 0, "a request");'
      echo 'must(!document.querySelector("script[src], img, iframe, main b, main script, main i"), "markup of the data");'
      echo 'must(document.title !== "pwned", "a script of the data ran");'
      echo 'must([...document.querySelectorAll(".chart")].every((c) => c.getAttribute("aria-label").length > 20 && c.querySelector("canvas").width > 0), "a chart without a text or a picture");'
      echo 'const section = (title) => [...document.querySelectorAll("section")].find((s) => s.querySelector("h2").textContent === title);'
      echo 'const cells = (title) => [...section(title).querySelectorAll("tbody tr")].map((r) => [...r.cells].map((c) => c.textContent));'
      cat
      # shellcheck disable=SC2016 # the page's own
      echo 'document.getElementById("said").textContent = wrong.length ? `wrong: ${wrong.join("; ")}` : "all right"; }</script></body></html>'; } > page.html
    ok "$1 in a browser" timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
        --enable-logging=stderr --virtual-time-budget=4000 --dump-dom "file://$work/page.html"
    prints '<pre id="said">all right</pre>'
    if grep -q 'CONSOLE' err.txt; then fault "$1: the console has a message: $(grep CONSOLE err.txt | head -1)"; fi
}
listed() { printf 'const %s = [' "$1"; grep '"event":"epoch"' "$2" | sed 's/</\\u003c/g; s/$/,/'; echo '];'; }

{ listed printed run.jsonl; cat << 'END'
const names = [...section('Every epoch').querySelectorAll('thead th')].map((h) => h.textContent), rows = cells('Every epoch');
must(rows.length === printed.length && rows.length === 6, 'epochs');
must(['loss', 'gradient', 'clipped', 'lr', 'examples_per_second', 'accuracy'].every((n) => names.includes(n)), 'columns');
rows.forEach((row, r) => row.forEach((text, c) => {
  const p = printed[r], value = names.indexOf(names[c]) === c && c < names.length - 3 ? p[names[c]] : p.metrics[names[c]];
  must(value === undefined ? text === '–' : Number(text) === Number(value.toPrecision(9)), `epoch ${r + 1}: ${names[c]} is ${text}`);
}));
must(cells('Labels').some((row) => row[0] === '<script>document.title="pwned"<\/script>' && row[1] === '60'), 'a label');
const loss = data.sections.find((s) => s.title === 'Loss').series[0];
must(loss.y.every((y, i) => y === printed[i].loss), 'the curve of the loss');
const layers = data.sections.find((s) => s.title === 'Norms of weights by layer').series, w = printed[5].weights;
must(Math.abs(layers.find((s) => s.name === 'linear').y[5] - Math.hypot(w['linear.weight'], w['linear.bias'])) < 1e-6, 'norms');
must(document.querySelector('.state').textContent.includes('done'), 'the state');
must(section('What is taken for what') && section('The worst errors'), 'the errors');
END
} > ask.txt
ask train.html < ask.txt
{ printf 'const score = '; sed 's/</\\u003c/g' eval.json; cat << 'END'
;
const matrix = cells('What is taken for what');
must(matrix.every((row, i) => row.slice(1).every((text, j) => Number(text) === score.confusion[i][j])), 'the confusion matrix');
must(section('The score').textContent.includes(String(Number(score.accuracy.toPrecision(9)))), 'accuracy');
END
} > ask.txt
ask eval.html < ask.txt
ask tag.html << 'END'
must(section('Sentences with most errors') && section('Tags that are confused most'), 'errors');
END
for page in forecast.html forecast-eval.html; do ask $page << 'END'
const chart = data.sections.find((s) => s.title === 'A forecast against what came').series;
must(chart[1].low.every((low, i) => low <= chart[1].high[i]), 'the band');
must(chart[1].x[0] === chart[0].x[chart[0].x.indexOf(chart[1].x[0])], 'a gap');
must(section('Error by how many rows ahead'), 'the error by horizon');
END
done
ask transduce.html << 'END'
must(section('The worst answers'), 'answers');
must(data.sections.filter((s) => s.kind === 'alignment').every((s) => s.weights.every((row) => Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-4)), 'looks');
must(data.sections.some((s) => s.kind === 'alignment'), 'no look');
END
ask generate.html << 'END'
must(section('What it wrote as it learned').querySelectorAll('pre').length >= 1, 'samples');
END
{ listed printed run.jsonl; listed other other.jsonl; cat << 'END'
const [a, b] = data.sections.find((s) => s.title === 'accuracy').series;
const same = (series, epochs) => epochs.every((e, i) => series.y[i] === (e.metrics.accuracy ?? null));
must(same(a, printed) && same(b, other) && a.name === 'run.jsonl', 'the curves of both');
END
} > ask.txt
ask compare.html < ask.txt
finish
