#!/bin/sh
# An include runs downward only.
#
#   tests/check_includes.sh [ROOT]        says what is wrong in that tree; exit status 1 if anything is
#   tests/check_includes.sh --self-test   makes small trees, good and bad, and sees that each is judged rightly
#
# The rules:
#   src/LIBRARY/FOLDER   "FOLDER/file.h" of itself or of a folder to its left in the order below, "laco/file.h" likewise; a task's folder
#                        includes no other task's
#   include/laco   "laco/file.h" not above itself, and system headers
#   cli            its own headers, "file.h" or "FOLDER/file.h" as seen from cli; <laco/file.h>; system headers
#   examples       laco's public headers and system headers
set -eu

# Folders and the library that each is in, from the ground up.
order='base:engine group:engine kernel:engine op:engine tape:engine nn:engine optim:engine
options:tasks data:tasks text:tasks model:tasks decode:tasks train:tasks
classify:tasks tag:tasks forecast:tasks generate:tasks caption:tasks transduce:tasks transcribe:tasks
table:readers labelled:readers tagged:readers series:readers corpus:readers pairs:readers picture:readers sound:readers state_dict:readers import:readers export:export plugin:mpi'

# Rooms of one task each, which do not know each other.
rooms='classify tag forecast generate caption transduce transcribe'

# The folder that each public header belongs to. A new header needs a place here.
public='context:base group:group summary:base module:tape tape:tape nn:nn decoder:nn stream:nn trace:nn optim:optim
text:data labelled:data tagged:data series:data corpus:data captioned:data pairs:data spoken:data
model:model model_data:model model_stream:model decode:model train:train classifier:classify classify:classify tagger:tag tag:tag forecaster:forecast forecast:forecast
generator:generate generate:generate captioner:caption caption:caption transducer:transduce transduce:transduce
transcriber:transcribe transcribe:transcribe read:table import:state_dict options:options export:export inspect:export laco:top'

# Headers of other projects, and the libraries that may use them.
foreign='jansson.h:engine,tasks,readers,export utf8proc.h:tasks kiss_fft.h:tasks kiss_fftr.h:tasks csv.h:readers png.h:readers
sndfile.h:readers zip.h:readers laco_onnx.pb-c.h:export'

check() # ROOT
{
    files=$(cd "$1" && find include src cli examples -name '*.[ch]' 2>/dev/null | sort)
    [ -n "$files" ] || { echo "check_includes: nothing to look at in $1"; return 1; }
    # shellcheck disable=SC2086 # words are meant to be split
    (cd "$1" && awk -v order="$order" -v public="$public" -v rooms="$rooms" -v foreign="$foreign" '
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
        for (i = 1; i <= n; i++) {
            split(words[i], pair, ":")
            rank[pair[1]] = i
            library[pair[1]] = pair[2]
        }
        rank["top"] = n + 1
        n = split(rooms, words)
        for (i = 1; i <= n; i++)
            room[words[i]] = 1
        n = split(foreign, words)
        for (i = 1; i <= n; i++) {
            split(words[i], pair, ":")
            users[pair[1]] = "," pair[2] ","
        }
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
        folder = area == "src" ? (part[2] in library ? part[2] : part[3]) : ""
        own = area == "src" ? rank_of(folder) : area == "include" ? place_of_public("laco/" part[3]) : 0
        if (area == "src" && own < 0)
            wrong("the folder " folder " has no place in the order: " order)
        else if (area == "src" && library[folder] != part[2])
            wrong("the folder " folder " belongs to src/" library[folder])
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
            if (!(name in in_cli) && name !~ /[.]pb-c[.]h$/) # made from a description of messages
                wrong("\"" name "\" is not a header of the program; those of the library are <laco/...>")
        } else if (head == "laco" && name ~ /\//) {
            if ((area == "src" || area == "include") && own >= 0 && place_of_public(name) > own)
                wrong("upward include of \"" name "\"")
        } else if (name ~ /\// && rank_of(head) > 0) {
            if (area != "src")
                wrong(area " may include only <laco/...> of the library, not \"" name "\"")
            else if (rank_of(head) > own)
                wrong("upward include of \"" name "\"")
            else if (head != folder && head in room && folder in room)
                wrong("the room of one task includes that of another: \"" name "\"")
        } else if (!quoted && area == "src" && name in users) {
            if (index(users[name], "," library[folder] ",") == 0)
                wrong("<" name "> is not for the library " library[folder])
        } else if (!quoted && area == "include" && name in users)
            wrong("<" name "> is not for a public header")
        else if (quoted)
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
    try good src/engine/nn/a.c '#include "base/base.h"'
    try good src/engine/nn/a.c '#include "nn/module.h"'
    try good src/engine/nn/a.c '#include "laco/nn.h"'
    try good src/engine/kernel/simd/a.h '#include "kernel/simd/b.h"'
    try good src/tasks/data/a.c '#include <sys/stat.h>'
    try good src/tasks/text/a.c '#include <utf8proc.h>'
    try good src/tasks/classify/a.c '#include "train/loop.h"'
    try good src/readers/labelled/a.c '#include "classify/labelled.h"'
    try good src/readers/table/a.c '#include <csv.h>'
    try good src/export/a.c '#include "classify/classifier.h"'
    try good include/laco/nn.h '#include "laco/tape.h"'
    try good cli/a.c '#include "options.h"'
    try good cli/bench/a.c '#include "options.h"'
    try good cli/bench/a.c '#include "bench/bench.h"'
    try good cli/bench/a.c '#include <laco/laco.h>'
    try good examples/a.c '#include <laco/laco.h>'
    try bad src/engine/base/a.c '#include "kernel/kernel.h"'
    try bad src/engine/nn/a.c '  #  include "train/loop.h"'
    try bad src/engine/op/a.h '#include <tape/tape.h>'
    try bad src/engine/base/a.c '#include "laco/nn.h"'
    try bad src/engine/nn/a.c '#include <utf8proc.h>'
    try bad src/tasks/train/a.c '#include "laco/laco.h"'
    try bad src/tasks/train/a.c '#include "laco/read.h"'
    try bad src/tasks/text/a.c '#include <csv.h>'
    try bad src/tasks/text/a.c '#include <png.h>'
    try bad src/tasks/model/a.c '#include "classify/classifier.h"'
    try bad src/tasks/tag/a.c '#include "classify/classifier.h"'
    try bad src/tasks/tag/a.c '#include "table/csv.h"'
    try bad src/tasks/nn/a.c '#include "base/base.h"'
    try bad src/readers/table/a.c '#include <utf8proc.h>'
    try bad src/tasks/classify/a.c '#include "export/export.h"'
    try bad src/engine/nn/a.c '#include "../base/base.h"'
    try bad src/engine/nn/a.c '#include "module.h"'
    try bad src/engine/nn/a.c '#include HEADER'
    try bad src/engine/other/a.c '#include "base/base.h"'
    try bad include/laco/nn.h '#include <jansson.h>'
    try bad include/laco/tape.h '#include "base/base.h"'
    try bad include/laco/tape.h '#include "laco/train.h"'
    try bad include/laco/unplaced.h '#include <stdint.h>'
    try bad cli/a.c '#include "base/base.h"'
    try bad cli/a.c '#include "../src/engine/base/base.h"'
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
