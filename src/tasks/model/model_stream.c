#include "model/model_stream.h"

#include "base/grow.h"
#include "base/hash.h"
#include "nn/module.h"

#include <string.h>

/* ---- State -------------------------------------------------------------------------------------------------------------- */

laco_status laco_state_bytes(laco_state_walk *walk, void *data, size_t size)
{
    if (walk->mode == LACO_STATE_LOAD && size > walk->size)
        return laco_fail(walk->ctx, LACO_FORMAT, "the state of a stream ends too early");
    if (size > 0 && walk->mode == LACO_STATE_SAVE)
        memcpy(walk->at, data, size);
    if (size > 0 && walk->mode == LACO_STATE_LOAD)
        memcpy(data, walk->at, size);
    walk->at = walk->at ? walk->at + size : NULL;
    walk->size = walk->mode == LACO_STATE_LOAD ? walk->size - size : walk->size + size;
    return LACO_OK;
}

laco_status laco_state_count(laco_state_walk *walk, int64_t *value, int64_t low, int64_t high)
{
    int64_t read = *value;
    LACO_TRY(laco_state_bytes(walk, &read, sizeof read));
    if (read < low || read > high)
        return laco_fail(walk->ctx, LACO_FORMAT, "the state of a stream has %lld where %lld … %lld can be", (long long)read,
                         (long long)low, (long long)high);
    *value = read;
    return LACO_OK;
}

laco_status laco_state_block(laco_state_walk *walk, void *block, size_t *room, size_t *used, size_t most, size_t size)
{
    int64_t count = (int64_t)*used;
    void *data;
    LACO_TRY(laco_state_count(walk, &count, 0, (int64_t)most));
    if (walk->mode == LACO_STATE_LOAD)
        LACO_TRY(laco_grow(walk->ctx, block, room, (size_t)count, size));
    memcpy(&data, block, sizeof data); /* a pointer of another type, as in laco_grow */
    *used = (size_t)count;
    return laco_state_bytes(walk, data, (size_t)count * size);
}

laco_status laco_state_text(laco_state_walk *walk, laco_text_stream *text)
{
    LACO_TRY(laco_state_count(walk, &text->inside, 0, 1));
    LACO_TRY(laco_state_count(walk, &text->before, 0, INT64_MAX));
    LACO_TRY(laco_state_block(walk, &text->raw, &text->raw_room, &text->raw_used, 2 * (size_t)LACO_TEXT_STREAM_RAW, 1));
    return laco_state_block(walk, &text->normal, &text->normal_room, &text->normal_used, 2 * (size_t)LACO_TEXT_STREAM_WORD, 1);
}

/* In front of the state. */
typedef struct head {
    char magic[8];
    uint32_t order, real; /* byte order, size of a laco_real */
    uint64_t model, size, hash;
} head;

static const char magic[8] = "lacostr1";

/* Task, names, shapes and weights: what makes a model this one. */
static uint64_t model_print(const laco_model *model)
{
    uint64_t hash = laco_hash_bytes(LACO_HASH_START, model->task->name, strlen(model->task->name)), bits;
    for (size_t i = 0; i < model->module->count; i++) {
        const laco_param *param = model->module->param[i];
        hash = laco_hash_bytes(hash, param->name, strlen(param->name));
        for (int64_t k = 0; k < param->count; k++) {
            bits = 0;
            memcpy(&bits, &param->value[k], sizeof *param->value);
            hash = laco_hash(hash, bits);
        }
    }
    hash = laco_hash(hash, model->weights);
    return hash ? hash : 1;
}

static uint64_t print_of(laco_model_stream *stream)
{
    if (stream->print == 0)
        stream->print = model_print(stream->model);
    return stream->print;
}

static laco_status walk_state(laco_model_stream *stream, laco_state_walk *walk)
{
    LACO_TRY(laco_state_count(walk, &stream->step, 0, INT64_MAX));
    return stream->type->state(stream, walk);
}

static size_t measure(laco_model_stream *stream)
{
    laco_state_walk walk = {.ctx = stream->model->ctx, .mode = LACO_STATE_MEASURE};
    walk_state(stream, &walk); /* measuring touches nothing that could fail */
    return walk.size;
}

/* A state says which model it is of, by the weights. */
static laco_status check_printed(const laco_model_stream *stream)
{
    return laco_check_whole(stream->model->ctx, stream->model->module);
}

static laco_status refuse_broken(const laco_model_stream *stream)
{
    return stream->broken ? laco_fail(stream->model->ctx, LACO_INVALID, "the stream has failed before: reset it, or load a state")
                          : LACO_OK;
}

laco_status laco_model_stream_state_save(laco_model_stream *stream, void *bytes, size_t *size)
{
    size_t room = *size;
    LACO_TRY(check_printed(stream));
    LACO_TRY(refuse_broken(stream));
    *size = sizeof(head) + measure(stream);
    if (!bytes)
        return LACO_OK;
    if (room < *size)
        return laco_fail(stream->model->ctx, LACO_INVALID, "%zu bytes of room for a state of %zu", room, *size);
    char *payload = (char *)bytes + sizeof(head);
    laco_state_walk walk = {.ctx = stream->model->ctx, .mode = LACO_STATE_SAVE, .at = payload};
    LACO_TRY(walk_state(stream, &walk));
    head front = {.order = 0x01020304, .real = sizeof(laco_real), .model = print_of(stream), .size = walk.size};
    memcpy(front.magic, magic, sizeof magic);
    front.hash = laco_hash_bytes(LACO_HASH_START, payload, walk.size);
    memcpy(bytes, &front, sizeof front);
    return LACO_OK;
}

static laco_status check_head(laco_model_stream *stream, const char *bytes, size_t size)
{
    laco_context *ctx = stream->model->ctx;
    head front;
    if (size < sizeof front)
        return laco_fail(ctx, LACO_FORMAT, "%zu bytes are no state of a stream: one has at least %zu", size, sizeof front);
    memcpy(&front, bytes, sizeof front);
    if (memcmp(front.magic, magic, sizeof magic) != 0 || front.order != 0x01020304 || front.real != sizeof(laco_real))
        return laco_fail(ctx, LACO_FORMAT,
                         "these bytes are no state of a stream, or one of another version of laço or another machine");
    if (front.model != print_of(stream))
        return laco_fail(ctx, LACO_FORMAT, "the state is that of a stream of another model");
    if (front.size != size - sizeof front ||
        front.hash != laco_hash_bytes(LACO_HASH_START, bytes + sizeof front, size - sizeof front))
        return laco_fail(ctx, LACO_FORMAT, "the state of the stream is damaged: %zu bytes do not hold what they should", size);
    return LACO_OK;
}

laco_status laco_model_stream_state_load(laco_model_stream *stream, const void *bytes, size_t size)
{
    LACO_TRY(check_printed(stream));
    LACO_TRY(check_head(stream, bytes, size));
    laco_state_walk walk = {.ctx = stream->model->ctx,
                            .mode = LACO_STATE_LOAD,
                            .at = (char *)(uintptr_t)bytes + sizeof(head),
                            .size = size - sizeof(head)};
    laco_status status = walk_state(stream, &walk);
    if (status == LACO_OK && walk.size > 0)
        status = laco_fail(walk.ctx, LACO_FORMAT, "the state of a stream goes on behind its end");
    stream->broken = status < 0;
    return status;
}

/* ---- Opening ------------------------------------------------------------------------------------------------------------ */

laco_status laco_stream_check_forward(const laco_model *model, bool mlp, int directions)
{
    if (mlp)
        return laco_fail(model->ctx, LACO_INVALID,
                         "an mlp has no state to go on from: a stream needs a model trained with cell rnn, gru or lstm");
    if (directions != 1)
        return laco_fail(model->ctx, LACO_INVALID,
                         "the model reads both ways and so needs the end: a stream needs one trained with --unidirectional");
    return LACO_OK;
}

laco_status laco_model_stream_new(laco_model *model, laco_stream_fn told, void *user, laco_model_stream **out)
{
    const laco_stream_type *type = model->task->stream;
    if (!type)
        return laco_fail(model->ctx, LACO_INVALID, "a model trained to %s answers when it has read all: it cannot be a stream",
                         model->task->name);
    laco_model_stream *stream = laco_alloc(model->ctx, 1, type->size);
    if (!stream)
        return LACO_NO_MEMORY;
    *stream = (laco_model_stream){.model = model, .type = type, .told = told, .user = user};
    laco_status status = type->open(stream);
    if (status == LACO_OK)
        *out = stream;
    else
        laco_model_stream_free(stream);
    return status;
}

void laco_model_stream_free(laco_model_stream *stream)
{
    if (!stream)
        return;
    stream->type->close(stream);
    laco_release(stream->model->ctx, stream);
}

/* ---- In ----------------------------------------------------------------------------------------------------------------- */

void laco_stream_tell(laco_model_stream *stream, laco_stream_answer *answer)
{
    answer->step = stream->step;
    if (stream->told)
        stream->told(stream->user, answer);
}

/* Before an input that the stream must read and be able to go on with. */
static laco_status ready(const laco_model_stream *stream, bool reads, const char *what)
{
    if (!reads)
        return laco_fail(stream->model->ctx, LACO_INVALID, "a stream of this model (%s) reads %s, not %s",
                         stream->model->task->name, stream->type->reads, what);
    return refuse_broken(stream);
}

/* LACO_INVALID is said before anything has been read. */
static laco_status after(laco_model_stream *stream, laco_status status)
{
    stream->broken = status < 0 && status != LACO_INVALID;
    return status;
}

laco_status laco_model_stream_text(laco_model_stream *stream, const char *bytes, size_t length)
{
    LACO_TRY(ready(stream, stream->type->text != NULL, "text"));
    return after(stream, stream->type->text(stream, bytes, length));
}

laco_status laco_model_stream_numbers(laco_model_stream *stream, const laco_real *values, int64_t steps)
{
    LACO_TRY(ready(stream, stream->type->numbers != NULL, "steps of numbers"));
    return after(stream, stream->type->numbers(stream, values, steps));
}

laco_status laco_model_stream_row(laco_model_stream *stream, const double *values, int64_t seconds)
{
    LACO_TRY(ready(stream, stream->type->row != NULL, "rows of a series"));
    return after(stream, stream->type->row(stream, values, seconds));
}

laco_status laco_model_stream_series(laco_model_stream *stream, const char *id)
{
    LACO_TRY(ready(stream, stream->type->series != NULL, "rows of a series"));
    return after(stream, stream->type->series(stream, id));
}

laco_status laco_model_stream_samples(laco_model_stream *stream, const float *samples, size_t count)
{
    LACO_TRY(ready(stream, stream->type->samples != NULL, "samples of sound"));
    return after(stream, stream->type->samples(stream, samples, count));
}

laco_status laco_model_stream_end(laco_model_stream *stream)
{
    LACO_TRY(refuse_broken(stream));
    return after(stream, stream->type->end(stream));
}

laco_status laco_model_stream_reset(laco_model_stream *stream)
{
    stream->step = 0;
    laco_status status = stream->type->reset(stream);
    stream->broken = status < 0;
    return status;
}
