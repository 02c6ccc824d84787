#!/bin/sh
# Instructions of a step on a Cortex-M4F, as exported C computes it: counted by qemu (-icount: each takes a nanosecond of its clock).
#   usage: bench/export_m4.sh     needs arm-none-eabi-gcc and qemu-system-arm (tools/install-packages export)
source=$(realpath "$(dirname "$0")/..")/src
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

cat > m4.ld << 'END'
ENTRY(reset)
MEMORY { code : ORIGIN = 0, LENGTH = 4M  data : ORIGIN = 0x20000000, LENGTH = 4M }
SECTIONS {
    .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > code
    .ARM.exidx : { *(.ARM.exidx*) } > code
    .bss : { *(.data*) *(.bss*) *(COMMON) } > data
}
END
cat > m4.c << 'END'
#ifdef RT_INT8
#define RT_BLOCK UNITS
#endif
#include "export/c/network.c"

enum { GATES = CELL == RT_LSTM ? 4 : 3, STEPS = 20 };
RT_ALIGNED static rt_weight input[GATES * UNITS * UNITS], hidden[GATES * UNITS * UNITS];
static float bias[4 * UNITS], scale[GATES * UNITS], state[RT_STATE(1, UNITS)], row[RT_ROW(UNITS)], x[UNITS];
static const rt_layer layers[1] = {{CELL,
                                    UNITS,
                                    4 * UNITS,
                                    CELL == RT_LSTM ? 0 : UNITS,
                                    {GATES * UNITS, UNITS, input, scale},
                                    {GATES * UNITS, UNITS, hidden, scale},
                                    bias}};
static const rt_rnn net = {1, 1, UNITS, UNITS, layers};
#define TIMER ((volatile unsigned *)0xE000E010) /* SysTick: 25 MHz, 40 instructions a tick */

static void semihost(int what, const void *with)
{
    register int r0 __asm__("r0") = what;
    register const void *r1 __asm__("r1") = with;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

__attribute__((noinline)) static void measure(void)
{
    static const unsigned done[2] = {0x20026, 0};
    char text[12], *at = text + 11;
    unsigned i, n;
    for (i = 0; i < GATES * UNITS * UNITS; i++) {
        input[i] = (rt_weight)((float)(i * 7919 % 13) - 6) * (sizeof(rt_weight) > 1 ? 0.03f : 5.0f);
        hidden[i] = (rt_weight)((float)(i * 104729 % 17) - 8) * (sizeof(rt_weight) > 1 ? 0.02f : 5.0f);
    }
    for (i = 0; i < GATES * UNITS; i++)
        bias[i] = scale[i] = 0.01f;
    TIMER[1] = 0xFFFFFF;
    TIMER[2] = 0;
    TIMER[0] = 5;
    n = TIMER[2];
    for (i = 0; i < STEPS; i++)
        x[i % UNITS] = rt_step(&net, x, 0, state, row)[i % UNITS];
    n = ((n - TIMER[2]) & 0xFFFFFF) * 40 / STEPS;
    for (*at = 0; n > 0; n /= 10)
        *--at = (char)('0' + n % 10);
    semihost(4, at);
    semihost(0x20, done);
}

void reset(void)
{
    *(volatile unsigned *)0xE000ED88 |= 0xF00000; /* the FPU */
    __asm__ volatile("dsb; isb");
    measure();
    for (;;) {}
}
__attribute__((section(".vectors"), used)) static void *const vectors[4] = {(void *)0x20400000, (void *)reset, (void *)reset, (void *)reset};
END
for weights in fp32 int8; do
    for cell in LSTM GRU; do
        for units in 16 32 64; do
            [ $weights = int8 ] && define=-DRT_INT8 || define=
            # shellcheck disable=SC2086 # none where it is empty
            arm-none-eabi-gcc -std=gnu99 -O3 -mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard -ffp-contract=off -fexcess-precision=fast -I"$source" \
                $define -DUNITS=$units -DCELL=RT_$cell -nostartfiles -T m4.ld m4.c -o m4.elf -lc -lgcc || exit 1
            printf '%s %s %s: %s instructions\n' $weights $cell $units \
                "$(qemu-system-arm -M mps2-an386 -icount shift=0 -nographic -semihosting -monitor none -serial none -kernel m4.elf 2>&1)"
        done
    done
done
