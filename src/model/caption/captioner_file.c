/* A captioner's metadata in the model file, and back with every value checked. */
#include "model/caption/captioner.h"
#include "model/text_meta.h"

static const char *const encoder_names[] = {"recurrent", "mlp", NULL};
static const char *const cell_names[] = {"rnn", "gru", "lstm", NULL};

static json_t *network_to_json(const laco_captioner_config *c)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:i, s:f, s:I, s:I, s:s, s:s, s:I}", "encoder", encoder_names[c->mlp], "cell",
                     cell_names[c->cell], "hidden", (json_int_t)c->hidden, "layers", (json_int_t)c->layers, "directions",
                     c->directions, "dropout", c->dropout, "embed", (json_int_t)c->embed, "outputs", (json_int_t)c->outputs,
                     "attention", laco_attention_names()[c->attention], "units", laco_token_kind_names[c->units - 1], "longest",
                     (json_int_t)c->longest);
}

static laco_status save_captioner(laco_model *base, laco_tensor_writer *writer)
{
    laco_captioner *model = (laco_captioner *)base;
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.network", network_to_json(&model->config)));
    LACO_TRY(laco_meta_write(base->ctx, writer, "laco.numbers", laco_captioner_input_to_json(&model->input)));
    return laco_vocabulary_to_file(base->ctx, model->vocabulary, writer);
}

static int describe_captioner(laco_model *base, json_t *into)
{
    laco_captioner *model = (laco_captioner *)base;
    return json_object_update_new(into, json_pack("{s:o, s:o, s:o}", "network", network_to_json(&model->config), "numbers",
                                                  laco_captioner_input_to_json(&model->input), "vocabulary",
                                                  laco_vocabulary_describe(model->vocabulary)));
}

/* ---- Reading ----------------------------------------------------------------------------------------------------------------
 */

static laco_status read_network(laco_context *ctx, const laco_tensor_file *file, const json_t *object, laco_captioner_config *c)
{
    int64_t directions;
    int encoder, cell, attention, units;
    LACO_TRY(laco_meta_choice(ctx, file, object, "encoder", encoder_names, &encoder));
    LACO_TRY(laco_meta_choice(ctx, file, object, "cell", cell_names, &cell));
    LACO_TRY(laco_meta_integer(ctx, file, object, "hidden", 1, 1 << 20, &c->hidden));
    LACO_TRY(laco_meta_integer(ctx, file, object, "layers", 1, encoder == 1 ? LACO_DEEPEST : 1000, &c->layers));
    LACO_TRY(laco_meta_integer(ctx, file, object, "directions", 1, encoder == 1 ? 1 : 2, &directions));
    LACO_TRY(laco_meta_real(ctx, file, object, "dropout", 0, 0.999, &c->dropout));
    LACO_TRY(laco_meta_integer(ctx, file, object, "embed", 1, 1 << 20, &c->embed));
    LACO_TRY(laco_meta_integer(ctx, file, object, "outputs", 2, INT32_MAX, &c->outputs));
    LACO_TRY(laco_meta_choice(ctx, file, object, "attention", laco_attention_names(), &attention));
    LACO_TRY(laco_meta_choice(ctx, file, object, "units", laco_token_kind_names, &units));
    LACO_TRY(laco_meta_integer(ctx, file, object, "longest", 1, 1 << 20, &c->longest));
    c->mlp = encoder == 1;
    c->cell = (laco_cell_kind)cell;
    c->directions = (int)directions;
    c->attention = (laco_attention_kind)attention;
    c->units = (laco_token_kind)(units + 1);
    return c->mlp && c->attention ? laco_fail(ctx, LACO_FORMAT, "%s: attention over an mlp, which has no steps to look at",
                                              laco_tensor_file_name(file))
                                  : LACO_OK;
}

static bool has_shape(const laco_tensor_file *file, const char *name, int64_t rows, int64_t columns)
{
    const laco_tensor_entry *entry = laco_tensor_file_find(file, name);
    return entry && entry->ndim == 2 && entry->shape[0] == rows && entry->shape[1] == columns;
}

/* A hostile file may ask for a network of any size: its weights would have to be in the file, so check before building. */
static laco_status check_presence(laco_context *ctx, const laco_tensor_file *file, const laco_captioner_config *c,
                                  const laco_captioner_input *input)
{
    static const int gates[] = {1, 3, 4};
    int64_t rows = gates[c->cell] * c->hidden, width = c->mlp ? c->hidden : c->directions * c->hidden,
            tensors = c->layers * (4 + (c->mlp ? 2 : 4 * c->directions));
    bool fits = tensors <= (int64_t)laco_tensor_file_count(file) &&
                has_shape(file, "decoder.embedding.weight", c->outputs, c->embed) &&
                has_shape(file, "decoder.output.weight", c->outputs, c->hidden) &&
                has_shape(file, "decoder.bridge_h.weight", c->layers * c->hidden, width) &&
                has_shape(file, "decoder.rnn.weight_ih_l0", rows, c->embed) &&
                has_shape(file, "decoder.rnn.weight_hh_l0", rows, c->hidden);
    if (c->attention)
        fits = fits && has_shape(file, "decoder.combine.weight", c->hidden, c->hidden + width);
    if (c->mlp)
        fits = fits && input->columns * input->features == input->numbers &&
               has_shape(file, "hidden_l0.weight", c->hidden, input->numbers);
    else
        fits = fits && has_shape(file, "encoder.weight_ih_l0", rows, laco_captioner_input_width(input)) &&
               has_shape(file, "encoder.weight_hh_l0", rows, c->hidden);
    return fits ? LACO_OK
                : laco_fail(ctx, LACO_FORMAT,
                            "%s: the tensors do not have the sizes that metadata 'laco.network' and 'laco.numbers' state",
                            laco_tensor_file_name(file));
}

static laco_status read_config(laco_context *ctx, const laco_tensor_file *file, laco_captioner_config *out)
{
    json_t *object;
    LACO_TRY(laco_meta_parse(ctx, file, "laco.network", &object));
    laco_status status = read_network(ctx, file, object, out);
    json_decref(object);
    return status;
}

static laco_status read_parts(laco_context *ctx, const laco_tensor_file *file, const laco_captioner_config *config,
                              laco_captioner_input *input, laco_vocabulary **vocabulary)
{
    LACO_TRY(laco_captioner_input_load(ctx, file, input));
    LACO_TRY(check_presence(ctx, file, config, input));
    LACO_TRY(laco_vocabulary_from_file(ctx, file, vocabulary));
    if (laco_vocabulary_size(*vocabulary) != config->outputs)
        return laco_fail(ctx, LACO_FORMAT, "%s: the network writes %lld tokens; the vocabulary holds %d",
                         laco_tensor_file_name(file), (long long)config->outputs, (int)laco_vocabulary_size(*vocabulary));
    return LACO_OK;
}

static laco_status build_captioner(laco_context *ctx, const laco_tensor_file *file, laco_model **out)
{
    laco_captioner_config config = {0};
    laco_captioner_input input = {0};
    laco_vocabulary *vocabulary = NULL;
    laco_captioner *model;
    LACO_TRY(read_config(ctx, file, &config));
    laco_status status = read_parts(ctx, file, &config, &input, &vocabulary);
    if (status == LACO_OK)
        status = laco_captioner_new(ctx, 0, &config, &input, vocabulary, &model);
    else {
        laco_captioner_input_free(ctx, &input);
        laco_vocabulary_free(vocabulary);
    }
    if (status == LACO_OK)
        *out = &model->base;
    return status;
}

static laco_status open_captioner(laco_model *base)
{
    laco_arena_init(&((laco_captioner *)base)->texts, base->ctx);
    return LACO_OK;
}

static void close_captioner(laco_model *base)
{
    laco_captioner *model = (laco_captioner *)base;
    laco_tape_free(model->tape);
    laco_tape_free(model->steps);
    laco_arena_free(&model->texts);
}

static void release_captioner(laco_model *base)
{
    laco_captioner *model = (laco_captioner *)base;
    laco_vocabulary_free(model->vocabulary);
    laco_captioner_input_free(base->ctx, &model->input);
}

const laco_task laco_task_caption = {
    .name = "caption",
    .build = build_captioner,
    .save = save_captioner,
    .describe = describe_captioner,
    .release = release_captioner,
    .size = sizeof(laco_captioner),
    .scratch = offsetof(laco_captioner, tape),
    .open = open_captioner,
    .close = close_captioner,
};
