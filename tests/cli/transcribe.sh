#!/bin/sh
# laco train transcribe, eval and predict, as a user runs them; bad input gives one line on stderr, exit status 1 or 2, and leaves nothing
# behind.   usage: transcribe.sh LACO
. "$(dirname "$0")/harness.sh"

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

if [ "${LACO_TEST_SOUND-1}" = 0 ]; then # the program was built without it: one line says so, and the rest is skipped
    wav a.wav 8000 1 1600 400 700
    printf 'a.wav\tlo\n' > list.tsv
    fails 1 "a recording" "$LACO" train transcribe list.tsv -o m -q
    says '^laco: list.tsv:1: a.wav: this laco was built without sound (-Dsound=enabled)'
    one_line
    absent m
    finish || exit 1
    exit 77
fi

# ---- Two words of two tones each, eight recordings of each ----
for i in 0 1 2 3 4 5 6 7; do
    wav lo$i.wav 8000 1 $((1600 + 160 * i)) $((400 + 5 * i)) $((700 + 5 * i))
    wav hi$i.wav 8000 1 $((1600 + 160 * i)) $((1500 + 5 * i)) $((2600 + 5 * i))
    printf 'lo%d.wav\tlo\nhi%d.wav\thi\n' $i $i
done > words.tsv
quick='--hidden 24 --layers 1 --dropout 0 --batch 2 --lr 0.02 --average 0 --join 3 --speed 0 --mask 0 --valid 0'
rich='--mask 0.2 --speed 0.1 --valid 0.2 --epochs 30'

# shellcheck disable=SC2086 # words are meant to be split
{
    ok "training runs" "$LACO" train transcribe words.tsv -o m.safetensors $quick --epochs 160 -q
    ok "a second run, on two threads" "$LACO" train transcribe words.tsv -o m2.safetensors $quick --epochs 160 -q --threads 2
    same "the same seed gives the same file at any number of threads" m.safetensors m2.safetensors
    ok "another seed" "$LACO" train transcribe words.tsv -o m3.safetensors $quick --epochs 2 -q --seed 7
    ok "never stopped" "$LACO" train transcribe words.tsv -o whole $quick $rich -q
    ok "one that keeps a checkpoint" "$LACO" train transcribe words.tsv -o kept $quick $rich -q --checkpoint c --every 0.01
    same "a checkpoint changes nothing" whole kept
    "$LACO" train transcribe words.tsv -o early $quick $rich -q --checkpoint c2 --every 0.01 2> /dev/null &
    trainer=$! tries=0
    while [ ! -f c2 ] && [ $tries -lt 3000 ]; do # its first checkpoint says that it is under way
        sleep 0.01
        tries=$((tries + 1))
    done
    kill -INT $trainer
    wait $trainer
    ok "resumed after Ctrl-C" "$LACO" train transcribe words.tsv -o late $quick $rich -q --resume c2
    same "the file of a run that was never stopped" whole late
    fails 1 "a checkpoint of another run" "$LACO" train transcribe words.tsv -o x $quick --epochs 30 -q --resume c
    says 'checkpoint of another training'
    ok "in bf16" "$LACO" train transcribe words.tsv -o half $quick --epochs 2 -q --precision bf16
    ok "info on it" "$LACO" info half --json
    prints '"epochs":2,"seed":[0-9]*,.*"precision":"bf16"}'
    ok "words as units" "$LACO" train transcribe words.tsv -o w.safetensors $quick --units word --epochs 60 -q
}
ok "eval" "$LACO" eval m.safetensors words.tsv
prints 'word error rate *0.0000  (0 of 16 words)'
ok "eval as JSON" "$LACO" eval m.safetensors words.tsv --json
prints '"word_error_rate":0.0,"character_error_rate":0.0,"count":16,"exact":16,"words":16'
ok "eval greedily" "$LACO" eval w.safetensors words.tsv --beam 1 --json
prints '"count":16'
ok "info" "$LACO" info m.safetensors
prints '^task *transcribe'

# ---- Units: words where there are few and each comes often ----
for i in 1 2 3; do cat words.tsv; done > often.tsv
# shellcheck disable=SC2086
{
    ok "two words, 24 times each" "$LACO" train transcribe often.tsv -o often $quick --epochs 1 -q
    "$LACO" info often --json | grep -q '"level":"word"' || fault "are not learned as words"
    "$LACO" info m.safetensors --json | grep -q '"level":"char"' || fault "eight times each are not learned as characters"
    ok "--units char" "$LACO" train transcribe often.tsv -o often $quick --units char --epochs 1 -q
    "$LACO" info often --json | grep -q '"level":"char"' || fault "--units char is not heeded"
}

# ---- What is said ----
ok "one recording" "$LACO" predict m.safetensors lo0.wav
printf 'lo0.wav\tlo\n' > expected
same "file, tab, text" expected out.txt
ok "several" "$LACO" predict m.safetensors lo3.wav hi3.wav
printf 'lo3.wav\tlo\nhi3.wav\thi\n' > expected
same "a line for each" expected out.txt
ok "a list, through a pipe" sh -c 'printf "lo3.wav\nhi3.wav\tignored\n" | "$0" predict m.safetensors' "$LACO"
same "the same answers" expected out.txt
ok "a recording through a pipe" sh -c '"$0" predict m.safetensors - < hi1.wav' "$LACO"
printf 'standard input\thi\n' > expected
same "is heard" expected out.txt
ok "joined files" sh -c 'echo "lo1.wav hi2.wav lo4.wav" | "$0" predict m.safetensors' "$LACO"
prints '^lo1.wav hi2.wav lo4.wav	lo *hi *lo$' # without a pause it need not hear where a word ends
ok "the best three" "$LACO" predict m.safetensors lo0.wav --beam 6 --nbest 3
prints '^lo0.wav	1	-[0-9.]*	lo$'
ok "as JSON" "$LACO" predict m.safetensors lo0.wav --json
prints '^{"file":"lo0.wav","transcripts":\[{"text":"lo","log_probability":-[0-9.e-]*}\]}$'

# ---- A folder; another rate, two channels ----
mkdir folder
cp lo1.wav hi1.wav folder
echo lo > folder/lo1.txt
echo hi > folder/hi1.txt
ok "a folder" "$LACO" eval m.safetensors folder --json
prints '"count":2,"exact":2'
wav fast.wav 16000 1 4000 400 700
wav stereo.wav 8000 2 2000 1500 2600
ok "another rate and two channels are heard" "$LACO" predict m.safetensors fast.wav stereo.wav
printf 'fast.wav\tlo\nstereo.wav\thi\n' > expected
same "rightly" expected out.txt
says 'note: 1 of 2 files converted to 8000 samples a second (from 16000)'
says '1 of 2 files have several channels, which were averaged'

# ---- Silence, a moment, a long time ----
wav moment.wav 8000 1 20 400 400
ok "a recording shorter than a frame" "$LACO" predict m.safetensors moment.wav
lines 1
wav long.wav 8000 1 20000 400 700
ok "one longer than any seen" "$LACO" predict m.safetensors long.wav
lines 1

# ---- What a text may hold ----
printf 'lo1.wav\tlo\nhi1.wav\they\n' > other.tsv
ok "characters that training never saw" "$LACO" eval m.safetensors other.tsv
says 'note: 2 tokens of the texts are unknown to the model; they count as mistakes'
prints 'word error rate *0.5000'
printf 'lo1.wav\t LO \nhi1.wav\tHi\n' > capitals.tsv
# shellcheck disable=SC2086
ok "lower case" "$LACO" train transcribe capitals.tsv -o l $quick --lower --epochs 1 -q
ok "holds in eval" "$LACO" eval l words.tsv
! grep -q note err.txt || fault "lower case is not remembered"

# ---- Too short for what is said ----
{ cat words.tsv; printf 'moment.wav\thilo\n'; } > hurried.tsv
# shellcheck disable=SC2086
{
    ok "a recording too short for its text" "$LACO" train transcribe hurried.tsv -o h $quick --epochs 2
    [ "$(grep -c '^note: 1 of 17 recordings too short for their text, as moment.wav: ' err.txt)" = 1 ] || fault "is not counted aloud, once"
    ok "as JSON" "$LACO" train transcribe hurried.tsv -o h $quick --epochs 2 --json
    prints '^{"event":"note","text":"1 of 17 recordings too short'
    ok "quietly" "$LACO" train transcribe hurried.tsv -o h $quick --epochs 2 -q
    [ ! -s err.txt ] || fault "--quiet is not heeded"
}

# ---- Bad input ----
bad() { # NAME FILE SAYS
    fails 1 "$1, in training" "$LACO" train transcribe "$2" -o x -q
    one_line
    says "$3"
    fails 1 "$1, in eval" "$LACO" eval m.safetensors "$2"
    one_line
    says "$3"
    absent x
}
wav cut.wav 8000 1 1000 400 700 2000
wav empty.wav 8000 1 0 400 700
wav open.wav 8000 1 1000 400 700 0
head -c 20 lo1.wav > header.wav
: > nothing
echo 'not a sound' > text.wav
for file in cut empty open header text gone; do printf 'lo1.wav\tlo\n%s.wav\tlo\n' $file > $file.tsv; done
bad "a recording cut short" cut.tsv 'cut.tsv:2: .*cut.wav: is cut short: 1000 bytes'
bad "an empty recording" empty.tsv 'empty.wav: is empty: a recording without samples'
bad "a header that was left at 0 bytes" open.tsv 'open.tsv:2: .*open.wav: its header says 0 bytes of samples, and 1000 follow'
bad "a header alone" header.tsv 'header.wav: is not a recording'
bad "a file of text" text.tsv 'text.wav: is not a recording'
bad "no such recording" gone.tsv 'gone.tsv:2: cannot read .*gone.wav'
bad "an empty list" nothing 'nothing: the file is empty'
bad "no such list" nowhere.tsv 'nowhere.tsv'
printf 'lo1.wav lo\n' > tabless.tsv
bad "no tab" tabless.tsv 'tabless.tsv:1: no tab in the line'
printf 'lo1.wav\tl\377o\n' > latin.tsv
bad "not UTF-8" latin.tsv 'UTF-8'
mkdir none
mkdir mute
cp lo1.wav mute
bad "a recording without its text" mute 'cannot read mute/lo1.txt: .*; it should hold the text of mute/lo1.wav$'
bad "a folder without recordings" none 'none: holds no recording'
bad "a recording without a text" lo1.wav 'lo1.wav: is a recording without a text'
printf 'lo1.wav\t\n' > wordless.tsv
fails 1 "texts that are all empty" "$LACO" train transcribe wordless.tsv -o x -q
says 'all empty'
fails 1 "a recording cut short" "$LACO" predict m.safetensors cut.wav
says 'cut short'
fails 2 "a beam of zero" "$LACO" predict m.safetensors lo0.wav --beam 0
says 'beam'
fails 1 "more answers than the beam" "$LACO" predict m.safetensors lo0.wav --beam 2 --nbest 3
says '3 answers from a beam of 2'
fails 1 "no such file of validation" "$LACO" train transcribe words.tsv -o x -q --valid nowhere.tsv
says 'nowhere.tsv'
fails 2 "no output" "$LACO" train transcribe words.tsv
absent x

# ---- A model file that was tampered with ----
sed 's/\\"stack\\":2/\\"stack\\":3/' m.safetensors > odd
fails 1 "another stack" "$LACO" predict odd lo0.wav
one_line
says 'the network reads 80 numbers'
sed 's/\\"rate\\":8000/\\"rate\\":9/' m.safetensors > odd
fails 1 "another rate" "$LACO" predict odd lo0.wav
one_line
sed 's/\\"mean\\":\[/\\"mean\\":[0,/' m.safetensors > odd
fails 1 "a number too many" "$LACO" predict odd lo0.wav
one_line
overflows "answers that come to NaN" m.safetensors "$LACO" predict overflowing lo0.wav
overflows "and their score" m.safetensors "$LACO" eval overflowing words.tsv

finish
