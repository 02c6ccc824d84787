/* Images and their labels in the form of MNIST: see data/picture/idx.h. */
#include "base/file.h"
#include "labelled/numbers.h"
#include "table/idx.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The labels of the images that wait for them. */
static laco_status take_labels(laco_labelled *data, const char *name, const laco_idx *file)
{
    size_t count = file->size[0], first = data->count - data->unnamed;
    char label[32];
    if (data->unnamed == 0)
        return laco_fail(data->ctx, LACO_FORMAT,
                         "%s: holds labels where images should be: give a file of images first, then that of its labels", name);
    if (count != data->unnamed)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: %zu labels for the %zu images of %s", name, count, data->unnamed,
                         data->sources[data->source_count - 1].name);
    for (size_t i = 0; i < count && !data->config.unlabelled; i++) {
        snprintf(label, sizeof label, "%.0f", laco_idx_element(file, i));
        LACO_TRY(laco_labelled_number(data, name, i + 1, label, strlen(label), &data->examples[first + i].label));
    }
    data->unnamed = 0;
    return LACO_OK;
}

/* Steps and numbers of a step: rows of an image, or its pixels where so many features are wanted. */
static void lay_out(const laco_labelled *data, const laco_idx *file, size_t *steps, size_t *features)
{
    int64_t wanted = data->kind ? data->features : data->config.features;
    size_t columns = file->size[2], channels = file->size[3];
    bool pixels = wanted > 0 && (size_t)wanted == channels;
    *features = pixels ? channels : columns * channels;
    *steps = pixels ? file->size[1] * columns : file->size[1];
}

static laco_status take_images(laco_labelled *data, const char *name, const laco_idx *file)
{
    size_t steps, features;
    LACO_TRY(laco_labelled_add_source(data, name));
    lay_out(data, file, &steps, &features);
    if (file->size[0] == 0 || steps == 0 || features == 0)
        return laco_fail(data->ctx, LACO_FORMAT, "%s: no image in it", name);
    LACO_TRY(laco_labelled_expect(data, (int64_t)LACO_MIN(features, (size_t)INT32_MAX)));
    data->alike = true;
    LACO_TRY(laco_notes_add(&data->notes, LACO_NOTE_TAKEN, "form", "images in the IDX form"));
    for (size_t i = 0; i < file->size[0]; i++) {
        laco_real *values = laco_labelled_room(data, steps, (int64_t)features);
        if (!values)
            return LACO_NO_MEMORY;
        for (size_t j = 0; j < steps * features; j++) {
            values[j] = (laco_real)laco_idx_element(file, i * steps * features + j);
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
    laco_idx file;
    LACO_TRY(laco_idx_open(data->ctx, name, bytes, size, &file));
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
    return read && magic[0] == 0 && magic[1] == 0 && laco_idx_width(magic[2]) > 0 && magic[3] == 1;
}

/* Puts `to` in the place of the last `from`, and `kept` characters behind it, of the path's own name. It is not longer than
 * these. */
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
