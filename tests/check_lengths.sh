#!/bin/sh
# Files are short enough to be read in one go: 400 lines at most, kernels aside; those above 300 are named.
#
#   tests/check_lengths.sh [ROOT]
set -eu

cd "${1:-.}"
find include src cli examples python -name '*.[ch]' ! -path 'src/engine/kernel/*' -exec wc -l {} + 2>/dev/null | sort -rn | awk '
$2 == "total" { next }
{ count++ }
$1 > 400 { print $2 ": " $1 " lines, more than 400: part of it belongs in a file of its own"; bad = 1; next }
$1 > 300 { print $2 ": " $1 " lines" }
END { if (!count) print "nothing to look at"; exit bad || !count }'
