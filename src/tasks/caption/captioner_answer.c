/* Captions in batches, and how they agree with those that are right. */
#include "caption/captioner.h"
#include "group/division.h"
#include "nn/module.h"
#include "tape/tape.h"

#include <string.h>

#define BATCH_NUMBERS (1 << 20) /* most numbers of the pictures of a batch */

laco_status laco_captioner_options(const laco_captioner *model, laco_decode_options *options)
{
    return laco_decode_defaults(model->base.ctx, 4, 1, LACO_MIN(2 * model->config.longest, LACO_LONGEST_ANSWER), options);
}

static laco_status write_batch(laco_captioner *model, const laco_batch *batch, const laco_decode_options *options,
                               laco_captioner_take take, void *user)
{
    laco_context *ctx = model->base.ctx;
    laco_memory memory;
    laco_beam beam;
    laco_decoding writer = {.decoder = model->decoder};
    laco_decode_job job = {.writers = &writer,
                           .count = 1,
                           .tape = model->steps,
                           .groups = batch->rows,
                           .outputs = model->config.outputs,
                           .options = *options};
    laco_tape_reset(model->tape);
    LACO_TRY(laco_captioner_encode(model->tape, model, batch, NULL, &writer.state, &memory));
    if (laco_captioner_memory(model, &memory))
        writer.memory = memory;
    LACO_TRY(laco_decode_step(ctx, &job, &beam));
    laco_status status = LACO_OK;
    for (int64_t g = 0; g < batch->rows && status == LACO_OK; g++)
        status = take(user, batch->index[g], &beam, g);
    laco_beam_free(ctx, &beam);
    return status;
}

/* The tapes, and batches for answers. *out is the caller's. */
static laco_status begin(laco_captioner *model, const laco_sequences *sequences, const size_t *subset, size_t count, int rows,
                         laco_batches **out)
{
    laco_context *ctx = model->base.ctx;
    laco_batches_config config = {.batch_size = rows, .max_padded = LACO_MAX(BATCH_NUMBERS / model->input.features, (int64_t)1)};
    if (!model->tape)
        LACO_TRY(laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &model->tape));
    if (!model->steps)
        LACO_TRY(laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &model->steps));
    laco_module_set_training(model->base.module, false);
    return laco_batches_new(ctx, sequences, NULL, subset, count, &config, out);
}

/* `division`: of whose parts, batches, this process has some; NULL: it has all. */
static laco_status decode_part(laco_captioner *model, const laco_sequences *sequences, const size_t *subset, size_t count,
                               const laco_decode_options *options, const laco_division *division, laco_captioner_take take,
                               void *user)
{
    laco_batches *batches;
    LACO_TRY(begin(model, sequences, subset, count, LACO_MAX(128 / options->beam, 1), &batches));
    laco_status status = LACO_OK;
    for (size_t i = 0; i < laco_batches_count(batches) && status == LACO_OK; i++)
        if (!division || laco_division_is_own(division, i))
            status = write_batch(model, laco_batches_get(batches, i), options, take, user);
    laco_batches_free(batches);
    return status;
}

laco_status laco_captioner_decode(laco_captioner *model, const laco_sequences *sequences, const size_t *subset, size_t count,
                                  const laco_decode_options *options, laco_captioner_take take, void *user)
{
    return decode_part(model, sequences, subset, count, options, NULL, take, user);
}

/* ---- Scores ---------------------------------------------------------------------------------------------------------------- */

typedef struct judge {
    laco_context *ctx;
    const laco_sequences *targets;
    laco_decode_score score;
} judge;

static laco_status take_answer(void *user, size_t index, const laco_beam *beam, int64_t group)
{
    judge *j = user;
    int64_t row = group * beam->width;
    return laco_decode_judge(j->ctx, beam->tokens + row * beam->length, beam->count[row], j->targets, index, 1, &j->score);
}

laco_status laco_captioner_score(laco_captioner *model, const laco_sequences *sequences, const laco_sequences *targets,
                                 const size_t *subset, size_t count, const laco_decode_options *options, laco_decode_score *out)
{
    judge j = {.ctx = model->base.ctx, .targets = targets};
    laco_division division;
    laco_division_begin(j.ctx, &division);
    laco_status status = decode_part(model, sequences, subset, count, options, &division, take_answer, &j);
    status = laco_decode_add_scores(&division, status, &j.score);
    laco_division_end(&division);
    LACO_TRY(status);
    *out = j.score;
    return LACO_OK;
}

/* The losses of batches, each a sum over tokens: processes share them. */
typedef struct losses {
    laco_captioner *model;
    laco_batches *batches;
    const laco_sequences *targets;
    laco_target_batch target;
    struct {
        double sum, tokens;
    } * each;
} losses;

static laco_status add_loss(void *user, size_t i)
{
    losses *l = user;
    laco_captioner *model = l->model;
    const laco_batch *batch = laco_batches_get(l->batches, i);
    laco_state state;
    laco_memory memory;
    LACO_TRY(laco_target_batch_fill(model->base.ctx, l->targets, batch->index, batch->rows, &l->target));
    for (int32_t b = 0; b < batch->rows; b++)
        l->each[i].tokens += l->target.lengths[b];
    laco_tape_reset(model->tape);
    LACO_TRY(laco_captioner_encode(model->tape, model, batch, NULL, &state, &memory));
    laco_var loss = laco_target_batch_loss(model->tape, model->decoder, &l->target, laco_captioner_memory(model, &memory), &state,
                                           &(laco_target_loss){0});
    if (!loss)
        return laco_tape_status(model->tape);
    l->each[i].sum = (double)*laco_var_data(loss) * l->each[i].tokens;
    return LACO_OK;
}

static laco_status move_loss(void *user, laco_division *division, size_t i)
{
    losses *l = user;
    return laco_division_move(division, i, &l->each[i], sizeof *l->each);
}

laco_status laco_captioner_loss(laco_captioner *model, const laco_sequences *sequences, const laco_sequences *targets,
                                const size_t *subset, size_t count, double *out)
{
    losses l = {.model = model, .targets = targets};
    double sum = 0, tokens = 0;
    LACO_TRY(begin(model, sequences, subset, count, 128, &l.batches));
    size_t batches = laco_batches_count(l.batches);
    l.each = laco_alloc(model->base.ctx, batches + 1, sizeof *l.each);
    laco_status status = l.each ? laco_division_run(model->base.ctx, batches, add_loss, move_loss, &l) : LACO_NO_MEMORY;
    for (size_t i = 0; i < batches && status == LACO_OK; i++) {
        sum += l.each[i].sum;
        tokens += l.each[i].tokens;
    }
    laco_target_batch_free(model->base.ctx, &l.target);
    laco_batches_free(l.batches);
    laco_release(model->base.ctx, l.each);
    if (status == LACO_OK)
        *out = tokens > 0 ? sum / tokens : 0;
    return status;
}

laco_status laco_captioner_targets(laco_context *ctx, laco_token_kind tokens, const laco_vocabulary *vocabulary,
                                   const laco_captioned *data, laco_sequences *out)
{
    laco_text_buffer buffer;
    laco_status status = LACO_OK;
    laco_text_buffer_init(&buffer, ctx);
    for (size_t i = 0; i < data->count && status == LACO_OK; i++) {
        const char *text = data->items[i].caption;
        status = text ? laco_tokens_encode(&buffer, tokens, vocabulary, text, strlen(text), out, NULL)
                      : laco_fail(ctx, LACO_INVALID, "item %zu of the data has no caption", i + 1);
    }
    laco_text_buffer_free(&buffer);
    return status;
}
