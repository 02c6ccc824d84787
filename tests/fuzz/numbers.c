/* Any bytes as sequences of numbers with labels: tables, the .ts form, images in IDX with their labels. The first byte says how
 * the rest is read. */
#include "fuzz.h"

#include "labelled/labelled_read.h"

#include <math.h>

static void use(const laco_labelled *data, bool labelled)
{
    int64_t features = laco_labelled_features(data);
    require(features > 0);
    for (size_t i = 0; i < laco_labelled_count(data); i++) {
        const laco_example *example = &data->examples[i];
        require(!labelled || (example->label >= 0 && example->label < (int)data->labels.count));
        for (size_t j = 0; j < example->length * (size_t)features; j++)
            require(isfinite(example->values[j]));
    }
}

/* For images that were read: as many labels as they are, in the file form of labels. */
static laco_status name_images(laco_labelled *data)
{
    size_t count = data->unnamed;
    unsigned char *labels = calloc(8 + count, 1);
    require(labels != NULL);
    labels[2] = 8;
    labels[3] = 1;
    for (int i = 0; i < 4; i++)
        labels[4 + i] = (unsigned char)(count >> (24 - 8 * i));
    for (size_t i = 0; i < count; i++)
        labels[8 + i] = (unsigned char)(i % 3);
    laco_status status =
        count ? laco_labelled_read_bytes(data, LACO_FORM_IDX, "l", NULL, (const char *)labels, 8 + count) : LACO_OK;
    free(labels);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const laco_labelled_form forms[] = {LACO_FORM_NUMBERS, LACO_FORM_TS, LACO_FORM_IDX};
    laco_context *ctx;
    laco_labelled *data;
    if (size < 1)
        return 0;
    ctx = fuzz_context();
    int how = bytes[0];
    laco_labelled_form form = forms[how % 3];
    laco_labelled_config config = {.unlabelled = how / 3 % 2, .features = how / 6 % 3, .steps = how / 18 % 3 * 2};
    require(laco_labelled_begin(ctx, &config, &data) == LACO_OK);
    laco_status status = laco_labelled_read_bytes(data, form, "f", "a", (const char *)bytes + 1, size - 1);
    if (status == LACO_OK && form == LACO_FORM_IDX)
        status = name_images(data);
    if (status == LACO_OK)
        status = laco_labelled_end(data);
    if (status == LACO_OK)
        use(data, !config.unlabelled);
    else
        fuzz_check_error(ctx);
    laco_labelled_free(data);
    laco_context_free(ctx);
    return 0;
}
