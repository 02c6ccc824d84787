#!/bin/sh
# What each shared library exports is what the public headers declare LACO_API and what tests/symbols/LIBRARY.txt says, so that nothing
# becomes public or disappears by accident; and besides that only what src/ declares LACO_SHARED for the other libraries of laço.
#
#   tests/check_symbols.sh ROOT LIBRARY…            compares; LIBRARY: NAME:SHARED:STATIC
#   tests/check_symbols.sh --update ROOT LIBRARY…   writes the lists (`make symbols`)
set -eu
export LC_ALL=C

update=false
if [ "$1" = --update ]; then
    update=true
    shift
fi
root=$1
shift
version=$(sed -n "s/^ *version: '\(.*\)',/\1/p" "$root/meson.build" | head -n 1)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bad=0

# Names after the first MARK of a declaration, up to its "(": comments and line breaks do not matter.
declared() # MARK FILE…
{
    mark=$1
    shift
    cat "$@" | awk -v mark="$mark" '
    { text = text $0 "\n" }
    END {
        while ((start = index(text, "/*")) > 0) {
            rest = substr(text, start)
            text = substr(text, 1, start - 1) " " substr(rest, index(rest, "*/") + 2)
        }
        gsub(/#define [^\n]*\n/, "", text)
        n = split(text, part, mark "[ \t\n]")
        for (i = 2; i <= n; i++)
            if (match(part[i], /laco_[a-z0-9_]+[ \t\n]*(\(|;|\[)/)) {
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

find "$root/src" -name '*.h' >"$folder/headers"
# shellcheck disable=SC2046 # names of headers have no spaces
declared LACO_SHARED $(cat "$folder/headers") >"$folder/shared"
declared LACO_API "$root"/include/laco/*.h >"$folder/public"
: >"$folder/all"
for library in "$@"; do
    name=${library%%:*} paths=${library#*:}
    shared=${paths%%:*} static=${paths#*:} list=$root/tests/symbols/$name.txt
    nm -D --defined-only "$shared" | awk '{ print $NF }' | sort -u >"$folder/exported"
    [ -s "$folder/exported" ] || { echo "$shared exports nothing"; exit 1; }
    cat "$folder/exported" >>"$folder/all"
    comm -23 "$folder/exported" "$folder/shared" >"$folder/here"
    if $update; then
        mkdir -p "$root/tests/symbols"
        cp "$folder/here" "$list"
        echo "$(wc -l <"$list") names in $list"
    else
        compare "$list" "$folder/here" "gone from lib$name" "new in lib$name"
    fi
    # Debian's list says since which version: what is new is of this one.
    debian=$root/debian/lib${name}0.symbols
    sed -n 's/^ \(laco_[a-z0-9_]*\)@.*/\1/p' "$debian" | sort -u >"$folder/packaged"
    if $update; then
        comm -13 "$folder/packaged" "$folder/here" | sed "s/\$/@Base $version/; s/^/ /" >>"$debian"
    else
        compare "$folder/packaged" "$folder/here" "gone from lib$name, and in $debian" "not in $debian"
    fi
    # A static library has no hidden names: all that others can see begins with laco_.
    { cat "$folder/exported" && nm -g --defined-only "$static" | awk 'NF == 3 { print $3 }'; } | grep -v '^laco_' | sort -u >"$folder/foreign" || :
    if [ -s "$folder/foreign" ]; then
        sed "s/^/lib$name: does not begin with laco_: /" "$folder/foreign"
        bad=1
    fi
done
sort "$folder/all" | uniq -d >"$folder/twice"
if [ -s "$folder/twice" ]; then
    sed 's/^/in more than one library: /' "$folder/twice"
    bad=1
fi
sort -u "$folder/public" "$folder/shared" >"$folder/declared"
sort -u "$folder/all" >"$folder/exported"
compare "$folder/declared" "$folder/exported" 'declared but not exported' 'exported but declared neither LACO_API nor LACO_SHARED'
[ $bad -eq 0 ] || echo 'Where the change to the lists is meant: make symbols, and commit tests/symbols and debian/*.symbols.'
exit $bad
