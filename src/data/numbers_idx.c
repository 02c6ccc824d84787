/* IDX, the binary form of MNIST: two zero bytes, a type, the number of dimensions, each size as a big-endian integer of four bytes, the
 * elements, big-endian. http://yann.lecun.com/exdb/mnist/ */
#include "base/file.h"
#include "data/numbers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct idx {
    const unsigned char *bytes; /* of the elements */
    int type, dimensions;
    size_t width;   /* bytes of an element */
    size_t size[4]; /* 1 for those that are not there */
} idx;

static size_t width_of(int type)
{
    static const unsigned char widths[] = {1, 1, 0, 2, 4, 4, 8}; /* unsigned and signed bytes, shorts, ints, floats, doubles */
    return type >= 0x08 && type <= 0x0E ? widths[type - 0x08] : 0;
}

static double element(const idx *file, size_t place)
{
    const unsigned char *at = file->bytes + place * file->width;
    uint64_t bits = 0;
    for (size_t i = 0; i < file->width; i++)
        bits = bits << 8 | at[i];
    uint32_t low = (uint32_t)bits;
    float single;
    double real;
    memcpy(&single, &low, sizeof single);
    memcpy(&real, &bits, sizeof real);
    return file->type == 0x08 ? (double)bits : file->type == 0x09 ? (int8_t)bits : file->type == 0x0B ? (int16_t)bits
           : file->type == 0x0C ? (int32_t)bits : file->type == 0x0D ? (double)single : real;
}

static laco_status open_idx(laco_context *ctx, const char *name, const char *bytes, size_t size, idx *out)
{
    const unsigned char *at = (const unsigned char *)bytes;
    idx file = {.type = at[2], .dimensions = at[3], .width = width_of(at[2]), .size = {1, 1, 1, 1}};
    size_t header = 4 + 4 * (size_t)file.dimensions, needed = file.width;
    bool fits = size >= header;
    if (file.width == 0)
        return laco_fail(ctx, LACO_FORMAT, "%s: an IDX file with elements of type 0x%02X, which does not exist", name, file.type);
    for (int d = 0; fits && d < file.dimensions; d++) {
        const unsigned char *four = at + 4 + 4 * (size_t)d;
        file.size[d] = (size_t)four[0] << 24 | (size_t)four[1] << 16 | (size_t)four[2] << 8 | four[3];
        fits = laco_mul_fits(needed, file.size[d], &needed);
    }
    fits = fits && laco_add_fits(needed, header, &needed);
    if (!fits || size < needed)
        return laco_fail(ctx, LACO_FORMAT, "%s: is cut short: it has %zu bytes, and its header asks for %zu", name, size,
                         fits ? needed : SIZE_MAX);
    if (size > needed)
        return laco_fail(ctx, LACO_FORMAT, "%s: has %zu bytes behind its end at byte %zu", name, size - needed, needed);
    file.bytes = at + header;
    *out = file;
    return LACO_OK;
}

/* The labels of the images that wait for them. */
static laco_status take_labels(laco_labelled *data, const char *name, const idx *file)
{
    size_t count = file->size[0], first = data->count - data->unnamed;
    char label[32];
    if (data->unnamed == 0)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: holds labels where images should be: give a file of images first, then that of its labels", name);
    if (count != data->unnamed)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: %zu labels for the %zu images of %s", name, count, data->unnamed,
                         data->sources[data->source_count - 1].name);
    for (size_t i = 0; i < count && !data->config.unlabelled; i++) {
        snprintf(label, sizeof label, "%.0f", element(file, i));
        LACO_TRY(laco_labelled_number(data, name, i + 1, label, strlen(label), &data->examples[first + i].label));
    }
    data->unnamed = 0;
    return LACO_OK;
}

/* Steps and numbers of a step: rows of an image, or its pixels where so many features are wanted. */
static void lay_out(const laco_labelled *data, const idx *file, size_t *steps, size_t *features)
{
    int64_t wanted = data->kind ? data->features : data->config.features;
    size_t columns = file->size[2], channels = file->size[3];
    bool pixels = wanted > 0 && (size_t)wanted == channels;
    *features = pixels ? channels : columns * channels;
    *steps = pixels ? file->size[1] * columns : file->size[1];
}

static laco_status take_images(laco_labelled *data, const char *name, const idx *file)
{
    size_t steps, features;
    LACO_TRY(laco_labelled_add_source(data, name));
    lay_out(data, file, &steps, &features);
    if (file->size[0] == 0 || steps == 0 || features == 0)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: no image in it", name);
    LACO_TRY(laco_labelled_expect(data, (int64_t)LACO_MIN(features, (size_t)INT32_MAX)));
    data->alike = true;
    for (size_t i = 0; i < file->size[0]; i++) {
        laco_real *values = laco_labelled_room(data, steps, (int64_t)features);
        if (!values)
            return LACO_NO_MEMORY;
        for (size_t j = 0; j < steps * features; j++) {
            values[j] = (laco_real)element(file, i * steps * features + j);
            if (!isfinite(values[j]))
                return laco_fail(data->ctx, LACO_FORMAT, "%s: image %zu holds a number that is not finite", name, i + 1);
        }
        LACO_TRY(laco_labelled_add_values(data, i + 1, NULL, 0, values, steps));
    }
    data->unnamed = data->config.unlabelled ? 0 : file->size[0];
    return LACO_OK;
}

laco_status laco_numbers_read_idx(laco_labelled *data, const char *name, const char *bytes, size_t size)
{
    idx file;
    LACO_TRY(open_idx(data->ctx, name, bytes, size, &file));
    return file.dimensions == 1 ? take_labels(data, name, &file) : take_images(data, name, &file);
}

/* ---- The file of labels beside the images -------------------------------------------------------------------------------- */

/* Whether a path begins as a file of labels does. Standard input cannot be looked into. */
static bool holds_labels(const char *path)
{
    unsigned char magic[4] = {0};
    FILE *file = strcmp(path, "-") != 0 ? fopen(path, "rb") : NULL;
    bool read = file && fread(magic, 1, sizeof magic, file) == sizeof magic;
    if (file)
        fclose(file);
    return read && magic[0] == 0 && magic[1] == 0 && width_of(magic[2]) > 0 && magic[3] == 1;
}

/* Puts `to` in the place of the last `from`, and `kept` characters behind it, of the path's own name. It is not longer than these. */
static bool exchange(char *path, const char *from, size_t kept, const char *to)
{
    char *slash = strrchr(path, '/'), *found = NULL;
    for (char *at = slash ? slash : path; (at = strstr(at, from)); at++)
        found = at;
    if (!found || strlen(found) < strlen(from) + kept)
        return false;
    char *behind = found + strlen(from) + kept;
    memmove(found + strlen(to), behind, strlen(behind) + 1);
    memcpy(found, to, strlen(to));
    return true;
}

laco_status laco_numbers_name_images(laco_labelled *data, const char *next)
{
    if (data->unnamed == 0 || (next && holds_labels(next)))
        return LACO_OK;
    const char *images = data->sources[data->source_count - 1].name;
    char *path = laco_copy_string(data->ctx, images), *bytes;
    size_t size;
    if (!path)
        return LACO_NO_MEMORY;
    bool named = exchange(path, "images", 0, "labels");
    exchange(path, "idx", 1, "idx1");
    laco_status status;
    if (!named || !holds_labels(path))
        status = laco_fail(data->ctx, LACO_FORMAT, "%s: images without labels: give the file of their labels behind it", images);
    else if ((status = laco_file_read(data->ctx, path, &bytes, &size)) == LACO_OK) {
        status = laco_numbers_read_idx(data, path, bytes, size);
        laco_release(data->ctx, bytes);
    }
    laco_release(data->ctx, path);
    return status;
}
