#include "classify/labelled.h"
#include "data/split.h"

/* A set of the examples `subset`, whose texts stay where they are. */
static laco_status take(const laco_labelled *data, const size_t *subset, size_t count, laco_labelled **out)
{
    laco_labelled *part;
    laco_labelled_config config = {.labels = laco_labelled_label_names(data, NULL), .label_count = (int)data->labels.count};
    LACO_TRY(laco_labelled_begin(data->ctx, &config, &part));
    part->examples = laco_alloc(data->ctx, count, sizeof *part->examples);
    laco_status status = part->examples ? LACO_OK : LACO_NO_MEMORY;
    for (size_t i = 0; part->examples && i < count; i++)
        part->examples[part->count++] = data->examples[subset[i]];
    part->kind = data->kind;
    part->features = data->features;
    part->alike = data->alike;
    if (status == LACO_OK)
        status = laco_labelled_end(part);
    if (status == LACO_OK)
        *out = part;
    else
        laco_labelled_free(part);
    return status;
}

laco_status laco_labelled_split(const laco_labelled *data, double fraction, uint64_t seed, laco_labelled **rest,
                                laco_labelled **part)
{
    laco_split split;
    laco_labelled *larger = NULL, *smaller = NULL;
    LACO_TRY(laco_split_stratified(data->ctx, data->label_of, data->count, (int)data->labels.count, fraction, seed, &split));
    laco_status status = take(data, split.train, split.train_count, &larger);
    if (status == LACO_OK && (status = take(data, split.valid, split.valid_count, &smaller)) < 0)
        laco_labelled_free(larger);
    laco_split_free(data->ctx, &split);
    if (status == LACO_OK) {
        *rest = larger;
        *part = smaller;
    }
    return status;
}
