# laco export -o NAME.c for machines without laço, under emulation: Cortex-M3 without FPU, M4 and M7, RISC-V of 32 and 64 bits, s390x with the
# other byte order, AArch64. Each that has its compiler here runs the self-tests of models of every task.   usage: export_machines.sh LACO
tests=$(realpath "$(dirname "$0")")
. "$tests/harness.sh"
. "$tests/export_models.sh"

# ---- Starting without a system ----

cat > arm.ld << 'END'
ENTRY(reset)
MEMORY { code : ORIGIN = 0, LENGTH = 4M  data : ORIGIN = 0x20000000, LENGTH = 4M }
SECTIONS {
    .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > code
    .ARM.exidx : { *(.ARM.exidx*) } > code
    .data : { *(.data*) } > data
    .bss : { *(.bss*) *(COMMON) } > data
}
END
cat > arm.c << 'END'
int main(void);
void reset(void)
{
    static unsigned block[2] = {0x20026};
    *(volatile unsigned *)0xE000ED88 |= 0xF00000; /* the FPU, where there is one */
    __asm__ volatile("dsb; isb");
    block[1] = (unsigned)main();
    __asm__ volatile("mov r0, #0x20; mov r1, %0; bkpt 0xab" : : "r"(block) : "r0", "r1", "memory");
    for (;;) {}
}
__attribute__((section(".vectors"), used)) static void *const vectors[4] = {(void *)0x20400000, (void *)reset, (void *)reset, (void *)reset};
END
cat > riscv.ld << 'END'
ENTRY(start)
SECTIONS { . = 0x80000000; .text : { *(.start) *(.text*) } .rodata : { *(.rodata* .srodata*) } .data : { *(.data* .sdata*) } .bss : { *(.bss* .sbss* COMMON) } . = ALIGN(16); stack = . + 0x400000; }
END
cat > riscv.c << 'END'
int main(void);
void begin(void);
__attribute__((section(".start"), naked)) void start(void) { __asm__("la sp, stack\n li t0, 0x6000\n csrs mstatus, t0\n j begin"); }
void begin(void)
{
    unsigned status = (unsigned)main();
    *(volatile unsigned *)0x100000 = status ? status << 16 | 0x3333 : 0x5555;
    for (;;) {}
}
END

# ---- The machines: what builds m.c, and what runs it ----

on_arm() # CORE BOARD FLAG…
{
    core=$1 board=$2
    shift 2
    # shellcheck disable=SC2086
    ok "$model on $core" arm-none-eabi-gcc -mthumb -mcpu=$core "$@" $flags -nostartfiles -T arm.ld arm.c m.c -o program &&
        ok "$model on $core runs" timeout 120 qemu-system-arm -M "$board" -nographic -semihosting -monitor none -serial none -kernel program
}
on_riscv() # BITS ARCH ABI
{
    # shellcheck disable=SC2086
    ok "$model on $2" riscv64-unknown-elf-gcc -misa-spec=2.2 -march=$2 -mabi=$3 -mcmodel=medany $flags --specs=picolibc.specs -nostartfiles -T riscv.ld riscv.c m.c \
        -o program && ok "$model on $2 runs" timeout 120 qemu-system-riscv$1 -M virt -m 64 -bios none -nographic -monitor none -serial none -kernel program
}
on_linux() # MACHINE
{
    # shellcheck disable=SC2086
    ok "$model on $1" $1-linux-gnu-gcc $flags -static m.c -o program && ok "$model on $1 runs" timeout 120 qemu-$1 ./program
}
have() { for command; do command -v "$command" > /dev/null || return 1; done; }

flags='-std=c99 -O1 -ffp-contract=off -fexcess-precision=fast -Wall -Wextra -Wpedantic -Wconversion -Werror=conversion -DM_SELFTEST'
ran=0
everywhere() # MODEL WEIGHTS [all]: on one machine of each kind, or on all
{
    model="$1 in $2"
    ok "$model" "$LACO" export "$1.st" -o m.c --weights "$2"
    if have arm-none-eabi-gcc qemu-system-arm; then
        on_arm cortex-m3 mps2-an385
        [ "${3-}" != all ] || on_arm cortex-m4 mps2-an386 -mfpu=fpv4-sp-d16 -mfloat-abi=hard
        [ "${3-}" != all ] || on_arm cortex-m7 mps2-an500 -mfpu=fpv5-d16 -mfloat-abi=hard
        ran=1
    fi
    if have riscv64-unknown-elf-gcc qemu-system-riscv32 qemu-system-riscv64; then
        [ "${3-}" != all ] || on_riscv 32 rv32imac ilp32
        on_riscv 64 rv64gc lp64d
        ran=1
    fi
    for machine in s390x aarch64; do
        if have $machine-linux-gnu-gcc qemu-$machine && { [ "${3-}" = all ] || [ $machine = s390x ]; }; then
            on_linux $machine
            ran=1
        fi
    done
}

train classify classify words.tsv
train tag tag tags.tsv
train forecast forecast series.csv
train generate generate text.txt
train transduce transduce pairs.tsv
train caption caption pictures.tsv
everywhere classify fp32 all
everywhere classify int8 all
everywhere tag int8
everywhere forecast fp32
everywhere generate fp32
everywhere transduce int8
everywhere caption fp32
if [ "${LACO_TEST_SOUND-1}" != 0 ]; then
    sounds
    everywhere transcribe int8
fi
finish || exit 1
[ $ran = 1 ] || exit 77
