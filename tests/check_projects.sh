#!/bin/sh
# The example projects, with an installed copy: CMake's with shared and static libraries, make's by pkg-config, and Meson's twice: with the
# copy, and with laço as its subproject. All are the same program, which answers by a model of tests/models. 77, skipped, without CMake.
#
#   tests/check_projects.sh 'MESON' BUILD PREFIX LIBDIR 'CC' SOURCE     SOURCE is the root of the source tree
set -eu

meson=$1 build=$2 prefix=$3 libdir=$4 cc=$5 source=$6
# shellcheck source=tests/installed.sh
. "$(dirname "$0")/installed.sh"
export CC="$cc" LD_LIBRARY_PATH="$libraries"
examples=$source/examples/projects model=$source/tests/models/0.2.0/classify.safetensors
for project in make meson; do
    cmp "$examples/cmake/ask.c" "$examples/$project/ask.c" || wrong "the program of $project is another than CMake's"
done

answers() # NAME PROGRAM
{
    said=$("$2" "$model" 'ae7ou') || { wrong "$1: the program fails: $said"; return; }
    case $said in "vowel -"*) ;; *) wrong "$1: the program says '$said'" ;; esac
}

needs() # NAME PROGRAM shared|static
{
    if readelf -d "$2" | grep -q 'NEEDED.*liblaco'; then kind=shared; else kind=static; fi
    [ $kind = "$3" ] || wrong "$1: the program is linked with the $kind library, not the $3 one"
}

try() # NAME COMMAND…
{
    name=$1
    shift
    "$@" >"$folder/said" 2>&1 || { wrong "$name fails:"; tail -n 20 "$folder/said"; return 1; }
}

if command -v cmake >/dev/null; then
    for link in shared static; do
        static=OFF
        [ $link = static ] && static=ON
        if try "cmake ($link)" cmake -S "$examples/cmake" -B "$folder/cmake-$link" -DCMAKE_PREFIX_PATH="$root$prefix" -Dlaco_USE_STATIC_LIBS=$static \
            && try "cmake --build ($link)" cmake --build "$folder/cmake-$link"; then
            answers "cmake ($link)" "$folder/cmake-$link/ask"
            needs "cmake ($link)" "$folder/cmake-$link/ask" $link
        fi
    done
    # Each target is there, and a version that does not fit is refused.
    cat >"$folder/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.13)
project(all C)
find_package(laco CONFIG REQUIRED)
find_package(laco 0.1 CONFIG QUIET)
if(laco_FOUND)
    message(FATAL_ERROR "laço as 0.1")
endif()
file(WRITE main.c "#include <laco/laco.h>\nint main(void) { return !laco_version(); }\n")
foreach(target laco tasks readers export)
    add_executable(with_${target} main.c)
    target_link_libraries(with_${target} PRIVATE laco::${target})
endforeach()
END
    # shellcheck disable=SC2086
    try 'the targets of CMake' cmake -S "$folder" -B "$folder/all" -DCMAKE_PREFIX_PATH="$root$prefix" && try 'their build' cmake --build "$folder/all"
fi

cp -r "$examples/make" "$folder/make"
if try make make -C "$folder/make" CC="$cc"; then answers make "$folder/make/ask"; fi

mkdir "$folder/meson"
cp "$examples/meson/meson.build" "$examples/meson/ask.c" "$folder/meson"
# shellcheck disable=SC2086 # a command may be several words
if try 'meson setup' $meson setup "$folder/meson/build" "$folder/meson" && try ninja ninja -C "$folder/meson/build"; then
    answers meson "$folder/meson/build/ask"
fi

# As a subproject: the tree stands where the wrap would put a clone. Set up alone: its targets are those of any other build.
mkdir -p "$folder/sub/subprojects/laco"
cp "$folder/meson/meson.build" "$folder/meson/ask.c" "$folder/sub"
cp "$examples/meson/subprojects/laco.wrap" "$folder/sub/subprojects"
(cd "$source" && tar -c meson.build meson_options.txt cmake include src data tools/embed) | tar -x -C "$folder/sub/subprojects/laco"
# shellcheck disable=SC2086 # a command may be several words
try 'meson setup with a subproject' $meson setup "$folder/sub/build" "$folder/sub" --wrap-mode=forcefallback --force-fallback-for=laco-tasks || true
grep -q 'laco.*: YES' "$folder/said" || wrong 'laço is no subproject'
[ -n "${LACO_TEST_SUBPROJECT:-}" ] && try 'its build' ninja -C "$folder/sub/build" ask && answers 'the subproject' "$folder/sub/build/ask"
exit $bad
