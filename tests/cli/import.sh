# laco import and laco info of what is no model: safetensors by other names, what is missing or wrong, and files that are neither.
. "$(dirname "$0")/harness.sh"

i=0
while [ $i -lt 40 ]; do
    printf 'vowel\tae%sou\ncons\tkl%sst\n' $i $i
    i=$((i + 1))
done > words.tsv
ok 'a classifier' "$LACO" train classify words.tsv -o first.safetensors --epochs 2 --hidden 8 --embed 6 --pool mean --quiet --threads 1
"$LACO" info first.safetensors --json > info.json

# Its tensors alone, under other names: what another program would have saved.
/usr/bin/python3 - <<'END' || exit 77
import json, struct
with open("first.safetensors", "rb") as file:
    size, = struct.unpack("<Q", file.read(8))
    header, data = json.loads(file.read(size)), file.read()
about = header.pop("__metadata__")
def write(path, names):
    text = json.dumps({names(name): value for name, value in header.items()}).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
write("other.safetensors", lambda name: "module.net." + name.replace("rnn.", "lstm.").replace("linear.", "fc."))
write("two.safetensors", lambda name: name.replace("embedding.weight", "lstm.weight_hh_l9"))
with open("labels.json", "w") as file:
    file.write(about["laco.labels"])
with open("units.json", "w") as file:
    file.write(about["laco.vocabulary"])
units = json.loads(about["laco.vocabulary"])
with open("units.txt", "w") as file:
    file.write("".join(unit + "\n" for unit in units[1:]))
with open("ids.json", "w") as file:
    json.dump({unit: i for i, unit in enumerate(units)}, file)
END

ok 'tensors are listed' "$LACO" info other.safetensors
prints '^task  *none: it holds tensors'
prints '^tensors  *module.net.embedding.weight  *F32  *[0-9]* × 6$'
ok 'also as JSON' "$LACO" info other.safetensors --json
prints '"name":"module.net.fc.bias","dtype":"F32","shape":\[2\]'

lists='--labels labels.json --pool mean'
# $lists is a list of words.
# shellcheck disable=SC2086
for units in units.json units.txt ids.json; do
    ok "a model with $units" "$LACO" import other.safetensors -o second.safetensors --task classify $lists --vocabulary $units
    prints '^second.safetensors: classify, [0-9]* parameters$'
    "$LACO" predict first.safetensors words.tsv > first.txt 2> /dev/null
    "$LACO" predict second.safetensors words.tsv > second.txt 2> /dev/null
    same "the answers are the same with $units" first.txt second.txt
done
# shellcheck disable=SC2086
{
ok 'names by hand' "$LACO" import other.safetensors -o third.safetensors --task classify $lists --vocabulary units.json --part module.net --rename lstm=rnn,fc=linear
same 'which makes the same model' second.safetensors third.safetensors
ok 'from standard input' sh -c "'$LACO' import - -o third.safetensors --task classify $lists --vocabulary units.json < other.safetensors"

rm -f bad.safetensors
fails 1 'a name that is not there' "$LACO" import other.safetensors -o bad.safetensors --task classify $lists --vocabulary units.json --rename gru=rnn
says "no tensor's name begins with 'gru'"
one_line
fails 1 'a vocabulary of another size' "$LACO" import other.safetensors -o bad.safetensors --task classify $lists --vocabulary labels.json
says 'the network has [0-9]* tokens; the file of names has 2'
one_line
fails 1 'no vocabulary' "$LACO" import other.safetensors -o bad.safetensors --task classify $lists
says 'whose names are needed: --vocabulary FILE'
one_line
fails 1 'what is missing and what is left over' "$LACO" import two.safetensors -o bad.safetensors --task tag --labels labels.json --vocabulary units.json
says "'word_embedding.weight' is missing, which task tag needs; there are 'lstm.weight_hh_l9'"
one_line
fails 1 'of another task' "$LACO" import other.safetensors -o bad.safetensors --task forecast
says "left over\|columns both ways\|horizon × columns"
one_line
}
fails 1 'a task that there is not' "$LACO" import other.safetensors -o bad.safetensors --task classfy
says "there is no task 'classfy': classify, tag"
fails 2 'no task' "$LACO" import other.safetensors -o bad.safetensors
fails 2 'no output' "$LACO" import other.safetensors --task classify
fails 1 'no file' "$LACO" import nothing.pt -o bad.safetensors --task classify

printf 'PK\003\004 and no more' > cut.pt
fails 1 'an archive that is cut short' "$LACO" import cut.pt -o bad.safetensors --task classify
says 'cut.pt: \(not a whole zip archive\|a checkpoint of torch.save, and this\)'
one_line
fails 1 'which info says too' "$LACO" info cut.pt
one_line
printf '\200\002\212\012' > old.pt
fails 1 'a pickle alone' "$LACO" info old.pt
says 'before 1.6'
one_line
absent bad.safetensors

finish
