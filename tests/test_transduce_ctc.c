/* Transducers that learn CTC beside their decoder: answers are judged by both, and CTC is left out where it cannot be. */
#include "transduce/transducer.h"
#include "nn/module.h"
#include "reversed_words.h"
#include "temporary_folder.h"

#include <math.h>

static laco_context *ctx;
static laco_pairs *pairs;
static laco_model *model;

/* log of the share of all paths through frames [T][V] that become `count` tokens when repeats and then blanks are left out. */
static double paths_by_hand(const laco_real *frames, int64_t T, int64_t V, const int32_t *tokens, int64_t count)
{
    double sum = 0;
    int64_t paths = 1;
    for (int64_t t = 0; t < T; t++)
        paths *= V;
    for (int64_t path = 0; path < paths; path++) {
        int64_t written = 0, last = 0;
        bool fits = true;
        double log_p = 0;
        for (int64_t t = 0, rest = path; t < T; t++, rest /= V) {
            int64_t token = rest % V;
            log_p += (double)frames[t * V + token];
            if (token != 0 && token != last)
                fits = fits && written < count && tokens[written++] == token;
            last = token;
        }
        sum += fits && written == count ? exp(log_p) : 0;
    }
    return log(sum);
}

/* Scores are by both, log-probabilities the decoder's; the weight decides the order. */
static void judged_by_ctc(void **state)
{
    (void)state;
    enum { BEST = 4 };
    laco_transducer *t = (laco_transducer *)model;
    laco_hypothesis answers[BEST];
    const char *source = "ca";
    laco_decode_options options = {.beam = BEST, .nbest = BEST};
    double weight = t->config.ctc_weight;
    assert_true(weight == LACO_TRANSDUCE_CTC_WEIGHT && t->config.ctc_steps == 2);
    for (double w = 0; w < 3; w += 1) {
        laco_decoding writers[LACO_MOST_ENSEMBLE];
        laco_var frames[LACO_MOST_ENSEMBLE];
        t->config.ctc_weight = w;
        assert_int_equal(laco_model_transduce(model, 1, &source, NULL, &options, answers, NULL), LACO_OK);
        int32_t ids[] = {laco_vocabulary_id(t->sources, "c", 1), laco_vocabulary_id(t->sources, "a", 1)};
        laco_tape_reset(t->tape);
        assert_int_equal(laco_transducer_read(t->tape, t, ids, 2, 1, NULL, writers, frames), LACO_OK);
        assert_int_equal(laco_var_dim(frames[0], 0), 4);
        for (int k = 0; k < BEST; k++) {
            int32_t tokens[16];
            int64_t count = 0;
            for (const char *p = answers[k].text; *p; p += strcspn(p, " "), p += *p == ' ')
                tokens[count++] = laco_vocabulary_id(t->targets, p, strcspn(p, " "));
            double ctc = fmax(paths_by_hand(laco_var_data(frames[0]), 4, t->config.outputs, tokens, count), -1e4);
            double score = (answers[k].log_probability + w * ctc) / (1 + w) / (double)(count + 1);
            assert_true(fabs(answers[k].score - score) < 1e-4 * fabs(score));
            assert_true(k == 0 || answers[k].score <= answers[k - 1].score);
        }
        assert_string_equal(answers[0].text, "A k s");
    }
    t->config.ctc_weight = weight;
}

/* A decoder that cannot find the end any more: CTC's own answer stands first, with what the decoder says of it. */
static void answered_by_ctc(void **state)
{
    (void)state;
    enum { BEAM = 2, NEVER = 40 };
    static const char *const sources[] = {"a", "bb", "ca"}, *const right[] = {"A", "B B", "A k s"};
    laco_transducer *t = (laco_transducer *)model;
    laco_hypothesis before[3 * BEAM], after[3 * BEAM];
    laco_decode_options options = {.beam = BEAM, .nbest = BEAM};
    double weight = t->config.ctc_weight;
    laco_param *bias = laco_module_find(laco_model_module(model), "decoder.output.bias");
    t->config.ctc_weight = 1;
    assert_int_equal(laco_model_transduce(model, 3, sources, NULL, &options, before, NULL), LACO_OK);
    double log_p[3];
    for (int i = 0; i < 3; i++) {
        assert_string_equal(before[i * BEAM].text, right[i]);
        log_p[i] = before[i * BEAM].log_probability;
    }
    bias->value[LACO_EDGE] -= NEVER;
    laco_param_changed(bias);
    assert_int_equal(laco_model_transduce(model, 3, sources, NULL, &options, after, NULL), LACO_OK);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(after[i * BEAM].text, right[i]);
        assert_true(after[i * BEAM].log_probability < log_p[i] - NEVER / 2);
        assert_true(strlen(after[i * BEAM + 1].text) > 10);
    }
    t->config.ctc_weight = 0;
    assert_int_equal(laco_model_transduce(model, 3, sources, NULL, &options, after, NULL), LACO_OK);
    assert_true(strlen(after[0].text) > 10);
    bias->value[LACO_EDGE] += NEVER;
    laco_param_changed(bias);
    t->config.ctc_weight = weight;
}

/* Writers say of a sequence what they said when they wrote it. */
static void sums_of_what_was_written(void **state)
{
    (void)state;
    enum { G = 2, BEAM = 3, T = 2 };
    laco_transducer *t = (laco_transducer *)model;
    laco_decoding writers[LACO_MOST_ENSEMBLE];
    laco_beam beam;
    int32_t a = laco_vocabulary_id(t->sources, "a", 1), c = laco_vocabulary_id(t->sources, "c", 1);
    const int32_t ids[T * G] = {c, a, a, 0}, lengths[G] = {2, 1};
    laco_tape_reset(t->tape);
    assert_int_equal(laco_transducer_read(t->tape, t, ids, T, G, lengths, writers, NULL), LACO_OK);
    const laco_decode_job writing = {.writers = writers,
                                     .count = 1,
                                     .tape = t->steps,
                                     .groups = G,
                                     .outputs = t->config.outputs,
                                     .options = {.beam = BEAM, .nbest = 1, .length_penalty = 1, .length = 8}};
    assert_int_equal(laco_decode_step(ctx, &writing, &beam), LACO_OK);
    assert_true(beam.count[0] != beam.count[BEAM]);
    for (int64_t k = 0; k < BEAM; k++) {
        int32_t tokens[G * 8];
        int64_t count[G];
        double sum[G];
        for (int64_t g = 0; g < G; g++) {
            memcpy(tokens + g * 8, beam.tokens + (g * BEAM + k) * beam.length, (size_t)beam.length * sizeof *tokens);
            count[g] = beam.count[g * BEAM + k];
        }
        assert_int_equal(laco_decode_sums(ctx, &writing, tokens, count, 8, sum), LACO_OK);
        for (int64_t g = 0; g < G; g++)
            assert_true(fabs(sum[g] - beam.sum[g * BEAM + k]) < 1e-4);
    }
    laco_beam_free(ctx, &beam);
}

/* Where targets are too long for their sources there is none, nor where it is not wanted. */
static void models_without_ctc(void **state)
{
    (void)state;
    static const char text[] = "a\tA A A A A\nb\tB B B B B\nab\tA A A A A B B B B B\n";
    laco_pairs *longer;
    laco_model *fresh;
    laco_transduce_options options = reversed_options();
    options.train.epochs = 1;
    assert_int_equal(laco_pairs_parse(ctx, "longer", text, sizeof text - 1, &longer), LACO_OK);
    assert_int_equal(laco_train_transduce(ctx, &options, longer, NULL, &fresh), LACO_OK);
    assert_int_equal(((laco_transducer *)fresh)->config.ctc_steps, 0);
    laco_model_free(fresh);
    laco_pairs_free(longer);
    options.ctc = -1;
    assert_int_equal(laco_train_transduce(ctx, &options, pairs, NULL, &fresh), LACO_OK);
    assert_null(laco_module_find(laco_model_module(fresh), "ctc.weight"));
    laco_model_free(fresh);
}

/* How much CTC counts is what does best on the validation data, and stands in the file. */
static void weighed_on_validation_data(void **state)
{
    (void)state;
    laco_model *fresh, *loaded;
    laco_transduce_options options = reversed_options();
    temporary_folder_make();
    options.train.epochs = 5; /* not yet all right */
    assert_int_equal(laco_train_transduce(ctx, &options, pairs, pairs, &fresh), LACO_OK);
    double *weight = &((laco_transducer *)fresh)->config.ctc_weight, chosen = *weight;
    assert_int_equal(laco_model_save(fresh, temporary_path("model")), LACO_OK);
    assert_int_equal(laco_model_load(ctx, temporary_path("model"), &loaded), LACO_OK);
    assert_true(((laco_transducer *)loaded)->config.ctc_weight == chosen && ((laco_transducer *)loaded)->config.ctc_steps == 2);
    laco_decode_score best, other, again;
    assert_int_equal(laco_model_score_pairs(fresh, pairs, NULL, &best), LACO_OK);
    assert_int_equal(laco_model_score_pairs(loaded, pairs, NULL, &again), LACO_OK);
    assert_true(best.right == again.right && best.errors == again.errors);
    size_t worse = 0;
    for (const double *w = (const double[]){0, 0.1, 0.3, 1, -1}; *w >= 0; w++) {
        *weight = *w;
        assert_int_equal(laco_model_score_pairs(fresh, pairs, NULL, &other), LACO_OK);
        assert_true(other.right <= best.right);
        worse += other.right < best.right;
    }
    assert_true(worse > 0);
    laco_model_free(loaded);
    laco_model_free(fresh);
    temporary_folder_remove();
}

static int setup(void **state)
{
    (void)state;
    laco_transduce_options options = reversed_options();
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
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judged_by_ctc),
        cmocka_unit_test(answered_by_ctc),
        cmocka_unit_test(sums_of_what_was_written),
        cmocka_unit_test(models_without_ctc),
        cmocka_unit_test(weighed_on_validation_data),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
