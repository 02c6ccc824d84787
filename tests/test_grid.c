/* Who does what where processes share an ensemble and the shards of a batch; and parts that come to the same bits as the whole. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "model/ensemble.h"
#include "nn/crf.h"
#include "nn/module.h"
#include "optim/state.h"
#include "context_fixture.h"
#include "train/grid.h"

#include <laco/laco.h>

#include <math.h>
#include <string.h>

static void test_groups(void **state)
{
    (void)state;
    static const struct {
        int members, shards, size, groups;
    } cases[] = {{1, 1, 1, 1}, {1, 4, 2, 1}, {1, 4, 3, 0},  {1, 1, 2, 0},  {3, 1, 3, 3},  {3, 1, 2, 2}, {3, 1, 4, 0},
                 {3, 4, 4, 1}, {3, 4, 6, 3}, {2, 4, 2, 2},  {2, 4, 4, 2},  {5, 2, 2, 1},  {5, 1, 2, 2}, {4, 1, 8, 0},
                 {4, 2, 8, 4}, {2, 1, 1, 1}, {3, 4, 12, 3}, {16, 1, 5, 5}, {1, 64, 64, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(laco_grid_groups(cases[i].members, cases[i].shards, cases[i].size), cases[i].groups);
}

/* Every member and shard has one process, of the numbers that there are. */
static void test_all_is_done(void **state)
{
    (void)state;
    for (int64_t members = 1; members <= LACO_MOST_ENSEMBLE; members++)
        for (int groups = 1; groups <= members; groups++) {
            laco_grid grid = {.groups = groups, .each = 2, .members = members, .shards = 4};
            int64_t sum = 0;
            for (int g = 0; g < groups; g++) {
                for (int64_t m = 0; m < laco_grid_members(&grid, g); m++, sum++) {
                    assert_int_equal(laco_grid_group_of(&grid, laco_grid_first_member(&grid, g) + m), g);
                    assert_int_equal(laco_grid_process(&grid, sum, 1), 2 * g);
                    assert_int_equal(laco_grid_process(&grid, sum, 2), 2 * g + 1);
                }
                assert_true(laco_grid_members(&grid, g) > 0);
            }
            assert_int_equal(sum, members);
        }
}

static void test_whose_parameter(void **state)
{
    (void)state;
    laco_grid grid = {.groups = 2, .each = 1, .own_group = 1, .members = 3, .shards = 1, .common = "crf."};
    static const struct {
        const char *name;
        int group;
        bool common, reduces, moves;
    } cases[] = {{"rnn.weight_hh_l0", 0, false, false, false},
                 {"member_1.linear.bias", 1, false, true, true},
                 {"member_2.rnn.weight_hh_l0", 1, false, true, true},
                 {"crf.transitions", 0, true, false, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_param param = {.name = cases[i].name};
        assert_int_equal(laco_grid_group_of_param(&grid, &param), cases[i].group);
        assert_int_equal(laco_grid_is_common(&grid, &param), cases[i].common);
        assert_int_equal(laco_grid_reduces(&grid, &param), cases[i].reduces);
        assert_int_equal(laco_grid_moves(&grid, &param), cases[i].moves);
    }
    assert_int_equal(laco_member_number(laco_member_name(11, "rnn").text), 11);
    assert_int_equal(laco_member_number(laco_member_name(0, "rnn").text), 0);
}

static laco_module *module_of(int64_t count, laco_param **param)
{
    laco_module *module;
    assert_int_equal(laco_module_new(ctx, 3, &module), LACO_OK);
    assert_int_equal(laco_module_add_param(module, "w", 1, &count, param), LACO_OK);
    for (int64_t i = 0; i < count; i++)
        (*param)->value[i] = (laco_real)sin((double)i);
    return module;
}

/* Two optimisers of a part each move what one of all moves. */
static void test_parts_of_an_optimiser(void **state)
{
    (void)state;
    static const laco_optimiser_kind kinds[] = {LACO_SGD, LACO_ADAM, LACO_ADAMW, LACO_RMSPROP};
    static const laco_stretch parts[] = {{0, 0}, {0, 64}, {64, 101}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        laco_param *whole, *cut;
        laco_module *one = module_of(101, &whole), *other = module_of(101, &cut);
        laco_optimiser_config config = {.kind = kinds[k], .lr = 0.01, .momentum = kinds[k] == LACO_SGD ? 0.9 : 0};
        laco_optimiser *all, *part[3];
        const char *name;
        assert_int_equal(laco_optimiser_new(one, &config, &all), LACO_OK);
        for (int p = 0; p < 3; p++)
            assert_int_equal(laco_optimiser_new_part(other, &config, &parts[p], &part[p]), LACO_OK);
        for (int step = 0; step < 3; step++) {
            for (int p = 2; p >= 0; p--) {
                for (int i = 0; i < 101; i++)
                    whole->grad[i] = cut->grad[i] = (laco_real)cos(i * (step + 1));
                assert_int_equal(laco_optimiser_step_and_clear(part[p]), LACO_OK);
                for (int i = 0; i < 101; i++)
                    assert_true(cut->grad[i] == 0);
            }
            assert_int_equal(laco_optimiser_step_and_clear(all), LACO_OK);
        }
        assert_memory_equal(whole->value, cut->value, 101 * sizeof(laco_real));
        assert_memory_equal(laco_optimiser_buffer(all, 0, 0, &name) + 64, laco_optimiser_buffer(part[2], 0, 0, &name),
                            37 * sizeof(laco_real));
        for (int p = 0; p < 3; p++)
            laco_optimiser_free(part[p]);
        laco_optimiser_free(all);
        laco_module_free(one);
        laco_module_free(other);
    }
}

#define T 4
#define B 3
#define K 3

/* The backward pass of a field over scores that `m` chooses. */
static void run_crf(laco_crf *crf, laco_tape *tape, int m)
{
    int32_t targets[T * B], lengths[B] = {4, 0, 3};
    laco_real x[T * B * K];
    for (int i = 0; i < T * B * K; i++)
        x[i] = (laco_real)sin(i * (m + 1.7));
    for (int i = 0; i < T * B; i++)
        targets[i] = (i + m) % K;
    laco_tape_reset(tape);
    laco_var scores = laco_leaf(tape, x, 3, (int64_t[]){T, B, K});
    assert_non_null(scores);
    laco_var loss = laco_scale(tape, laco_crf_loss(tape, crf, scores, targets, lengths, LACO_MEAN), 1 / 3.0);
    assert_int_equal(laco_backward(tape, loss), LACO_OK);
}

/* What backward passes add to a field's gradients is the same addend for addend, taken out and added in their order. */
static void test_terms_of_a_field(void **state)
{
    (void)state;
    laco_module *module;
    laco_crf *crf;
    laco_tape *tape;
    laco_real kept[3][100], sum[3][K * K];
    int64_t count[3];
    assert_int_equal(laco_module_new(ctx, 3, &module), LACO_OK);
    assert_int_equal(laco_crf_new(module, "crf", K, &crf), LACO_OK);
    assert_int_equal(laco_tape_new(ctx, NULL, &tape), LACO_OK);
    for (int m = 2; m >= 0; m--)
        run_crf(crf, tape, m);
    for (int i = 0; i < 3; i++)
        memcpy(sum[i], module->param[i]->grad, (size_t)module->param[i]->count * sizeof **sum);
    laco_module_zero_grad(module);
    laco_crf_keep_apart(crf, true);
    for (int m = 0; m < 3; m++) { /* in whatever order */
        const laco_real *terms;
        run_crf(crf, tape, m);
        assert_int_equal(laco_crf_take_terms(crf, &terms, &count[m]), LACO_OK);
        assert_int_equal(count[m], K * K + B * 2 * K);
        memcpy(kept[m], terms, (size_t)count[m] * sizeof *terms);
        for (int i = 0; i < 3; i++)
            for (int64_t k = 0; k < module->param[i]->count; k++)
                assert_true(module->param[i]->grad[k] == 0);
    }
    for (int m = 2; m >= 0; m--)
        laco_crf_add_terms(crf, kept[m], count[m]);
    for (int i = 0; i < 3; i++)
        assert_memory_equal(module->param[i]->grad, sum[i], (size_t)module->param[i]->count * sizeof **sum);
    const laco_real *none;
    laco_module_zero_grad(module);
    assert_int_equal(laco_crf_take_terms(crf, &none, &count[0]), LACO_OK); /* of a shard without a sentence */
    assert_int_equal(count[0], K * K);
    laco_tape_free(tape);
    laco_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_groups), TEST(test_all_is_done), TEST(test_whose_parameter),
                                       TEST(test_parts_of_an_optimiser), TEST(test_terms_of_a_field)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
