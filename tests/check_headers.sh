#!/bin/sh
# Each public header compiles alone, as C11, C17 and C++17, without a warning.
#
#   tests/check_headers.sh INCLUDE 'CC' 'CXX'     CXX may be empty where there is no C++ compiler
set -eu

include=$1 cc=$2 cxx=$3
warnings='-Wall -Wextra -Wpedantic -Wshadow -Werror'
bad=0 count=0

try() # HEADER WITH OPTION…
{
    header=$1
    shift
    # Included twice: the guard is part of it.
    # shellcheck disable=SC2086 # words are meant to be split
    if ! printf '#include <laco/%s>\n#include <laco/%s>\nint main(void) { return 0; }\n' "$header" "$header" |
        "$@" $warnings -I"$include" -fsyntax-only -; then
        echo "laco/$header does not compile alone with: $*"
        bad=1
    fi
    count=$((count + 1))
}

for path in "$include"/laco/*.h; do
    name=${path##*/}
    # shellcheck disable=SC2086 # a compiler may be several words
    for standard in c11 c17; do
        try "$name" $cc -std=$standard -Wstrict-prototypes -xc
    done
    # shellcheck disable=SC2086
    [ -z "$cxx" ] || try "$name" $cxx -std=c++17 -xc++
done
[ -n "$cxx" ] || echo 'no C++ compiler: C++17 was not tried'
echo "$count compilations"
exit $bad
