#include "caption/captioner_input.h"

#include "base/random.h"
#include "tape/tape.h"

#include <math.h>
#include <string.h>

static const char *const kind_names[] = {"vectors", "pictures", NULL}; /* by laco_captioned_kind less 1 */

void laco_captioner_input_free(laco_context *ctx, laco_captioner_input *input)
{
    laco_release(ctx, input->mean);
    laco_release(ctx, input->scale);
    *input = (laco_captioner_input){0};
}

int64_t laco_captioner_input_width(const laco_captioner_input *input) { return input->columns * input->features; }

/* ---- From the training data -------------------------------------------------------------------------------- */

/* Sums of x and x² into sums[2 s] and sums[2 s + 1]; returns how many x went into each. */
static double add_up(const laco_captioned *data, const size_t *subset, size_t count, int64_t size, double *sums)
{
    double total = 0;
    for (size_t i = 0; i < count; i++) {
        const laco_captioned_item *item = &data->items[subset[i]];
        int64_t numbers = (int64_t)item->steps * data->features;
        for (int64_t j = 0; j < numbers; j++) {
            double value = (double)item->values[j], *sum = sums + 2 * (j % size);
            sum[0] += value;
            sum[1] += value * value;
        }
        int64_t each = numbers / size;
        total += (double)each;
    }
    return total;
}

#define LEAST_VARIANCE 1e-60 /* whose scale is a number in single precision */

/* The variance of numbers that lie so close together beside their mean that sums of squares cannot tell; 0 where they are the
 * same.
 */
static double close_variance(const laco_captioned *data, const size_t *subset, size_t count, int64_t size, int64_t place)
{
    double sum = 0, square = 0, n = 0;
    laco_real first = 0;
    for (size_t i = 0; i < count; i++) {
        const laco_captioned_item *item = &data->items[subset[i]];
        for (int64_t j = place; j < (int64_t)item->steps * data->features; j += size, n++) { /* NOLINT */
            first = n > 0 ? first : item->values[j];
            double from_first = (double)item->values[j] - (double)first;
            sum += from_first;
            square += from_first * from_first;
        }
    }
    return n > 0 ? fmax(square / n - sum / n * (sum / n), 0) : 0;
}

laco_status laco_captioner_input_fit(const laco_captioned *data, const size_t *subset, size_t count, laco_captioner_input *input)
{
    size_t size = (size_t)input->size;
    double *sums = laco_alloc(data->ctx, size, 2 * sizeof *sums);
    input->mean = laco_alloc(data->ctx, size, sizeof *input->mean);
    input->scale = laco_alloc(data->ctx, size, sizeof *input->scale);
    bool room = sums && input->mean && input->scale;
    double n = room ? add_up(data, subset, count, input->size, sums) : 0;
    for (size_t i = 0; room && i < size; i++) {
        double mean = n > 0 ? sums[2 * i] / n : 0, variance = n > 0 ? sums[2 * i + 1] / n - mean * mean : 0;
        /* What never changes says nothing: another value in use must not say too much. */
        if (variance <= 1e-12 * (1 + mean * mean))
            variance = close_variance(data, subset, count, input->size, (int64_t)i);
        input->mean[i] = (laco_real)mean;
        input->scale[i] = variance > LEAST_VARIANCE ? (laco_real)(1 / sqrt(variance)) : 0;
    }
    laco_release(data->ctx, sums);
    return room ? LACO_OK : LACO_NO_MEMORY;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------------------
 */

laco_status laco_captioner_input_view(const laco_captioner_input *input, const laco_captioned *data, laco_sequences *out)
{
    if (data->kind != input->kind || data->features != input->features)
        return laco_fail(data->ctx, LACO_INVALID, "the data holds %s of height %lld; the model reads %s of height %lld",
                         kind_names[data->kind == LACO_CAPTIONED_PICTURES], (long long)data->features,
                         kind_names[input->kind == LACO_CAPTIONED_PICTURES], (long long)input->features);
    for (size_t i = 0; i < data->count; i++) {
        int64_t numbers = (int64_t)data->items[i].steps * data->features;
        if (input->numbers > 0 && numbers != input->numbers)
            return laco_fail(data->ctx, LACO_INVALID, "item %zu has %lld numbers; the model reads %lld", i + 1,
                             (long long)numbers, (long long)input->numbers);
        LACO_TRY(laco_sequences_view(out, data->items[i].values, data->items[i].steps, data->features));
    }
    return LACO_OK;
}

static int64_t within(int64_t place, int64_t count) { return place < 0 ? 0 : place < count ? place : count - 1; }

/* Where the pixel that is shown at (x, y) comes from: (x0 + xx·x + xy·y, y0 + yy·y). */
typedef struct origin {
    double x0, xx, xy, y0, yy;
} origin;

static double either_way(laco_rng *rng, double most) { return (2 * laco_rng_uniform(rng) - 1) * most; }

static origin draw_origin(const laco_warp *warp, int64_t row, int64_t width, int64_t height)
{
    laco_rng rng = {.seed = warp->seed, .stream = laco_random_stream("warp") ^ warp->step, .next = 16 * (uint64_t)row};
    double dx = either_way(&rng, warp->shift), dy = either_way(&rng, warp->shift), middle = 0.5 * (double)(width - 1),
           centre = 0.5 * (double)(height - 1);
    origin o = {
        .xx = 1 + either_way(&rng, warp->bend), .yy = 1 + either_way(&rng, warp->bend), .xy = either_way(&rng, 2 * warp->bend)};
    o.x0 = middle - o.xx * middle - o.xy * centre - dx;
    o.y0 = centre - o.yy * centre - dy;
    return o;
}

/* A picture at a place between its pixels, from the four around it. */
static laco_real sample(const laco_batch *batch, int64_t b, int64_t F, double x, double y)
{
    int64_t left = (int64_t)floor(x), top = (int64_t)floor(y), width = batch->lengths[b];
    laco_real right = (laco_real)(x - (double)left), low = (laco_real)(y - (double)top);
    const laco_real *a = batch->x + (within(left, width) * batch->rows + b) * F,
                    *c = batch->x + (within(left + 1, width) * batch->rows + b) * F;
    int64_t up = within(top, F), down = within(top + 1, F);
    return (1 - right) * ((1 - low) * a[up] + low * a[down]) + right * ((1 - low) * c[up] + low * c[down]);
}

/* Column `from` of row b as it is, or as it is shown; past the last one that again. */
static void read_column(const laco_batch *batch, int64_t b, int64_t F, int64_t from, const origin *o, laco_real *out)
{
    from = within(from, batch->lengths[b]);
    if (!o) {
        memcpy(out, batch->x + (from * batch->rows + b) * F, (size_t)F * sizeof *out);
        return;
    }
    for (int64_t y = 0; y < F; y++)
        out[y] = sample(batch, b, F, o->x0 + o->xx * (double)from + o->xy * (double)y, o->y0 + o->yy * (double)y);
}

/* Row b of a batch into the steps of x. */
static void read_row(const laco_captioner_input *input, const laco_batch *batch, int64_t b, int64_t steps, const origin *o,
                     laco_real *x)
{
    int64_t B = batch->rows, F = input->features, C = input->columns;
    for (int64_t column = 0; column < steps * C; column++) {
        laco_real *out = x + (column / C * B + b) * C * F + column % C * F;
        read_column(batch, b, F, column, o, out);
        for (int64_t y = 0; y < F; y++) {
            int64_t place = input->size > 1 ? within(column, batch->lengths[b]) * F + y : 0;
            out[y] = (out[y] - input->mean[place]) * input->scale[place];
        }
    }
}

laco_var laco_captioner_input_read(laco_tape *tape, const laco_captioner_input *input, const laco_batch *batch,
                                   const laco_warp *warp, const int32_t **lengths)
{
    int64_t C = input->columns, steps = (batch->steps + C - 1) / C;
    int32_t *count = laco_arena_alloc(&tape->arena, (size_t)batch->rows, sizeof *count);
    laco_var x = laco_var_new(tape, 3, (int64_t[]){steps, batch->rows, laco_captioner_input_width(input)}, false);
    if (!count || !x)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    memset(x->data, 0, (size_t)x->size * sizeof *x->data);
    for (int64_t b = 0; b < batch->rows; b++) {
        count[b] = (int32_t)((batch->lengths[b] + C - 1) / C);
        origin o = warp ? draw_origin(warp, b, batch->lengths[b], input->features) : (origin){0};
        read_row(input, batch, b, count[b], warp ? &o : NULL, x->data);
    }
    *lengths = count;
    return x;
}

/* ---- The file ---------------------------------------------------------------------------------------------- */

#define AT(member) LACO_MEMBER(laco_captioner_input, member)

static const laco_field input_rows[] = {
    {.key = "kind", &laco_field_choice, AT(kind), LACO_CAPTIONED_VECTORS, LACO_CAPTIONED_PICTURES, .names = kind_names},
    {.key = "features", &laco_field_integer, AT(features), 1, 1 << 20},
    {.key = "numbers", &laco_field_integer, AT(numbers), 0, 1 << 26},
    {.key = "columns", &laco_field_integer, AT(columns), 1, 1 << 26},
    {.key = "mean", &laco_field_numbers, AT(mean), .count = AT(size), .counts = true},
    {.key = "scale", &laco_field_numbers, AT(scale), .count = AT(size)},
};

static laco_status check_input(const laco_meta *meta, void *object)
{
    const laco_captioner_input *input = object;
    if ((input->size != 1 && (input->size < 1 || input->size != input->numbers)) || input->numbers % input->features != 0 ||
        (input->kind == LACO_CAPTIONED_VECTORS && input->features != 1))
        return laco_fail(meta->ctx, LACO_FORMAT, "%s: the sizes in metadata 'laco.numbers' do not agree", meta->name);
    return LACO_OK;
}

const laco_fields laco_captioner_input_fields = {LACO_FIELDS(laco_captioner_input, input_rows), .check = check_input};
