#!/bin/sh
# The kernels for 64-bit Arm (NEON) against the reference: cross-compiled, and run in an emulator. 77, which Meson counts as skipped, where
# there is no cross-compiler or no emulator: `tools/install-packages arm` brings both.
#
#   tests/neon.sh [ROOT]
#
# AARCH64_CC names another compiler; LACO_SEED=n repeats a run.
set -eu

root=${1:-.}
compiler=${AARCH64_CC:-aarch64-linux-gnu-gcc}
for program in "$compiler" qemu-aarch64; do
    if ! command -v "$program" >/dev/null; then
        echo "skipped: there is no $program"
        exit 77
    fi
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
flags="-std=gnu11 -ffp-contract=off -fno-math-errno -fno-trapping-math -Wall -Wextra -I$root/tests/neon -I$root/include -I$root/src/engine -I$root/tests"
for source in src/engine/base/cpu.c src/engine/base/random.c src/engine/kernel/ref.c src/engine/kernel/select.c src/engine/kernel/neon.c src/engine/kernel/step.c src/engine/kernel/lowprec_ref.c \
    src/engine/kernel/lowprec_select.c src/engine/kernel/lowprec_neon.c src/engine/kernel/lowprec_dot.c src/engine/kernel/lowprec_i8mm.c \
    tests/test_kernel.c tests/test_kernel_step.c tests/test_lowprec.c; do
    level=-O3
    [ "$source" = tests/test_kernel.c ] && level=-O1 # GCC 12's vectoriser stumbles over it
    case $source in
        *_dot.c) level="-O3 -march=armv8.2-a+dotprod" ;;
        *_i8mm.c) level="-O3 -march=armv8.2-a+i8mm" ;;
    esac
    # shellcheck disable=SC2086 # words are meant to be split
    "$compiler" $flags $level -c "$root/$source" -o "$folder/$(basename "$source" .c).o"
done
for test in test_kernel test_kernel_step test_lowprec; do
    "$compiler" -static -o "$folder/run" "$folder"/[!t]*.o "$folder/$test.o" -lm
    for cpu in max neoverse-n1 cortex-a72; do # with the matrix instructions, with those of dot products alone, with neither
        qemu-aarch64 -cpu $cpu "$folder/run" >"$folder/output" || {
            cat "$folder/output"
            exit 1
        }
        cat "$folder/output"
        grep -q '^table.* neon$' "$folder/output" # or nothing was tested
        [ $test = test_lowprec ] || break # only int8 has kernels of each kind
        case $cpu in
            max) tables='ref neon neon_dot neon_i8mm ' ;;
            neoverse-n1) tables='ref neon neon_dot ' ;;
            *) tables='ref neon ' ;;
        esac
        [ "$(sed -n 's/^table int8 //p' "$folder/output" | tr '\n' ' ')" = "$tables" ] || {
            echo "the tables for int8 on $cpu are not: $tables"
            exit 1
        }
    done
done
