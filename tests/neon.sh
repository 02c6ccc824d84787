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
    src/engine/kernel/lowprec_select.c src/engine/kernel/lowprec_neon.c src/engine/kernel/lowprec_dot.c tests/test_kernel.c tests/test_kernel_step.c tests/test_lowprec.c; do
    level=-O3
    [ "$source" = tests/test_kernel.c ] && level=-O1 # GCC 12's vectoriser stumbles over it
    case $source in *_dot.c) level="-O3 -march=armv8.2-a+dotprod" ;; esac
    # shellcheck disable=SC2086 # words are meant to be split
    "$compiler" $flags $level -c "$root/$source" -o "$folder/$(basename "$source" .c).o"
done
for test in test_kernel test_kernel_step test_lowprec; do
    "$compiler" -static -o "$folder/run" "$folder"/[!t]*.o "$folder/$test.o" -lm
    for cpu in max cortex-a72; do # with the dot product instructions, and without
        qemu-aarch64 -cpu $cpu "$folder/run" >"$folder/output" || {
            cat "$folder/output"
            exit 1
        }
        cat "$folder/output"
        grep -q '^table.* neon$' "$folder/output" # or nothing was tested
        [ $test$cpu != test_lowprecmax ] || grep -q '^table int8 neon_dot$' "$folder/output"
        [ $test$cpu != test_lowpreccortex-a72 ] || ! grep -q neon_dot "$folder/output"
        [ $test = test_lowprec ] || break # only int8 has kernels of both kinds
    done
done
