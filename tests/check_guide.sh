#!/bin/sh
# The programs of docs/c-guide.md and of examples/, and the commands of the guide, with an installed copy: each builds with what pkg-config says
# of the library that it names and with none below that; and those of the guide print what the guide shows.
#
#   tests/check_guide.sh 'MESON' BUILD PREFIX LIBDIR 'CC' SOURCE     SOURCE is the root of the source tree
set -eu

meson=$1 build=$2 prefix=$3 libdir=$4 cc=$5 source=$6
# shellcheck source=tests/installed.sh
. "$(dirname "$0")/installed.sh"

# The compiler and the program under the names that the guide uses.
work=$folder/work
mkdir "$work" "$folder/bin"
cd "$work"
printf '#!/bin/sh\nPATH="%s"\nexec %s "$@"\n' "$PATH" "$cc" >"$folder/bin/cc"
chmod +x "$folder/bin/cc"
export PATH="$folder/bin:$root$prefix/bin:$PATH" LD_LIBRARY_PATH="$libraries"

# Whether a program builds with the flags of a library: its shared one, or by `static` and `take` its archive.
static='' take=''
builds() # FILE LIBRARY FLAG…
{
    program=$(basename "$1" .c) code=$1 with=$2
    shift 2
    rm -f "$program"
    # shellcheck disable=SC2046,SC2086 # flags are words
    cc -std=c11 -Wall -Wextra -Werror "$@" "$code" -o "$program" $(pkg-config $static --cflags --libs "$with" | sed "$take") 2>said
}

# A program builds with the library that it names, and with none that is smaller.
check_build() # FILE LIBRARY FLAG…
{
    file=$1 library=$2
    shift 2
    for smaller in laco laco-tasks laco-readers; do
        [ $smaller != "$library" ] || break
        if builds "$file" $smaller "$@"; then wrong "$(basename "$file") names $library and builds with $smaller alone"; fi
    done
    static=--static take=$from_archives
    builds "$file" "$library" "$@" || { wrong "$(basename "$file") does not build with the archive of $library:"; head -n 20 said; }
    static='' take=''
    builds "$file" "$library" "$@" || { wrong "$(basename "$file") does not build with $library:"; head -n 20 said; return 1; }
}

runs() # PROGRAM ARGUMENT…
{
    program=$1
    shift
    "./$program" "$@" >said 2>&1 || { wrong "$program fails:"; head -n 5 said; }
}

# ---- The guide ----

# Blocks of shell go to 01.sh, 02.sh …; of C to the name in their first line, which is NAME.c, LIBRARY, FLAG…: what it is; the text behind one
# to NAME.expected. `programs` has the first lines in their order.
awk -v data="$root" '
    /^```$/ { if (out) close(out); out = ""; block = ""; next }
    /^```/ { block = substr($0, 4); if (block == "sh") out = sprintf("%02d.sh", ++shells); if (block == "text") out = name ".expected"; next }
    block == "c" && !out { name = $2; sub(/\.c,$/, "", name); out = name ".c"; line = $0; sub(/:.*/, "", line); gsub(/[,*\/]/, "", line); print line >"programs" }
    block == "sh" { gsub("/usr/local", data "'"$prefix"'") }
    out { print >out }' "$source/docs/c-guide.md"

ln -s "$source/examples" examples
for commands in [0-9]*.sh; do
    sh -e "$commands" >said 2>&1 || { wrong "the guide's commands fail: $(cat "$commands")"; tail -n 5 said; }
done

count=0
while read -r file library flags; do
    # shellcheck disable=SC2086 # flags are words
    check_build "$file" "$library" $flags || continue
    runs "$program"
    diff "$program.expected" said >difference || { wrong "$program prints other lines than the guide shows (<):"; cat difference; }
    count=$((count + 1))
done <programs
[ $count -ge 10 ] || wrong "the guide has $count programs"

# ---- The examples ----

# How each is built stands in its first lines.
for file in "$source"/examples/*.c; do
    library=$(sed -n 's/.*cc '"$(basename "$file")"' .*pkg-config --cflags --libs \([a-z-]*\)).*/\1/p' "$file")
    [ -n "$library" ] || { wrong "$(basename "$file") does not say how it is built"; continue; }
    check_build "$file" "$library" || true
done
runs names "$root$prefix/share/laco/names" 1
runs classify names.safetensors Yamamoto
runs tag pos.safetensors Eu jogo bola .
runs lyrics "$source/docs/equations.md" 1
runs forecast 1
runs ctc 10
runs stream

# ---- How small a program on the engine is ----

size()
{
    strip -o stripped "$1"
    wc -c <stripped
}
# Its own archives, other libraries shared: the engine needs libc and libm.
ldd stream-own | sed -n 's/^[[:space:]]*\(lib[^ ]*\).*/\1/p' >needed
while read -r library; do
    case $library in
    libc.* | libm.* | libpthread.* | libjansson.*) ;;
    *) wrong "examples/stream.c needs $library" ;;
    esac
done <needed
grep -q '^libc\.' needed || wrong 'ldd says nothing of examples/stream.c'
echo "examples/stream.c with the engine in it: $(size stream-own) bytes, needs $(paste -sd ' ' needed)"
echo "examples/stream.c with everything in it: $(size stream-all) bytes"
[ "$(size stream-own)" -lt 1000000 ] || wrong 'examples/stream.c with the engine in it takes 1 MB or more'
./stream-all >said || wrong 'examples/stream.c does not run where it is linked statically'
exit $bad
