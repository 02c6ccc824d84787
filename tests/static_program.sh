#!/bin/sh
# The program of `make static` in an empty root folder: no library, no file of a system. It trains, asks the models of tests/models as
# tests/cli/models.sh does, and says what it leaves out. 77, skipped, without the program or the right to change the root.
#
#   tests/static_program.sh [PROGRAM]       build-static/laco
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
program=$(realpath "${1:-$here/build-static/laco}")
[ -x "$program" ] || { echo 'skipped: make static was not run'; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/tmp"
cp "$program" "$folder/laco"
cp "$here"/tests/models/0.2.0/* "$folder/tmp"
cp -r "$here/data/names" "$folder/tmp/names"
if [ "$(id -u)" = 0 ]; then enter='chroot'; else enter='unshare --user --map-root-user chroot'; fi
$enter "$folder" /laco --version >"$folder/said" || { echo 'skipped: the root cannot be changed here'; exit 77; }
cat "$folder/said"
grep -q 'built without:.*recordings' "$folder/said"
if readelf -d "$program" | grep NEEDED || readelf -l "$program" | grep INTERP; then
    echo 'it needs shared libraries'
    exit 1
fi
# Linux since 3.2, which glibc wants at least.
readelf -n "$program" | grep -q 'ABI: 3\.2\.0' || { echo "it wants another Linux than 3.2: $(readelf -n "$program" | grep ABI)"; exit 1; }
$enter "$folder" /laco train classify /tmp/names -o /tmp/names.safetensors --epochs 1 --quiet
for name in classify classify-int8; do
    $enter "$folder" /laco predict /tmp/$name.safetensors --top 1 <"$folder/tmp/$name.in" | cut -f 1 >"$folder/answers"
    cut -f 1 "$folder/tmp/$name.out" | cmp - "$folder/answers"
done
# And what needs a locale, threads and text beyond ASCII goes as in the program that is linked as usual.
echo 'ção' | LC_ALL=pt_BR.UTF-8 $enter "$folder" /laco predict /tmp/transduce.safetensors --threads 2 | grep -q '^ção	'
