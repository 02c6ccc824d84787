/* A network in a model file: metadata "laco.network". */
#include "model/network.h"

static const char *const nonlinearity_names[] = {"tanh", "relu", NULL};
static const char *const pool_names[] = {"last", "mean", "max", "all", NULL}; /* from LACO_POOL_LAST on */

static const char *cell_name(const laco_network_config *config)
{
    return laco_network_cells(true)[config->mlp ? LACO_NETWORK_MLP : (int)config->cell];
}

json_t *laco_network_to_json(const laco_network_config *config)
{
    json_t *object = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:i, s:I, s:f}", "cell", cell_name(config), "nonlinearity",
                               nonlinearity_names[config->nonlinearity], "inputs", (json_int_t)config->inputs, "embed",
                               (json_int_t)config->embed, "hidden", (json_int_t)config->hidden, "layers", (json_int_t)config->layers,
                               "directions", config->directions, "outputs", (json_int_t)config->outputs, "dropout", config->dropout);
    bool failed = !object || (config->tied && json_object_set_new(object, "tied", json_true()) < 0) ||
                  (config->pool > LACO_POOL_LAST && json_object_set_new(object, "pool", json_string(pool_names[config->pool - 1])) < 0) ||
                  (config->positions && json_object_set_new(object, "positions", json_integer(config->positions)) < 0) ||
                  (config->mlp && json_object_set_new(object, "window", json_integer(config->window)) < 0) ||
                  (config->mlp && json_object_set_new(object, "longest", json_integer(config->longest)) < 0);
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* How a summary is made: what is not stated is the last output, as in files that are older than the choice. */
static laco_status read_summary(laco_context *ctx, const laco_tensor_file *file, const json_t *object, laco_network_config *config)
{
    int pool = 0;
    if (json_object_get(object, "pool"))
        LACO_TRY(laco_meta_choice(ctx, file, object, "pool", pool_names, &pool));
    config->pool = (laco_pooling)(pool + 1);
    if (json_object_get(object, "positions") && !config->mlp)
        LACO_TRY(laco_meta_integer(ctx, file, object, "positions", 0, INT32_MAX, &config->positions));
    if (!config->mlp)
        return LACO_OK;
    LACO_TRY(laco_meta_integer(ctx, file, object, "window", 0, 1000, &config->window));
    LACO_TRY(laco_meta_integer(ctx, file, object, "longest", 0, INT32_MAX, &config->longest));
    if (config->layers > LACO_DEEPEST || (config->window == 0 && config->longest == 0))
        return laco_fail(ctx, LACO_FORMAT, "%s: 'window', 'longest' and 'layers' in the metadata do not describe an mlp",
                         laco_tensor_file_name(file));
    return LACO_OK;
}

static laco_status read_members(laco_context *ctx, const laco_tensor_file *file, const json_t *object, laco_network_config *config)
{
    const struct {
        const char *key;
        int64_t low, high, *out;
    } integers[] = {
        {"inputs", 1, INT32_MAX, &config->inputs}, {"embed", 0, 1 << 20, &config->embed},    {"hidden", 1, 1 << 20, &config->hidden},
        {"layers", 1, 1000, &config->layers},      {"outputs", 1, INT32_MAX, &config->outputs},
    };
    int cell, nonlinearity;
    int64_t directions;
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        LACO_TRY(laco_meta_integer(ctx, file, object, integers[i].key, integers[i].low, integers[i].high, integers[i].out));
    LACO_TRY(laco_meta_integer(ctx, file, object, "directions", 1, 2, &directions));
    LACO_TRY(laco_meta_real(ctx, file, object, "dropout", 0, 1, &config->dropout));
    LACO_TRY(laco_meta_choice(ctx, file, object, "cell", laco_network_cells(config->summary), &cell));
    LACO_TRY(laco_meta_choice(ctx, file, object, "nonlinearity", nonlinearity_names, &nonlinearity));
    config->mlp = cell == LACO_NETWORK_MLP;
    config->cell = config->mlp ? LACO_RNN : (laco_cell_kind)cell;
    config->nonlinearity = (laco_nonlinearity)nonlinearity;
    config->directions = (int)directions;
    config->tied = json_is_true(json_object_get(object, "tied"));
    if (config->tied && (config->embed != config->hidden || config->directions != 1 || config->inputs != config->outputs))
        return laco_fail(ctx, LACO_FORMAT, "%s: 'tied' in the metadata needs embed to equal hidden, inputs to equal outputs, and one direction",
                         laco_tensor_file_name(file));
    return config->summary ? read_summary(ctx, file, object, config) : LACO_OK;
}

/* Elements that the first layer reads at once. */
static int64_t input_size(const laco_network_config *config)
{
    int64_t one = laco_network_step_size(config);
    return !config->mlp ? one : one * (config->window > 0 ? config->window : config->longest);
}

/* A hostile file may ask for a network of any size: its weights would have to be in the file, so check before building. */
static laco_status check_presence(laco_context *ctx, const laco_tensor_file *file, const laco_network_config *config)
{
    const struct {
        const char *name;
        int64_t rows, columns; /* 0: any */
    } tensors[] = {
        {config->mlp ? "hidden_l0.weight" : "rnn.weight_hh_l0", config->mlp ? config->hidden : 0, config->mlp ? 0 : config->hidden},
        {config->mlp ? "hidden_l0.weight" : "rnn.weight_ih_l0", 0, input_size(config)},
        {config->tied ? "embedding.weight" : "linear.weight", config->outputs, 0},
        {config->positions ? "position.weight" : config->tied ? "embedding.weight" : "linear.weight", config->positions, config->positions ? LACO_POSITION_SIZE : 0},
        {config->embed ? "embedding.weight" : "linear.weight", config->embed ? config->inputs : 0, config->embed},
    };
    bool fits = (size_t)(config->layers * config->directions) * (config->mlp ? 2 : 4) <= laco_tensor_file_count(file);
    for (size_t i = 0; fits && i < sizeof tensors / sizeof *tensors; i++) {
        const laco_tensor_entry *entry = laco_tensor_file_find(file, tensors[i].name);
        fits = entry && entry->ndim == 2 && (tensors[i].rows == 0 || entry->shape[0] == tensors[i].rows) &&
               (tensors[i].columns == 0 || entry->shape[1] == tensors[i].columns);
    }
    return fits ? LACO_OK
                : laco_fail(ctx, LACO_FORMAT, "%s: the tensors do not have the sizes that metadata 'laco.network' states",
                            laco_tensor_file_name(file));
}

static laco_status from_json(laco_context *ctx, const laco_tensor_file *file, bool summary, laco_network_config *out)
{
    json_t *object;
    laco_network_config config = {.summary = summary};
    LACO_TRY(laco_meta_parse(ctx, file, "laco.network", &object));
    laco_status status = read_members(ctx, file, object, &config);
    json_decref(object);
    LACO_TRY(status);
    LACO_TRY(check_presence(ctx, file, &config));
    *out = config;
    return LACO_OK;
}

laco_status laco_network_from_json(laco_context *ctx, const laco_tensor_file *file, laco_network_config *out)
{
    return from_json(ctx, file, false, out);
}

laco_status laco_network_summary_from_json(laco_context *ctx, const laco_tensor_file *file, laco_network_config *out)
{
    return from_json(ctx, file, true, out);
}
