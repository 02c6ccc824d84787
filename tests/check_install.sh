#!/bin/sh
# Installs into an empty folder and uses what lies there as a stranger would: each library through pkg-config, from C and C++, with the
# shared and with the static library, and the installed program. And what each needs is what it may need.
#
#   tests/check_install.sh 'MESON' BUILD PREFIX LIBDIR 'CC' 'CXX'     CXX may be empty where there is no C++ compiler
set -eu

meson=$1 build=$2 prefix=$3 libdir=$4 cc=$5 cxx=$6
# shellcheck source=tests/installed.sh
. "$(dirname "$0")/installed.sh"
version=$(pkg-config --modversion laco)

# ---- What each library needs ----

may_need() # LIBRARY 'NAMES': besides the C library
{
    for needed in $(readelf -d "$libraries/lib$1.so" | sed -n 's/.*NEEDED.*\[lib\(.*\)\.so.*\].*/\1/p'); do
        case " c m pthread gcc_s $2 " in
        *" $needed "*) ;;
        *) wrong "lib$1 needs lib$needed" ;;
        esac
    done
}
may_need laco 'jansson'
may_need laco-tasks 'laco jansson utf8proc kissfft-float'
may_need laco-readers 'laco laco-tasks jansson csv png16 sndfile zip'
may_need laco-export 'laco laco-tasks jansson protobuf-c'

# ---- Programs on each ----

cat >"$folder/laco.c" <<'END'
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
cat >"$folder/laco-tasks.c" <<'END'
#include <laco/laco.h>
#include <stdio.h>

int main(void)
{
    laco_context *ctx = NULL;
    laco_pairs *pairs = NULL;
    const char *source = "a", *target = "b";
    laco_status status = laco_context_new(NULL, &ctx);
    if (status == LACO_OK)
        status = laco_pairs_from_texts(ctx, &source, &target, 1, &pairs);
    if (status == LACO_OK)
        puts(laco_version());
    laco_pairs_free(pairs);
    laco_context_free(ctx);
    return status != LACO_OK;
}
END
cat >"$folder/laco-readers.c" <<'END'
#include <laco/laco.h>
#include <stdio.h>

int main(void)
{
    laco_context *ctx = NULL;
    laco_pairs *pairs = NULL;
    laco_status status = laco_context_new(NULL, &ctx);
    if (status == LACO_OK)
        status = laco_pairs_parse(ctx, "pairs", "a\tb\n", 4, &pairs);
    if (status == LACO_OK)
        puts(laco_version());
    laco_pairs_free(pairs);
    laco_context_free(ctx);
    return status != LACO_OK;
}
END
cat >"$folder/laco-export.c" <<'END'
#include <laco/laco.h>
#include <stdio.h>

int main(void)
{
    if (laco_export_forms()->ending)
        puts(laco_version());
    return 0;
}
END

# Builds and runs one program; STATIC takes laco's libraries from their archives, as Libs.private says.
use() # LIBRARY SOURCE LINK COMPILER…
{
    library=$1 source=$2 link=$3
    shift 3
    if [ "$link" = static ]; then
        flags=$(pkg-config --libs --static "$library" | sed "$from_archives")
    else
        flags=$(pkg-config --libs "$library")
    fi
    # shellcheck disable=SC2046,SC2086 # flags are words
    "$@" -Wall -Wextra -Werror $(pkg-config --cflags "$library") "$source" -o "$folder/program" $flags \
        || { wrong "a program with $library ($link, $1) does not build"; return; }
    if readelf -d "$folder/program" | grep -q 'NEEDED.*liblaco'; then needs=shared; else needs=static; fi
    [ $needs = "$link" ] || wrong "a program is linked with the $needs library $library, not the $link one"
    said=$(LD_LIBRARY_PATH="$libraries" "$folder/program") || wrong "a program with $library ($link) fails"
    [ "$said" = "$version" ] || wrong "a program with $library says version '$said', pkg-config says '$version'"
}

for library in laco laco-tasks laco-readers laco-export; do
    cp "$folder/$library.c" "$folder/$library.cpp"
    for link in shared static; do
        # shellcheck disable=SC2086 # a compiler may be several words
        use $library "$folder/$library.c" $link $cc -std=c11
        # shellcheck disable=SC2086
        [ -z "$cxx" ] || use $library "$folder/$library.cpp" $link $cxx -std=c++17
    done
done

for file in include/laco/laco.h share/laco/names/Portuguese.txt; do
    [ -s "$root$prefix/$file" ] || wrong "not installed: $file"
done
program=$root$prefix/bin/laco
if [ -e "$program" ]; then
    said=$(LD_LIBRARY_PATH="$libraries" "$program" --version) || wrong 'the installed program fails'
    case $said in *"$version"*) ;; *) wrong "laco --version says '$said', pkg-config says '$version'" ;; esac
fi
exit $bad
