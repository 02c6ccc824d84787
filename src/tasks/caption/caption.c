/* Asking a captioner, and scoring it. */
#include "caption/captioner.h"

#include <string.h>

static laco_status as_captioner(const laco_model *model, laco_captioner **out)
{
    if (model->task != &laco_task_caption)
        return laco_fail(model->ctx, LACO_INVALID, "a model trained to %s cannot write captions", model->task->name);
    *out = (laco_captioner *)(uintptr_t)model;
    return LACO_OK;
}

/* ---- Answers --------------------------------------------------------------------------------------------------------------- */

typedef struct taker {
    laco_captioner *model;
    size_t first; /* item of out[0] */
    int nbest;
    laco_hypothesis *out;
} taker;

/* What row `row` of the beam says, into the texts of the model. */
static laco_status spell(laco_captioner *model, const laco_beam *beam, int64_t row, laco_hypothesis *out)
{
    const int32_t *tokens = beam->tokens + row * beam->length;
    size_t size = laco_tokens_spell(model->vocabulary, model->config.tokens, tokens, beam->count[row], NULL, 0);
    char *text = laco_arena_alloc(&model->texts, size, 1);
    if (!text)
        return LACO_NO_MEMORY;
    laco_tokens_spell(model->vocabulary, model->config.tokens, tokens, beam->count[row], text, size);
    *out = (laco_hypothesis){.text = text, .log_probability = beam->sum[row], .score = beam->rank[row]};
    return LACO_OK;
}

static laco_status take_answers(void *user, size_t index, const laco_beam *beam, int64_t group)
{
    taker *a = user;
    laco_hypothesis *out = a->out + (index - a->first) * (size_t)a->nbest;
    for (int k = 0; k < a->nbest; k++) {
        out[k] = (laco_hypothesis){0};
        if (k < beam->kept[group])
            LACO_TRY(spell(a->model, beam, group * beam->width + k, &out[k]));
    }
    return LACO_OK;
}

/* Captions of items first … first+count-1. */
static laco_status answer(laco_model *base, const laco_captioned *data, size_t first, size_t count,
                          const laco_decode_options *given, laco_hypothesis *out)
{
    laco_captioner *model;
    laco_sequences sequences;
    laco_decode_options options = given ? *given : (laco_decode_options){0};
    LACO_TRY(as_captioner(base, &model));
    LACO_TRY(laco_captioner_options(model, &options));
    size_t *subset = laco_alloc(base->ctx, count, sizeof *subset);
    if (!subset)
        return LACO_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        subset[i] = first + i;
    taker a = {.model = model, .first = first, .nbest = options.nbest, .out = out};
    laco_arena_reset(&model->texts);
    laco_sequences_init(&sequences, base->ctx);
    laco_status status = laco_captioner_input_view(&model->input, data, &sequences);
    if (status == LACO_OK)
        status = laco_captioner_decode(model, &sequences, subset, count, &options, take_answers, &a);
    laco_sequences_free(&sequences);
    laco_release(base->ctx, subset);
    return status;
}

laco_status laco_model_caption(laco_model *model, const laco_captioned *data, size_t first, size_t count,
                               const laco_decode_options *options, laco_hypothesis *answers)
{
    if (first > data->count || count > data->count - first)
        return laco_fail(model->ctx, LACO_INVALID, "there is no item %zu: the data holds %zu", first + count - (count > 0),
                         data->count);
    return answer(model, data, first, count, options, answers);
}

laco_status laco_model_score_captions(laco_model *base, const laco_captioned *data, const laco_decode_options *given,
                                      laco_decode_score *out)
{
    laco_captioner *model;
    laco_sequences sequences, targets;
    laco_decode_options options = given ? *given : (laco_decode_options){0};
    LACO_TRY(as_captioner(base, &model));
    LACO_TRY(laco_captioner_options(model, &options));
    laco_sequences_init(&sequences, base->ctx);
    laco_sequences_init(&targets, base->ctx);
    laco_status status = laco_captioner_input_view(&model->input, data, &sequences);
    if (status == LACO_OK)
        status = laco_captioner_targets(base->ctx, model->config.tokens, model->vocabulary, data, &targets);
    if (status == LACO_OK)
        status = laco_captioner_score(model, &sequences, &targets, NULL, sequences.count, &options, out);
    laco_sequences_free(&sequences);
    laco_sequences_free(&targets);
    return status;
}
