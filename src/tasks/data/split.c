#include "data/split.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

/* Starts of each label's examples in `members`, counting sort: starts has classes + 1 entries, zero on entry. */
static laco_status group(laco_context *ctx, const int32_t *labels, size_t count, int classes, size_t *starts, size_t *members)
{
    for (size_t i = 0; labels && i < count; i++) {
        if (labels[i] < 0 || labels[i] >= classes)
            return laco_fail(ctx, LACO_INVALID, "example %zu has label %d; labels are 0 to %d", i, labels[i], classes - 1);
        starts[labels[i]]++;
    }
    size_t sum = 0;
    if (!labels)
        starts[0] = count;
    for (int c = 0; c < classes; c++)
        starts[c] = sum += starts[c];
    starts[classes] = count;
    for (size_t i = count; i-- > 0;) /* backwards: starts[c] ends as the start, members in rising order */
        members[--starts[labels ? labels[i] : 0]] = i;
    return LACO_OK;
}

static size_t share(size_t examples, double fraction)
{
    if (examples < 2 || fraction == 0)
        return 0;
    size_t wanted = (size_t)floor((double)examples * fraction + 0.5);
    return LACO_MIN(LACO_MAX(wanted, (size_t)1), examples - 1);
}

/* Marks the examples that are set aside; returns how many. */
static size_t choose(const size_t *starts, size_t *members, int classes, double fraction, uint64_t seed, bool *aside)
{
    size_t chosen = 0;
    for (int c = 0; c < classes; c++) {
        size_t examples = starts[c + 1] - starts[c], wanted = share(examples, fraction);
        laco_rng rng = {.seed = seed, .stream = laco_random_stream("split") + (uint64_t)c};
        laco_rng_shuffle(&rng, members + starts[c], examples);
        for (size_t i = 0; i < wanted; i++)
            aside[members[starts[c] + i]] = true;
        chosen += wanted;
    }
    return chosen;
}

static laco_status split_with(laco_context *ctx, const int32_t *labels, size_t count, int classes, double fraction, uint64_t seed,
                              size_t *starts, bool *aside, size_t *parts, laco_split *out)
{
    LACO_TRY(group(ctx, labels, count, classes, starts, parts));
    size_t chosen = choose(starts, parts, classes, fraction, seed, aside), train = 0, valid = count - chosen;
    *out =
        (laco_split){.train = parts, .valid = parts + valid, .train_count = valid, .valid_count = chosen, .known_count = valid};
    for (size_t i = 0; i < count; i++)
        parts[aside[i] ? valid++ : train++] = i;
    return LACO_OK;
}

laco_status laco_split_stratified(laco_context *ctx, const int32_t *labels, size_t count, int classes, double fraction,
                                  uint64_t seed, laco_split *out)
{
    if (!(fraction >= 0 && fraction < 1))
        return laco_fail(ctx, LACO_INVALID, "the part for validation is %g; it must be at least 0 and less than 1", fraction);
    if (classes < 0)
        return laco_fail(ctx, LACO_INVALID, "the number of labels is %d", classes);
    size_t *parts = laco_alloc(ctx, count, sizeof *parts);
    size_t *starts = parts ? laco_alloc(ctx, (size_t)classes + 1, sizeof *starts) : NULL;
    bool *aside = starts ? laco_alloc(ctx, count, sizeof *aside) : NULL;
    laco_status status = LACO_NO_MEMORY;
    if (aside)
        status = split_with(ctx, labels, count, classes, fraction, seed, starts, aside, parts, out);
    laco_release(ctx, aside);
    laco_release(ctx, starts);
    if (status < 0)
        laco_release(ctx, parts);
    return status;
}

laco_status laco_split_apart(laco_context *ctx, const int32_t *labels, size_t count, size_t apart, int classes, double fraction,
                             uint64_t seed, laco_split *out)
{
    laco_split split;
    LACO_TRY(laco_split_stratified(ctx, labels, count, classes, apart > 0 ? 0 : fraction, seed, &split));
    size_t *grown = apart > 0 ? laco_resize(ctx, split.train, count + apart, sizeof *grown) : split.train;
    if (!grown) {
        laco_split_free(ctx, &split);
        return LACO_NO_MEMORY;
    }
    *out = split;
    if (apart > 0)
        *out = (laco_split){
            .train = grown, .valid = grown + count, .train_count = count, .valid_count = apart, .known_count = count};
    for (size_t i = 0; i < apart; i++)
        out->valid[i] = count + i;
    return LACO_OK;
}

void laco_split_free(laco_context *ctx, laco_split *split)
{
    laco_release(ctx, split->train);
    *split = (laco_split){0};
}
