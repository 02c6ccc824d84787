/* The metadata of tasks with one network, from the shapes of its tensors. */
#include "import/import.h"

#include "base/json_text.h"
#include "base/tensor_file_inside.h"

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static const char *nonlinearity(const laco_import *job) { return job->options->nonlinearity == LACO_RELU ? "relu" : "tanh"; }

static laco_status put_network(laco_import *job, const laco_import_rnn *rnn, int64_t inputs, int64_t embed, int64_t outputs)
{
    return laco_import_put(job, "laco.network",
                           json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:i, s:I, s:f}", "cell", rnn->cell, "nonlinearity",
                                     nonlinearity(job), "inputs", (json_int_t)inputs, "embed", (json_int_t)embed, "hidden",
                                     (json_int_t)rnn->hidden, "layers", (json_int_t)rnn->layers, "directions", rnn->directions,
                                     "outputs", (json_int_t)outputs, "dropout", 0.0));
}

laco_status laco_import_text(laco_import *job)
{
    static const char *const levels[] = {"char", "char", "word", "byte"};
    const laco_text_config *text = &job->options->text;
    return laco_import_put(
        job, "laco.text",
        json_pack("{s:s, s:b, s:b}", "level", levels[text->level], "fold_accents", text->fold_accents, "lower", text->lower));
}

/* What a step of an input holds: rows of an embedding, or as many numbers as the first layer reads (*embed 0). */
static laco_status find_inputs(const laco_import *job, const char *embedding, const laco_import_rnn *rnn, int64_t *inputs,
                               int64_t *embed)
{
    *inputs = rnn->input;
    *embed = 0;
    return laco_import_find(job, embedding) ? laco_import_matrix(job, embedding, inputs, embed) : LACO_OK;
}

/* Puts the vocabulary, in laço's order, and the tensors that are read (and `written`: written too) by its ids in the same. */
static laco_status put_vocabulary(laco_import *job, int64_t rows, bool edge, bool written, int64_t *size)
{
    const laco_import_rows tensors[] = {
        {"embedding.weight", false, 0},
        {laco_import_find(job, "embedding.weight") ? "" : "rnn.weight_ih_l0", true, 0},
        {laco_import_find(job, "embedding.weight") ? "" : "rnn.weight_ih_l0_reverse", true, 0},
        {"linear.weight", false, 0},
        {"linear.bias", false, (laco_real)-1e4},
    };
    const laco_import_options *o = job->options;
    laco_import_tokens tokens;
    laco_status status = laco_import_order(job, "tokens", o->tokens, o->token_count, rows, edge, &tokens);
    *size = tokens.count;
    if (status == LACO_OK)
        status = laco_import_arrange(job, &tokens, edge ? tensors + 3 : tensors, edge ? 2 : written ? 5 : 3, 1);
    if (status == LACO_OK)
        status = laco_import_put(job, "laco.vocabulary", json_incref(tokens.names));
    laco_import_tokens_free(job, &tokens);
    return status;
}

/* ---- classify ----------------------------------------------------------------------------------------------------------- */

static laco_status put_pool(laco_import *job, const laco_import_rnn *rnn, int64_t width)
{
    static const char *const names[] = {"last", "last", "mean", "max", "all"};
    int64_t each = rnn->directions * rnn->hidden;
    laco_pooling pool = job->options->pool;
    if (pool == LACO_POOL_DEFAULT && width == 3 * each)
        pool = LACO_POOL_ALL;
    if (width != (pool == LACO_POOL_ALL ? 3 : 1) * each)
        return laco_fail(job->ctx, LACO_FORMAT,
                         "%s: 'linear.weight' reads %lld numbers; the layers before it give %lld (or three times that: pool all)",
                         laco_tensor_file_name(job->dict->file), (long long)width, (long long)each);
    if (pool > LACO_POOL_LAST &&
        json_object_set_new(json_object_get(job->metadata, "laco.network"), "pool", json_string(names[pool])) != 0)
        return laco_fail(job->ctx, LACO_NO_MEMORY, "out of memory for the metadata");
    return LACO_OK;
}

static laco_status put_numbers(laco_import *job, int64_t features)
{
    json_t *mean, *scale;
    LACO_TRY(laco_import_numbers(job, job->options->mean, features, 0, false, &mean));
    laco_status status = laco_import_numbers(job, job->options->deviation, features, 1, true, &scale);
    if (status < 0) {
        json_decref(mean);
        return status;
    }
    return laco_import_put(
        job, "laco.numbers",
        json_pack("{s:I, s:i, s:o, s:o}", "features", (json_int_t)features, "steps", 0, "mean", mean, "scale", scale));
}

/* The numbers of a step, which recurrent layers say; and of an mlp how many steps it reads. */
static laco_status find_steps(const laco_import *job, const laco_import_rnn *rnn, int64_t embed, int64_t *step, int64_t *steps)
{
    *step = rnn->mlp && embed > 0 ? embed : rnn->mlp && job->options->number_count > 0 ? job->options->number_count : rnn->input;
    *steps = rnn->input / *step;
    if (rnn->input % *step == 0)
        return LACO_OK;
    return laco_fail(job->ctx, LACO_FORMAT, "%s: 'hidden_l0.weight' reads %lld numbers, which are no whole steps of %lld",
                     laco_tensor_file_name(job->dict->file), (long long)rnn->input, (long long)*step);
}

/* Steps around each where they are pooled, or all of them side by side. */
static laco_status put_steps(laco_import *job, int64_t steps)
{
    bool pooled = job->options->pool > LACO_POOL_LAST;
    json_t *network = json_object_get(job->metadata, "laco.network");
    if (json_object_set_new(network, "window", json_integer(pooled ? steps : 0)) == 0 &&
        json_object_set_new(network, "longest", json_integer(steps)) == 0)
        return LACO_OK;
    return laco_fail(job->ctx, LACO_NO_MEMORY, "out of memory for the metadata");
}

/* What the network reads: tokens, as many as `inputs` then says, or the numbers of a step. */
static laco_status put_inputs(laco_import *job, const laco_import_rnn *rnn, int64_t embed, int64_t step, int64_t *inputs)
{
    if (embed == 0 && job->options->token_count == 0) {
        *inputs = step;
        return put_numbers(job, step);
    }
    if (rnn->mlp && embed == 0)
        return laco_fail(job->ctx, LACO_FORMAT, "%s: layers of relu read text through an embedding alone, which is missing",
                         laco_tensor_file_name(job->dict->file));
    LACO_TRY(put_vocabulary(job, *inputs, false, false, inputs));
    return laco_import_text(job);
}

static laco_status fill_classify(laco_import *job)
{
    laco_import_rnn rnn;
    int64_t inputs, embed, outputs, width, step, steps;
    json_t *labels;
    LACO_TRY(laco_import_network(job, "rnn", &rnn));
    LACO_TRY(laco_import_matrix(job, "linear.weight", &outputs, &width));
    LACO_TRY(find_inputs(job, "embedding.weight", &rnn, &inputs, &embed));
    LACO_TRY(laco_import_labels(job, "labels", outputs, &labels));
    LACO_TRY(laco_import_put(job, "laco.labels", labels));
    LACO_TRY(find_steps(job, &rnn, embed, &step, &steps));
    LACO_TRY(put_inputs(job, &rnn, embed, step, &inputs));
    LACO_TRY(put_network(job, &rnn, inputs, embed, outputs));
    if (rnn.mlp)
        LACO_TRY(put_steps(job, steps));
    return put_pool(job, &rnn, width);
}

/* ---- generate ----------------------------------------------------------------------------------------------------------- */

static laco_status same_numbers(const laco_tensor_file *file, const laco_tensor_entry *a, const laco_tensor_entry *b, bool *same)
{
    char pieces[2][4096];
    *same = a && b && a->dtype == b->dtype && a->count == b->count;
    size_t size = *same ? laco_dtype_size(a->dtype) : 1, most = sizeof pieces[0] / size;
    for (size_t first = 0; *same && first < a->count; first += most) {
        size_t count = LACO_MIN(most, a->count - first);
        LACO_TRY(laco_tensor_file_bytes(file, a, first, count, pieces[0]));
        LACO_TRY(laco_tensor_file_bytes(file, b, first, count, pieces[1]));
        *same = memcmp(pieces[0], pieces[1], count * size) == 0;
    }
    return LACO_OK;
}

/* An output that is the embedding again is not kept twice. */
static laco_status find_tied(laco_import *job, bool *tied)
{
    LACO_TRY(
        same_numbers(job->dict->file, laco_import_find(job, "embedding.weight"), laco_import_find(job, "linear.weight"), tied));
    return *tied ? laco_import_forget(job, "linear.weight") : LACO_OK;
}

static laco_status fill_generate(laco_import *job)
{
    laco_import_rnn rnn;
    int64_t inputs, embed, outputs, width;
    bool tied;
    LACO_TRY(laco_import_layers(job, "rnn", &rnn));
    LACO_TRY(laco_import_matrix(job, "linear.weight", &outputs, &width));
    LACO_TRY(find_inputs(job, "embedding.weight", &rnn, &inputs, &embed));
    LACO_TRY(find_tied(job, &tied));
    LACO_TRY(put_vocabulary(job, inputs, false, true, &inputs));
    LACO_TRY(laco_import_text(job));
    LACO_TRY(put_network(job, &rnn, inputs, embed, inputs));
    return !tied || json_object_set_new(json_object_get(job->metadata, "laco.network"), "tied", json_true()) == 0
               ? LACO_OK
               : laco_fail(job->ctx, LACO_NO_MEMORY, "out of memory for the metadata");
}

/* ---- tag ---------------------------------------------------------------------------------------------------------------- */

/* Words, or letters, into the metadata; an embedding is `rows` long. */
static laco_status put_words(laco_import *job, const char *key, const char *what, const char *const *names, int64_t count,
                             const char *embedding, int64_t *rows)
{
    laco_import_tokens tokens;
    int64_t members = laco_import_members(job, embedding);
    laco_status status = laco_import_order(job, what, names, count, *rows, false, &tokens);
    if (status == LACO_OK)
        status = laco_import_arrange(job, &tokens, &(laco_import_rows){embedding, false, 0}, 1, members);
    if (status == LACO_OK)
        status = laco_import_put(job, key, json_incref(tokens.names));
    *rows = tokens.count;
    laco_import_tokens_free(job, &tokens);
    return status;
}

/* Words that a step of an mlp reads, each of so many numbers; 1 of recurrent layers. */
static laco_status find_window(const laco_import *job, const laco_import_rnn *rnn, int64_t features, int64_t *out)
{
    *out = rnn->mlp ? rnn->input / features : 1;
    if (rnn->input % features == 0)
        return LACO_OK;
    return laco_fail(job->ctx, LACO_FORMAT, "%s: 'hidden_l0.weight' reads %lld numbers, which are no whole words of %lld",
                     laco_tensor_file_name(job->dict->file), (long long)rnn->input, (long long)features);
}

static laco_status fill_tag(laco_import *job)
{
    const laco_import_options *o = job->options;
    laco_import_rnn rnn, letters = {.hidden = 0};
    int64_t words, embed, outputs, width, letter_count = 1, letter_embed = 1, window;
    json_t *tags;
    LACO_TRY(laco_import_network(job, "rnn", &rnn));
    LACO_TRY(laco_import_matrix(job, "linear.weight", &outputs, &width));
    LACO_TRY(laco_import_matrix(job, "word_embedding.weight", &words, &embed));
    if (laco_import_find(job, "letter_embedding.weight")) {
        LACO_TRY(laco_import_layers(job, "letter_rnn", &letters));
        LACO_TRY(laco_import_matrix(job, "letter_embedding.weight", &letter_count, &letter_embed));
        LACO_TRY(
            put_words(job, "laco.letters", "letters", o->sources, o->source_count, "letter_embedding.weight", &letter_count));
    } else {
        LACO_TRY(laco_import_put(job, "laco.letters", json_pack("[s]", "<unk>")));
    }
    LACO_TRY(find_window(job, &rnn, embed + 2 * letters.hidden, &window));
    LACO_TRY(put_words(job, "laco.vocabulary", "words", o->tokens, o->token_count, "word_embedding.weight", &words));
    LACO_TRY(laco_import_labels(job, "tags", outputs, &tags));
    LACO_TRY(laco_import_put(job, "laco.labels", tags));
    LACO_TRY(laco_import_put(job, "laco.data", json_pack("{s:s, s:s}", "form", "auto", "column", "")));
    return laco_import_put(job, "laco.network",
                           json_pack("{s:s, s:s, s:I, s:I, s:i, s:I, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I}", "cell",
                                     rnn.cell, "nonlinearity", nonlinearity(job), "hidden", (json_int_t)rnn.hidden, "layers",
                                     (json_int_t)rnn.layers, "directions", rnn.directions, "window", (json_int_t)window,
                                     "dropout", 0.0, "weight_drop", 0.0, "inputs", (json_int_t)words, "embed", (json_int_t)embed,
                                     "letters", (json_int_t)letter_count, "letter_embed", (json_int_t)letter_embed,
                                     "letter_hidden", (json_int_t)letters.hidden, "outputs", (json_int_t)outputs, "crf",
                                     laco_import_find(job, "crf.transitions") != NULL, "members",
                                     (json_int_t)laco_import_members(job, "linear.weight")));
}

/* ---- transcribe --------------------------------------------------------------------------------------------------------- */

static laco_status put_sound(laco_import *job, int64_t bands, int64_t stack)
{
    json_t *mean, *scale;
    LACO_TRY(laco_import_numbers(job, job->options->mean, bands, 0, false, &mean));
    laco_status status = laco_import_numbers(job, job->options->deviation, bands, 1, true, &scale);
    if (status < 0) {
        json_decref(mean);
        return status;
    }
    return laco_import_put(job, "laco.sound",
                           json_pack("{s:i, s:I, s:I, s:o, s:o}", "rate", job->options->rate ? job->options->rate : 16000,
                                     "bands", (json_int_t)bands, "stack", (json_int_t)stack, "mean", mean, "scale", scale));
}

static laco_status fill_transcribe(laco_import *job)
{
    laco_import_rnn rnn;
    int64_t outputs, width, bands = job->options->bands ? job->options->bands : 40;
    LACO_TRY(laco_import_layers(job, "rnn", &rnn));
    LACO_TRY(laco_import_matrix(job, "linear.weight", &outputs, &width));
    if (bands < 1 || rnn.input % bands != 0)
        return laco_fail(job->ctx, LACO_FORMAT,
                         "%s: a step has %lld numbers, which are no whole frames of %lld: --bands N says how many",
                         laco_tensor_file_name(job->dict->file), (long long)rnn.input, (long long)bands);
    LACO_TRY(put_vocabulary(job, outputs, true, true, &outputs));
    LACO_TRY(laco_import_text(job));
    LACO_TRY(put_sound(job, bands, rnn.input / bands));
    return put_network(job, &rnn, rnn.input, 0, outputs);
}

/* ---- forecast ----------------------------------------------------------------------------------------------------------- */

static laco_status put_columns(laco_import *job, int64_t C, int64_t horizon)
{
    json_t *names, *columns = json_array();
    size_t place;
    json_t *name;
    laco_status status = laco_import_labels(job, "columns", C, &names);
    if (status < 0) {
        json_decref(columns);
        return status;
    }
    json_array_foreach(names, place, name)
        laco_json_add(&columns, json_pack("{s:O, s:b, s:f, s:f, s:f, s:f, s:f}", "name", name, "log", 0, "floor", 0.0, "step",
                                          1.0, "error", 1.0, "low", -1e6, "high", 1e6));
    json_t *forecast = json_pack("{s:o, s:O, s:I, s:i, s:i, s:s, s:[], s:[], s:[], s:[], s:f}", "columns", columns, "target",
                                 json_array_get(names, 0), "horizon", (json_int_t)horizon, "window", 64, "season", 1, "base",
                                 "none", "lags", "periods", "harmonics", "quantiles", "error_size", 0.0);
    json_decref(names);
    return laco_import_put(job, "laco.forecast", forecast);
}

static laco_status put_history(laco_import *job, int64_t C)
{
    json_t *mean, *scale;
    LACO_TRY(laco_import_numbers(job, job->options->mean, C, 0, false, &mean));
    laco_status status = laco_import_numbers(job, job->options->deviation, C, 1, false, &scale);
    if (status < 0) {
        json_decref(mean);
        return status;
    }
    LACO_TRY(laco_import_put(job, "laco.time", json_null()));
    return laco_import_put(job, "laco.history",
                           json_pack("[{s:s, s:o, s:o, s:i, s:i, s:s, s:s, s:[], s:[]}]", "id", "", "mean", mean, "scale", scale,
                                     "train_rows", 0, "all_rows", 0, "train_hash", "0", "all_hash", "0", "times", "rows"));
}

static laco_status fill_forecast(laco_import *job)
{
    laco_import_rnn rnn;
    int64_t outputs, width, horizon = job->options->horizon ? job->options->horizon : 1;
    LACO_TRY(laco_import_layers(job, "rnn", &rnn));
    LACO_TRY(laco_import_matrix(job, "linear.weight", &outputs, &width));
    if (horizon < 1 || outputs != horizon * rnn.input || rnn.directions != 1)
        return laco_fail(job->ctx, LACO_FORMAT,
                         "%s: reads %lld columns%s and writes %lld numbers; of one direction, %lld (horizon × columns) are right",
                         laco_tensor_file_name(job->dict->file), (long long)rnn.input, rnn.directions == 2 ? " both ways" : "",
                         (long long)outputs, (long long)(horizon * rnn.input));
    LACO_TRY(put_columns(job, rnn.input, horizon));
    LACO_TRY(put_history(job, rnn.input));
    return put_network(job, &rnn, rnn.input, 0, outputs);
}

const laco_import_task laco_import_tasks[] = {
    {"classify", true, fill_classify},
    {"tag", true, fill_tag},
    {"forecast", true, fill_forecast},
    {"generate", true, fill_generate},
    {"transcribe", true, fill_transcribe},
    {"caption", false, laco_import_fill_caption},
    {"transduce", false, laco_import_fill_transduce},
    {NULL, false, NULL},
};
