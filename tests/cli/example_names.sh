# examples/names.c: two epochs in one run, and one epoch twice through a checkpoint, end with the same file.
set -eu
example=$1 names=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/names"
for language in Italian Portuguese Polish; do
    head -n 40 "$names/$language.txt" > "$folder/names/$language.txt"
done
"$example" "$folder/names" 2 "$folder/whole" > "$folder/said"
"$example" "$folder/names" 1 "$folder/parts" > /dev/null
! cmp -s "$folder/whole" "$folder/parts"
"$example" "$folder/names" 1 "$folder/parts" > /dev/null
cmp "$folder/whole" "$folder/parts"
printf 'no checkpoint' > "$folder/parts"
if "$example" "$folder/names" 1 "$folder/parts" 2> "$folder/error"; then exit 1; fi
grep -q 'not a safetensors file' "$folder/error"
