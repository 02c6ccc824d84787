/* A network in a model file: metadata "laco.network". */
#include "model/network.h"

#include "nn/recurrent.h"

const char *const laco_nonlinearity_names[] = {"tanh", "relu", NULL};
static const char *const pool_names[] = {"last", "mean", "max", "all", NULL};

/* ---- Cells -------------------------------------------------------------------------------------------------------------- */

static laco_status put_cell(const laco_meta *meta, const laco_field *field, const void *object, json_t **out)
{
    bool mlp = field->count.size > 0 && laco_member_load(object, field->count);
    return laco_meta_give(meta, json_string(laco_cell_name(mlp ? LACO_MLP : (laco_cell_kind)laco_member_load(object, field->at))),
                          out);
}

static laco_status get_cell(const laco_meta *meta, const laco_field *field, const json_t *value, void *object)
{
    int cell;
    LACO_TRY(laco_meta_name(meta, field->key, value, laco_cell_names, field->count.size > 0 ? LACO_MLP : LACO_LSTM, &cell));
    cell += LACO_RNN;
    laco_member_store(object, field->at, cell == LACO_MLP ? LACO_RNN : cell);
    if (field->count.size > 0)
        laco_member_store(object, field->count, cell == LACO_MLP);
    return LACO_OK;
}

const laco_codec laco_field_cell = {put_cell, get_cell};

/* ---- The network -------------------------------------------------------------------------------------------------------- */

static bool is_tied(const void *c) { return ((const laco_network_config *)c)->tied; }
static bool is_summary(const void *c) { return ((const laco_network_config *)c)->summary; }
static bool is_mlp(const void *c) { return ((const laco_network_config *)c)->mlp; }
static bool is_pooled(const void *c) { return ((const laco_network_config *)c)->pool > LACO_POOL_LAST; }
static bool has_positions(const void *c) { return ((const laco_network_config *)c)->positions > 0; }
static bool may_have_positions(const void *c) { return is_summary(c) && !is_mlp(c); }

#define AT(member) LACO_MEMBER(laco_network_config, member)

static const laco_field rows[] = {
    {.key = "cell", &laco_field_cell, AT(cell), .count = AT(mlp)},
    {.key = "nonlinearity", &laco_field_choice, AT(nonlinearity), LACO_TANH, LACO_RELU, .names = laco_nonlinearity_names},
    {.key = "inputs", &laco_field_integer, AT(inputs), 1, INT32_MAX},
    {.key = "embed", &laco_field_integer, AT(embed), 0, 1 << 20},
    {.key = "hidden", &laco_field_integer, AT(hidden), 1, 1 << 20},
    {.key = "layers", &laco_field_integer, AT(layers), 1, 1000},
    {.key = "directions", &laco_field_integer, AT(directions), 1, 2},
    {.key = "outputs", &laco_field_integer, AT(outputs), 1, INT32_MAX},
    {.key = "dropout", &laco_field_real, AT(dropout), 0, 1},
    {.key = "tied", &laco_field_boolean, AT(tied), .optional = true, .kept = is_tied},
    /* how a summary is made: what is not stated is the last output, as in files that are older than the choice */
    {.key = "pool",
     &laco_field_choice,
     AT(pool),
     LACO_POOL_LAST,
     LACO_POOL_ALL,
     .names = pool_names,
     .optional = true,
     .when = is_summary,
     .kept = is_pooled},
    {.key = "positions",
     &laco_field_integer,
     AT(positions),
     0,
     INT32_MAX,
     .optional = true,
     .when = may_have_positions,
     .kept = has_positions},
    {.key = "window", &laco_field_integer, AT(window), 0, LACO_WIDEST_WINDOW, .when = is_mlp},
    {.key = "longest", &laco_field_integer, AT(longest), 0, INT32_MAX, .when = is_mlp},
};

static void prepare_summary(void *object)
{
    laco_network_config *config = object;
    config->summary = true;
    config->pool = LACO_POOL_LAST;
}

static void prepare_forward(void *object) { ((laco_network_config *)object)->forward = true; }

static laco_status check(const laco_meta *meta, void *object)
{
    const laco_network_config *c = object;
    if (c->mlp && !c->summary && !c->forward)
        return laco_meta_wrong(meta, "cell", "one of \"rnn\", \"gru\", \"lstm\": the task is not for networks without memory");
    if (c->mlp && (c->layers > LACO_DEEPEST || (c->window == 0 && (c->forward || c->longest == 0))))
        return laco_fail(meta->ctx, LACO_FORMAT,
                         "%s: 'window', 'longest' and 'layers' in the metadata do not describe a network without memory",
                         meta->name);
    if (c->tied && (c->embed != c->hidden || c->directions != 1 || c->inputs != c->outputs))
        return laco_fail(meta->ctx, LACO_FORMAT,
                         "%s: 'tied' in the metadata needs embed to equal hidden, inputs to equal outputs, and one direction",
                         meta->name);
    return LACO_OK;
}

const laco_fields laco_network_fields = {LACO_FIELDS(laco_network_config, rows), .check = check};
const laco_fields laco_network_summary_fields = {LACO_FIELDS(laco_network_config, rows), .prepare = prepare_summary,
                                                 .check = check};
const laco_fields laco_network_forward_fields = {LACO_FIELDS(laco_network_config, rows), .prepare = prepare_forward,
                                                 .check = check};
