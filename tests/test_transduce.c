/* Transducers: that they learn, answer the same whatever stands beside a source, survive a file, and refuse what cannot be. */
#include "base/base.h"
#include "failing_allocator.h"
#include "laco/laco.h"
#include "transduce/transducer.h"
#include "reversed_words.h"
#include "temporary_folder.h"

#include <math.h>

static laco_context *ctx;
static laco_pairs *pairs;
static laco_model *model;

static double wrong(laco_model *of, const laco_decode_options *options)
{
    laco_decode_score score;
    if (laco_model_score_pairs(of, pairs, options, &score) < 0)
        fail_msg("%s", laco_error(ctx));
    assert_int_equal(score.count, laco_pairs_count(pairs));
    assert_true(score.right <= score.count && (score.errors == 0) == (score.right == score.count));
    return laco_decode_score_wrong(&score);
}

static void everything_learns(void **state)
{
    (void)state;
    const struct {
        laco_cell_kind cell;
        laco_attention_kind attention;
        int layers, directions;
        double sampling;
    } cases[] = {{LACO_GRU, LACO_ATTENTION_ADDITIVE, 1, 2, 0},
                 {LACO_LSTM, LACO_ATTENTION_DOT, 2, 1, 0.3},
                 {LACO_LSTM, LACO_ATTENTION_NONE, 1, 2, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_model *fresh;
        laco_transduce_options options = reversed_options();
        options.network.cell = cases[i].cell;
        options.network.layers = cases[i].layers;
        options.network.directions = cases[i].directions;
        options.attention = cases[i].attention;
        options.scheduled_sampling = cases[i].sampling;
        assert_int_equal(laco_train_transduce(ctx, &options, pairs, NULL, &fresh), LACO_OK);
        assert_true(wrong(fresh, NULL) < 0.1);
        laco_model_free(fresh);
    }
}

/* Answers to all sources at once are those to each alone; threads and a saved file change nothing. */
static void answers_are_answers(void **state)
{
    (void)state;
    enum { COUNT = 60, BEST = 3 };
    const char *sources[COUNT], *path = temporary_path("model");
    laco_hypothesis all[COUNT * BEST], one[BEST];
    char kept[COUNT * BEST][64];
    laco_decode_options options = {.beam = 4, .nbest = BEST};
    laco_context *other;
    laco_model *loaded;
    for (size_t i = 0; i < COUNT; i++)
        sources[i] = laco_pairs_source(pairs, 2 * i, NULL);
    assert_int_equal(laco_model_transduce(model, COUNT, sources, NULL, &options, all, NULL), LACO_OK);
    for (size_t i = 0; i < COUNT * BEST; i++)
        snprintf(kept[i], sizeof kept[i], "%s", all[i].text);
    assert_int_equal(laco_model_save(model, path), LACO_OK);
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 2}, &other), LACO_OK);
    assert_int_equal(laco_model_load(other, path, &loaded), LACO_OK);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(laco_model_transduce(loaded, 1, &sources[i], NULL, &options, one, NULL), LACO_OK);
        for (size_t k = 0; k < BEST; k++) {
            assert_string_equal(one[k].text, kept[i * BEST + k]);
            assert_true(one[k].log_probability == all[i * BEST + k].log_probability);
            assert_true(k == 0 || (one[k].score <= one[k - 1].score && strcmp(one[k].text, one[k - 1].text) != 0));
        }
    }
    laco_model_free(loaded);
    laco_context_free(other);
}

/* ---- Ensembles ---- */

/* Σ log softmax of the mean of the members' logits over the right target of pair i and its end, computed by hand. */
static double by_hand(laco_transducer *t, const laco_pair_ids *ids, size_t i)
{
    enum { MOST = 16 };
    int32_t read[MOST] = {LACO_EDGE};
    int64_t S = laco_sequences_length(&ids->sources, i), T = laco_sequences_length(&ids->targets, i) + 1, V = t->config.outputs;
    const int32_t *right = laco_sequences_ids(&ids->targets, i);
    const laco_real *logits[LACO_MOST_ENSEMBLE];
    laco_decoding writers[LACO_MOST_ENSEMBLE];
    double sum = 0;
    memcpy(read + 1, right, (size_t)(T - 1) * sizeof *read);
    laco_tape_reset(t->tape);
    assert_int_equal(laco_transducer_read(t->tape, t, laco_sequences_ids(&ids->sources, i), S, 1, NULL, writers, NULL), LACO_OK);
    for (int64_t m = 0; m < t->config.ensemble; m++)
        logits[m] = laco_var_data(
            laco_decoder_apply(t->tape, writers[m].decoder, read, T, 1, NULL, &writers[m].memory, &writers[m].state, NULL));
    for (int64_t step = 0; step < T; step++) {
        double all = 0, one = 0;
        for (int64_t v = 0; v < V; v++) {
            double mean = 0;
            for (int64_t m = 0; m < t->config.ensemble; m++)
                mean += (double)logits[m][step * V + v] / (double)t->config.ensemble;
            all += exp(mean);
            one = v == (step + 1 < T ? right[step] : LACO_EDGE) ? mean : one;
        }
        sum += one - log(all);
    }
    return sum;
}

/* What members write together is the renormalised mean of what each would, also behind a file. */
static void members(void **state)
{
    (void)state;
    laco_model *fresh, *loaded;
    laco_hypothesis answer, again;
    laco_pair_ids ids;
    laco_decode_options greedy = {.beam = 1, .length_penalty = -1};
    laco_transduce_options options = reversed_options();
    options.ensemble = 3;
    options.scheduled_sampling = 0.2;
    assert_int_equal(laco_train_transduce(ctx, &options, pairs, NULL, &fresh), LACO_OK);
    assert_true(wrong(fresh, NULL) < 0.1);
    assert_int_equal(laco_model_save(fresh, temporary_path("members")), LACO_OK);
    assert_int_equal(laco_model_load(ctx, temporary_path("members"), &loaded), LACO_OK);
    assert_non_null(laco_module_find(laco_model_module(loaded), "member_2.decoder.output.weight"));
    assert_int_equal(laco_pair_ids_new((laco_transducer *)loaded, pairs, &ids), LACO_OK);
    size_t compared = 0;
    for (size_t i = 0; i < laco_pairs_count(pairs); i++) {
        const char *source = laco_pairs_source(pairs, i, NULL);
        assert_int_equal(laco_model_transduce(fresh, 1, &source, NULL, &greedy, &answer, NULL), LACO_OK);
        assert_int_equal(laco_model_transduce(loaded, 1, &source, NULL, &greedy, &again, NULL), LACO_OK);
        assert_string_equal(answer.text, again.text);
        assert_true(answer.log_probability == again.log_probability);
        size_t length; /* of the right target, which ends in a space */
        const char *right = laco_pairs_target(pairs, i, 0, &length);
        if (strlen(again.text) + 1 != length || memcmp(again.text, right, length - 1) != 0)
            continue;
        assert_true(fabs(by_hand((laco_transducer *)loaded, &ids, i) - again.log_probability) < 1e-4);
        compared++;
    }
    assert_true(compared > laco_pairs_count(pairs) / 2);
    laco_pair_ids_free(&ids);
    laco_model_free(fresh);
    laco_model_free(loaded);
}

/* Members differ, and none is left out: without what it writes the answers are others. */
static void each_member_counts(void **state)
{
    (void)state;
    laco_model *fresh;
    laco_hypothesis answer;
    const char *source = "abcb";
    laco_transduce_options options = reversed_options();
    options.train.epochs = 5;
    options.ensemble = 2;
    assert_int_equal(laco_train_transduce(ctx, &options, pairs, NULL, &fresh), LACO_OK);
    laco_module *module = laco_model_module(fresh);
    const char *const names[] = {"decoder.output.weight", "member_1.decoder.output.weight", "encoder.weight_hh_l0",
                                 "member_1.encoder.weight_hh_l0"};
    double before = 0;
    for (size_t i = 0; i <= sizeof names / sizeof *names; i++) {
        assert_int_equal(laco_model_transduce(fresh, 1, &source, NULL, NULL, &answer, NULL), LACO_OK);
        assert_true(i == 0 || answer.log_probability != before);
        before = answer.log_probability;
        laco_param *param = i < sizeof names / sizeof *names ? laco_module_find(module, names[i]) : NULL;
        for (int64_t k = 0; param && k < param->count; k++)
            param->value[k] *= (laco_real)0.5;
        if (param)
            laco_param_changed(param);
    }
    laco_model_free(fresh);
}

static void what_is_told_beside(void **state)
{
    (void)state;
    static const char *const sources[] = {"abc", "a?b", "", "abcabcabc"};
    laco_hypothesis answers[4];
    laco_transduce_note note;
    assert_int_equal(laco_model_transduce(model, 4, sources, NULL, NULL, answers, &note), LACO_OK);
    assert_string_equal(answers[0].text, "k s B A");
    assert_true(answers[0].log_probability < 0 && answers[0].log_probability > -0.5);
    assert_string_equal(answers[2].text, "");
    assert_int_equal(note.unseen, 1);
    assert_int_equal(note.longer, 1);
    assert_int_equal(note.longest, 4);
}

static void alignment(void **state)
{
    (void)state;
    laco_alignment a;
    assert_int_equal(laco_model_align(model, "abc", &a), LACO_OK);
    assert_int_equal(a.rows, 5);
    assert_int_equal(a.columns, 3);
    assert_string_equal(a.row_text[0], "k");
    assert_string_equal(a.row_text[4], "");
    assert_string_equal(a.column_text[2], "c");
    for (int64_t r = 0; r < a.rows; r++) {
        double sum = 0;
        for (int64_t c = 0; c < a.columns; c++)
            sum += (double)a.weights[r * a.columns + c];
        assert_true(fabs(sum - 1) < 1e-5);
    }
    laco_alignment_free(&a);
    assert_int_equal(laco_model_align(model, "", &a), LACO_INVALID);
}

/* A beam of 1 is greedy: its probability is at most that of a wider beam's best by the same measure. */
static void beams(void **state)
{
    (void)state;
    const char *source = "cabc";
    laco_hypothesis greedy, wide;
    laco_label label;
    double *ctc_weight = &((laco_transducer *)model)->config.ctc_weight, weight = *ctc_weight;
    *ctc_weight = 0; /* else the best is not the most probable one */
    assert_int_equal(
        laco_model_transduce(model, 1, &source, NULL, &(laco_decode_options){.beam = 1, .length_penalty = -1}, &greedy, NULL),
        LACO_OK);
    assert_int_equal(
        laco_model_transduce(model, 1, &source, NULL, &(laco_decode_options){.beam = 50, .length_penalty = -1}, &wide, NULL),
        LACO_OK);
    assert_true(wide.log_probability >= greedy.log_probability);
    assert_true(wide.score == wide.log_probability);
    *ctc_weight = weight;
    assert_int_equal(laco_model_transduce(model, 1, &source, NULL, &(laco_decode_options){.length = 2}, &wide, NULL), LACO_OK);
    assert_true(strlen(wide.text) <= 3);
    static const laco_decode_options never[] = {{.beam = -1}, {.nbest = -1}, {.beam = 2, .nbest = 3}, {.length = -1}};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_int_equal(laco_model_transduce(model, 1, &source, NULL, &never[i], &wide, NULL), LACO_INVALID);
    source = "a\xff";
    assert_int_equal(laco_model_transduce(model, 1, &source, NULL, NULL, &wide, NULL), LACO_FORMAT);
    assert_int_equal(laco_model_classify(model, "a", 1, &label), LACO_INVALID);
}

static void options_that_cannot_be(void **state)
{
    (void)state;
    const laco_transduce_options never[] = {
        {.train = {.batch = -1}},    {.valid.fraction = 1},          {.network = {.cell = LACO_MLP}},
        {.network = {.embed = -1}},  {.network = {.dropout = 1}},    {.label_smoothing = 1},
        {.scheduled_sampling = 1.5},           {.network = {.layers = 2000}},  {.attention = (laco_attention_kind)9},
        {.network = {.hidden = -3}}, {.source = (laco_token_kind)7}, {.ensemble = -1},
        {.decoder_layers = -1},      {.decoder_layers = 1001},         {.ensemble = LACO_MOST_ENSEMBLE + 1},
    };
    laco_model *none = NULL;
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_int_equal(laco_train_transduce(ctx, &never[i], pairs, NULL, &none), LACO_INVALID);
        assert_string_not_equal(laco_error(ctx), "");
    }
    assert_null(none);
}

static laco_status whole_life(laco_context *own, void *data)
{
    const char *source = "ab";
    laco_hypothesis answer;
    laco_alignment seen;
    laco_model *fresh = NULL;
    laco_pairs *few;
    laco_decode_score score;
    laco_transduce_options options = {.train = {.epochs = 1, .batch = 4},
                                      .network = {.hidden = 3, .embed = 2},
                                      .attention = LACO_ATTENTION_ADDITIVE,
                                      .ensemble = 2,
                                      .scheduled_sampling = 0.5,
                                      .valid.fraction = 0.3};
    (void)data;
    LACO_TRY(laco_pairs_parse(own, "few", "a\tA\nb\tB\nab\tB A\nba\tA B\n", 22, &few));
    laco_status status = laco_train_transduce(own, &options, few, NULL, &fresh);
    if (status == LACO_OK)
        status = laco_model_score_pairs(fresh, few, &(laco_decode_options){.beam = 2, .length = 3}, &score);
    if (status == LACO_OK)
        status = laco_model_transduce(fresh, 1, &source, NULL, &(laco_decode_options){.length = 3}, &answer, NULL);
    if (status == LACO_OK && (status = laco_model_align(fresh, source, &seen)) == LACO_OK)
        laco_alignment_free(&seen);
    laco_model_free(fresh);
    laco_pairs_free(few);
    return status;
}

static void memory_runs_out(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(whole_life, NULL) > 100);
}

static int setup(void **state)
{
    (void)state;
    laco_transduce_options options = reversed_options();
    temporary_folder_make();
    if (laco_context_new(NULL, &ctx) < 0 || !(pairs = reversed_words(ctx, 4)))
        return -1;
    return laco_train_transduce(ctx, &options, pairs, NULL, &model);
}

static int teardown(void **state)
{
    (void)state;
    laco_model_free(model);
    laco_pairs_free(pairs);
    laco_context_free(ctx);
    temporary_folder_remove();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_learns),
        cmocka_unit_test(answers_are_answers),
        cmocka_unit_test(members),
        cmocka_unit_test(each_member_counts),
        cmocka_unit_test(what_is_told_beside),
        cmocka_unit_test(alignment),
        cmocka_unit_test(beams),
        cmocka_unit_test(options_that_cannot_be),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
