#include "classify/classifier_input.h"

#include "laco/tape.h"
#include "tape/tape.h"

#include <math.h>
#include <string.h>

void laco_classifier_input_free(laco_context *ctx, laco_classifier_input *input)
{
    laco_vocabulary_free(input->vocabulary);
    laco_release(ctx, input->mean);
    laco_release(ctx, input->scale);
    *input = (laco_classifier_input){0};
}

int64_t laco_classifier_input_size(const laco_classifier_input *input)
{
    return input->vocabulary ? laco_vocabulary_size(input->vocabulary) : input->features;
}

#define LEAST_VARIANCE 1e-60 /* whose scale is a number in single precision */

/* ---- From the training data ---------------------------------------------------------------------------------------------- */

/* Sums of x and x² of each feature (or of all together) into sum and square; returns how many x went into each. */
static double add_up(const laco_labelled *data, const size_t *subset, size_t count, double *sum, double *square)
{
    int64_t F = data->features, steps, total = 0;
    for (size_t i = 0; i < count; i++) {
        const laco_real *values = laco_labelled_values(data, subset[i], &steps);
        for (int64_t j = 0; j < steps * F; j++) {
            int64_t f = data->alike ? 0 : j % F;
            sum[f] += (double)values[j];
            square[f] += (double)values[j] * (double)values[j];
        }
        total += steps;
    }
    return (double)(data->alike ? total * F : total);
}

/* The variance of a feature whose values lie so close together beside their mean that sums of squares cannot tell; 0 where all of
 * them are the same. */
static double close_variance(const laco_labelled *data, const size_t *subset, size_t count, int64_t feature)
{
    int64_t F = data->features, steps, n = 0;
    double sum = 0, square = 0;
    laco_real first = 0;
    for (size_t i = 0; i < count; i++) {
        const laco_real *values = laco_labelled_values(data, subset[i], &steps);
        for (int64_t j = data->alike ? 0 : feature; j < steps * F; j += data->alike ? 1 : F, n++) {
            first = n == 0 ? values[j] : first;
            double from_first = (double)values[j] - (double)first;
            sum += from_first;
            square += from_first * from_first;
        }
    }
    return n > 0 ? fmax(square / (double)n - sum / (double)n * (sum / (double)n), 0) : 0;
}

/* A feature that never changes says nothing: its scale is 0, so that another value in use does not say too much. */
static void standardise(const laco_labelled *data, const size_t *subset, size_t count, double *sums, laco_classifier_input *out)
{
    int64_t F = data->features;
    double *square = sums + F, n = add_up(data, subset, count, sums, square);
    for (int64_t f = 0; f < F; f++) {
        int64_t place = data->alike ? 0 : f;
        double mean = n > 0 ? sums[place] / n : 0, variance = n > 0 ? square[place] / n - mean * mean : 0;
        if (variance <= 1e-12 * (1 + mean * mean))
            variance = close_variance(data, subset, count, f);
        out->mean[f] = (laco_real)mean;
        out->scale[f] = variance > LEAST_VARIANCE ? (laco_real)(1 / sqrt(variance)) : 0;
    }
}

static int64_t common_steps(const laco_labelled *data, const size_t *subset, size_t count)
{
    int64_t first = 0, steps;
    for (size_t i = 0; i < count; i++) {
        laco_labelled_values(data, subset[i], &steps);
        if (i > 0 && steps != first)
            return 0;
        first = steps;
    }
    return first;
}

static laco_status numbers_from(const laco_labelled *data, const size_t *subset, size_t count, const laco_classifier_input *known,
                                laco_classifier_input *out)
{
    laco_context *ctx = data->ctx;
    size_t F = (size_t)data->features;
    laco_classifier_input input = {.features = data->features, .steps = common_steps(data, subset, count)};
    double *sums = laco_alloc(ctx, 2 * F, sizeof *sums);
    input.mean = laco_alloc(ctx, F, sizeof *input.mean);
    input.scale = laco_alloc(ctx, F, sizeof *input.scale);
    bool room = sums && input.mean && input.scale;
    if (room && known) {
        memcpy(input.mean, known->mean, F * sizeof *input.mean);
        memcpy(input.scale, known->scale, F * sizeof *input.scale);
        input.steps = input.steps == known->steps ? input.steps : 0;
    } else if (room)
        standardise(data, subset, count, sums, &input);
    else
        laco_classifier_input_free(ctx, &input);
    laco_release(ctx, sums);
    *out = input;
    return room ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_classifier_input_from(const laco_labelled *data, const size_t *subset, size_t count,
                                       const laco_text_config *text, const laco_classifier_input *known,
                                       laco_classifier_input *out)
{
    *out = (laco_classifier_input){.text = *text};
    if (data->features > 0)
        return numbers_from(data, subset, count, known, out);
    /* Words that were seen once teach nothing: they stand for those never seen. */
    laco_vocabulary_config config = {.min_count = text->level == LACO_TEXT_WORD ? 2 : 1,
                                     .known = known ? known->vocabulary : NULL};
    return laco_labelled_vocabulary(data, subset, count, text, &config, &out->vocabulary);
}

/* ---- Reading --------------------------------------------------------------------------------------------------------------- */

laco_status laco_classifier_input_encode(const laco_classifier_input *input, const laco_labelled *data, laco_sequences *out)
{
    if (input->features != data->features)
        return laco_fail(data->ctx, LACO_INVALID, "the data has %lld numbers in a step, the model reads %lld (0: texts)",
                         (long long)data->features, (long long)input->features);
    if (input->vocabulary)
        return laco_labelled_encode(data, &input->text, input->vocabulary, NULL, out);
    for (size_t i = 0; i < data->count; i++) {
        int64_t steps;
        const laco_real *values = laco_labelled_values(data, i, &steps);
        LACO_TRY(laco_sequences_view(out, values, (size_t)steps, data->features));
    }
    return LACO_OK;
}

laco_var laco_classifier_input_numbers(laco_tape *tape, const laco_classifier_input *input, const laco_batch *batch)
{
    int64_t F = input->features, steps = (int64_t)batch->steps * batch->rows;
    laco_var x = laco_var_new(tape, 3, (int64_t[]){batch->steps, batch->rows, F}, false);
    for (int64_t i = 0; x && i < steps; i++)
        for (int64_t f = 0; f < F; f++)
            x->data[i * F + f] = (batch->x[i * F + f] - input->mean[f]) * input->scale[f];
    return x;
}

/* ---- The file -------------------------------------------------------------------------------------------------------------- */

#define AT(member) LACO_MEMBER(laco_classifier_input, member)

static const laco_field numbers_rows[] = {
    {.key = "features", &laco_field_integer, AT(features), 1, INT32_MAX},
    {.key = "steps", &laco_field_integer, AT(steps), 0, INT32_MAX},
    {.key = "mean", &laco_field_numbers, AT(mean), .count = AT(features)},
    {.key = "scale", &laco_field_numbers, AT(scale), .count = AT(features)},
};

const laco_fields laco_classifier_numbers_fields = {LACO_FIELDS(laco_classifier_input, numbers_rows)};
