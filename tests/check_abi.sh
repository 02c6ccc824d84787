#!/bin/sh
# The C interface beside the one that the last release recorded: a program built against that goes on to run with these libraries. What was
# added is no fault; what was removed or changed is, unless `soversion` of meson.build was raised. What is compared is a stub: the functions of
# the public headers without their code, with debug information of their types, so that no other build is needed. 77, skipped, without abidiff.
#
#   tests/check_abi.sh ROOT 'CC'            beside the newest of tests/abi/VERSION-soSOVERSION.abi.xz
#   tests/check_abi.sh --update ROOT 'CC'   records, when a release is made
set -eu
mode=compare
case $1 in --*) mode=$1; shift ;; esac
root=$1 cc=$2
if ! command -v abidiff >/dev/null || ! command -v xz >/dev/null; then
    echo 'skipped: there is no abidiff'
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
soversion=$(sed -n "s/^soversion = '\(.*\)'/\1/p" "$root/meson.build")
version=$(sed -n "s/^ *version: '\(.*\)',/\1/p" "$root/meson.build" | head -n 1)

# The interface of these headers, as XML.
interface() # HEADERS OUT
{
    echo '#include <laco/laco.h>' | $cc -E -P -I"$1" -xc - | tr '\n' ' ' | sed 's/__attribute__((visibility("default")))/\n&/g' >"$folder/text"
    sed -E '/^__attribute__\(\(visibility/s/;/ { __builtin_trap(); }/' "$folder/text" >"$folder/stub.c"
    # shellcheck disable=SC2086 # a command may be several words
    $cc -std=gnu11 -g -w -fPIC -shared "$folder/stub.c" -o "$folder/liblaco.so"
    abidw --no-corpus-path --no-comp-dir-path --no-show-locs "$folder/liblaco.so" | sed "s#$folder/##g" >"$2"
    [ "$(grep -c "<elf-symbol .*type='func-type'" "$2")" -ge 200 ] || { echo 'the public headers declare few functions'; exit 1; }
}

suppressed='' # what abidiff is told to overlook
breaks() # OLD NEW
{
    # shellcheck disable=SC2086 # an option and its value
    abidiff --no-added-syms $suppressed "$1" "$2" >"$folder/said" || { grep -v '^$' "$folder/said" | head -n 40; return 0; }
    return 1
}

interface "$root/include" "$folder/now.abi"
if [ "$mode" = --update ]; then
    mkdir -p "$root/tests/abi"
    xz -9 <"$folder/now.abi" >"$root/tests/abi/$version-so$soversion.abi.xz"
    exit 0
fi

# A change that is made on purpose is seen: a member of a struct that grows, and a function that is gone.
mkdir "$folder/changed"
cp -r "$root/include/laco" "$folder/changed"
sed -i 's/^\( *\)double log_probability;/\1float log_probability;/; s/laco_context_free(laco_context \*ctx)/laco_context_end(laco_context *ctx)/' "$folder"/changed/laco/*.h
interface "$folder/changed" "$folder/changed.abi"
breaks "$folder/now.abi" "$folder/changed.abi" >"$folder/seen" || { echo 'abidiff sees no change where there is one'; exit 1; }
for change in laco_context_free log_probability; do
    grep -q $change "$folder/seen" || { echo "abidiff does not see the change of $change"; exit 1; }
done

last=$(find "$root/tests/abi" -name '*.abi.xz' | sort -V | tail -n 1)
xz -dc "$last" >"$folder/last.abi"
[ -f "${last%.abi.xz}.suppress" ] && suppressed="--suppressions ${last%.abi.xz}.suppress" # what came into empty bytes
if breaks "$folder/last.abi" "$folder/now.abi"; then
    case $last in
    *-so"$soversion".abi.xz) echo "the interface of $(basename "$last" .abi.xz) was broken: raise soversion in meson.build"; exit 1 ;;
    *) echo "broken on purpose: the number of the libraries is $soversion now" ;;
    esac
fi
