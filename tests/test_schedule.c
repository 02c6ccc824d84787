/* Learning-rate schedules: torch's rates, in float32 from a file and in double from here; warm-up; state. */
#include "base/tensor_file.h"
#include "laco/optim.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EPOCHS 40
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void assert_rate(double ours, double torchs, double tolerance)
{
    if (!(fabs(ours - torchs) <= tolerance * fabs(torchs)))
        fail_msg("rate %.17g, torch has %.17g", ours, torchs);
}

static const char *text_of(const laco_tensor_file *file, const char *name, const char *key)
{
    char full[64];
    snprintf(full, sizeof full, "%s.%s", name, key);
    return laco_tensor_file_metadata(file, full);
}

static double number(const laco_tensor_file *file, const char *name, const char *key)
{
    const char *text = text_of(file, name, key);
    return text ? strtod(text, NULL) : 0;
}

static laco_schedule_config config_of(const laco_tensor_file *file, const char *name)
{
    const char *kind = text_of(file, name, "schedule");
    laco_schedule_config config = {.lr = number(file, name, "lr")};
    if (strcmp(kind, "StepLR") == 0) {
        config.kind = LACO_STEP_LR;
        config.gamma = number(file, name, "gamma");
        config.step_size = (int64_t)number(file, name, "step_size");
    } else if (strcmp(kind, "CosineAnnealingLR") == 0) {
        config.kind = LACO_COSINE_LR;
        config.t_max = (int64_t)number(file, name, "T_max");
        config.min_lr = number(file, name, "eta_min");
    } else {
        assert_string_equal(kind, "ReduceLROnPlateau");
        config.kind = LACO_PLATEAU_LR;
        config.gamma = number(file, name, "factor");
        config.patience = (int64_t)number(file, name, "patience");
        config.patience = config.patience == 0 ? -1 : config.patience;
        config.threshold = number(file, name, "threshold");
        config.min_lr = number(file, name, "min_lr");
        config.maximise = strcmp(text_of(file, name, "mode"), "max") == 0;
    }
    return config;
}

/* The cases of the file that need nothing of torch that laco does not have (cooldown, absolute thresholds). */
static void test_file(void **state)
{
    (void)state;
    static const char *const names[] = {"step", "step_every_epoch", "cosine", "cosine_past_T_max", "plateau"};
    const char *folder = getenv("LACO_OPTIMISER_PARITY_DIR");
    char path[1024], name[64];
    laco_context *ctx = NULL;
    laco_tensor_file *file = NULL;
    snprintf(path, sizeof path, "%s/schedules.safetensors", folder && *folder ? folder : "tests/parity/optimiser");
    assert_int_equal(laco_context_new(NULL, &ctx), LACO_OK);
    assert_int_equal(laco_tensor_file_open(ctx, path, &file), LACO_OK);
    for (size_t i = 0; i < COUNT(names); i++) {
        laco_schedule_config config = config_of(file, names[i]);
        laco_real lr[EPOCHS], metric[EPOCHS] = {0};
        snprintf(name, sizeof name, "%s.lr", names[i]);
        assert_int_equal(laco_tensor_file_read_real(file, name, 1, (int64_t[]){EPOCHS}, lr), LACO_OK);
        snprintf(name, sizeof name, "%s.metric", names[i]);
        if (config.kind == LACO_PLATEAU_LR)
            assert_int_equal(laco_tensor_file_read_real(file, name, 1, (int64_t[]){EPOCHS}, metric), LACO_OK);
        laco_schedule schedule;
        laco_schedule_start(&schedule, &config);
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            assert_rate(schedule.lr, (double)lr[epoch], 6e-8); /* the file has float32 */
            assert_true(laco_schedule_step(&schedule, (double)metric[epoch]) == schedule.lr);
        }
    }
    laco_tensor_file_free(file);
    laco_context_free(ctx);
}

/* What torch 1.13 gives in double, 0 where the table ends. */
static const struct {
    laco_schedule_config config;
    double metric[20];
    double lr[24];
} EXACT[] = {
    {{.kind = LACO_STEP_LR, .lr = 0.1, .gamma = 0.7, .step_size = 3},
     {0},
     {0.1, 0.1, 0.1, 0.06999999999999999, 0.06999999999999999, 0.06999999999999999, 0.048999999999999995, 0.048999999999999995,
      0.048999999999999995, 0.0343, 0.0343, 0.0343}},
    {{.kind = LACO_COSINE_LR, .lr = 0.3, .t_max = 10, .min_lr = 0.002},
     {0},
     {0.3,
      0.29270742092797786,
      0.2715435321618671,
      0.23858000259157842,
      0.19704353216186712,
      0.15099999999999997,
      0.10495646783813282,
      0.06341999740842151,
      0.030456467838132842,
      0.009292579072022123,
      0.002,
      0.009292579072022123,
      0.03045646783813294,
      0.06341999740842175,
      0.10495646783813325,
      0.1510000000000006,
      0.19704353216186796,
      0.23858000259157947,
      0.27154353216186833,
      0.29270742092797913,
      0.30000000000000127,
      0.29270742092797913,
      0.2715435321618684,
      0.23858000259157952}},
    {{.kind = LACO_PLATEAU_LR, .lr = 0.2, .gamma = 0.3, .min_lr = 0.001, .patience = 1, .threshold = 0.01, .maximise = true},
     {0.5, 0.6, 0.6001, 0.66, 0.6605, 0.665, 0.6, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.9, 0.9, 0.9, 0.9},
     {0.2,
      0.2,
      0.2,
      0.2,
      0.2,
      0.2,
      0.06,
      0.06,
      0.06,
      0.06,
      0.018,
      0.018,
      0.005399999999999999,
      0.005399999999999999,
      0.0016199999999999997,
      0.0016199999999999997,
      0.001,
      0.001,
      0.001,
      0.001}},
};

static void test_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(EXACT); i++) {
        laco_schedule schedule;
        laco_schedule_start(&schedule, &EXACT[i].config);
        for (size_t epoch = 0; epoch < COUNT(EXACT[i].lr) && EXACT[i].lr[epoch] > 0; epoch++) {
            assert_rate(schedule.lr, EXACT[i].lr[epoch], 1e-12);
            laco_schedule_step(&schedule, epoch < COUNT(EXACT[i].metric) ? EXACT[i].metric[epoch] : 0);
        }
    }
}

/* Zero means torch's default: ten bad epochs are borne, the eleventh brings a tenth of the rate. */
static void test_defaults(void **state)
{
    (void)state;
    laco_schedule schedule;
    laco_schedule_start(&schedule, &(laco_schedule_config){.kind = LACO_PLATEAU_LR, .lr = 0.2});
    for (int epoch = 0; epoch < 26; epoch++, laco_schedule_step(&schedule, 1e-3))
        assert_rate(schedule.lr, epoch < 12 ? 0.2 : epoch < 23 ? 0.02 : 0.002, 1e-12);
    laco_schedule_start(&schedule, &(laco_schedule_config){.lr = 0.3});
    for (int epoch = 0; epoch < 5; epoch++)
        assert_true(laco_schedule_step(&schedule, NAN) == 0.3);
    laco_schedule_start(&schedule, &(laco_schedule_config){.kind = LACO_STEP_LR, .lr = 1});
    assert_rate(laco_schedule_step(&schedule, 0), 0.1, 1e-12);
    assert_rate(laco_schedule_step(&schedule, 0), 0.01, 1e-12);
}

/* Negative patience: none; negative threshold: any improvement counts; a metric that is NaN is no improvement. */
static void test_impatience(void **state)
{
    (void)state;
    laco_schedule schedule;
    laco_schedule_config config = {.kind = LACO_PLATEAU_LR, .lr = 1, .gamma = 0.5, .patience = -1, .threshold = -1};
    laco_schedule_start(&schedule, &config);
    assert_rate(laco_schedule_step(&schedule, 1), 1, 0);
    assert_rate(laco_schedule_step(&schedule, 1 - 1e-9), 1, 0);
    assert_rate(laco_schedule_step(&schedule, 1 - 1e-9), 0.5, 0);
    assert_rate(laco_schedule_step(&schedule, NAN), 0.25, 0);
    assert_rate(laco_schedule_step(&schedule, -5), 0.25, 0);
}

/* Behind its warm-up a schedule runs as it would without; metrics before that do not count. */
static void test_warmup(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(EXACT); i++) {
        laco_schedule plain, warm;
        laco_schedule_config config = EXACT[i].config;
        laco_schedule_start(&plain, &config);
        config.warmup = 4;
        laco_schedule_start(&warm, &config);
        for (int epoch = 0; epoch < 4; epoch++, laco_schedule_step(&warm, 1e9))
            assert_rate(warm.lr, config.lr * (epoch + 1) / 5, 1e-12);
        for (size_t epoch = 0; epoch < COUNT(EXACT[i].metric); epoch++) {
            assert_true(warm.lr == plain.lr);
            laco_schedule_step(&warm, EXACT[i].metric[epoch]);
            laco_schedule_step(&plain, EXACT[i].metric[epoch]);
        }
    }
}

static void test_copy(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(EXACT); i++) {
        laco_schedule whole, half;
        laco_schedule_start(&whole, &EXACT[i].config);
        for (size_t epoch = 0; epoch < 5; epoch++)
            laco_schedule_step(&whole, EXACT[i].metric[epoch]);
        half = whole;
        for (size_t epoch = 5; epoch < 20; epoch++)
            assert_true(laco_schedule_step(&whole, EXACT[i].metric[epoch]) == laco_schedule_step(&half, EXACT[i].metric[epoch]));
    }
}

/* Rates by shares of a run, to the bit: as trainings had them when these models were made. */
static double rate_once(laco_schedule_kind kind, double rate, double warmup, double share)
{
    if (share < warmup)
        return rate * fmax(share, 0.1 * warmup) / warmup;
    if (kind == LACO_COSINE_LR)
        return rate * (0.02 + 0.98 * 0.5 * (1 + cos(3.14159265358979 * (share - warmup) / fmax(1e-9, 1 - warmup))));
    return kind == LACO_STEP_LR ? rate * pow(0.1, floor(3 * share)) : rate;
}

static void test_shares(void **state)
{
    (void)state;
    static const double rates[] = {1, 0.3, 0.1, 0.003, 0.001, 1.7e-5}, warmups[] = {0, 0.02, 0.05, 0.3, 1};
    for (int kind = LACO_CONSTANT; kind <= LACO_PLATEAU_LR; kind++)
        for (size_t r = 0; r < COUNT(rates); r++)
            for (size_t w = 0; w < COUNT(warmups); w++) {
                laco_schedule schedule;
                laco_schedule_config config = {.kind = kind, .lr = rates[r], .warmup_share = warmups[w], .min_share = 0.02};
                laco_schedule_start(&schedule, &config);
                for (int i = 0; i <= 997; i++)
                    assert_true(laco_schedule_at(&schedule, i / 997.0) == rate_once(kind, rates[r], warmups[w], i / 997.0));
            }
}

/* The rate by shares is, on a plateau, what the epochs have made it. */
static void test_share_on_a_plateau(void **state)
{
    (void)state;
    laco_schedule schedule;
    laco_schedule_config config = {.kind = LACO_PLATEAU_LR, .lr = 1, .gamma = 0.5, .patience = -1, .warmup_share = 0.1};
    laco_schedule_start(&schedule, &config);
    laco_schedule_step(&schedule, 1);
    assert_true(laco_schedule_at(&schedule, 0.2) == 1);
    laco_schedule_step(&schedule, 1);
    assert_true(laco_schedule_at(&schedule, 0.9) == 0.5);
    assert_rate(laco_schedule_at(&schedule, 0.05), 0.5, 1e-15); /* of lr, while it warms up */
    assert_rate(laco_schedule_at(&schedule, 0), 0.1, 1e-15);
    config = (laco_schedule_config){.kind = LACO_STEP_LR, .lr = 1, .gamma = 0.5};
    laco_schedule_start(&schedule, &config);
    assert_true(laco_schedule_at(&schedule, 0.34) == 0.5 && laco_schedule_at(&schedule, 0.7) == 0.25);
    config = (laco_schedule_config){.kind = LACO_COSINE_LR, .lr = 2};
    laco_schedule_start(&schedule, &config);
    assert_true(laco_schedule_at(&schedule, 0) == 2 && fabs(laco_schedule_at(&schedule, 1)) < 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),     cmocka_unit_test(test_exact),
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_impatience),
        cmocka_unit_test(test_warmup),   cmocka_unit_test(test_copy),
        cmocka_unit_test(test_shares),   cmocka_unit_test(test_share_on_a_plateau),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
