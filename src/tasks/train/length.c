#include "train/length.h"

#include "base/memory.h"
#include "nn/module.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static laco_status refuse(laco_learner *learner, const laco_lengths *lengths, size_t index, int64_t length)
{
    char place[300] = "";
    lengths->place(learner, index, place, sizeof place);
    return laco_fail(learner->ctx, LACO_INVALID,
                     "%s: %lld %s in one example, more than the %d that are trained on unasked: --max-length %d leaves out what is "
                     "longer, a larger number lets it in, and parts would be better",
                     place, (long long)length, lengths->unit, LACO_LONGEST_EXAMPLE, LACO_LONGEST_EXAMPLE);
}

/* Leaves out of one part what is too long, in place; *left: how many there were. */
static laco_status shorten(laco_learner *learner, size_t *part, size_t *count, const laco_lengths *lengths, size_t *left)
{
    int64_t most = learner->options->max_length;
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        int64_t length = lengths->of(learner, part[i]);
        if (most <= 0 && length > LACO_LONGEST_EXAMPLE)
            return refuse(learner, lengths, part[i], length);
        if (most > 0 && length > most) {
            ++*left;
            continue;
        }
        if (length > learner->longest) {
            learner->longest = length;
            learner->longest_unit = lengths->unit;
            lengths->place(learner, part[i], learner->longest_place, sizeof learner->longest_place);
        }
        part[kept++] = part[i];
    }
    *count = kept;
    return LACO_OK;
}

laco_status laco_train_limit(laco_learner *learner, laco_split *split, const laco_lengths *lengths)
{
    size_t all = split->train_count + split->valid_count, left = 0;
    bool any = split->train_count > 0, gives_back = split->known_count == all && split->valid_count > 0;
    LACO_TRY(shorten(learner, split->train, &split->train_count, lengths, &left));
    LACO_TRY(shorten(learner, split->valid, &split->valid_count, lengths, &left));
    if (split->valid_count > 0) /* which stands behind the other part */
        memmove(split->train + split->train_count, split->valid, split->valid_count * sizeof *split->valid);
    split->valid = split->train + split->train_count;
    split->known_count = split->train_count + (gives_back ? split->valid_count : 0);
    if (any && split->train_count == 0)
        return laco_fail(learner->ctx, LACO_INVALID, "every example is longer than %lld %s: a larger --max-length is right",
                         (long long)learner->options->max_length, lengths->unit);
    if (left > 0)
        snprintf(learner->left_out, sizeof learner->left_out, "%zu of %zu examples are longer than %lld %s and are left out", left,
                 all, (long long)learner->options->max_length, lengths->unit);
    return LACO_OK;
}

/* ---- Memory ---------------------------------------------------------------------------------------------------------------------- */

/* Copies of all parameters that training takes beside values and gradients: the best, the mean, and what the optimiser keeps. */
static double copies(const laco_learner *learner)
{
    const laco_train_options *o = learner->options;
    double buffers = o->optimiser.kind == LACO_SGD ? o->optimiser.momentum > 0 : o->optimiser.kind == LACO_RMSPROP ? 1 : 2;
    return 1 + (o->ema_decay > 0 && !laco_learner_is_whole(learner)) + (laco_learner_is_whole(learner) ? 4 : buffers);
}

/* Numbers that one step of an example takes at least: the states of all recurrent layers, their inputs and gradients. */
static double numbers_of_step(const laco_module *module)
{
    double sum = 0;
    for (size_t i = 0; i < module->count; i++)
        if (strstr(module->param[i]->name, "weight_hh"))
            sum += 4 * (double)module->param[i]->shape[1];
    return sum;
}

laco_status laco_train_check_memory(laco_learner *learner)
{
    const laco_module *module = learner->model->module;
    const char *why;
    double left = (double)laco_memory_room(learner->ctx, &why);
    double state = copies(learner) * (double)laco_module_size(module) * sizeof(laco_real);
    double example = numbers_of_step(module) * (double)learner->longest * sizeof(laco_real);
    if (state + example + learner->answers <= left)
        return LACO_OK;
    if (state >= example && state >= learner->answers)
        return laco_fail(learner->ctx, LACO_NO_MEMORY,
                         "training %lld weights takes %s more, and %s %s: a smaller --hidden, fewer layers or fewer different units and "
                         "labels are right",
                         (long long)laco_module_size(module), laco_show_bytes(state).text, why, laco_show_bytes(left).text);
    if (learner->answers >= example)
        return laco_fail(learner->ctx, LACO_NO_MEMORY,
                         "validation takes %s, a number for each example and label, and %s %s: fewer labels or a smaller --valid is right",
                         laco_show_bytes(learner->answers).text, why, laco_show_bytes(left).text);
    return laco_fail(learner->ctx, LACO_NO_MEMORY,
                     "%s: training on its %lld %s takes %s, and %s %s: --max-length leaves out what is longer; a smaller --hidden helps, too",
                     learner->longest_place, (long long)learner->longest, learner->longest_unit, laco_show_bytes(example).text, why,
                     laco_show_bytes(left).text);
}
