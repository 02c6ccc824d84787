# laco import of models that are not one plain network: ensembles, layers of relu, decoders, recognisers. From their tensors alone they
# answer as before, and are exported like any other.   usage: import_kinds.sh LACO
tests=$(realpath "$(dirname "$0")")
. "$tests/harness.sh"
. "$tests/export_models.sh"
grep -E "^(0|3|6|9).pgm" pictures.tsv > square.tsv
[ "${LACO_TEST_SOUND-1}" = 0 ] || sounds

# The tensors of MODEL.st alone, without those whose names begin with PREFIX, as bare.safetensors; and what its metadata say as lists beside them.
bare() # MODEL [PREFIX]
{
    /usr/bin/python3 - "$1.st" "${2-no prefix}" << 'END' || exit 77
import json, struct, sys
with open(sys.argv[1], "rb") as file:
    size, = struct.unpack("<Q", file.read(8))
    header, data = json.loads(file.read(size)), file.read()
about = header.pop("__metadata__")
kept, bytes_ = {}, b""
for name, value in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    if not name.startswith(sys.argv[2]):
        begin, end = value["data_offsets"]
        kept[name] = {**value, "data_offsets": [len(bytes_), len(bytes_) + end - begin]}
        bytes_ += data[begin:end]
text = json.dumps(kept).encode()
with open("bare.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + bytes_)
for key, path in (("labels", "labels"), ("vocabulary", "units"), ("letters", "sources"), ("source_vocabulary", "sources")):
    if "laco." + key in about:
        with open(path + ".json", "w") as file:
            file.write(about["laco." + key])
for key in ("numbers", "sound"):
    if "laco." + key in about:
        scales = json.loads(about["laco." + key])
        with open("scales.tsv", "w") as file:
            file.write("".join("%.17g %.17g\n" % (m, 1 / s) for m, s in zip(scales["mean"], scales["scale"])))
END
}

# imports MODEL TASK INPUT… -- OPTION…: the model made anew answers as the first, and as C, as a graph and as a page.
imports()
{
    model=$1 task=$2 inputs=
    shift 2
    while [ "$1" != -- ]; do inputs="$inputs $1"; shift; done
    shift
    bare "$model"
    ok "$model: imported" "$LACO" import bare.safetensors -o anew.st --task "$task" "$@"
    # shellcheck disable=SC2086 # names of files
    for which in "$model" anew; do "$LACO" predict $which.st $inputs > $which.txt 2> err.txt; done
    present "$model.txt"
    same "$model: the same answers" "$model.txt" anew.txt
    for weights in fp32 int8; do
        ok "$model as C in $weights" "$LACO" export anew.st -o m.c --weights $weights
        if command -v gcc > /dev/null; then
            ok "$model as C in $weights, compiled" gcc -std=gnu99 -O1 -ffp-contract=off -DM_SELFTEST m.c -o m && ok "$model as C in $weights answers as laço" ./m
        fi
    done
    "$LACO" export anew.st -o m.onnx 2> err.txt || grep -q 'built without' err.txt || fault 'no graph'
    "$LACO" export anew.st -o m.html 2> err.txt || grep -q 'built without' err.txt || fault 'no page'
}

awk -F '\t' 'NF { print $1; next } { print "" }' tags.tsv > sentences.txt
cut -f 1 pairs.tsv > sources.txt
cut -f 2 words.tsv > texts.txt
sed 1d numbers.csv | sed 's/,[^,]*$//' > rows.txt
train tag_two tag tags.tsv --ensemble 2
imports tag_two tag sentences.txt -- --labels labels.json --vocabulary units.json --sources sources.json
train tag_mlp tag tags.tsv --cell mlp --no-crf --ensemble 2 --layers 2
imports tag_mlp tag sentences.txt -- --labels labels.json --vocabulary units.json --sources sources.json
train transduce_two transduce pairs.tsv --ensemble 2
imports transduce_two transduce sources.txt -- --vocabulary units.json --sources sources.json
train window classify words.tsv --cell mlp --window 3 --pool max
imports window classify texts.txt -- --labels labels.json --vocabulary units.json --pool max
train whole classify words.tsv --cell mlp --layers 2
imports whole classify texts.txt -- --labels labels.json --vocabulary units.json
train flat classify numbers.csv --cell mlp --features 2
imports flat classify rows.txt -- --labels labels.json --scales scales.tsv
small="$small --epochs 40" # so that captions end
train caption caption pictures.tsv
imports caption caption 1.pgm 4.pgm 5.pgm -- --vocabulary units.json --height 4 --scales scales.tsv --target-tokens word
train caption_mlp caption square.tsv --encoder mlp
imports caption_mlp caption 0.pgm 3.pgm -- --vocabulary units.json --height 4 --scales scales.tsv --target-tokens word
if [ -e transcribe.st ]; then
    imports transcribe transcribe 0.wav 1.wav 2.wav -- --vocabulary units.json --scales scales.tsv --rate 8000
fi

# ---- What does not fit ----

refused() # NAME SAYS ARGUMENT…
{
    about=$1 text=$2
    shift 2
    fails 1 "$about" "$LACO" import "$@" -o bad.st
    one_line
    says "$text"
}
bare flat
printf '0 1\n0 1\n0 1\n' > three.tsv
refused 'steps of another size' "'hidden_l0.weight' reads 20 numbers, which are no whole steps of 3" bare.safetensors --task classify --scales three.tsv
train onehot classify words.tsv --cell mlp --window 3 --embed 0
bare onehot
refused 'layers of relu that read no rows of an embedding' 'layers of relu read text through an embedding alone, which is missing' bare.safetensors --task classify \
    --labels labels.json --vocabulary units.json
train small_tag tag tags.tsv --cell mlp --no-crf --letters 5
bare small_tag letter_
refused 'a tagger without its letters' 'which are no whole words of [0-9]*$' bare.safetensors --task tag --labels labels.json --vocabulary units.json
absent bad.st
finish
