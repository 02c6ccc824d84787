/* Where a transducer looks while it writes. */
#include "transduce/transducer.h"
#include "nn/module.h"

#include <string.h>

void laco_alignment_free(laco_alignment *alignment)
{
    laco_context *ctx = alignment->ctx;
    for (int64_t r = 0; alignment->row_text && r < alignment->rows; r++)
        laco_release(ctx, alignment->row_text[r]);
    for (int64_t c = 0; alignment->column_text && c < alignment->columns; c++)
        laco_release(ctx, alignment->column_text[c]);
    if (ctx) {
        laco_release(ctx, alignment->row_text);
        laco_release(ctx, alignment->column_text);
        laco_release(ctx, alignment->weights);
    }
    *alignment = (laco_alignment){0};
}

/* What was written for the one source: ids behind the edge, as the decoder reads them. */
typedef struct greedy {
    laco_context *ctx;
    int32_t *ids;
    int64_t count;
} greedy;

static laco_status take(void *user, size_t index, const laco_beam *beam, int64_t group)
{
    greedy *g = user;
    (void)index;
    int64_t row = group * beam->width;
    g->count = beam->count[row];
    if (!(g->ids = laco_alloc(g->ctx, (size_t)g->count + 1, sizeof *g->ids)))
        return LACO_NO_MEMORY;
    memcpy(g->ids + 1, beam->tokens + row * beam->length, (size_t)g->count * sizeof *g->ids);
    return LACO_OK;
}

static laco_status name_tokens(laco_alignment *a, const laco_transducer *model, const laco_sequences *source,
                               const greedy *answer)
{
    a->row_text = laco_alloc(a->ctx, (size_t)a->rows, sizeof *a->row_text);
    a->column_text = laco_alloc(a->ctx, (size_t)a->columns, sizeof *a->column_text);
    if (!a->row_text || !a->column_text)
        return LACO_NO_MEMORY;
    for (int64_t r = 0; r < a->rows; r++) {
        const char *text = r < answer->count ? laco_vocabulary_name(model->targets, answer->ids[r + 1], NULL) : "";
        if (!(a->row_text[r] = laco_copy_string(a->ctx, text)))
            return LACO_NO_MEMORY;
    }
    for (int64_t c = 0; c < a->columns; c++)
        if (!(a->column_text[c] = laco_copy_string(a->ctx, laco_vocabulary_name(model->sources, source->ids[c], NULL))))
            return LACO_NO_MEMORY;
    return LACO_OK;
}

/* The weights of a second pass over what was written: of several members their mean. */
static laco_status look(laco_alignment *a, laco_transducer *model, const laco_sequences *source, const greedy *answer)
{
    laco_decoding writers[LACO_MOST_ENSEMBLE];
    laco_var each[LACO_MOST_ENSEMBLE] = {NULL};
    laco_tape *tape = model->tape;
    laco_tape_reset(tape);
    LACO_TRY(laco_transducer_read(tape, model, source->ids, a->columns, 1, NULL, writers, NULL));
    for (int64_t m = 0; m < model->config.ensemble; m++)
        if (!laco_decoder_apply(tape, writers[m].decoder, answer->ids, a->rows, 1, NULL, &writers[m].memory, &writers[m].state,
                                &each[m]))
            return laco_tape_status(tape);
    laco_var weights = laco_ensemble_mean(tape, each, model->config.ensemble);
    if (!weights)
        return laco_tape_status(tape);
    if (!(a->weights = laco_alloc(a->ctx, (size_t)(a->rows * a->columns), sizeof *a->weights)))
        return LACO_NO_MEMORY;
    memcpy(a->weights, laco_var_data(weights), (size_t)(a->rows * a->columns) * sizeof *a->weights);
    return name_tokens(a, model, source, answer);
}

static laco_status align(laco_transducer *model, const laco_sequences *source, laco_alignment *out)
{
    laco_context *ctx = model->base.ctx;
    laco_decode_options options = {.beam = 1, .nbest = 1};
    greedy answer = {.ctx = ctx};
    laco_alignment a = {.ctx = ctx, .columns = laco_sequences_length(source, 0)};
    if (a.columns == 0 || model->config.attention <= LACO_ATTENTION_NONE)
        return laco_fail(ctx, LACO_INVALID,
                         a.columns == 0 ? "an empty source has no alignment" : "the model has no attention to look at");
    laco_status status = laco_transducer_answer(model, source, NULL, 1, &options, take, &answer);
    a.rows = answer.count + 1;
    if (status == LACO_OK)
        status = look(&a, model, source, &answer);
    laco_release(ctx, answer.ids);
    if (status == LACO_OK)
        *out = a;
    else
        laco_alignment_free(&a);
    return status;
}

laco_status laco_model_align(laco_model *base, const char *source, laco_alignment *out)
{
    laco_context *ctx = base->ctx;
    laco_transducer *model = (laco_transducer *)base;
    laco_text_buffer buffer;
    laco_sequences ids;
    if (base->task != &laco_task_transduce)
        return laco_fail(ctx, LACO_INVALID, "a model trained to %s cannot align", base->task->name);
    laco_sequences_init(&ids, ctx);
    laco_text_buffer_init(&buffer, ctx);
    laco_status status = laco_tokens_encode(&buffer, model->config.source, model->sources, source, strlen(source), &ids, NULL);
    if (status == LACO_OK)
        status = align(model, &ids, out);
    laco_text_buffer_free(&buffer);
    laco_sequences_free(&ids);
    return status;
}
