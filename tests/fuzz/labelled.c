/* Any bytes as labelled text, and what can be read as a vocabulary, ids and batches. The first byte says how the rest is read. */
#include "fuzz.h"

#include "data/batch.h"
#include "data/split.h"
#include "labelled/labelled_read.h"

/* Cuts the set into batches; every step must be an id of the vocabulary. */
static void use_batches(laco_context *ctx, const laco_labelled *data, const laco_sequences *sequences, int32_t ids)
{
    laco_split split;
    laco_batches *batches;
    require(laco_split_stratified(ctx, laco_labelled_labels(data), laco_labelled_count(data), (int)data->labels.count, 0.3, 1,
                                  &split) == LACO_OK);
    laco_batches_config config = {.batch_size = 3, .shuffle = true, .chunk = 2, .max_padded = 64};
    require(laco_batches_new(ctx, sequences, laco_labelled_labels(data), split.train, split.train_count, &config, &batches) ==
            LACO_OK);
    size_t rows = 0;
    for (size_t i = 0; i < laco_batches_count(batches); i++) {
        const laco_batch *batch = laco_batches_get(batches, i);
        rows += (size_t)batch->rows;
        for (int32_t k = 0; k < batch->rows * batch->steps; k++)
            require(batch->ids[k] >= 0 && batch->ids[k] < ids);
    }
    require(rows == split.train_count);
    laco_batches_free(batches);
    laco_split_free(ctx, &split);
}

static void summary_of(const laco_labelled *data)
{
    laco_summary *summary = NULL;
    laco_status status = laco_labelled_summary(data, true, &summary);
    fuzz_check_summary(status, summary);
}

static void use(laco_context *ctx, const laco_labelled *data, const laco_text_config *config)
{
    summary_of(data);
    laco_vocabulary *vocabulary, *unseen, *back;
    laco_sequences sequences;
    json_t *json;
    laco_sequences_init(&sequences, ctx);
    require(laco_labelled_vocabulary(data, NULL, 0, config, &(laco_vocabulary_config){.max_size = 20}, &vocabulary) == LACO_OK);
    require(laco_vocabulary_new(ctx, &unseen) == LACO_OK);
    require(laco_labelled_encode(data, config, vocabulary, unseen, &sequences) == LACO_OK);
    require(sequences.count == laco_labelled_count(data));
    require(laco_vocabulary_to_json(ctx, vocabulary, &json) == LACO_OK);
    require(laco_vocabulary_from_json(ctx, json, &back) == LACO_OK);
    require(laco_vocabulary_size(back) == laco_vocabulary_size(vocabulary) && laco_vocabulary_size(back) <= 20);
    use_batches(ctx, data, &sequences, laco_vocabulary_size(vocabulary));
    json_decref(json);
    laco_vocabulary_free(back);
    laco_vocabulary_free(unseen);
    laco_vocabulary_free(vocabulary);
    laco_sequences_free(&sequences);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    laco_context *ctx;
    laco_labelled *data;
    static const char *const known[] = {"a", "b"};
    if (size < 1)
        return 0;
    ctx = fuzz_context();
    int how = bytes[0];
    laco_labelled_config config = {.labels = how & 4 ? known : NULL, .label_count = 2};
    laco_text_config text = {.level = (how >> 3) % 3, .fold_accents = how & 64, .lower = how & 128};
    require(laco_labelled_begin(ctx, &config, &data) == LACO_OK);
    /* A second file gives a table or a list another label, so that more inputs come through. */
    laco_status status = laco_labelled_read_bytes(data, (how & 3) % 3, "f", "a", (const char *)bytes + 1, size - 1);
    if (status == LACO_OK)
        status = laco_labelled_read_bytes(data, LACO_FORM_ONE, "g", "b", "x", 1);
    if (status == LACO_OK)
        status = laco_labelled_end(data);
    if (status == LACO_OK)
        use(ctx, data, &text);
    else
        fuzz_check_error(ctx);
    laco_labelled_free(data);
    laco_context_free(ctx);
    return 0;
}
