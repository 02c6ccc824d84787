#!/bin/sh
# Other people's files: what each reader takes them for, what is refused and with which advice, and what laco check says of them.
# usage: strangers.sh LACO
. "$(dirname "$0")/harness.sh"
quick='--epochs 1 --hidden 4 --layers 1 --threads 1 -o m.safetensors'

# takes NAME TASK FILE TEXT [OPTIONS…]: `laco check` reads the file, and its line has this text.
takes() {
    about=$1 task=$2 file=$3 text=$4
    shift 4
    ok "$about" "$LACO" check "$task" "$file" --json "$@"
    prints "\"summary\":\"\(\\\\.\|[^\"\\]\)*$text"
}

# refuses NAME TASK FILE TEXT [OPTIONS…]: neither laco check nor laco train reads it; one line says why.
refuses() {
    about=$1 task=$2 file=$3 text=$4
    shift 4
    fails 1 "$about" "$LACO" check "$task" "$file" "$@"
    says "$text"
    one_line
    # shellcheck disable=SC2086 # words
    fails 1 "$about: training" "$LACO" train "$task" "$file" $quick -q "$@"
    says "$text"
    one_line
    absent m.safetensors
}

warns() { grep -q "^\(warning\|doubt\) .*$1" out.txt || fault "does not warn of '$1'"; }

# ---- What is no text is named for what it is, by every reader ----
printf '\377\330\377\340\0\020JFIF' > jpeg
printf 'ID3\003\0\0\0\0\0\0' > mp3
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n' > lfs
printf 'P6 1 1 255\n\1\2\3' > ppm
printf '%%PDF-1.4\n' > pdf
printf '\037\213\010\0\0\0\0\0' > gz
printf '\3757zXZ\0' > xz
printf 'BZh91AY&SY' > bz
printf 'PK\003\004\024\0\0\0\0\0xl/workbook.xml' > xlsx
printf 'PK\003\004\024\0\0\0\0\0archive/data.pkl' > pt
printf '\200\002\212\n' > pickle
printf '\223NUMPY\1\0' > npy
printf 'PAR1\025\004' > parquet
printf '\002\0\0\0\0\0\0\0{}' > tensors
printf 'a\tb\n' | iconv -f UTF-8 -t UTF-16 > utf16
printf 'a\tb\nc\td\n' | iconv -f UTF-8 -t UTF-16LE > utf16le
printf 'caf\351 a\tA\ncaf\351 b\tB\n' > latin1
printf '\223caf\351\224 a\tA\n\223b\224\tB\n' > cp1252
printf '\317\360\350\342\345\362\tA\n\344\360\363\347\374\377\tB\n' > cyrillic
printf '\037\213\010\0\0\0\0\0' > x.rds
printf 'RDX3\nX\n\0\0\0\003' > x.rda
printf '\010\007\022\007pytorch' > onnx
printf '\0\0\0\0\003\0\0\0\004' > x.mat
printf 'a \355\240\275\355\270\200\tA\nb\tB\n' > cesu
printf 'a,b\tA\n\357\273\277a,b\tB\n' > joined
for task in classify tag forecast generate caption transduce transcribe; do
    for kind in 'jpeg magick' 'mp3 ffmpeg' 'ppm magick' 'pdf pdftotext' 'lfs git lfs pull' 'gz gunzip' 'xz unxz' 'bz bunzip2' 'xlsx spreadsheet' 'pt PyTorch' 'pickle pickle' \
        'npy NumPy' 'parquet Parquet' 'tensors safetensors' 'utf16 iconv -f UTF-16 ' 'utf16le iconv -f UTF-16LE' 'latin1 iconv -f ISO-8859-1' \
        'cp1252 iconv -f WINDOWS-1252' 'cyrillic iconv -f WINDOWS-1251' 'x.rds Rscript' 'x.rda Rscript' 'onnx graph of ONNX' 'x.mat MATLAB' \
        'cesu uconv -f CESU-8' 'joined byte order mark'; do
        fails 1 "$task of ${kind%% *}" "$LACO" check $task "${kind%% *}"
        says "^laco: ${kind%% *}:.*${kind#* }"
        one_line
    done
done

# ---- In place of a model ----
printf 'one\ta\ntwo\tb\none\tc\ntwo\td\n' > t.tsv
ok "a model" "$LACO" train classify t.tsv $quick -q --valid 0
mv m.safetensors model
for command in 'predict' 'eval' 'info'; do
    for kind in 't.tsv text' 'gz gunzip' 'jpeg JPEG' 'pt PyTorch.*laco import' 'tensors laco.format'; do
        case "$command $kind" in info\ pt* | info\ tensors*) continue ;; esac # of which it shows the tensors
        # shellcheck disable=SC2086 # words
        fails 1 "$command of ${kind%% *}" "$LACO" $command ${kind%% *} $([ $command = info ] || echo model)
        says "^laco: ${kind%% *}: .*${kind#* }"
        one_line
    done
done
fails 1 "model and data swapped" "$LACO" predict t.tsv model
says 'comes first: laco predict MODEL DATA'
fails 1 "a model as data" "$LACO" predict model model
says '^laco: model: is a model, not UTF-8 text; the model comes before the data'
fails 1 "a model to learn from" "$LACO" train classify model $quick
says '^laco: model: is a model'
for kind in 'jpeg JPEG' 'gz gunzip' 'utf16 iconv' 'latin1 ISO-8859-1' 'mp3 MP3'; do
    fails 1 "predict of ${kind%% *}" "$LACO" predict model "${kind%% *}"
    says "^laco: ${kind%% *}:.*${kind#* }"
    one_line
done

# ---- Labelled texts ----
rows() { awk -v n="$1" "BEGIN { for (i = 0; i < n; i++) { l = i % 2 ? \"pos\" : \"neg\"; t = \"text \" i; print $2 } }"; }
rows 30 'l "\t" t' > a.tsv
takes "lines" classify a.tsv 'lines of label<TAB>text; 30 texts; 2 labels: neg, pos'
{ printf 'label\ttext\n'; cat a.tsv; } > b.tsv
takes "a header above lines" classify b.tsv 'header in line 1; 30 texts; 2 labels'
rows 30 't "\t" l' > a.tsv
refuses "swapped columns that come again" classify a.tsv 'a.tsv: 30 labels for 30 texts, of which 2 are different: text and label are swapped'
{ printf 'Text\tSentiment\n'; cat a.tsv; } > b.tsv
takes "a header that says so" classify b.tsv 'header in line 1; text in .*Text.*; label in .*Sentiment.*; 30 texts; 2 labels'
rows 30 'i "\t" t' > a.tsv
refuses "a number for each line" classify a.tsv 'nearly each has its own'
{ echo 'review,sentiment'; rows 30 't "," l'; } > a.csv
takes "a table with other names" classify a.csv 'text in .*review.*label in .*sentiment.*2 labels'
{ printf 'sep=;\r\n'; printf 'text;label\r\n'; rows 30 't ";" l "\r"'; } > a.csv
takes "a table of a spreadsheet" classify a.csv 'between semicolons, header in line 2.*2 labels: neg, pos'
{ echo 'v1,v2,,,'; rows 30 'l ",\"" t ", and more\",,,"'; } > a.csv
refuses "columns without a meaning" classify a.csv 'no column "text" (text column; another: --text COLUMN, or its number); the columns are: "v1", "v2"'
takes "named columns, delimiters too many" classify a.csv '30 texts; 2 labels' --text v2 --label v1
{ echo ',text,label'; rows 30 'i "," t "," l'; } > a.csv
takes "a column that counts" classify a.csv '30 texts; 2 labels'
rows 30 'l "," t' > a.csv
takes "columns by number" classify a.csv 'without a header, text in column 2.*30 texts; 2 labels' --text 2 --label 1
{ printf 'text\tlabel\tsource\n'; rows 30 '"say \"" t "\" now\t" l "\tx"'; } > a.tsv
takes "quotes that are letters" classify a.tsv '30 texts; 2 labels'
{ printf '"text"\t"label"\n'; rows 30 '"\"" t "\"\t\"" l "\""'; } > a.tsv
takes "quotes around fields" classify a.tsv '30 texts; 2 labels: neg, pos'
rows 30 '"__label__" l " " t' > a.txt
takes "fastText" classify a.txt 'a label, a space and a text; 30 texts; 2 labels'
printf '__label__a one thing\n__label__b another thing\n' > a.txt
takes "few lines of fastText" classify a.txt '2 texts; 2 labels'
for line in '"__label__" l " __label__x " t' '"__label__" l "__label__x " t' '"__label__" l " " t " __label__x"' '"__label__" l ",__label__x " t'; do
    rows 30 "$line" > a.txt
    refuses "two labels: $line" classify a.txt 'a.txt:1: two labels, __label__neg,* and __label__x; a classifier'
done
rows 30 't " __label__" l' > a.txt
refuses "a label behind its text" classify a.txt 'a.txt:1: __label__neg stands within the text; a label is the first word'
for joined in 'pos,neg' 'pos;neg' 'pos | neg' "['pos', 'neg']"; do
    { rows 30 'l "\t" t'; printf '%s\tboth of them\n' "$joined"; } > a.tsv
    refuses "labels as $joined" classify a.tsv 'is two labels, "pos" and "neg"; a classifier learns one'
done
{ rows 30 'l "\t" t'; printf 'pos,other\tboth of them\n'; } > a.tsv
takes "a comma within a label" classify a.tsv '3 labels'
rows 30 'i % 2 " 1:0.5 2:" i' > a.txt;      refuses "LIBSVM" classify a.txt 'a.txt:1: numbered features'
rows 30 '(i % 2 ? 1 : -1) " |f a:1 b:" i' > a.txt; refuses "Vowpal Wabbit" classify a.txt 'a.txt:1: numbered features'
rows 30 'i % 3 ? "__label__a " t : "__label__a,b " t' > a.txt
refuses "two labels of fastText, one without its mark" classify a.txt 'is two labels, "__label__a" and "b"'
rows 30 'l "|" t' > a.txt;          refuses "bars" classify a.txt "between bars.*tr '|'"
rows 30 'l "\t" t "\tweb"' > a.tsv; refuses "three columns" classify a.tsv 'each line has 3 columns between tabs.*--label 1 --text 2'
takes "the columns asked for" classify a.tsv '2 labels: neg, pos' --label 1 --text 2
# doubts NAME TASK FILE TEXT: it is read, and a line says what looks wrong, with --quiet too.
doubts() {
    ok "$1" "$LACO" check "$2" "$3"
    grep -q "^doubt .*$4" out.txt || fault "does not doubt '$4'"
}
rows 30 '(i % 3 ? l : "Pos") "\t" t' > a.tsv;  doubts "labels that differ in case" classify a.tsv '"Pos" and "pos" are two labels here'
rows 30 '(i % 3 ? "p os" : "pos") "\t" t' > a.tsv; doubts "labels that differ in blanks" classify a.tsv 'are two labels here'
rows 30 '(i % 3 ? "1" : "1.0") "\t" t' > a.tsv; doubts "labels that are one number" classify a.tsv '"1" and "1.0" are two labels here'
rows 30 '(i % 3 ? l : "NaN") "\t" t' > a.tsv;  doubts "NaN among labels" classify a.tsv '"NaN" is learned as a label like others, 10 times'
rows 30 'l "\t" i " " i * 7' > a.tsv;          doubts "texts of numbers" classify a.tsv 'the texts are numbers'
for json in '"[{\"text\":\"" t "\",\"label\":\"" l "\"}]"' '"[\n {\"label\": \"" l "\"," '; do
    rows 1 "$json" > a.json
    for task in classify tag forecast transduce caption transcribe; do refuses "$task of an array" $task a.json "one array of objects.*jq -r '.\[\] |"; done
done
echo '{"data":[{"a":1}]}' > a.json; refuses "an array within an object" classify a.json "jq -r '.data\[\] | "
echo '{"sentence":"x","intent":"y"}' > a.json; refuses "keys by their names" classify a.json "jq -r '\[.intent, .sentence\] | @tsv' a.json"
rows 30 'l "\t" t' | tr '\n' '\r' > a.tsv
takes "lines that end at CR" classify a.tsv '30 texts; 2 labels'
rows 30 '"{\"text\":\"" t "\",\"label\":\"" l "\"}"' > a.txt
refuses "JSON" classify a.txt 'a.txt:1: this is JSON.*jq'
rows 30 'l "," t' > a.txt
refuses "commas in a file that is no .csv" classify a.txt 'its name ends in .csv, or with --text'
printf 'a\tx\n \ty\n' > a.tsv;    refuses "a blank label" classify a.tsv 'a.tsv:2: the label is empty'
printf 'a\tx\0y\nb\tz\n' > a.tsv; refuses "a NUL" classify a.tsv 'a.tsv:1: byte 4 is NUL'
{ echo 'text,label'; rows 30 't "," l'; } > a.csv
ok "a table" "$LACO" train classify a.csv $quick -q
ok "predict of the table that was trained on" "$LACO" predict m.safetensors a.csv
lines 30
cp out.txt with.txt
cut -d, -f1 a.csv > alone.csv
ok "of its texts alone" "$LACO" predict m.safetensors alone.csv
same "labels play no part" out.txt with.txt
rm m.safetensors

{ echo label,text; rows 30 'l "," t'; echo label,text; } > a.csv
refuses "files that were joined, their headers too" classify a.csv 'a.csv:32: the header stands here again'
{ printf 'label\ttext\n'; rows 30 'l "\t" t'; printf 'label\ttext\n'; } > a.tsv
refuses "lines that were joined" classify a.tsv 'a.tsv:32: the header stands here again'
{ printf 'source\ttarget\n'; rows 30 't "\t" l'; printf 'source\ttarget\n'; } > a.tsv
refuses "pairs that were joined" transduce a.tsv 'a.tsv:32: the header stands here again'
rows 30 '"\"__label__" l " " t "\""' > a.txt; refuses "quotes around lines of fastText" classify a.txt 'a.txt:1: quotes around the line'
rows 30 '"i feel so " i ";" l' > a.txt;       refuses "a label behind a semicolon" classify a.txt 'columns between semicolons.*awk'
printf '<!DOCTYPE html>\n<html><head><title>404 Not Found</title>\n' > page
printf '\n<?xml version="1.0"?>\n<r>\n<t l="a">x 1</t>\n<t l="a">x 2</t>\n</r>\n' > xml
for task in classify tag forecast transduce caption transcribe; do
    refuses "$task of a page" $task page 'page:1: this is a page of HTML; .* is right'
    refuses "$task of XML" $task xml 'xml:1: this is XML; .* is right'
done

# ---- Sequences of numbers ----
awk_wave() { awk -v d="$2" -v n=40 -v m=8 "BEGIN { for (i = 0; i < n; i++) { l = i % 2 + 1; s = \"\"; for (t = 0; t < m; t++) s = s (t ? d : \"\") sprintf(\"%.3f\", (i % 2 ? t : m - t) + i / 100); print $1 } }"; }
awk_wave 'l d s' "$(printf '\t')" > Gun_TRAIN.tsv
takes "the UCR archive" classify Gun_TRAIN.tsv 'between tabs, no header; label first; 40 sequences of 8 steps of 1 number; 2 labels: 1, 2'
awk_wave 'l d s' , > old.txt
takes "the UCR archive of 2015" classify old.txt 'between commas, no header; label first.*2 labels: 1, 2'
awk_wave '"  " l "   " s' '  ' > spaces.txt
takes "numbers between spaces" classify spaces.txt 'between spaces, no header; label first.*2 labels: 1, 2'
{ echo label,0,1,2,3,4,5,6,7; awk_wave 'l d s' ,; } > mnist.csv
takes "pixels by number, the label first" classify mnist.csv 'below a header; label in .*label.*2 labels: 1, 2'
{ echo p0,p1,p2,p3,p4,p5,p6,p7,class; awk_wave 's d l' ,; } > last.csv
takes "the label last, by its name" classify last.csv 'label in .*class.*40 sequences of 8 steps'
{ echo p0,p1,p2,class,p4,p5,p6,p7,p8; awk_wave 's d l' , | awk -F, '{ print $1 "," $2 "," $3 "," $9 "," $4 "," $5 "," $6 "," $7 "," $8 }'; } > within.csv
takes "the label within, by its name" classify within.csv 'label in .*class.*40 sequences of 8 steps.*2 labels'
{ echo ,p0,p1,p2,p3,p4,p5,p6,p7,class; awk_wave 'i d s d l' ,; } > pandas.csv
takes "a column that counts the rows" classify pandas.csv 'column 1 counts the rows and is passed over.*40 sequences of 8 steps.*2 labels'
{ echo Id,p0,p1,p2,p3,p4,p5,p6,p7,Species; awk_wave 'i + 1 d s d "s" l' ,; } > iris.csv
takes "a column Id" classify iris.csv 'column 1 counts the rows and is passed over.*40 sequences of 8 steps.*2 labels'
awk_wave 's d l ";"' ';' | tr . , > excel.csv
takes "decimal commas, a delimiter too many" classify excel.csv 'between semicolons.*decimal commas.*2 labels'
awk_wave 's' , > none.csv
refuses "no label at all" classify none.csv 'labels for 40 sequences: nearly each has its own, so another column is the label'
awk_wave 'l d s d (i % 3)' , > both.csv
ok "two that could be labels" "$LACO" check classify both.csv
warns 'the first could be it too: --label 1'
takes "as asked" classify both.csv 'label first.*2 labels: 1, 2' --label 1
refuses "a column that is not there" classify both.csv 'no column "11"' --label 11
awk 'BEGIN { for (i = 0; i < 40; i++) printf "%d,%d,%s\n", 1000000 + i % 2, 7, i % 2 ? "a" : "b" }' > near.csv
ok "a column with small variance beside its mean" "$LACO" train classify near.csv --features 2 --epochs 30 --hidden 8 --lr 0.02 -o m.safetensors -q
ok "is kept" "$LACO" eval m.safetensors near.csv --json
prints '"accuracy":1.0,'
rm m.safetensors
awk_wave '"k" l d s' ',' > letters.csv;  takes "a word first, no header" classify letters.csv 'label first.*2 labels: k1, k2'
awk_wave '"k" l d s' ' ' > letters.txt;  takes "a word first, between spaces" classify letters.txt 'between spaces, no header; label first.*2 labels: k1, k2'
awk_wave 's d "k" l' "$(printf '\t')" > letters.tsv; takes "a word last, between tabs" classify letters.tsv 'between tabs, no header; label last.*2 labels'
awk_wave 's "%" d "k" l' ',' > signs.csv; refuses "a sign of percent" classify signs.csv "8.01%' in field 8 is not a number; write it as -1234.5\|%' in field 8 is not a number; write"
awk_wave '"$" s d "k" l' ',' > signs.csv; refuses "a sign of dollars" classify signs.csv "in field 1 is not a number; write it as -1234.5"
awk_wave 's d (i % 3 == 0) d (i % 3 == 1) d (i % 3 == 2)' ',' > hot.csv; refuses "a column for each class" classify hot.csv 'the last 3 columns are 0 but for one 1'
takes "as asked" classify hot.csv '2 labels: 0, 1' --label 11
awk_wave '(i % 3 == 0) d (i % 3 != 0) d s' ',' > hot.csv; refuses "classes first" classify hot.csv 'the first 2 columns are 0 but for one 1'
{ echo id,p0,p1,p2,p3,p4,p5,p6,p7,kind; awk_wave '1000 + i * 7919 % 401 d s d "k" l' ','; } > ids.csv
takes "ids of their own" classify ids.csv 'column 1 names the rows and is passed over; .*label in .*kind.*8 steps'
awk 'BEGIN { print "age,income,score"; for (i = 0; i < 200; i++) printf "%d,%d,%.1f\n", i % 50, i * 7 % 100, i * 0.3 % 4 }' > amounts.csv
refuses "amounts without a label" classify amounts.csv 'which column is the label.*--label age or --label score'
awk 'BEGIN { for (i = 0; i < 40; i++) printf "%d,%d,%d,%s\n", i % 7, i % 5, i % 9 ? i % 3 : -999, i % 2 ? "a" : "b" }' > gaps.csv
doubts "-999 among numbers" classify gaps.csv '5 values of the sequences are -999, far from all others'
printf '%% made\n@RELATION x\n@attribute a numeric\n@data\n1,2,a\n' > a.arff; refuses "ARFF" classify a.arff "is ARFF.*grep -v '^\[@%\]'"
ok "the model of rows whose label is first" "$LACO" train classify Gun_TRAIN.tsv $quick -q
ok "eval finds it again" "$LACO" eval m.safetensors old.txt --json
prints '"count":40'
ok "so does predict" "$LACO" predict m.safetensors Gun_TRAIN.tsv
lines 40
rm m.safetensors

{ echo a b label; awk 'BEGIN { for (i = 0; i < 40; i++) print i % 7, i % 5, i % 2 ? "x" : "y" }'; } > named.txt
takes "a header above numbers between spaces" classify named.txt 'between spaces, below a header; label in .*label.*40 sequences of 2 steps.*2 labels: x, y'
{ cat last.csv; cat last.csv; } > twice.csv;  refuses "tables of numbers that were joined" classify twice.csv 'twice.csv:42: the header stands here again'
{ echo 'a;b;label'; awk 'BEGIN { for (i = 0; i < 40; i++) print i % 7 ",5;" i % 5 ".5;" i % 2 }'; } > marks.csv
refuses "two decimal marks" classify marks.csv "marks.csv:2: '0,5' in field 1 .*one mark in all of the file is right"
{ echo name,a,b,label; awk 'BEGIN { for (i = 0; i < 40; i++) print "n" i "," i % 7 "," i % 5 "," i % 2 }'; } > names.csv
refuses "a column of names" classify names.csv "'n0' in field 1 is not a number; take columns of texts away"
for mark in '|' '^' '~'; do
    { echo "text${mark}label"; rows 30 "t \"$mark\" l"; } > bars.csv
    refuses "a table between $mark" classify bars.csv "bars.csv:1: columns between .*tr '$mark'"
done
{ echo label,text; rows 30 'l "," t'; echo 'Source: INE'; } > a.csv; refuses "a note below a table of texts" classify a.csv 'a.csv:32: 1 fields .*notes below a table are no rows'
{ rows 8 'l "\t" t' | tr '\n' '\r'; rows 8 'l "\t" t'; } > a.tsv; refuses "two ends of lines" classify a.tsv "a.tsv:1: byte 11 ends a line"
rows 30 'l "\\\\t" t' > a.tsv; refuses "a backslash in place of a tab" classify a.tsv "a.tsv:1: a backslash and a letter .*sed 's/"
{ echo text,label; rows 30 't ";" l'; } > a.csv; refuses "a header of other marks" classify a.csv 'a.csv:2: .*one mark between columns'
for blank in '\302\240' '\342\200\213'; do
    { rows 30 'l "\t" t'; printf "pos$blank\tx y\n"; } > a.tsv; doubts "labels that differ in what does not show" classify a.tsv 'are two labels here'
done
{ printf 'pronunciation\tword\n'; rows 30 't "\t" l'; } > a.tsv; doubts "a header the other way round" transduce a.tsv 'other way round'
{ printf 'polarity\tphrase\n'; rows 30 'l "\t" t'; } > a.tsv;  doubts "a header of other words" classify a.tsv 'its label "polarity" stands nowhere else'
{ printf 'Wort\tArt\n\n'; i=0; while [ $i -lt 12 ]; do printf 'der\tDET\nHund\tNOUN\n\n'; i=$((i + 1)); done; } > a.tsv
doubts "a header of tags in other words" tag a.tsv 'its tag "Art" stands nowhere else'

# ---- Tagged sentences ----
sentences() { i=0; while [ $i -lt 12 ]; do printf "$1"; i=$((i + 1)); done; }
{ sentences '# id 6f1\tdomain=en\nrobert _ _ B-PER\njordan _ _ I-PER\n#win _ _ O\n\n'; } > a.conll
takes "comments between sentences" tag a.conll '12 sentences, 36 words; 3 tags: B-PER, I-PER, O; which mark entities'
sentences '# O\nA B\n\n' > a.conll
takes "a sign that is a word" tag a.conll '24 words; 2 tags'
sentences '1\tthe\tDET\n2\tcat\tNOUN\n\n' > a.tsv
takes "numbers of tokens" tag a.tsv 'words in column 2, tags in column 3 of 3; 12 sentences, 24 words; 2 tags'
sentences '7 the DET\n7 cat NOUN\n\n' > a.conll
takes "numbers of sentences" tag a.conll 'words in column 2'
{ printf 'token\tpos\tlemma\n'; sentences 'the\tDET\tthe\ncat\tNOUN\tcat\n\n'; } > a.tsv
takes "a header" tag a.tsv 'a header; words in column 1, tags in column 2 of 3.*24 words; 2 tags: DET, NOUN'
sentences 'robert B-PER\njordan L-PER\nlives O\nlisbon U-LOC\n\n' > a.conll
takes "BILOU" tag a.conll 'which mark entities'
sentences 'gene B\nabc I\nis O\n\n' > b.conll
takes "B, I and O" tag b.conll 'which mark entities'
for tags in 'B_PER I_PER O' 'b-per i-per o' 'PER-B PER-I O' 'PER LOC O' 'B-PER I-PER 0'; do
    set -- $tags
    sentences "robert $1\njordan $2\nlives $3\nhe O\n\n" | sed "$([ "$3" = o ] && echo 's/ O$/ o/')" > c.conll
    doubts "entities as $1" tag c.conll 'B-PER, I-PER and O mark'
done
sentences 'B-PER robert\nI-PER jordan\nO lives\n\n' > c.conll; refuses "tag and word swapped" tag c.conll 'words and tags are swapped'
awk 'BEGIN { for (i = 0; i < 60; i++) printf "w%d\tt%d\n%s", i, i, i % 4 == 3 ? "\n" : "" }' > c.tsv
refuses "a tag for each word" tag c.tsv 'nearly each word has its own'
sentences 'robert B-PER\njordan I-PER\n' > c.conll; doubts "no blank line" tag c.conll 'one sentence of 24 words'
sentences 'robert\tB-PER \njordan\tI-PER\nlives\tO  \n\n' > c.tsv; takes "blanks behind tags" tag c.tsv '3 tags: B-PER, I-PER, O; which mark entities'
for file in a b; do
    ok "entities are learned" "$LACO" train tag $file.conll --epochs 1 --hidden 4 --layers 1 --letters 4 --members 1 -o m.safetensors -q
    ok "and scored" "$LACO" eval m.safetensors $file.conll
    prints '^entity'
done
ok "a file of tags with numbers of tokens" "$LACO" train tag a.tsv --epochs 1 --hidden 4 --layers 1 --letters 4 --members 1 -o m.safetensors -q
sentences '1\tthe\t_\n2\tcat\t_\n\n' > b.tsv
ok "answers in its columns" "$LACO" predict m.safetensors b.tsv
prints '^2	cat	\(DET\|NOUN\)$'
rm m.safetensors
sentences 'the DET\ncat NOUN\n\n' | tr '\n' '\r' > a.conll
takes "lines that end at CR" tag a.conll '12 sentences, 24 words; 2 tags'
sentences 'the,DET\ncat,NOUN\n\n' > a.conll;   refuses "commas" tag a.conll 'columns between commas: put tabs'
sentences 'the\tDET\n\n' > t.tsv
printf 'the 0.1 0.2 0.3\n. . . 0.4 0.5 0.6\ncat 0.1 0.1 0.1\nat name@domain.com 0.2 0.2 0.2\n 1 2 3\n' > glove.txt
sentences 'the\tDET\ncat\tNOUN\n\n' > t.tsv
ok "vectors of words with spaces" "$LACO" train tag t.tsv --vectors glove.txt --epochs 1 --hidden 4 --layers 1 --letters 4 --members 1 -o m.safetensors -q
rm m.safetensors

for mark in / _ '|'; do
    sentences "The${mark}DT dog${mark}NN 1${mark}2${mark}CD ${mark}${mark}SYM\n" > brown.txt
    refuses "words joined with tags by $mark" tag brown.txt "joined, as in word${mark}TAG"
    sh -c "$(sed 's/.* right: //' err.txt)" > brown.tsv
    takes "what the command makes of it" tag brown.tsv '12 sentences, 48 words; 4 tags: CD, DT, NN, SYM'
done
sentences "The/DT\ndog/NN\n\n" > brown.txt; refuses "a joined word in each line" tag brown.txt "joined, as in word/TAG"
sh -c "$(sed 's/.* right: //' err.txt)" > brown.tsv
takes "what its command makes" tag brown.tsv '12 sentences, 24 words; 2 tags: DT, NN'
sentences "a/b\tc/d\ne/f\tg/h\n\n" > a.tsv; takes "marks within words and tags" tag a.tsv '24 words; 2 tags: c/d, g/h'
{ printf 'Sentence #,Word,POS,Tag\n'; i=0; while [ $i -lt 9 ]; do printf 'Sentence: %d,"In,",IN,O\n,Lisbon,NNP,B-geo\n' $i; i=$((i + 1)); done; } > a.csv
refuses "a table of words between commas" tag a.csv 'a table between commas'
sh -c "$(sed 's/.* right: //' err.txt)" > a.tsv
refuses "a column that tells sentences apart" tag a.tsv 'column 1 tells sentences apart'
sh -c "$(sed 's/.* there: //' err.txt)" > b.tsv
takes "what the commands make of it" tag b.tsv 'words in column 2, tags in column 4 of 4; 9 sentences, 18 words; 2 tags: B-geo, O; which mark'
ok "a model of it" "$LACO" train tag b.tsv --epochs 1 --hidden 4 --layers 1 --letters 4 --members 1 -o m.safetensors -q
fails 1 "sentences that are not apart, to be answered" "$LACO" predict m.safetensors a.tsv
says 'column 1 tells sentences apart'
rm m.safetensors
sentences 'John\tB-PER|B-ORG\nruns\tO\n\n' > a.tsv;     refuses "two entities at a word" tag a.tsv 'the tag "B-PER|B-ORG" is two'
sentences 'a\tNN|VB\nb\tNN\nc\tVB\n\n' > a.tsv;        doubts "two tags in one" tag a.tsv '"NN|VB" is learned as a tag beside "NN" and "VB"'
sentences "['a', 'b']\t[0, 1]\n" > a.tsv;               refuses "lists of Python" tag a.tsv 'a.tsv:1: lists as Python prints them'
{ printf 'text\ttags\n'; sentences 'a b\tX Y\n'; } > a.tsv; takes "a header above sentences" tag a.tsv 'header in line 1; 12 sentences, 24 words; 2 tags: X, Y'
sentences 'John;X\nruns;Y\n\n' > a.csv;                       refuses "semicolons" tag a.csv "semicolons.*tr ';'"
sentences 'a X\nb Y\nEOS\n' > a.conll;                  refuses "a word that ends sentences" tag a.conll 'a.conll:3: 1 columns .*a blank line is right'

# ---- Pairs, lists ----
sentences 'abc\tcba\r' > p.tsv;               takes "pairs on lines that end at CR" transduce p.tsv '1 targets'
{ printf 'source\ttarget\n'; sentences 'abc\tcba\nxy\tyx\n'; } > p.tsv
takes "a header of pairs" transduce p.tsv 'header in line 1; 2 pairs of 2 sources and 2 targets'
{ printf 'English\tPortuguese\n'; sentences 'abc\tcba\nxy\tyx\n'; } > q.tsv
takes "a header of languages" transduce q.tsv 'header in line 1; 2 pairs'
awk 'BEGIN { for (i = 0; i < 30; i++) print "same\tt" i }' > q.tsv; doubts "one source" transduce q.tsv 'all pairs have one source'
sentences 'abc,cba\n' > p.csv;                 refuses "pairs between commas" transduce p.csv 'p.csv:1: no tab.*put a tab between'
sentences 'Go.\tVa !\tCC-BY\n' > p.tsv;        refuses "a third column" transduce p.tsv 'more than one tab.*cut -f1,2'
printf 'P2 4 4 9 1 2 3 4 1 2 3 4 1 2 3 4 1 2 3 4' > a.pgm
printf 'image\tcaption\na.pgm\tum\n' > l.tsv
takes "a header above pictures" caption l.tsv 'a list of picture<TAB>caption; header in line 1; 1 pictures of 4 × 4'
printf 'a.jpg\tum\n' > l.tsv;                  refuses "JPEG in a list" caption l.tsv 'PNG and PGM pictures are read: magick'
printf 'word\tpron\nab\tA B\ncd\tC D\n' > p.tsv; takes "a header of sounds" transduce p.tsv 'header in line 1; 2 pairs'
sentences 'ABC  A B C\n' > p.txt;             refuses "CMUdict" transduce p.txt 'of CMUdict'
printf '84-121123-0000 GO DO\n' > l.txt;      refuses "LibriSpeech" transcribe l.txt 'of LibriSpeech'
printf 'wav,size,transcript\na.wav,1,x y\n' > l.csv; refuses "a table of recordings" transcribe l.csv 'of a table between commas make tabs'
printf 'x y\ta.wav\n' > l.tsv;                refuses "texts before recordings" transcribe l.tsv 'l.tsv:1: file and text are swapped'
printf 'x y\ta.png\n' > l.tsv;                refuses "captions before pictures" caption l.tsv 'the picture comes first'
printf 'LJ001|text|text\n' > l.tsv;            refuses "LJSpeech" transcribe l.tsv 'as in LJSpeech'

sentences 'a b ||| b a\nc ||| c\n' > p.txt;    takes "the mark of Moses" transduce p.txt 'lines of source ||| target; 2 pairs'
ok "a model of these" "$LACO" train transduce p.txt $quick -q
printf 'a b ||| b a\na b\tb a\na b\n' > p.txt
ok "is asked for sources" "$LACO" predict m.safetensors p.txt
lines 3
[ "$(cut -f1 out.txt | sort -u)" = 'a b' ] || fault "asks for more than sources"
rm m.safetensors
{ printf '# made by me\n# source\ttarget\n'; sentences 'abc\tcba\nxy\tyx\n'; } > p.tsv
takes "comments above pairs" transduce p.tsv 'comments above them are passed over; header in line 2; 2 pairs'
{ printf '# made\tby me\n'; sentences 'abc\tcba\nxy\tyx\n'; } > p.tsv; refuses "a comment with a tab" transduce p.tsv 'p.tsv:1: begins with #'
{ printf '#one\tby me\n'; sentences 'abc\tcba\nxy\tyx\n'; } > p.tsv; doubts "a word with a sign" transduce p.tsv 'line 1 begins with #'
{ printf '# by me\n# label\ttext\n'; rows 30 'l "\t" t'; } > p.tsv
takes "comments above labels" classify p.tsv 'comments above them are passed over; header in line 2; 30 texts; 2 labels'
{ printf '# by\tme\n'; rows 30 'l "\t" t'; } > p.tsv; refuses "a comment that would be a label" classify p.tsv 'p.tsv:1: begins with #'
{ printf '# by me\n'; rows 30 'l " " t'; } > p.tsv; refuses "a comment whose sign would be a label" classify p.tsv 'p.tsv:1: begins with #'
for task in classify tag transduce; do
    rows 8 '"\"" l "\"\t\"" t "\""' > q.tsv; refuses "$task of fields in quotes" $task q.tsv 'quotes around all fields'
done

# ---- Series ----
{ echo 'date;v;'; awk 'BEGIN { for (i = 1; i < 29; i++) printf "2022-01-%02d;%d,5;\n", i, i % 7 }'; } > s.csv
takes "a delimiter too many, decimal commas" forecast s.csv 'column .*v.*, with decimal commas'
{ echo '# made by a logger'; echo '# of 2022'; echo date,v; awk 'BEGIN { for (i = 1; i < 29; i++) printf "2022-01-%02d,%d\n", i, i % 7 }'; } > s.csv
takes "comments above" forecast s.csv 'a series of 28 rows.*daily'
{ echo 'date,shop,v'; awk 'BEGIN { for (i = 0; i < 40; i++) printf "2022-01-%02d,%s,%d\n", 1 + i / 2, i % 2 ? "Porto" : "Lisboa", i * 3 % 7 + i }'; } > s.csv
refuses "two shops at each date" forecast s.csv 'twice.*--id shop'
takes "by shop" forecast s.csv '2 series by .*shop' --id shop

# joins WHAT HEADER ROW TEXT: columns of parts are refused with what makes one of them, and that is read.
joins() {
    { echo "$2"; awk "BEGIN { for (i = 0; i < 48; i++) { $3 } }"; } > parts.csv
    refuses "$1" forecast parts.csv 'into one column'
    sh -c "$(sed 's/.*: awk/awk/' err.txt)" > joined.csv
    takes "$1, joined" forecast joined.csv "$4"
}
for years in 'country,2015,2016,2017,2018' ',2020-01,2020-02,2020-03,2020-04'; do
    { echo "$years"; awk 'BEGIN { for (i = 0; i < 8; i++) print "s" i ",1,2,3," i }'; } > s.csv
    refuses "a column for each time: $years" forecast s.csv 'a column for each time.*--wide'
    takes "as asked" forecast s.csv '8 series' --wide
done
joins "year, month, day" year,month,day,v 'printf "2020,%d,%d,%d\n", 1 + i / 24, 1 + i % 24, i % 7' 'date.* as YYYY-MM-DD, daily, from 2020-01-01'
joins "the day first" 'Dia;Mes;Ano;v' 'printf "%d;%d;2020;%d\n", 1 + i % 24, 1 + i / 24, i % 7' 'date.* as YYYY-MM-DD, daily, from 2020-01-01'
joins "and hours" No,year,month,day,hour,pm 'printf "%d,2020,1,%d,%d,%d\n", i, 1 + i / 24, i % 24, i % 7' 'datetime.*, hourly, from 2020-01-01 00:00'
joins "year, month" Year,Month,v 'printf "%d,%d,%d\n", 2000 + i / 12, 1 + i % 12, i % 7' 'date.* as YYYY-MM, monthly, from 2000-01'
joins "year, quarter" year,quarter,v 'printf "%d,%d,%d\n", 2000 + i / 4, 1 + i % 4, i % 7' 'date.* as YYYYQn, quarterly'
joins "year, week" year,week,v 'printf "%d,%d,%d\n", 2000 + i / 24, 1 + i % 24, i % 7' 'date.*, weekly'
joins "date, time" date,time,v 'printf "2020-01-%02d,%02d:00,%d\n", 1 + i / 24, i % 24, i % 7' 'datetime.*, hourly'
joins "date, hour" date,hour,v 'printf "2020-01-%02d,%d,%d\n", 1 + i / 24, i % 24, i % 7' 'datetime.*, hourly'
days() { awk 'BEGIN { for (i = 1; i < 29; i++) printf "2022-01-%02d,%d\n", i, i % 7 }'; }
{ printf 'Category: All categories\n\nDay,laco: (Worldwide)\n'; days; } > s.csv
refuses "a preamble as of Google Trends" forecast s.csv 'take away what stands above them: tail -n +3 s.csv'
{ printf 'Data Source,World Development Indicators\n\nLast Updated,2020-01-01\n\ndate,v\n'; days; } > s.csv
refuses "a preamble as of the World Bank" forecast s.csv 's.csv:5: .*tail -n +5 s.csv'
tail -n +5 s.csv > t.csv
takes "without it" forecast t.csv 'a series of 28 rows.*daily'
{ echo date,v; days; echo; echo 'Source: INE'; } > s.csv; refuses "a note below a table" forecast s.csv 's.csv:31: 1 fields where the header has 2; .*notes below a table are no rows'
{ echo date,v; days; echo date,v; days; } > s.csv;        refuses "tables that were joined" forecast s.csv 's.csv:30: the header stands here again'
echo '1,2,3,4,' > s.csv; days >> s.csv;                   refuses "numbers where a header should be" forecast s.csv 'holds numbers where a header should be'
for none in nan NaN NA N/A n/d : ... null; do
    { echo date,v; days | awk -F, -v none="$none" '{ print $1 "," (NR % 9 == 1 ? none : $2) }'; } > s.csv
    refuses "$none in place of a number" forecast s.csv "s.csv:2: column .v. has no value (.$none.); --missing interpolate"
    takes "$none, filled" forecast s.csv 'a series of 28 rows' --missing interpolate
done
{ echo date,v; awk 'BEGIN { for (i = 0; i < 48; i++) printf "%d-%02d-%s,%d\n", 2018 + i / 24, 1 + i % 24 / 2, i % 2 ? 15 : "01", i % 7 }'; } > s.csv
doubts "the 1st and the 15th" forecast s.csv 'far from even in time, and go on every 2 weeks'
{ echo date,shop,v; awk 'BEGIN { for (i = 0; i < 40; i++) printf "2022-01-%02d,%s,%d\n", 1 + i / 2, i % 2 ? "Porto" : "Lisboa", i * 3 % 7 + i }'; } > s.csv

{ echo date,v; awk 'BEGIN { for (i = 0; i < 28; i++) print (i == 9 ? "22222222222629" : i + 0.5) "," i % 7 }'; } > large.csv
refuses "a number of time too large for fractions" forecast large.csv 'large.csv:11: .*22222222222629.*within ±2^42'

# ---- laco check ----
rows 30 'l "\t" t' > a.tsv
{ cat a.tsv; printf 'rare\tonce\npos\ttext 0\nneg\ttext 0\n'; } > w.tsv
ok "warnings" "$LACO" check classify w.tsv
warns '1 label with fewer than 5 texts: rare 1'
warns '2 of 33 texts stand there more than once'
warns '1 of these with another label'
prints '^lengths .*texts of 4 to 7 characters'
{ awk 'BEGIN { for (i = 0; i < 990; i++) print "a\tt" i; for (i = 0; i < 10; i++) print "b\tu" i }'; } > u.tsv
ok "99 to 1" "$LACO" check classify u.tsv
warns '990 of 1000 texts have the label a, 10 the label b'
printf 'a\tx\357\277\275y\nb\tz\n' > r.tsv
ok "characters that were lost" "$LACO" check classify r.tsv
warns 'U+FFFD'
printf 'a\tcaf\303\203\302\251 caf\303\203\302\251\nb\tcaf\303\203\302\251 caf\303\203\302\251\n' > r.tsv
ok "UTF-8 read as Latin-1" "$LACO" check classify r.tsv
warns 'read as Latin-1'
ok "nothing to warn of" "$LACO" check forecast s.csv --id shop
prints '^warnings    none'
ok "JSON" "$LACO" check classify w.tsv --json
prints '"notes":\[{"kind":"taken","key":"form","text":"lines of label<TAB>text"}'
prints '{"kind":"warning","key":"few"'
ok "its help" "$LACO" check classify --help
prints '\-\-label COLUMN'
fails 2 "an option that reads nothing" "$LACO" check classify w.tsv --epochs 3
fails 2 "no task" "$LACO" check
fails 2 "a task that is none" "$LACO" check clasify w.tsv
says 'did you mean classify'
ok "training says what it took" "$LACO" train classify a.tsv $quick
says '^a.tsv: lines of label<TAB>text; 30 texts; 2 labels: neg, pos$'
ok "as an event" "$LACO" train classify a.tsv $quick --json
prints '^{"event":"data","summary":"a.tsv: lines of label'
ok "not with --quiet" "$LACO" train classify a.tsv $quick -q
[ ! -s err.txt ] || fault "says something"

finish
