#!/bin/sh
# What the shared library exports is what the public headers declare and what tests/symbols.txt says, so that nothing
# becomes public or disappears by accident.
#
#   tests/check_symbols.sh SHARED STATIC INCLUDE LIST            compares
#   tests/check_symbols.sh --update SHARED STATIC INCLUDE LIST   writes the list (`make symbols`)
set -eu
export LC_ALL=C

update=false
if [ "$1" = --update ]; then
    update=true
    shift
fi
shared=$1 static=$2 headers=$3 list=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bad=0

# Names after the first LACO_API of a declaration, up to its "(": comments and line breaks do not matter.
declared()
{
    cat "$headers"/laco/*.h | awk '
    { text = text $0 "\n" }
    END {
        while ((start = index(text, "/*")) > 0) {
            rest = substr(text, start)
            text = substr(text, 1, start - 1) " " substr(rest, index(rest, "*/") + 2)
        }
        gsub(/#define LACO_API[^\n]*\n/, "", text)
        n = split(text, part, /LACO_API[ \t\n]/)
        for (i = 2; i <= n; i++)
            if (match(part[i], /laco_[a-z0-9_]+[ \t\n]*\(/)) {
                name = substr(part[i], RSTART, RLENGTH - 1)
                gsub(/[ \t\n]/, "", name)
                print name
            } else
                print "?" part[i]
    }' | sort -u
}

compare() # LEFT RIGHT LEFT_ONLY RIGHT_ONLY: each name on one side only, after the words that say so
{
    comm -23 "$1" "$2" | sed "s#^#$3: #" >"$folder/said"
    comm -13 "$1" "$2" | sed "s#^#$4: #" >>"$folder/said"
    if [ -s "$folder/said" ]; then
        cat "$folder/said"
        bad=1
    fi
}

nm -D --defined-only "$shared" | awk '{ print $NF }' | sort -u >"$folder/exported"
declared >"$folder/declared"
[ -s "$folder/exported" ] || { echo "$shared exports nothing"; exit 1; }

compare "$folder/declared" "$folder/exported" 'declared but not exported' 'exported but not declared LACO_API in include/laco'
if $update; then
    cp "$folder/exported" "$list"
    echo "$(wc -l <"$list") names in $list"
else
    compare "$list" "$folder/exported" 'gone from the library' 'new in the library'
    [ $bad -eq 0 ] || echo 'Where the change to the list is meant: make symbols, and commit tests/symbols.txt.'
fi

# A static library has no hidden names: all that others can see begins with laco_.
{ cat "$folder/exported" && nm -g --defined-only "$static" | awk 'NF == 3 { print $3 }'; } | grep -v '^laco_' | sort -u >"$folder/foreign" || :
if [ -s "$folder/foreign" ]; then
    sed 's/^/does not begin with laco_: /' "$folder/foreign"
    bad=1
fi
exit $bad
