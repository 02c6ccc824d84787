# laco export -o NAME.html: what a page says in a browser without a window is what laço says, and the console stays empty.
#   usage: export_page.sh LACO     skipped without chromium, or where laço was built without a compiler for WebAssembly
. "$(dirname "$0")/harness.sh"

command -v chromium > /dev/null || { echo 'no chromium'; exit 77; }

i=0
while [ $i -lt 50 ]; do
    printf 'vowel\tae%sou\ncons\tKl%sst\nalto\tão %s é\n' $i $((i * 7)) $i
    printf 'The\tD\ncat%s\tN\nran\tV\n\nA\tD\ncar%s\tN\n\n' $i $((i / 2)) >> tags.tsv
    printf '%s,%s,%s\n' $i $((i % 7 + i / 9)) $((100 + i % 5)) >> rows.csv
    printf 'Once (upon) a time, %s said: "No-one!"\n' $((i % 4)) >> text.txt
    i=$((i + 1))
done > words.tsv
sed 's/^[a-z]*\t\(.*\)/\1\tx\1y/' words.tsv > pairs.tsv
{ echo 't,value,other'; cat rows.csv; } > series.csv
for i in 0 1 2 3 4 5 6 7 8 9 10 11; do
    printf '%s.pgm\t%s\n' $i "$([ $((i % 2)) = 0 ] && echo 'up a hill' || echo down)"
    { printf 'P2\n%d 4 255\n' $((6 + i % 3)); awk -v i=$i 'BEGIN { for (k = 0; k < 4 * (6 + i % 3); k++) print (k * (i + 3)) % 256 }'; } > $i.pgm
done > pictures.tsv

# Recordings of every kind of samples that WAV files have, at three rates: two tones in noise, of which texts of two letters are learned.
/usr/bin/python3 - << 'END'
import math, random, struct
random.seed(3)
def pack(form, x):
    if form == "float": return struct.pack("<f", x)
    if form == "double": return struct.pack("<d", x)
    if form == 8: return bytes([int(128 + 100 * x)])
    return int(x * (2 ** (form - 1) - 1)).to_bytes(form // 8, "little", signed=True)
def write(name, form, rate, channels, samples):
    bits = {"float": 32, "double": 64}.get(form, form)
    data = b"".join(pack(form, x) for x in samples)
    about = struct.pack("<HHIIHH", 3 if isinstance(form, str) else 1, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    if form == 24: # as newer programs write it
        about = struct.pack("<H", 0xFFFE) + about[2:] + struct.pack("<HHIH", 22, 24, 0, 1) + bytes.fromhex("000000001000800000aa00389b71")
    with open(name, "wb") as file: # with a chunk of an odd size before the samples
        body = b"WAVEfmt " + struct.pack("<I", len(about)) + about + b"LIST\3\0\0\0abc\0data" + struct.pack("<I", len(data)) + data
        file.write(b"RIFF" + struct.pack("<I", len(body)) + body)
tones = {"a": 400, "e": 900, "i": 1700, "o": 2600}
list_ = open("sounds.tsv", "w")
for i in range(60):
    text = "".join(random.choice("aeio") for _ in range(1 + i % 3))
    rate, channels, form = random.choice([8000, 8000, 11025, 16000]), random.choice([1, 1, 2]), random.choice([8, 16, 24, 32, "float", "double"])
    samples = []
    for k in range(int(rate * (0.15 * len(text) + 0.1 * random.random()))):
        letter = text[min(int(k / rate / 0.15), len(text) - 1)]
        tone = 0.4 * math.sin(2 * math.pi * tones[letter] * (1 + 0.03 * (i % 5)) * k / rate) + random.gauss(0, 0.02 * (i % 6))
        samples += [max(-0.99, min(0.99, tone * (1 - 0.3 * c))) for c in range(channels)]
    write("%d.wav" % i, form, rate, channels, samples)
    list_.write("%d.wav\t%s\n" % (i, text))
write("short.wav", 16, 8000, 1, [0.5] * 20)
write("silent.wav", 16, 8000, 1, [0.0] * 4000)
END
hears=
[ "${LACO_TEST_SOUND-1}" = 0 ] || hears=transcribe

cut -f2 words.tsv | head -100 > inputs.txt
for task in classify tag forecast generate transduce caption $hears; do
    case $task in
    classify) data=words.tsv more='' ;;
    tag) data=tags.tsv more='' ;;
    forecast) data=series.csv more='' ;;
    generate) data=text.txt more='' ;;
    transduce) data=pairs.tsv more='' ;;
    caption) data=pictures.tsv more='--embed 6' ;;
    transcribe) data=sounds.tsv more='--layers 1 --dropout 0 --batch 2 --average 0 --join 1 --rate 8000 --speed 0 --mask 0 --epochs 60 --lr 0.01 --hidden 32 --valid 0' ;;
    esac
    # shellcheck disable=SC2086 # words
    ok "training to $task" "$LACO" train $task $data -o m.st --epochs 3 --hidden 10 --quiet --threads 1 $more
    ok "$task: a page" "$LACO" export m.st -o $task.html
    ok "$task: the same weights for laço" "$LACO" convert m.st -o $task.st --weights int8
    if [ $task = classify ] && grep -q 'without a compiler for WebAssembly' err.txt; then exit 77; fi
done

# What laço says, as values in JSON by lines of a script.
json() { sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&",/'; }
list() { printf 'const %s = [\n' "$1"; json; printf '];\n'; }
{ list inputs < inputs.txt; "$LACO" predict classify.st --top 3 < inputs.txt | list answers; } > classify.js
cut -f1 tags.tsv | awk 'NF' | head -100 | xargs -n 5 > sentences.txt
{ list inputs < sentences.txt; "$LACO" predict tag.st < sentences.txt | cut -f2 | awk -v RS= '{ gsub("\n", " "); print }' | list answers; } > tag.js
"$LACO" forecast forecast.st --steps 100 | sed 1d | cut -f2 | list answers > forecast.js
{ "$LACO" generate generate.st --prompt 'Once (' --temperature 0 --length 60; "$LACO" generate generate.st --prompt 'Once (' --length 60 --seed 5; } |
    awk '{ printf "%s\\n", $0 }' | sed 's/"/\\"/g; s/.*/const answer = "&";/' > generate.js
{ list inputs < inputs.txt; "$LACO" predict transduce.st --beam 1 < inputs.txt | cut -f2 | list answers; } > transduce.js
{ for i in 0 1 2 3 4 5 6 7 8 9 10 11; do sed 1,2d $i.pgm | tr '\n' ' '; echo; done | list inputs
  "$LACO" predict caption.st --beam 1 0.pgm 1.pgm 2.pgm 3.pgm 4.pgm 5.pgm 6.pgm 7.pgm 8.pgm 9.pgm 10.pgm 11.pgm | list answers; } > caption.js
if [ "$hears" ]; then
    { for i in $(cut -f1 sounds.tsv) short.wav silent.wav; do base64 -w 0 $i; echo; done | list inputs
      # shellcheck disable=SC2046 # names of files
      "$LACO" predict transcribe.st --nbest 1 --beam 1 $(cut -f1 sounds.tsv) short.wav silent.wav 2> /dev/null | cut -f 3,4 | list answers; } > transcribe.js
    [ "$(grep -c '^"-' transcribe.js)" = 62 ] && [ "$(sed -n 's/^"-[0-9.]*\t//p' transcribe.js | sort -u | wc -l)" -gt 10 ] || fault 'the recogniser has learned nothing'
fi

cat > classify.ask << 'END'
const wrong = inputs.filter((text, i) => {
  const p = ask.classify(text), said = answers[i].split('\t');
  return [0, 1, 2].some((k) => Math.abs(Math.log(p[data.labels.indexOf(said[2 * k])]) - said[2 * k + 1]) > 2e-5);
}).length, count = inputs.length;
END
cat > tag.ask << 'END'
const wrong = inputs.filter((text, i) => ask.tag(words(text)).join(' ') !== answers[i]).length, count = 5 * inputs.length;
END
cat > forecast.ask << 'END'
const rows = ask.forecast(0, [], 100), wrong = rows.filter((row, i) => Math.abs(row[data.target] - answers[i]) > 2e-5 * (1 + Math.abs(answers[i]))).length, count = rows.length;
END
cat > generate.ask << 'END'
let text = '';
for (const [heat, seed] of [[0, 0], [1, 5]]) {
  const next = ask.generate('Once (', heat, 0, seed);
  text += 'Once (';
  for (let i = 0; i < 60; i++) text += next();
  text += '\n';
}
const tidy = (s) => s.replace(/\n+/g, '\n'), wrong = tidy(text) === tidy(answer) ? 0 : 1, count = 120;
END
cat > transduce.ask << 'END'
const wrong = inputs.filter((text, i) => ask.transduce(text) !== answers[i]).length, count = inputs.length;
END
cat > caption.ask << 'END'
const wrong = inputs.filter((text, i) => {
  const x = text.trim().split(' ').map(Number), F = data.features, T = x.length / F;
  return ask.caption(Array.from({ length: x.length }, (_, k) => x[(k % F) * T + Math.floor(k / F)])) !== answers[i];
}).length, count = inputs.length;
END
cat > transcribe.ask << 'END'
const wrong = inputs.filter((base64, i) => {
  const { samples, rate } = readWav(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer), { text, log } = ask.transcribe(samples, rate), said = answers[i].split('\t');
  return text !== said[1] || Math.abs(log - said[0]) > 1e-3 * (1 - said[0]);
}).length, count = inputs.length;
END

asked() # NAME KIND: the page NAME.html, asked by KIND.ask what NAME.js says
{
    { sed '/^<\/body>/,$d' $1.html
      echo '<pre id="said"></pre><script>{'
      cat $1.js $2.ask
      # shellcheck disable=SC2016 # the page's own
      echo 'document.getElementById("said").textContent = `${count} asked, ${wrong} wrong, ${performance.getEntriesByType("resource").length} fetched`; }</script></body></html>'; } > page.html
    ok "$1: the page in a browser" timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
        --enable-logging=stderr --virtual-time-budget=5000 --dump-dom "file://$work/page.html"
    prints '<pre id="said">[0-9][0-9]* asked, 0 wrong, 0 fetched</pre>'
    if grep -q 'CONSOLE' err.txt; then fault "the console has a message: $(grep CONSOLE err.txt | head -1)"; fi
    [ "$(wc -c < $1.html)" -lt 400000 ] || fault "the page has $(wc -c < $1.html) bytes"
}
for task in classify tag forecast generate transduce caption $hears; do asked $task $task; done

# ---- Unusual models and texts: other levels and cells, labels that are no words, a vocabulary of one letter, texts of none ----

{
    printf '\n \na\n\303\251e\314\201 \341\204\222\341\205\241\341\206\253 \303\237\304\260\n\360\237\221\251\342\200\215\360\237\221\247 <unk> </b> \342\200\250 \357\273\277x\n'
    awk 'BEGIN { for (i = 0; i < 700; i++) printf "ae%d ", i; print "" }'
    printf '%s\n' "it's \"quoted\" \\ & Kl7st AE14OU" 'ae14ou' 'aaa'
} > odd.txt
cat > odd.ask << 'END'
const wrong = inputs.filter((text, i) => {
  const p = ask.classify(text), best = p.indexOf(Math.max(...p)), said = answers[i].split('\t');
  return data.labels[best] !== said[0] || Math.abs(Math.log(p[best]) - said[1]) > 2e-5 * (1 - said[1]);
}).length, count = inputs.length;
END
sed 's/^vowel/\xf0\x9f\x98\x80/; s/^cons/"<b>" \\ n/; s/^alto/O/' words.tsv > emoji.tsv
i=0
while [ $i -lt 20 ]; do
    printf 'short\t%.*s\nlong\taaaaaaa%.*s\n' $((1 + i % 3)) aaaaaaa $((i % 5)) aaaaaaa
    i=$((i + 1))
done > letter.tsv
odd() # NAME DATA OPTION…
{
    odd=$1
    shift
    ok "$odd: training" "$LACO" train classify "$@" -o m.st --epochs 3 --hidden 7 --quiet --threads 1
    ok "$odd: a page" "$LACO" export m.st -o "$odd.html"
    ok "$odd: the same weights for laço" "$LACO" convert m.st -o odd.st --weights int8
    { list inputs < odd.txt; "$LACO" predict odd.st --top 1 < odd.txt 2> /dev/null | list answers; } > "$odd.js"
    asked "$odd" odd
}
odd bytes emoji.tsv --level byte --cell rnn --nonlinearity relu --layers 3 --pool all --unidirectional
odd words emoji.tsv --level word --cell gru --layers 2 --pool mean --lower --fold-accents
odd one_letter letter.tsv --cell lstm --pool max --embed 0
odd window emoji.tsv --cell mlp --window 4 --layers 2 --pool max

# ---- Drawn with the mouse: what the page says of it is what laço says of the same pixels ----

awk 'BEGIN {
    for (i = 0; i < 64; i++) printf "p%d,", i
    print "label"
    for (n = 0; n < 40; n++) {
        for (i = 0; i < 64; i++) printf "%d,", (n % 2 ? i % 8 : int(i / 8)) == 1 + int(n / 2) % 6 ? 200 + n : (i * n) % 9
        print n % 2 ? "upright" : "level"
    }
}' > strokes.csv
ok 'training on pictures as numbers' "$LACO" train classify strokes.csv --features 8 -o m.st --epochs 4 --hidden 8 --quiet --threads 1
ok 'pictures as numbers: a page' "$LACO" export m.st -o strokes.html
ok 'pictures as numbers: the same weights for laço' "$LACO" convert m.st -o strokes.st --weights int8
cat > mouse.js << 'END'
const canvas = document.querySelector('canvas'), box = canvas.getBoundingClientRect();
canvas.setPointerCapture = () => {}; // no pointer of the browser's own stands behind what is sent here
const mouse = (kind, x, y) => canvas.dispatchEvent(new PointerEvent(kind, { pointerId: 1, clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
mouse('pointermove', 0.5, 0.5); // no button is down: nothing is drawn
mouse('pointerdown', 0.3, 0.1);
for (let k = 1; k <= 8; k++) mouse('pointermove', 0.3 + 0.02 * k, 0.1 + 0.1 * k);
mouse('pointerup', 0.46, 0.9);
mouse('pointermove', 0.9, 0.1);
const shown = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
const pixels = Array.from({ length: canvas.width * canvas.height }, (_, i) => shown[4 * i]);
END
draws() # PAGE ANSWER: a page that drew, which leaves width, height, pixels and what it answers, by this expression
{
    { sed '/^<\/body>/,$d' $1.html
      echo '<pre id="said"></pre><script>{'
      cat mouse.js
      # shellcheck disable=SC2016 # the page's own
      printf 'document.getElementById("said").textContent = `${canvas.width} ${canvas.height} ${pixels.join(" ")}|${%s}|`; }</script></body></html>' "$2"; } > page.html
    ok "$1: drawn in a browser" timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
        --enable-logging=stderr --virtual-time-budget=5000 --dump-dom "file://$work/page.html"
    if grep -q 'CONSOLE' err.txt; then fault "the console has a message: $(grep CONSOLE err.txt | head -1)"; fi
    sed -n 's/.*<pre id="said">\([^|]*\)|\([^|]*\)|.*/\1/p' out.txt > drawn.txt
    sed -n 's/.*<pre id="said">\([^|]*\)|\([^|]*\)|.*/\2/p' out.txt > shown.txt
    [ "$(tr ' ' '\n' < drawn.txt | sed 1,2d | awk '$1 > 128' | wc -l)" -ge 4 ] || fault 'nothing was drawn'
}
draws strokes 'document.querySelector("#answer .bar span").textContent'
cut -d ' ' -f 3- drawn.txt | tr ' ' , | "$LACO" predict strokes.st --top 1 | cut -f 1 > said.txt
same 'what is said of a drawing' shown.txt said.txt
draws caption 'document.getElementById("answer").textContent'
{ echo P2; cut -d ' ' -f 1,2 drawn.txt; echo 255; cut -d ' ' -f 3- drawn.txt | tr ' ' '\n'; } > drawn.pgm
"$LACO" predict caption.st --beam 1 drawn.pgm > said.txt
same 'the caption of a drawing' shown.txt said.txt

# ---- A recording from a file: its text and its picture; what is no recording, or not a whole one, is said to be none ----

opens() # FILE: the page of the recogniser, given this file; what it then shows
{
    { sed '/^<\/body>/,$d' transcribe.html
      printf '<script>{ const sound = "%s";\n' "$(base64 -w 0 $1)"
      cat << 'END'
const input = document.querySelector('input[type=file]'), list = new DataTransfer();
list.items.add(new File([Uint8Array.from(atob(sound), (c) => c.charCodeAt(0))], 'file'));
input.files = list.files;
input.dispatchEvent(new Event('change'));
}</script></body></html>
END
    } > page.html
    ok "$1: given to the page" timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
        --enable-logging=stderr --virtual-time-budget=5000 --dump-dom "file://$work/page.html"
    if grep -q 'CONSOLE' err.txt; then fault "the console has a message: $(grep CONSOLE err.txt | head -1)"; fi
}
if [ "$hears" ]; then
    text=$("$LACO" predict transcribe.st --beam 1 1.wav 2> /dev/null | cut -f 2)
    opens 1.wav
    prints "<p class=\"said\">$text</p><canvas .*Loudness of 40 bands of tones over 0.[0-9] seconds"
    head -c 2000 1.wav > cut.wav
    opens cut.wav
    prints 'the recording is cut short: [0-9]* bytes are missing</div>'
    opens sounds.tsv
    prints 'this browser finds no recording in the file</div>'
fi
finish
