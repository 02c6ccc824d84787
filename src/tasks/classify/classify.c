/* Asking a classifier, and scoring it. */
#include "classify/labelled.h"
#include "laco/classifier.h"
#include "text/encode.h"
#include "classify/classifier.h"

#include <math.h>
#include <string.h>

static laco_status as_classifier(const laco_model *model, laco_classifier **out)
{
    if (model->task != &laco_task_classify)
        return laco_fail(model->ctx, LACO_INVALID, "a model trained to %s cannot classify", model->task->name);
    *out = (laco_classifier *)(uintptr_t)model;
    return LACO_OK;
}

/* The best `top` of one row, ties by the order of the labels. */
static void rank_row(const laco_classifier *model, const laco_real *row, int top, laco_label *answers)
{
    int kept = 0;
    for (int k = 0; k < model->label_count; k++) {
        int place = kept < top ? kept++ : top;
        while (place > 0 && row[k] > answers[place - 1].log_probability) {
            if (place < top)
                answers[place] = answers[place - 1];
            place--;
        }
        if (place < top)
            answers[place] = (laco_label){model->labels[k], k, (double)row[k]};
    }
    for (; kept < top; kept++)
        answers[kept] = (laco_label){NULL, -1, 0};
}

/* Texts to ids; *unseen is raised by the tokens without an id. */
static laco_status encode(laco_classifier *model, size_t count, const char *const *texts, const size_t *lengths,
                          laco_sequences *out, size_t *unseen)
{
    laco_text_buffer buffer;
    laco_status status = LACO_OK;
    laco_text_buffer_init(&buffer, model->base.ctx);
    for (size_t i = 0; i < count && status == LACO_OK; i++)
        status = laco_text_encode(&buffer, &model->input.text, model->input.vocabulary, texts[i],
                                  lengths ? lengths[i] : strlen(texts[i]), out, NULL);
    laco_text_buffer_free(&buffer);
    for (size_t i = 0; status == LACO_OK && unseen && i < out->ids_used; i++)
        *unseen += out->ids[i] == LACO_UNKNOWN;
    return status;
}

static laco_status check_answers(const laco_classifier *model, size_t count, const laco_real *scores)
{
    return laco_model_check_answers(model->base.ctx, scores, (int64_t)count * model->label_count, model->label_count, false);
}

static laco_status classify_sequences(laco_classifier *model, const laco_sequences *sequences, int top, laco_label *answers)
{
    size_t count = sequences->count, K = (size_t)model->label_count;
    laco_real *scores = laco_alloc(model->base.ctx, count, K * sizeof *scores);
    if (!scores)
        return LACO_NO_MEMORY;
    laco_status status = laco_classifier_answer(model, sequences, NULL, count, scores);
    if (status == LACO_OK)
        status = check_answers(model, count, scores);
    for (size_t i = 0; status == LACO_OK && i < count; i++)
        rank_row(model, scores + i * K, top, answers + i * (size_t)top);
    laco_release(model->base.ctx, scores);
    return status;
}

static laco_status check_top(const laco_classifier *model, int top)
{
    return top >= 1 ? LACO_OK : laco_fail(model->base.ctx, LACO_INVALID, "top is %d; at least 1 answer can be asked for", top);
}

laco_status laco_model_classify_many(laco_model *base, size_t count, const char *const *texts, const size_t *lengths, int top,
                                     laco_label *answers, size_t *unseen)
{
    laco_classifier *model;
    laco_sequences sequences;
    size_t missing = 0;
    LACO_TRY(as_classifier(base, &model));
    LACO_TRY(check_top(model, top));
    if (!model->input.vocabulary)
        return laco_fail(base->ctx, LACO_INVALID, "this model reads numbers, %lld in a step, and no texts",
                         (long long)model->input.features);
    laco_sequences_init(&sequences, base->ctx);
    laco_status status = encode(model, count, texts, lengths, &sequences, &missing);
    if (status == LACO_OK && count > 0)
        status = classify_sequences(model, &sequences, top, answers);
    laco_sequences_free(&sequences);
    if (status == LACO_OK && unseen)
        *unseen += missing;
    return status;
}

/* The numbers of `count` sequences as they are; finite, or the answers would not be. */
static laco_status view(laco_classifier *model, size_t count, const laco_real *const *values, const int64_t *steps,
                        laco_sequences *out)
{
    int64_t F = model->input.features;
    for (size_t i = 0; i < count; i++) {
        if (steps[i] < 0 || steps[i] > INT32_MAX)
            return laco_fail(out->ctx, LACO_INVALID, "sequence %zu has %lld steps; 0 … %d can be", i, (long long)steps[i],
                             INT32_MAX);
        for (int64_t j = 0; j < steps[i] * F; j++)
            if (!isfinite(values[i][j]))
                return laco_fail(out->ctx, LACO_INVALID, "sequence %zu holds a number that is not finite at step %lld", i,
                                 (long long)(j / F));
        LACO_TRY(laco_sequences_view(out, values[i], (size_t)steps[i], F));
    }
    return LACO_OK;
}

laco_status laco_model_classify_numbers(laco_model *base, size_t count, const laco_real *const *values, const int64_t *steps,
                                        int top, laco_label *answers)
{
    laco_classifier *model;
    laco_sequences sequences;
    LACO_TRY(as_classifier(base, &model));
    LACO_TRY(check_top(model, top));
    if (model->input.vocabulary)
        return laco_fail(base->ctx, LACO_INVALID, "this model reads texts, and no numbers");
    laco_sequences_init(&sequences, base->ctx);
    laco_status status = view(model, count, values, steps, &sequences);
    if (status == LACO_OK && count > 0)
        status = classify_sequences(model, &sequences, top, answers);
    laco_sequences_free(&sequences);
    return status;
}

laco_status laco_model_classify_data(laco_model *base, const laco_labelled *data, int top, laco_label *answers)
{
    laco_classifier *model;
    laco_sequences sequences;
    LACO_TRY(as_classifier(base, &model));
    LACO_TRY(check_top(model, top));
    laco_sequences_init(&sequences, base->ctx);
    laco_status status = laco_classifier_input_encode(&model->input, data, &sequences);
    if (status == LACO_OK)
        status = classify_sequences(model, &sequences, top, answers);
    laco_sequences_free(&sequences);
    return status;
}

/* ---- Scores -------------------------------------------------------------------------------------------------------- */

void laco_classify_score_free(laco_classify_score *score)
{
    if (!score || !score->ctx)
        return;
    laco_release(score->ctx, score->classes);
    laco_release(score->ctx, score->confusion);
    *score = (laco_classify_score){0};
}

/* Precision, recall and F1 of each class from the confusion matrix; accuracy and macro-F1 over all. */
static void summarise(laco_classify_score *score)
{
    size_t K = (size_t)score->class_count, right = 0, occurring = 0;
    double f1 = 0;
    for (size_t k = 0; k < K; k++) {
        laco_class_score *class = &score->classes[k];
        size_t hits = score->confusion[k * K + k], answered = 0;
        for (size_t j = 0; j < K; j++) {
            class->count += score->confusion[k * K + j];
            answered += score->confusion[j * K + k];
        }
        right += hits;
        class->precision = answered ? (double)hits / (double)answered : 0;
        class->recall = class->count ? (double)hits / (double)class->count : 0;
        class->f1 = hits ? 2 * class->precision * class->recall / (class->precision + class->recall) : 0;
        occurring += class->count > 0;
        f1 += class->count > 0 ? class->f1 : 0;
    }
    score->accuracy = score->count ? (double)right / (double)score->count : 0;
    score->macro_f1 = occurring ? f1 / (double)occurring : 0;
}

laco_status laco_classify_score_fill(laco_context *ctx, const char *const *names, int K, size_t count, const int32_t *labels,
                                     const laco_real *log_probabilities, laco_classify_score *out)
{
    laco_classify_score score = {.ctx = ctx, .count = count, .class_count = K};
    size_t width = (size_t)K;
    score.classes = laco_alloc(ctx, width, sizeof *score.classes);
    score.confusion = laco_alloc(ctx, width, width * sizeof *score.confusion);
    if (!score.classes || !score.confusion) {
        laco_classify_score_free(&score);
        return LACO_NO_MEMORY;
    }
    for (size_t k = 0; k < width; k++)
        score.classes[k].name = names[k];
    for (size_t i = 0; i < count; i++) {
        const laco_real *row = log_probabilities + i * width;
        size_t best = 0;
        for (size_t k = 1; k < width; k++)
            best = row[k] > row[best] ? k : best;
        score.confusion[(size_t)labels[i] * width + best]++;
        score.loss -= (double)row[labels[i]] / (double)count;
    }
    summarise(&score);
    *out = score;
    return LACO_OK;
}

static laco_status score_sequences(laco_classifier *model, const laco_labelled *data, const laco_sequences *sequences,
                                   laco_classify_score *out)
{
    laco_context *ctx = model->base.ctx;
    size_t count = sequences->count;
    laco_real *scores = laco_alloc(ctx, count, (size_t)model->label_count * sizeof *scores);
    laco_status status = scores ? laco_classifier_answer(model, sequences, NULL, count, scores) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = check_answers(model, count, scores);
    if (status == LACO_OK)
        status = laco_classify_score_fill(ctx, (const char *const *)model->labels, model->label_count, count,
                                          laco_labelled_labels(data), scores, out);
    laco_release(ctx, scores);
    return status;
}

static bool same_labels(const laco_classifier *model, const laco_labelled *data)
{
    bool same = (int)data->labels.count == model->label_count;
    for (int k = 0; same && k < model->label_count; k++)
        same = strcmp(data->names[k], model->labels[k]) == 0;
    return same;
}

laco_status laco_model_score(laco_model *base, const laco_labelled *data, laco_classify_score *out)
{
    laco_classifier *model;
    laco_sequences sequences;
    LACO_TRY(as_classifier(base, &model));
    if (!same_labels(model, data))
        return laco_fail(base->ctx, LACO_INVALID, "the data was not loaded with the labels of the model");
    laco_sequences_init(&sequences, base->ctx);
    laco_status status = laco_classifier_input_encode(&model->input, data, &sequences);
    if (status == LACO_OK)
        status = score_sequences(model, data, &sequences, out);
    laco_sequences_free(&sequences);
    return status;
}
