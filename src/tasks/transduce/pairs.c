#include "transduce/pairs.h"

#include "base/grow.h"
#include "data/split.h"

#include <string.h>

laco_status laco_pairs_begin(laco_context *ctx, laco_pairs **out)
{
    laco_pairs *pairs = laco_alloc(ctx, 1, sizeof *pairs);
    if (!pairs)
        return LACO_NO_MEMORY;
    pairs->ctx = ctx;
    laco_strings_init(&pairs->sources, ctx);
    laco_strings_init(&pairs->targets, ctx);
    laco_text_buffer_init(&pairs->buffer, ctx);
    laco_notes_init(&pairs->notes, ctx);
    *out = pairs;
    return LACO_OK;
}

void laco_pairs_free(laco_pairs *pairs)
{
    if (!pairs)
        return;
    laco_context *ctx = pairs->ctx;
    laco_strings_free(&pairs->sources);
    laco_strings_free(&pairs->targets);
    laco_text_buffer_free(&pairs->buffer);
    laco_notes_free(&pairs->notes);
    laco_release(ctx, pairs->line_source);
    laco_release(ctx, pairs->line_target);
    laco_release(ctx, pairs->starts);
    laco_release(ctx, pairs->answers);
    laco_release(ctx, pairs);
}

static laco_status add_text(laco_pairs *pairs, laco_strings *strings, const char *text, size_t length, int32_t *number)
{
    LACO_TRY(laco_text_normalise(&pairs->buffer, &(laco_text_config){0}, text, length));
    return laco_strings_add(strings, pairs->buffer.bytes, pairs->buffer.length, number);
}

laco_status laco_pairs_add(laco_pairs *pairs, const char *source, size_t source_length, const char *target, size_t target_length)
{
    laco_context *ctx = pairs->ctx;
    LACO_TRY(laco_grow(ctx, &pairs->line_source, &pairs->source_room, pairs->lines + 1, sizeof *pairs->line_source));
    LACO_TRY(laco_grow(ctx, &pairs->line_target, &pairs->target_room, pairs->lines + 1, sizeof *pairs->line_target));
    LACO_TRY(add_text(pairs, &pairs->sources, source, source_length, &pairs->line_source[pairs->lines]));
    LACO_TRY(add_text(pairs, &pairs->targets, target, target_length, &pairs->line_target[pairs->lines]));
    pairs->lines++;
    return LACO_OK;
}

/* ---- Completing a set -------------------------------------------------------------------------------------------------------
 */

/* The targets of each source next to each other, in the order in which they came, each once. */
static void group(laco_pairs *pairs, size_t *at)
{
    size_t used = 0;
    for (size_t i = 0; i < pairs->lines; i++)
        at[pairs->line_source[i]]++;
    for (size_t s = 0, sum = 0; s < pairs->sources.count; s++) {
        size_t count = at[s];
        at[s] = pairs->starts[s] = sum;
        sum += count;
    }
    for (size_t i = 0; i < pairs->lines; i++)
        pairs->answers[at[pairs->line_source[i]]++] = pairs->line_target[i];
    for (size_t s = 0; s < pairs->sources.count; s++) {
        size_t first = used;
        for (size_t i = pairs->starts[s]; i < at[s]; i++) {
            size_t twin = first;
            while (twin < used && pairs->answers[twin] != pairs->answers[i])
                twin++;
            pairs->answers[used] = pairs->answers[i];
            used += twin == used;
        }
        pairs->starts[s] = first;
    }
    pairs->starts[pairs->sources.count] = used;
}

static laco_status end(laco_pairs *pairs)
{
    laco_context *ctx = pairs->ctx;
    pairs->starts = laco_alloc(ctx, pairs->sources.count + 1, sizeof *pairs->starts);
    pairs->answers = laco_alloc(ctx, pairs->lines, sizeof *pairs->answers);
    size_t *at = laco_alloc(ctx, pairs->sources.count, sizeof *at);
    laco_status status = pairs->starts && pairs->answers && at ? LACO_OK : LACO_NO_MEMORY;
    if (status == LACO_OK)
        group(pairs, at);
    laco_release(ctx, at);
    return status;
}

laco_status laco_pairs_end(laco_pairs *pairs, laco_status status, laco_pairs **out)
{
    if (status == LACO_OK)
        status = end(pairs);
    if (status < 0)
        laco_pairs_free(pairs);
    else
        *out = pairs;
    return status;
}

laco_status laco_pairs_from_texts(laco_context *ctx, const char *const *sources, const char *const *targets, size_t count,
                                  laco_pairs **out)
{
    laco_pairs *pairs;
    laco_status status = LACO_OK;
    if (count == 0)
        return laco_fail(ctx, LACO_INVALID, "no pairs were given");
    LACO_TRY(laco_pairs_begin(ctx, &pairs));
    for (size_t i = 0; i < count && status == LACO_OK; i++) {
        size_t source = strlen(sources[i]), target = strlen(targets[i]);
        if (laco_text_blank(sources[i], source) || laco_text_blank(targets[i], target))
            status = laco_fail(ctx, LACO_FORMAT, "pair %zu: the %s is empty", i + 1,
                               laco_text_blank(sources[i], source) ? "source" : "target");
        else
            status = laco_pairs_add(pairs, sources[i], source, targets[i], target);
    }
    return laco_pairs_end(pairs, status, out);
}

/* ---- Looking at a set, and cutting it -----------------------------------------------------------------------------------------
 */

size_t laco_pairs_count(const laco_pairs *pairs) { return pairs->sources.count; }
size_t laco_pairs_line_count(const laco_pairs *pairs) { return pairs->starts[pairs->sources.count]; }

const char *laco_pairs_source(const laco_pairs *pairs, size_t index, size_t *length)
{
    return laco_strings_get(&pairs->sources, (int32_t)index, length);
}

size_t laco_pairs_target_count(const laco_pairs *pairs, size_t index) { return pairs->starts[index + 1] - pairs->starts[index]; }

const char *laco_pairs_target(const laco_pairs *pairs, size_t index, size_t which, size_t *length)
{
    if (which >= laco_pairs_target_count(pairs, index))
        return NULL;
    return laco_strings_get(&pairs->targets, pairs->answers[pairs->starts[index] + which], length);
}

/* The sources `index` with all their targets as a set of their own. */
static laco_status choose(const laco_pairs *pairs, const size_t *index, size_t count, laco_pairs **out)
{
    laco_pairs *chosen;
    laco_status status = LACO_OK;
    LACO_TRY(laco_pairs_begin(pairs->ctx, &chosen));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < laco_pairs_target_count(pairs, index[i]) && status == LACO_OK; k++) {
            size_t source_length = 0, target_length = 0;
            const char *source = laco_pairs_source(pairs, index[i], &source_length);
            const char *target = laco_pairs_target(pairs, index[i], k, &target_length);
            status = laco_pairs_add(chosen, source, source_length, target, target_length);
        }
    return laco_pairs_end(chosen, status, out);
}

laco_status laco_pairs_split(const laco_pairs *pairs, double fraction, uint64_t seed, laco_pairs **rest, laco_pairs **part)
{
    laco_context *ctx = pairs->ctx;
    laco_split split;
    laco_pairs *larger = NULL, *smaller = NULL;
    int32_t *one_kind = laco_alloc(ctx, pairs->sources.count, sizeof *one_kind);
    laco_status status = one_kind ? LACO_OK : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = laco_split_stratified(ctx, one_kind, pairs->sources.count, 1, fraction, seed, &split);
    laco_release(ctx, one_kind);
    if (status < 0)
        return status;
    status = choose(pairs, split.train, split.train_count, &larger);
    if (status == LACO_OK)
        status = choose(pairs, split.valid, split.valid_count, &smaller);
    laco_split_free(ctx, &split);
    if (status < 0) {
        laco_pairs_free(larger);
        return status;
    }
    *rest = larger;
    *part = smaller;
    return LACO_OK;
}
