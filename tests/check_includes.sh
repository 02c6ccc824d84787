#!/bin/sh
# An include runs downward only.
#
#   tests/check_includes.sh [ROOT]        says what is wrong in that tree; exit status 1 if anything is
#   tests/check_includes.sh --self-test   makes small trees, good and bad, and sees that each is judged rightly
#
# The rules:
#   src/FOLDER     "FOLDER/file.h" of itself or of a folder to its left in the order below, "laco/file.h" likewise
#   include/laco   "laco/file.h" not above itself, and system headers
#   cli            its own headers, "file.h" or "FOLDER/file.h" as seen from cli; <laco/file.h>; system headers
#   examples       laco's public headers and system headers
set -eu

order='base options kernel op tape nn optim data model train'

# The folder that each public header belongs to. A new header needs a place here.
public='context:base options:options module:tape tape:tape nn:nn decoder:nn stream:nn pairs:data write:model transducer:model transduce:train sound:data transcriber:model transcribe:train optim:optim data:data series:data tagged:data captioned:data model:model tagger:model captioner:model generate:model forecaster:model train:train tag:train caption:train forecast:train laco:top'

check() # ROOT
{
    files=$(cd "$1" && find include src cli examples -name '*.[ch]' 2>/dev/null | sort)
    [ -n "$files" ] || { echo "check_includes: nothing to look at in $1"; return 1; }
    # shellcheck disable=SC2086 # words are meant to be split
    (cd "$1" && awk -v order="$order" -v public="$public" '
    function wrong(what) { printf "%s:%d: %s\n", FILENAME, FNR, what; bad = 1 }
    function rank_of(folder) { return folder in rank ? rank[folder] : -1 }
    function place_of_public(name) # the rank of "laco/NAME.h"
    {
        sub(/^laco\//, "", name)
        sub(/\.h$/, "", name)
        if (!(name in place))
            wrong("laco/" name ".h has no place in the table of tests/check_includes.sh")
        return name in place ? rank_of(place[name]) : -1
    }
    BEGIN {
        n = split(order, words)
        for (i = 1; i <= n; i++)
            rank[words[i]] = i
        rank["top"] = n + 1
        for (i = 1; i < ARGC; i++)
            if (sub(/^cli\//, "", ARGV[i])) {
                in_cli[ARGV[i]] = 1
                ARGV[i] = "cli/" ARGV[i]
            }
        n = split(public, words)
        for (i = 1; i <= n; i++) {
            split(words[i], pair, ":")
            place[pair[1]] = pair[2]
        }
    }
    FNR == 1 {
        split(FILENAME, part, "/")
        area = part[1]
        folder = area == "src" ? part[2] : ""
        own = area == "src" ? rank_of(folder) : area == "include" ? place_of_public("laco/" part[3]) : 0
        if (area == "src" && own < 0)
            wrong("the folder src/" folder " has no place in the order: " order)
    }
    /^[ \t]*#[ \t]*include/ {
        name = $0
        sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
        quoted = substr(name, 1, 1) == "\""
        if (!quoted && substr(name, 1, 1) != "<") {
            wrong("an include that cannot be checked: " name)
            next
        }
        name = substr(name, 2)
        sub(/[">].*/, "", name)
        head = name
        sub(/\/.*/, "", head)
        if (name ~ /(^|\/)\.\.?(\/|$)/)
            wrong("include by its full name, not \"" name "\"")
        else if (area == "cli" && quoted) {
            if (!(name in in_cli))
                wrong("\"" name "\" is not a header of the program; those of the library are <laco/...>")
        } else if (head == "laco" && name ~ /\//) {
            if ((area == "src" || area == "include") && own >= 0 && place_of_public(name) > own)
                wrong("upward include of \"" name "\"")
        } else if (name ~ /\// && rank_of(head) > 0) {
            if (area != "src")
                wrong(area " may include only <laco/...> of the library, not \"" name "\"")
            else if (rank_of(head) > own)
                wrong("upward include of \"" name "\"")
        } else if (quoted)
            wrong("\"" name "\" is not a header of laco that may be included here")
    }
    END { exit bad }' $files)
}

# One file into a tree of its own. `good` or `bad` is what check must say.
try() # VERDICT FILE INCLUDE
{
    mkdir -p "$folder/tree/$(dirname "$2")" "$folder/tree/cli/bench"
    : >"$folder/tree/cli/options.h" >"$folder/tree/cli/bench/bench.h"
    printf '%s\n' "$3" >"$folder/tree/$2"
    if check "$folder/tree" >"$folder/said"; then verdict=good; else verdict=bad; fi
    if [ $verdict != "$1" ] || { [ $verdict = bad ] && ! grep -q "^$2:1: " "$folder/said"; }; then
        echo "self-test: $3 in $2 should be $1, was $verdict"
        cat "$folder/said"
        failed=1
    fi
    rm -r "$folder/tree"
}

self_test()
{
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    failed=0
    try good src/nn/a.c '#include "base/base.h"'
    try good src/nn/a.c '#include "nn/module.h"'
    try good src/nn/a.c '#include "laco/nn.h"'
    try good src/kernel/simd/a.h '#include "kernel/simd/b.h"'
    try good src/data/a.c '#include <sys/stat.h>'
    try good include/laco/nn.h '#include "laco/tape.h"'
    try good cli/a.c '#include "options.h"'
    try good cli/bench/a.c '#include "options.h"'
    try good cli/bench/a.c '#include "bench/bench.h"'
    try good cli/bench/a.c '#include <laco/laco.h>'
    try good examples/a.c '#include <laco/laco.h>'
    try bad src/base/a.c '#include "kernel/kernel.h"'
    try bad src/nn/a.c '  #  include "train/loop.h"'
    try bad src/op/a.h '#include <tape/tape.h>'
    try bad src/base/a.c '#include "laco/nn.h"'
    try bad src/train/a.c '#include "laco/laco.h"'
    try bad src/nn/a.c '#include "../base/base.h"'
    try bad src/nn/a.c '#include "module.h"'
    try bad src/nn/a.c '#include HEADER'
    try bad src/other/a.c '#include "base/base.h"'
    try bad include/laco/tape.h '#include "base/base.h"'
    try bad include/laco/tape.h '#include "laco/train.h"'
    try bad include/laco/unplaced.h '#include <stdint.h>'
    try bad cli/a.c '#include "base/base.h"'
    try bad cli/a.c '#include "../src/base/base.h"'
    try bad cli/a.c '#include "bench/peak.h"'
    try bad cli/a.c '#include "laco/laco.h"'
    try bad cli/bench/a.c '#include "bench.h"'
    try bad cli/bench/a.c '#include <base/base.h>'
    try bad examples/a.c '#include "nn/module.h"'
    try bad examples/a.c '#include "own.h"'
    return $failed
}

if [ "${1-}" = --self-test ]; then
    self_test
else
    check "${1:-.}"
fi
