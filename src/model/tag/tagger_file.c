/* A tagger's metadata in the model file, and back with every value checked. */
#include "data/tagged/bio.h"
#include "model/tag/tagger.h"

#include <string.h>

static const char *const cell_names[] = {"rnn", "gru", "lstm", "mlp", NULL};
static const char *const nonlinearity_names[] = {"tanh", "relu", NULL};
static const char *const form_names[] = {"auto", "conllu", "columns", "tsv", "lines", "text", NULL};

static json_t *network_to_json(const laco_tagger_config *c)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:i, s:I, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:I, s:I}", "cell",
                     cell_names[c->mlp ? 3 : c->cell], "nonlinearity", nonlinearity_names[c->nonlinearity], "hidden",
                     (json_int_t)c->hidden, "layers", (json_int_t)c->layers, "directions", c->directions, "window",
                     (json_int_t)c->window, "dropout", c->dropout, "weight_drop", c->weight_drop,
                     "inputs", (json_int_t)c->words, "embed", (json_int_t)c->embed, "letters", (json_int_t)c->letters,
                     "letter_embed", (json_int_t)c->letter_embed, "letter_hidden", (json_int_t)c->letter_hidden, "outputs",
                     (json_int_t)c->outputs, "crf", c->crf, "constrained", c->constrained, "context", (json_int_t)c->context, "members",
                     (json_int_t)c->members);
}

static json_t *tags_to_json(const laco_tagger *model)
{
    json_t *tags = json_array();
    for (int64_t k = 0; k < model->config.outputs; k++)
        json_array_append_new(tags, json_string(model->tags[k]));
    return tags;
}

static json_t *data_to_json(const laco_tagger *model)
{
    return json_pack("{s:s, s:s}", "form", form_names[model->form], "column", model->column);
}

static laco_status save_tagger(laco_model *base, laco_tensor_writer *writer)
{
    laco_tagger *model = (laco_tagger *)base;
    json_t *vocabulary;
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.network", network_to_json(&model->config)));
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.data", data_to_json(model)));
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.labels", tags_to_json(model)));
    if (model->tokeniser)
        LACO_TRY(laco_meta_write(base->ctx, writer, "laco.tokeniser", laco_tokeniser_to_json(model->tokeniser)));
    LACO_TRY(laco_vocabulary_to_json(base->ctx, model->letters, &vocabulary));
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.letters", vocabulary));
    LACO_TRY(laco_vocabulary_to_json(base->ctx, model->words, &vocabulary));
    return laco_meta_write(base->ctx, writer, "laco.vocabulary", vocabulary);
}

static int describe_tagger(laco_model *base, json_t *into)
{
    laco_tagger *model = (laco_tagger *)base;
    json_t *words = json_array();
    for (int32_t id = 1; id < laco_vocabulary_size(model->words); id++)
        json_array_append_new(words, json_string(laco_vocabulary_name(model->words, id, NULL)));
    return json_object_update_new(into, json_pack("{s:o, s:o, s:o, s:o}", "network", network_to_json(&model->config), "data",
                                                  data_to_json(model), "labels", tags_to_json(model), "vocabulary", words));
}

/* ---- Reading ------------------------------------------------------------------------------------------------------------ */

static laco_status read_network(laco_context *ctx, const laco_tensor_file *file, const json_t *object, laco_tagger_config *c)
{
    const struct {
        const char *key;
        int64_t low, high, *out;
    } integers[] = {
        {"hidden", 1, 1 << 20, &c->hidden},
        {"layers", 1, 1000, &c->layers},
        {"window", 1, 1000, &c->window},
        {"inputs", 1, INT32_MAX, &c->words},
        {"embed", 1, 1 << 20, &c->embed},
        {"letters", 1, INT32_MAX, &c->letters},
        {"letter_embed", 1, 1 << 20, &c->letter_embed},
        {"letter_hidden", 0, 1 << 20, &c->letter_hidden},
        {"outputs", 1, 1 << 15, &c->outputs},
    };
    int cell, nonlinearity;
    int64_t directions;
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        LACO_TRY(laco_meta_integer(ctx, file, object, integers[i].key, integers[i].low, integers[i].high, integers[i].out));
    LACO_TRY(laco_meta_integer(ctx, file, object, "directions", 1, 2, &directions));
    LACO_TRY(laco_meta_real(ctx, file, object, "dropout", 0, 1, &c->dropout));
    LACO_TRY(laco_meta_real(ctx, file, object, "weight_drop", 0, 0.999, &c->weight_drop));
    LACO_TRY(laco_meta_choice(ctx, file, object, "cell", cell_names, &cell));
    LACO_TRY(laco_meta_choice(ctx, file, object, "nonlinearity", nonlinearity_names, &nonlinearity));
    if (json_object_get(object, "context")) /* files from before it have none */
        LACO_TRY(laco_meta_integer(ctx, file, object, "context", 0, LACO_TAGGER_CONTEXT, &c->context));
    c->members = 1;
    if (json_object_get(object, "members")) /* the same */
        LACO_TRY(laco_meta_integer(ctx, file, object, "members", 1, LACO_MEMBERS, &c->members));
    c->mlp = cell == 3;
    c->cell = c->mlp ? LACO_RNN : (laco_cell_kind)cell;
    c->nonlinearity = (laco_nonlinearity)nonlinearity;
    c->directions = (int)directions;
    c->crf = json_is_true(json_object_get(object, "crf"));
    c->constrained = json_is_true(json_object_get(object, "constrained"));
    return c->mlp && c->layers > LACO_TAGGER_DEEPEST
               ? laco_fail(ctx, LACO_FORMAT, "%s: %lld layers of an mlp; at most %d can be", laco_tensor_file_name(file),
                           (long long)c->layers, LACO_TAGGER_DEEPEST)
               : LACO_OK;
}

static bool has_shape(const laco_tensor_file *file, int64_t m, const char *layer, int64_t rows, int64_t columns)
{
    const laco_tensor_entry *entry = laco_tensor_file_find(file, laco_member_name(m, layer).text);
    return entry && entry->ndim == 2 && entry->shape[0] == rows && entry->shape[1] == columns;
}

static bool has_member(const laco_tensor_file *file, const laco_tagger_config *c, int64_t m)
{
    static const int gates[] = {1, 3, 4};
    int64_t features = c->embed + 2 * c->letter_hidden, rows = gates[c->cell] * c->hidden;
    bool fits = has_shape(file, m, "word_embedding.weight", c->words, c->embed) &&
                has_shape(file, m, "linear.weight", c->outputs, c->mlp ? c->hidden : c->directions * c->hidden);
    if (c->letter_hidden > 0)
        fits = fits && has_shape(file, m, "letter_embedding.weight", c->letters, c->letter_embed) &&
               has_shape(file, m, "letter_rnn.weight_ih_l0", 4 * c->letter_hidden, c->letter_embed) &&
               has_shape(file, m, "letter_rnn.weight_hh_l0", 4 * c->letter_hidden, c->letter_hidden);
    if (c->mlp)
        return fits && has_shape(file, m, "hidden_l0.weight", c->hidden, features * c->window);
    return fits && has_shape(file, m, "rnn.weight_ih_l0", rows, features) &&
           has_shape(file, m, "rnn.weight_hh_l0", rows, c->hidden);
}

/* A hostile file may ask for a network of any size: its weights would have to be in the file, so check before building. */
static laco_status check_presence(laco_context *ctx, const laco_tensor_file *file, const laco_tagger_config *c)
{
    int64_t tensors = c->members * c->layers * (c->mlp ? 2 : 4 * c->directions);
    bool fits = tensors <= (int64_t)laco_tensor_file_count(file);
    for (int64_t m = 0; fits && m < c->members; m++)
        fits = has_member(file, c, m);
    if (c->crf)
        fits = fits && has_shape(file, 0, "crf.transitions", c->outputs, c->outputs);
    return fits ? LACO_OK
                : laco_fail(ctx, LACO_FORMAT, "%s: the tensors do not have the sizes that metadata 'laco.network' states",
                            laco_tensor_file_name(file));
}

static laco_status read_config(laco_context *ctx, const laco_tensor_file *file, laco_tagger_config *out)
{
    json_t *object;
    LACO_TRY(laco_meta_parse(ctx, file, "laco.network", &object));
    laco_status status = read_network(ctx, file, object, out);
    json_decref(object);
    LACO_TRY(status);
    return check_presence(ctx, file, out);
}

static laco_status read_vocabulary(laco_context *ctx, const laco_tensor_file *file, const char *key, laco_vocabulary **out)
{
    json_t *array;
    LACO_TRY(laco_meta_parse(ctx, file, key, &array));
    laco_status status = laco_vocabulary_from_json(ctx, array, out);
    json_decref(array);
    return status;
}

/* The metadata of a file while a tagger is built from it. */
typedef struct tagger_parts {
    laco_tagger_config config;
    json_t *tags, *data;
    const char **names; /* within tags */
    int form;
    const char *column; /* within data */
    laco_vocabulary *words, *letters;
    laco_tokeniser *tokeniser;
} tagger_parts;

static laco_status read_tags(laco_context *ctx, const laco_tensor_file *file, tagger_parts *p)
{
    size_t K = (size_t)p->config.outputs;
    LACO_TRY(laco_meta_parse(ctx, file, "laco.labels", &p->tags));
    if (json_array_size(p->tags) != K)
        return laco_fail(ctx, LACO_FORMAT, "%s: metadata 'laco.labels' should be an array of %zu strings",
                         laco_tensor_file_name(file), K);
    if (!(p->names = laco_alloc(ctx, K, sizeof *p->names)))
        return LACO_NO_MEMORY;
    for (size_t k = 0; k < K; k++)
        if (!(p->names[k] = json_string_value(json_array_get(p->tags, k))))
            return laco_fail(ctx, LACO_FORMAT, "%s: metadata 'laco.labels' holds something that is not a string at place %zu",
                             laco_tensor_file_name(file), k);
    return LACO_OK;
}

static laco_status read_data(laco_context *ctx, const laco_tensor_file *file, tagger_parts *p)
{
    LACO_TRY(laco_meta_parse(ctx, file, "laco.data", &p->data));
    LACO_TRY(laco_meta_choice(ctx, file, p->data, "form", form_names, &p->form));
    p->column = json_string_value(json_object_get(p->data, "column"));
    return p->column
               ? LACO_OK
               : laco_fail(ctx, LACO_FORMAT, "%s: 'column' in the metadata should be a string", laco_tensor_file_name(file));
}

/* Files from before it have none. */
static laco_status read_tokeniser(laco_context *ctx, const laco_tensor_file *file, laco_tokeniser **out)
{
    json_t *object;
    if (!laco_tensor_file_metadata(file, "laco.tokeniser"))
        return LACO_OK;
    LACO_TRY(laco_meta_parse(ctx, file, "laco.tokeniser", &object));
    laco_status status = laco_tokeniser_from_json(ctx, object, out);
    json_decref(object);
    return status;
}

static laco_status read_parts(laco_context *ctx, const laco_tensor_file *file, tagger_parts *p)
{
    LACO_TRY(read_config(ctx, file, &p->config));
    LACO_TRY(read_tags(ctx, file, p));
    LACO_TRY(read_data(ctx, file, p));
    LACO_TRY(read_tokeniser(ctx, file, &p->tokeniser));
    LACO_TRY(read_vocabulary(ctx, file, "laco.vocabulary", &p->words));
    LACO_TRY(read_vocabulary(ctx, file, "laco.letters", &p->letters));
    if (laco_vocabulary_size(p->words) != p->config.words || laco_vocabulary_size(p->letters) != p->config.letters)
        return laco_fail(ctx, LACO_FORMAT, "%s: the network reads %lld words and %lld letters; the vocabularies hold %d and %d",
                         laco_tensor_file_name(file), (long long)p->config.words, (long long)p->config.letters,
                         (int)laco_vocabulary_size(p->words), (int)laco_vocabulary_size(p->letters));
    return LACO_OK;
}

static laco_status build_tagger(laco_context *ctx, const laco_tensor_file *file, laco_model **out)
{
    tagger_parts p = {0};
    laco_tagger *model;
    laco_status status = read_parts(ctx, file, &p);
    if (status == LACO_OK)
        status = laco_tagger_new(ctx, 0, &p.config, p.words, p.letters, p.names, (laco_tagged_form)p.form, p.column, &model);
    else {
        laco_vocabulary_free(p.words);
        laco_vocabulary_free(p.letters);
    }
    laco_release(ctx, p.names);
    json_decref(p.tags);
    json_decref(p.data);
    if (status < 0) {
        laco_tokeniser_free(p.tokeniser);
        return status;
    }
    model->tokeniser = p.tokeniser;
    *out = &model->base;
    return LACO_OK;
}

const laco_task laco_task_tag = {
    .name = "tag",
    .build = build_tagger,
    .save = save_tagger,
    .describe = describe_tagger,
    .release = laco_tagger_release,
    .size = sizeof(laco_tagger),
    .scratch = offsetof(laco_tagger, tape),
    .close = laco_tagger_close,
};
