#!/bin/sh
# Installs into an empty folder and uses what lies there as a stranger would: through pkg-config, from C and C++, with the
# shared and with the static library, and the installed program.
#
#   tests/check_install.sh 'MESON' BUILD PREFIX LIBDIR 'CC' 'CXX'     CXX may be empty where there is no C++ compiler
set -eu

meson=$1 build=$2 prefix=$3 libdir=$4 cc=$5 cxx=$6
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
root=$folder/root
bad=0

wrong()
{
    echo "$1"
    bad=1
}

# shellcheck disable=SC2086 # a command may be several words
DESTDIR=$root $meson install -C "$build" --no-rebuild >"$folder/said" 2>&1 || { cat "$folder/said"; exit 1; }

# The file of pkg-config as installed, but for the folder that stands in for the root.
sed "s#^prefix=.*#prefix=$root$prefix#" "$root$prefix/$libdir/pkgconfig/laco.pc" >"$folder/laco.pc"
export PKG_CONFIG_PATH="$folder${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

cat >"$folder/main.c" <<'END'
#include <laco/laco.h>
#include <stdio.h>

int main(void)
{
    laco_context *ctx = NULL;
    laco_status status = laco_context_new(NULL, &ctx);
    if (status == LACO_OK)
        puts(laco_version());
    laco_context_free(ctx);
    return status != LACO_OK;
}
END
cp "$folder/main.c" "$folder/main.cpp"
version=$(pkg-config --modversion laco)

# Builds and runs one program; STATIC takes only laco from its archive, as Libs.private says.
use() # NAME SOURCE LINK COMPILER…
{
    name=$1 source=$2 link=$3
    shift 3
    if [ "$link" = static ]; then
        libraries=$(pkg-config --libs --static laco | sed 's#-llaco\( \|$\)#-l:liblaco.a\1#g')
    else
        libraries=$(pkg-config --libs laco)
    fi
    # shellcheck disable=SC2046,SC2086 # flags are words
    "$@" -Wall -Wextra -Werror $(pkg-config --cflags laco) "$source" -o "$folder/$name" $libraries || { wrong "$name does not build"; return; }
    if readelf -d "$folder/$name" | grep -q 'NEEDED.*liblaco'; then needs=shared; else needs=static; fi
    [ $needs = "$link" ] || wrong "$name is linked with the $needs library, not the $link one"
    said=$(LD_LIBRARY_PATH="$root$prefix/$libdir" "$folder/$name") || wrong "$name fails"
    [ "$said" = "$version" ] || wrong "$name says version '$said', pkg-config says '$version'"
}

for link in shared static; do
    # shellcheck disable=SC2086 # a compiler may be several words
    use c_$link "$folder/main.c" $link $cc -std=c11
    # shellcheck disable=SC2086
    [ -z "$cxx" ] || use cpp_$link "$folder/main.cpp" $link $cxx -std=c++17
done

for file in include/laco/laco.h share/laco/names/Portuguese.txt; do
    [ -s "$root$prefix/$file" ] || wrong "not installed: $file"
done
program=$root$prefix/bin/laco
if [ -e "$program" ]; then
    said=$(LD_LIBRARY_PATH="$root$prefix/$libdir" "$program" --version) || wrong 'the installed program fails'
    case $said in *"$version"*) ;; *) wrong "laco --version says '$said', pkg-config says '$version'" ;; esac
fi
exit $bad
