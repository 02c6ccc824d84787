#!/bin/sh
# laco train generate, generate, eval and predict --each, as a user runs them; bad input gives one line on stderr, exit status 1 or 2,
# and leaves nothing behind.   usage: generate.sh LACO
. "$(dirname "$0")/harness.sh"

# ---- A text with a pattern: what follows what is certain but for one letter in ten ----
awk 'BEGIN { for (i = 0; i < 700; i++) printf "abcçdé%sxyz\n", substr("pqrstuvw", i * i % 8 + 1, 1) }' > text.txt
small='--weight-drop 0 --hidden 24 --embed 12 --batch 8 --seq-len 20 --epochs 10 --lr 0.01 --dropout 0'
# shellcheck disable=SC2086 # words are meant to be split
{
    ok "training runs" "$LACO" train generate text.txt -o m $small --quiet
    ok "a second run" "$LACO" train generate text.txt -o m2 $small --quiet --threads 2
    same "the same seed gives the same file at any number of threads" m m2
    ok "another seed" "$LACO" train generate text.txt -o m3 $small --quiet --seed 5
    differ "another seed gives another file" m m3
    for option in '--average 0' '--average 0.5' '--warmup 0.2' '--clip 0.1' '--variational --dropout 0.1' '--weight-drop 0.1' \
        '--label-smoothing 0.1' '--tie-weights --embed 24' '--embed-dropout 0.1' '--seq-len 21' '--schedule constant'; do
        ok "$option" "$LACO" train generate text.txt -o m3 $small --quiet $option
        differ "$option makes a difference" m m3
    done
    { printf '\357\273\277'; sed 's/$/\r/' text.txt; } > windows.txt
    ok "CRLF and a byte order mark" "$LACO" train generate windows.txt -o m4 $small -q
    same "make no difference" m m4
    ok "standard input" sh -c '"$0" train generate - -o m5 '"$small"' -q < text.txt' "$LACO"
    same "makes no difference" m m5
    head -n 300 text.txt > one
    tail -n +301 text.txt > two
    ok "two files" "$LACO" train generate one two -o m6 $small -q
    same "are one text" m m6
    sed 's/ç/ç/; s/é/é/' text.txt > decomposed.txt
    ok "decomposed letters" "$LACO" train generate decomposed.txt -o m7 $small -q
    same "are the composed ones" m m7
    ok "--lower" "$LACO" train generate text.txt -o l --lower $small --epochs 1 -q
    ok "every cell and regulariser" "$LACO" train generate text.txt -o r --cell rnn --layers 2 --hidden 9 --embed 9 --tie-weights --variational \
        --weight-drop 0.1 --label-smoothing 0.1 --average 0.9 --embed-dropout 0.1 --clip 0 --warmup 0.1 --schedule plateau --epochs 1 --valid text.txt -q
    ok "a window without memory" "$LACO" train generate text.txt -o n $small --cell mlp --window 4 -q
    ok "which is another one" "$LACO" train generate text.txt -o n5 $small --cell mlp --window 5 -q
    differ "of another width" n n5
    ok "is trained on" "$LACO" train generate text.txt -o n6 --from n --epochs 1 -q
    ok "what it is" "$LACO" info n6
    prints '^network     embedding [0-9]* × 12 → 2 × MLP 24 over 4 steps → linear'
    ok "what it writes" "$LACO" generate n --length 40 --temperature 0
    ok "its score" "$LACO" eval n text.txt --json
    prints '"bits_per_character":0\.'
    fails 1 "a window of another one to train on" "$LACO" train generate text.txt -o bad --from n --window 3 -q
    fails 1 "a window of a GRU" "$LACO" train generate text.txt -o bad --window 3 -q
    says 'only for cell mlp'
    fails 1 "recurrent weights of none" "$LACO" train generate text.txt -o bad --cell mlp --weight-drop 0.1 -q
    says 'an mlp has no memory'
    for form in c onnx html; do
        fails 1 "as $form" "$LACO" export n -o n.$form
        says 'cell mlp cannot be exported: cells rnn, gru and lstm can'
        one_line
    done
    absent bad n.c n.onnx n.html
    ok "the whole text, no validation" "$LACO" train generate text.txt -o v --valid 0 $small --epochs 1 -q
    ok "words" "$LACO" train generate text.txt -o w --level word $small --epochs 3 -q
    ok "bytes, of anything" sh -c 'head -c 20000 "$0" > binary; "$0" train generate binary -o b --level byte '"$small"' --epochs 1 -q' "$LACO"
}

# ---- Scores ----
ok "eval as JSON" "$LACO" eval m text.txt --json
prints '"nats_per_token":0\.[0-9]*,"bits_per_character":0\.[0-9]*,"perplexity":1\.[0-9]*,"tokens":7700,"characters":7700,"unseen":0'
ok "eval as text" "$LACO" eval m text.txt
prints 'bits per character  0\.'
ok "eval of bytes" "$LACO" eval b binary --json
ok "eval of words" "$LACO" eval w text.txt --json
prints '"tokens":1400,"characters":7700'
ok "unseen characters are counted" sh -c 'printf "abcçdé€xyz\n" | "$0" eval m - --json' "$LACO"
prints '"unseen":1'
ok "predict --each" sh -c 'printf "abcçdépxyz\nab" | "$0" predict m --each' "$LACO"
lines 13
prints '^ç	0\.9'
prints '^\\n	0\.9'
ok "predict --each as JSON" sh -c 'printf "ab" | "$0" predict m --each --json' "$LACO"
prints '^{"unit":"b","probability":0\.[0-9]*,"bits":'
ok "predict --each of bytes" sh -c 'printf "\357\273\277a\r\n\r\nb\r" | "$0" predict b --each' "$LACO"
cut -f1 out.txt | tr '\n' ' ' > units.txt
printf '%s ' '\xEF' '\xBB' '\xBF' a '\x0D' '\n' '\x0D' '\n' b '\x0D' > expected.txt
same "has every byte, carriage returns and marks too" units.txt expected.txt
ok "predict --each of characters" sh -c 'printf "\357\273\277a\r\nb" | "$0" predict m --each' "$LACO"
lines 3
ok "info" "$LACO" info m
prints 'embedding 14 × 12 → 2 × GRU 24 → linear 14'

# ---- Writing ----
ok "greedy" "$LACO" generate m --prompt abc --temperature 0 --length 3
prints '^abcçdé$'
ok "as the pattern says" "$LACO" generate m --prompt "abcçdé" --seed 1 --until '
' --length 100
prints '^abcçdé[p-w]xyz$'
lines 2
ok "the same seed" "$LACO" generate m --length 200 --seed 7
cp out.txt first
ok "again" "$LACO" generate m --length 200 --seed 7 --threads 1
same "writes the same" first out.txt
ok "another seed" "$LACO" generate m --length 200 --seed 8
differ "writes something else" first out.txt
ok "samples" "$LACO" generate m --length 22 --samples 3 --json --top-k 3 --top-p 0.9 --repetition-penalty 1.1 --prompt ab
lines 3
prints '^{"sample":3,"prompt":"ab","text":"'
ok "beam search" "$LACO" generate m --beam 4 --prompt "abcçd" --length 50 --until z
prints '^abcçdé[p-w]xyz$'
ok "beam search as JSON" "$LACO" generate m --beam 2 --length 5 --json
prints '"log_probability":-'
ok "a prompt never seen" "$LACO" generate m --prompt '日本語' --length 5
says 'note: characters of the prompt that training did not know: 3'
one_line
ok "words are written with spaces" "$LACO" generate w --length 6 --temperature 0
ok "bytes" "$LACO" generate b --length 20
ok "bytes as JSON" "$LACO" generate b --length 20 --json

# ---- Wrong usage: exit 2 ----
fails 2 "no model" "$LACO" generate
fails 2 "a negative temperature" "$LACO" generate m --temperature -1
says "temperature is '-1'"
fails 2 "top-p above 1" "$LACO" generate m --top-p 2
fails 2 "an unknown level" "$LACO" train generate text.txt -o x --level letter
fails 2 "no output" "$LACO" train generate text.txt

# ---- Bad input: exit 1, one line, nothing written ----
bad() # NAME TEXT-OF-THE-ERROR ARGUMENTS…
{
    about=$1 error=$2
    shift 2
    fails 1 "$about" "$LACO" "$@"
    says "$error"
    one_line
    absent x
}
: > empty
printf '\357\273\277' > mark
printf 'short' > short
head -c 5000 "$LACO" > program
printf 'a\347\343o\n' > latin1
bad "an empty corpus" 'empty: there is no text' train generate empty -o x
bad "nothing but a byte order mark" 'mark: there is no text' train generate mark -o x
bad "less than a chunk" '5 characters to learn from are less than one chunk of 64' train generate short -o x --valid 0 -q
bad "binary data" 'program: is a program, not UTF-8 text' train generate program -o x
bad "Latin-1" 'latin1:1: byte 2 (0xE7) is not UTF-8' train generate latin1 -o x
bad "no such file" 'cannot read nowhere' train generate nowhere -o x
bad "a folder" 'cannot read .: Is a directory' train generate . -o x
bad "tied weights of another width" 'tied weights need an embedding as wide' train generate text.txt -o x --tie-weights --embed 3 --hidden 4 -q
bad "lower case of bytes" 'bytes are read as they are' train generate text.txt -o x --level byte --lower -q
bad "no validation file" 'cannot read nowhere' train generate text.txt -o x --valid nowhere
bad "eval of nothing" 'empty: there is no text' eval m empty
bad "eval of binary data" 'is a program' eval m program
bad "predict without --each" 'each' predict m text.txt
bad "a prompt that is not UTF-8" 'prompt: byte 1' generate m --prompt "$(printf '\347')"
printf 'x\ty\nz\tw\nx\tt\nz\tw\n' > labels.tsv
ok "a classifier" "$LACO" train classify labels.tsv -o k --epochs 1 --hidden 2 --embed 2 --valid 0 -q
bad "that is asked to write" 'was trained to classify' generate k
overflows "probabilities that come to NaN" m "$LACO" predict overflowing text.txt --each
overflows "their score" m "$LACO" eval overflowing text.txt
overflows "and what they write" m "$LACO" generate overflowing --length 9

finish
