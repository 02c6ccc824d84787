/* Products with bf16 and int8 factors: every table of this machine gives the bits of ref, and ref what kernel/lowprec.h says.
 * LACO_SEED=n repeats a run. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lowprec.h"
#include "kernel_memory.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
static char what[200];

enum { A_SLOT, B_SLOT, C_SLOT, PACKED_SLOT, C2_SLOT, PACKED2_SLOT, ROW_SLOT };

static const struct {
    laco_cpu cpu;
    unsigned extensions;
} levels[] = {{LACO_CPU_REF, 0},
              {LACO_CPU_NEON, 0},
              {LACO_CPU_NEON, LACO_HAS_DOT},
              {LACO_CPU_NEON, LACO_HAS_I8MM},
              {LACO_CPU_AVX2, 0},
              {LACO_CPU_AVX2, LACO_HAS_VNNI},
              {LACO_CPU_AVX512, 0},
              {LACO_CPU_AVX512, LACO_HAS_VNNI},
              {LACO_CPU_AVX512, LACO_HAS_TILES}};

/* The tables of this machine but ref. */
#define EACH_TABLE(precision, k)                                                                                                 \
    for (int at_ = 0; at_ < COUNT(levels); at_++)                                                                                \
        for (const laco_lowprec *k = laco_lowprec_for(precision, levels[at_].cpu, levels[at_].extensions); k; k = NULL)

typedef struct product {
    laco_precision precision;
    int64_t M, N, K, a_m, a_k, b_k, b_n, c_m;
    bool accumulate;
} product;

static product random_product(laco_precision precision, int64_t M, int64_t N, int64_t K)
{
    product p = {.precision = precision, .M = M, .N = N, .K = K, .c_m = N + below(2) * below(20), .accumulate = below(2)};
    int64_t gap = below(2) * below(20), b_form = below(5);
    bool transposed = below(2);
    p.a_m = transposed ? 1 : K + gap;
    p.a_k = transposed ? M + gap : 1;
    p.b_k = b_form == 0 ? 2 : b_form < 3 ? 1 : N + gap;
    p.b_n = b_form == 0 ? 2 * K + 1 : b_form < 3 ? K + gap : 1;
    return p;
}

static void take_operands(const product *p)
{
    bool transposed = p->a_m == 1 && p->a_k != 1;
    take_random(A_SLOT, transposed ? p->K : p->M, transposed ? p->M : p->K, transposed ? p->a_k : p->a_m, -1, 1);
    int64_t b_count = p->K && p->N ? (p->K - 1) * p->b_k + (p->N - 1) * p->b_n + 1 : 0;
    take_random(B_SLOT, 1, b_count, b_count, -1, 1);
    take_random(C_SLOT, p->M, p->N, p->c_m, -1, 1);
    for (int64_t m = 0; m < p->M && !p->accumulate; m++)
        for (int64_t n = 0; n < p->N; n++)
            slots[C_SLOT].data[m * p->c_m + n] = NAN;
    take_copy(C2_SLOT, C_SLOT);
    snprintf(what, sizeof what, "%s gemm M %lld N %lld K %lld, A strides %lld %lld, B strides %lld %lld, C stride %lld%s",
             laco_precision_name(p->precision), (long long)p->M, (long long)p->N, (long long)p->K, (long long)p->a_m,
             (long long)p->a_k, (long long)p->b_k, (long long)p->b_n, (long long)p->c_m, p->accumulate ? ", accumulate" : "");
}

static const laco_lowprec *ref_of(laco_precision precision) { return precision == LACO_BF16 ? &laco_bf16_ref : &laco_int8_ref; }

static float *pack(const laco_lowprec *k, const product *p, int place)
{
    int64_t floats = laco_lowprec_size(p->precision, p->K, p->N) / (int64_t)sizeof(float);
    float *packed = take(place, floats);
    k->pack(p->K, p->N, slots[B_SLOT].data, p->b_k, p->b_n, packed);
    check_canaries(place, 0, 0, 0, what);
    return packed;
}

static void multiply(const laco_lowprec *k, const product *p, int out)
{
    const float *packed = pack(k, p, PACKED_SLOT);
    k->gemm(p->M, p->N, p->K, slots[A_SLOT].data, p->a_m, p->a_k, packed, slots[out].data, p->c_m, p->accumulate);
    check_canaries(PACKED_SLOT, 0, 0, 0, what);
    check_canaries(out, p->M, p->N, p->c_m, what);
}

static void check(product p)
{
    take_operands(&p);
    multiply(ref_of(p.precision), &p, C_SLOT);
    float *want = slots[C_SLOT].data, *before = take_copy(A_SLOT + 10, C2_SLOT);
    size_t bytes = (size_t)laco_lowprec_size(p.precision, p.K, p.N);
    char kept[sizeof what];
    memcpy(kept, what, sizeof what);
    EACH_TABLE(p.precision, k)
    {
        snprintf(what, sizeof what, "%s: %.150s", k->name, kept);
        float *got = take_copy(C2_SLOT, A_SLOT + 10);
        multiply(k, &p, C2_SLOT);
        check_same(got, want, p.M, p.N, p.c_m, what);
        const float *mine = pack(k, &p, PACKED_SLOT), *theirs = pack(ref_of(p.precision), &p, PACKED2_SLOT);
        if (bytes > 0 && !(levels[at_].extensions & LACO_HAS_I8MM) && memcmp(mine, theirs, bytes) != 0)
            fail_msg("%s: packed otherwise than by ref", what);
    }
    (void)before;
}

/* From one row for all: as if it had been copied before. */
static void begins_from_a_row(void **state)
{
    (void)state;
    for (int precision = LACO_BF16; precision <= LACO_INT8; precision++)
        for (int i = 0; i < 100; i++) {
            product p = random_product((laco_precision)precision, 1 + below(140), 1 + below(150),
                                       below(5)                 ? below(150)
                                       : precision == LACO_BF16 ? 1030
                                                                : 2100);
            p.a_m = p.K + below(5), p.a_k = 1, p.accumulate = true;
            take_operands(&p);
            float *row = take_random(ROW_SLOT, 1, p.N, p.N, -1, 1), *want = slots[C_SLOT].data;
            for (int64_t m = 0; m < p.M; m++)
                memcpy(want + m * p.c_m, row, (size_t)p.N * sizeof *row);
            multiply(ref_of(p.precision), &p, C_SLOT);
            EACH_TABLE(p.precision, k)
            {
                const float *packed = pack(k, &p, PACKED_SLOT);
                if (!k->gemm_from)
                    continue;
                k->gemm_from(p.M, p.N, p.K, slots[A_SLOT].data, p.a_m, packed, row, slots[C2_SLOT].data, p.c_m);
                check_canaries(C2_SLOT, p.M, p.N, p.c_m, what);
                check_same(slots[C2_SLOT].data, want, p.M, p.N, p.c_m, what);
            }
        }
}

static void equal_at_every_table(void **state)
{
    (void)state;
    static const int64_t Ms[] = {0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 40, 64, 70},
                         Ks[] = {0, 1, 2, 3, 5, 31, 32, 33, 64, 130};
    static const int64_t Ns[] = {0, 1, 2, 15, 16, 17, 31, 32, 33, 48, 51, 64, 65, 130};
    for (int precision = LACO_BF16; precision <= LACO_INT8; precision++) {
        for (int i = 0; i < COUNT(Ms) * COUNT(Ns); i++)
            check(random_product((laco_precision)precision, Ms[i % COUNT(Ms)], Ns[i / COUNT(Ms)], Ks[below(COUNT(Ks))]));
        for (int i = 0; i < 60; i++)
            check(random_product((laco_precision)precision, 1 + below(100), 1 + below(200), 1 + below(200)));
        check(random_product((laco_precision)precision, 3 + below(70), 33 + below(40), 1030)); /* A in several pieces */
        check(random_product((laco_precision)precision, 60, 20, 640)); /* … of which one could hold an odd number of rows */
        check(random_product((laco_precision)precision, 2, 40, 2 * LACO_INT8_BLOCK + 7)); /* several blocks of int8 */
    }
}

/* bf16: two chains in each block of k. */
static void bf16_is_two_chains(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        product p = random_product(LACO_BF16, 1 + below(5), 1 + below(40), 1 + below(150));
        take_operands(&p);
        const float *A = slots[A_SLOT].data, *B = slots[B_SLOT].data;
        float *want = slots[C2_SLOT].data;
        for (int64_t m = 0; m < p.M; m++)
            for (int64_t n = 0; n < p.N; n++) {
                float sum = p.accumulate ? want[m * p.c_m + n] : 0;
                for (int64_t k = 0; k < p.K; k += LACO_BF16_BLOCK) {
                    float chain[2] = {0, 0};
                    for (int64_t j = k; j < LACO_MIN(p.K, k + LACO_BF16_BLOCK); j++)
                        chain[j % 2] = fmaf(laco_from_bf16(laco_to_bf16(A[m * p.a_m + j * p.a_k])),
                                            laco_from_bf16(laco_to_bf16(B[j * p.b_k + n * p.b_n])), chain[j % 2]);
                    sum += chain[0] + chain[1];
                }
                want[m * p.c_m + n] = sum;
            }
        multiply(&laco_bf16_ref, &p, C_SLOT);
        check_same(slots[C_SLOT].data, want, p.M, p.N, p.c_m, what);
    }
}

/* int8: no factor is off by more than half of its scale, so the sum is off by no more than what that makes. */
static void int8_is_near(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        product p = random_product(LACO_INT8, 1 + below(5), 1 + below(40), 1 + below(300));
        take_operands(&p);
        const float *A = slots[A_SLOT].data, *B = slots[B_SLOT].data, *before = slots[C2_SLOT].data;
        multiply(&laco_int8_ref, &p, C_SLOT);
        for (int64_t m = 0; m < p.M; m++)
            for (int64_t n = 0; n < p.N; n++) {
                double sum = p.accumulate ? (double)before[m * p.c_m + n] : 0, limit = 1e-5, a_most = 0, b_most = 0, sizes = 0;
                for (int64_t k = 0; k < p.K; k++) {
                    double a = (double)A[m * p.a_m + k * p.a_k], b = (double)B[k * p.b_k + n * p.b_n];
                    sum += a * b;
                    sizes += fabs(a) + fabs(b);
                    a_most = fmax(a_most, fabs(a));
                    b_most = fmax(b_most, fabs(b));
                }
                limit += fmax(a_most, b_most) / 127 * 0.51 * (sizes + (double)p.K * fmax(a_most, b_most) / 254);
                double error = fabs((double)slots[C_SLOT].data[m * p.c_m + n] - sum);
                if (!(error <= limit))
                    fail_msg("%s: off by %g, which is more than %g", what, error, limit);
            }
    }
}

/* What int8 rounds weights to, it rounds to itself. */
static void int8_rounds_once(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        float row[64], most = 0, again = 0, scale;
        float size = ldexpf(1, (int)below(40) - 20);
        for (int k = 0; k < 64; k++) {
            row[k] = uniform(-size, size);
            most = fmaxf(most, fabsf(row[k]));
        }
        scale = laco_int8_scale(most);
        for (int k = 0; k < 64; k++) {
            int q = laco_int8_of(row[k], scale);
            assert_true(q >= -127 && q <= 127);
            row[k] = (float)q * scale;
            again = fmaxf(again, fabsf(row[k]));
        }
        assert_true(laco_int8_scale(again) == scale);
        for (int k = 0; k < 64; k++)
            assert_true((float)laco_int8_of(row[k], scale) * scale == row[k]);
    }
}

static void bf16_rounds_to_nearest(void **state)
{
    (void)state;
    static const struct {
        uint32_t bits;
        uint16_t want;
    } cases[] = {{0x3f800000, 0x3f80}, {0x3f808000, 0x3f80}, {0x3f818000, 0x3f82}, {0x3f808001, 0x3f81}, {0xbf80ffff, 0xbf81},
                 {0x7f7fffff, 0x7f80}, {0x7f800000, 0x7f80}, {0xff800000, 0xff80}, {0x7f800001, 0x7fc0}, {0x00000001, 0x0000},
                 {0x807fffff, 0x8000}, {0x00800000, 0x0080}, {0x80000000, 0x8000}};
    for (int i = 0; i < COUNT(cases); i++)
        assert_int_equal(laco_to_bf16(float_of(cases[i].bits)), cases[i].want);
}

/* NaN and infinity come out as NaN or infinity, of their own row and column alone. */
static void beyond_numbers(void **state)
{
    (void)state;
    for (int precision = LACO_BF16; precision <= LACO_INT8; precision++)
        EACH_TABLE((laco_precision)precision, k)
        {
            product p = {(laco_precision)precision, 5, 40, 70, 70, 1, 1, 70, 40, false};
            take_operands(&p);
            slots[A_SLOT].data[2 * 70 + 69] = NAN;
            slots[A_SLOT].data[4 * 70] = INFINITY;
            slots[B_SLOT].data[39 * 70 + 3] = NAN;
            multiply(k, &p, C_SLOT);
            for (int m = 0; m < 5; m++)
                for (int n = 0; n < 40; n++)
                    assert_int_equal(isfinite(slots[C_SLOT].data[m * 40 + n]) != 0, m != 2 && m != 4 && n != 39);
        }
}

int main(void)
{
    seed_from_environment();
    map_slots();
    EACH_TABLE(LACO_BF16, k) printf("table bf16 %s\n", k->name);
    EACH_TABLE(LACO_INT8, k) printf("table int8 %s\n", k->name);
    const struct CMUnitTest tests[] = {cmocka_unit_test(bf16_rounds_to_nearest), cmocka_unit_test(int8_rounds_once),
                                       cmocka_unit_test(bf16_is_two_chains),     cmocka_unit_test(int8_is_near),
                                       cmocka_unit_test(beyond_numbers),         cmocka_unit_test(equal_at_every_table),
                                       cmocka_unit_test(begins_from_a_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
