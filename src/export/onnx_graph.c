#include "export/onnx_inside.h"

#include "base/json_text.h"

#include <limits.h>
#include <laco_onnx.pb-c.h>
#include <stdio.h>
#include <string.h>

#define OPSET 17
#define IR 8

void laco_onnx_fail(laco_onnx *graph, laco_status status)
{
    if (graph->status == LACO_OK)
        graph->status = status;
}

void *laco_onnx_room(laco_onnx *graph, size_t count, size_t size)
{
    void *room = graph->status == LACO_OK ? laco_arena_zeroed(&graph->arena, count, size) : NULL;
    if (!room)
        laco_onnx_fail(graph, LACO_NO_MEMORY);
    return room;
}

char *laco_onnx_copy(laco_onnx *graph, const char *text)
{
    char *out = laco_onnx_room(graph, strlen(text) + 1, 1);
    return out ? strcpy(out, text) : NULL;
}

void laco_onnx_add(laco_onnx *graph, laco_onnx_list *to, void *item)
{
    if (graph->status < 0 || !item)
        return;
    if (to->count == to->room) {
        size_t room = to->room ? 2 * to->room : 32;
        void **grown = laco_resize(graph->ctx, to->items, room, sizeof *grown);
        if (!grown) {
            laco_onnx_fail(graph, LACO_NO_MEMORY);
            return;
        }
        to->items = grown;
        to->room = room;
    }
    to->items[to->count++] = item;
}

laco_status laco_onnx_new(laco_context *ctx, const char *name, const char *doc, laco_onnx **out)
{
    laco_onnx *graph = laco_alloc(ctx, 1, sizeof *graph);
    if (!graph)
        return LACO_NO_MEMORY;
    graph->ctx = ctx;
    laco_arena_init(&graph->arena, ctx);
    graph->name = name;
    graph->doc = doc;
    *out = graph;
    return LACO_OK;
}

void laco_onnx_free(laco_onnx *graph)
{
    if (!graph)
        return;
    laco_onnx_list *lists[] = {&graph->nodes, &graph->tensors, &graph->inputs, &graph->outputs, &graph->notes};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        laco_release(graph->ctx, lists[i]->items);
    laco_arena_free(&graph->arena);
    laco_release(graph->ctx, graph);
}

/* ---- Inputs, outputs, notes --------------------------------------------------------------------------------------------- */

/* A size by number or by name. */
static LacoOnnx__TensorShapeProto__Dimension *dimension(laco_onnx *graph, const char *word, size_t length)
{
    LacoOnnx__TensorShapeProto__Dimension *out = laco_onnx_room(graph, 1, sizeof *out);
    char *text = laco_onnx_room(graph, length + 1, 1);
    if (!text)
        return NULL;
    memcpy(text, word, length);
    laco_onnx__tensor_shape_proto__dimension__init(out);
    bool number = *text >= '0' && *text <= '9';
    out->value_case = number ? LACO_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
                             : LACO_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    if (number)
        sscanf(text, "%lld", (long long *)&out->dim_value);
    else
        out->dim_param = text;
    return out;
}

static LacoOnnx__TensorShapeProto *shape_of(laco_onnx *graph, const char *shape)
{
    LacoOnnx__TensorShapeProto *out = laco_onnx_room(graph, 1, sizeof *out);
    LacoOnnx__TensorShapeProto__Dimension **dims = laco_onnx_room(graph, 8, sizeof *dims);
    if (!dims)
        return NULL;
    laco_onnx__tensor_shape_proto__init(out);
    out->dim = dims;
    while (*shape && out->n_dim < 8) {
        size_t length = strcspn(shape, " ");
        dims[out->n_dim++] = dimension(graph, shape, length);
        shape += length + (shape[length] == ' ');
    }
    return out;
}

static LacoOnnx__ValueInfoProto *value_info(laco_onnx *graph, const char *name, laco_onnx_type type, const char *shape,
                                            const char *doc)
{
    LacoOnnx__ValueInfoProto *out = laco_onnx_room(graph, 1, sizeof *out);
    LacoOnnx__TypeProto *holder = laco_onnx_room(graph, 1, sizeof *holder);
    LacoOnnx__TypeProto__Tensor *tensor = laco_onnx_room(graph, 1, sizeof *tensor);
    if (!tensor)
        return NULL;
    laco_onnx__value_info_proto__init(out);
    laco_onnx__type_proto__init(holder);
    laco_onnx__type_proto__tensor__init(tensor);
    tensor->has_elem_type = true;
    tensor->elem_type = (int32_t)type;
    tensor->shape = shape_of(graph, shape);
    holder->value_case = LACO_ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    holder->tensor_type = tensor;
    out->type = holder;
    out->name = laco_onnx_copy(graph, name);
    out->doc_string = laco_onnx_copy(graph, doc);
    return out;
}

laco_onnx_value laco_onnx_input(laco_onnx *graph, const char *name, laco_onnx_type type, const char *shape, const char *doc)
{
    LacoOnnx__ValueInfoProto *info = value_info(graph, name, type, shape, doc);
    laco_onnx_add(graph, &graph->inputs, info);
    return graph->status == LACO_OK ? info->name : NULL;
}

void laco_onnx_output(laco_onnx *graph, laco_onnx_value value, const char *name, laco_onnx_type type, const char *shape,
                      const char *doc)
{
    LacoOnnx__NodeProto *node = laco_onnx_room(graph, 1, sizeof *node);
    char **names = laco_onnx_room(graph, 2, sizeof *names);
    LacoOnnx__ValueInfoProto *info = value_info(graph, name, type, shape, doc);
    if (!value || !info)
        return;
    laco_onnx__node_proto__init(node);
    names[0] = laco_onnx_copy(graph, value);
    names[1] = info->name;
    node->op_type = laco_onnx_copy(graph, "Identity");
    node->name = info->name;
    node->input = names;
    node->output = names + 1;
    node->n_input = node->n_output = 1;
    laco_onnx_add(graph, &graph->nodes, node);
    laco_onnx_add(graph, &graph->outputs, info);
}

void laco_onnx_note(laco_onnx *graph, const char *key, const char *value)
{
    LacoOnnx__StringStringEntryProto *entry = laco_onnx_room(graph, 1, sizeof *entry);
    if (!entry)
        return;
    laco_onnx__string_string_entry_proto__init(entry);
    entry->key = laco_onnx_copy(graph, key);
    entry->value = laco_onnx_copy(graph, value);
    laco_onnx_add(graph, &graph->notes, entry);
}

void laco_onnx_note_json(laco_onnx *graph, const char *key, json_t *value)
{
    char *text = NULL;
    laco_status status =
        value ? laco_json_text(graph->ctx, value, 1, &text, NULL) : laco_fail(graph->ctx, LACO_NO_MEMORY, "out of memory");
    json_decref(value);
    if (status < 0)
        laco_onnx_fail(graph, status);
    else
        laco_onnx_note(graph, key, text);
    laco_release(graph->ctx, text);
}

/* ---- Tensors ------------------------------------------------------------------------------------------------------------ */

laco_onnx_value laco_onnx_fresh(laco_onnx *graph, const char *what)
{
    char name[80];
    snprintf(name, sizeof name, "%.60s_%d", what, graph->values++);
    return laco_onnx_copy(graph, name);
}

/* Bytes in the order of the file, little-endian: elements of `size` bytes. */
static uint8_t *file_order(laco_onnx *graph, const void *data, size_t count, size_t size)
{
    uint8_t *out = laco_onnx_room(graph, count, size);
    const uint16_t one = 1;
    uint8_t little;
    memcpy(&little, &one, 1);
    if (!out)
        return NULL;
    memcpy(out, data, count * size);
    for (size_t i = 0; i < count && !little; i++)
        for (size_t b = 0; b < size; b++)
            out[i * size + b] = ((const uint8_t *)data)[i * size + size - 1 - b];
    return out;
}

static laco_onnx_value tensor(laco_onnx *graph, const char *name, laco_onnx_type type, size_t size, int ndim,
                              const int64_t *shape, const void *data)
{
    size_t count = 1;
    for (int d = 0; d < ndim; d++)
        count *= (size_t)shape[d];
    for (size_t i = 0; i < graph->tensors.count && name; i++) /* that of a weight which is used twice */
        if (strcmp(((LacoOnnx__TensorProto *)graph->tensors.items[i])->name, name) == 0)
            return ((LacoOnnx__TensorProto *)graph->tensors.items[i])->name;
    LacoOnnx__TensorProto *out = laco_onnx_room(graph, 1, sizeof *out);
    int64_t *dims = laco_onnx_room(graph, (size_t)ndim + 1, sizeof *dims);
    uint8_t *bytes = file_order(graph, data, count, size);
    if (!bytes)
        return NULL;
    laco_onnx__tensor_proto__init(out);
    for (int d = 0; d < ndim; d++)
        dims[d] = shape[d];
    out->dims = dims;
    out->n_dims = (size_t)ndim;
    out->has_data_type = out->has_raw_data = true;
    out->data_type = (int32_t)type;
    out->raw_data = (ProtobufCBinaryData){count * size, bytes};
    laco_onnx_value own = name ? laco_onnx_copy(graph, name) : laco_onnx_fresh(graph, "constant");
    out->name = (char *)(uintptr_t)own;
    laco_onnx_add(graph, &graph->tensors, out);
    return graph->status == LACO_OK ? own : NULL;
}

laco_onnx_value laco_onnx_floats(laco_onnx *graph, const char *name, int ndim, const int64_t *shape, const float *data)
{
    return tensor(graph, name, LACO_ONNX_FLOAT, sizeof *data, ndim, shape, data);
}

laco_onnx_value laco_onnx_bytes(laco_onnx *graph, const char *name, int ndim, const int64_t *shape, const int8_t *data)
{
    return tensor(graph, name, LACO_ONNX_INT8, sizeof *data, ndim, shape, data);
}

laco_onnx_value laco_onnx_integers(laco_onnx *graph, int64_t count, const int64_t *values)
{
    return tensor(graph, NULL, LACO_ONNX_INT64, sizeof *values, 1, &count, values);
}

laco_onnx_value laco_onnx_number(laco_onnx *graph, float value)
{
    return tensor(graph, NULL, LACO_ONNX_FLOAT, sizeof value, 0, NULL, &value);
}

laco_onnx_value laco_onnx_integer(laco_onnx *graph, int64_t value)
{
    return tensor(graph, NULL, LACO_ONNX_INT64, sizeof value, 0, NULL, &value);
}

/* ---- The file ----------------------------------------------------------------------------------------------------------- */

static laco_status pack(laco_onnx *graph, const LacoOnnx__ModelProto *model, const char *path)
{
    size_t size = laco_onnx__model_proto__get_packed_size(model);
    if (size > INT_MAX)
        return laco_fail(graph->ctx, LACO_INVALID,
                         "%s: %zu bytes, and a file of ONNX has at most 2 GiB; int8 weights take a quarter", path, size);
    uint8_t *bytes = laco_alloc(graph->ctx, size, 1);
    if (!bytes)
        return LACO_NO_MEMORY;
    laco_onnx__model_proto__pack(model, bytes);
    laco_status status = laco_export_file(graph->ctx, path, bytes, size);
    laco_release(graph->ctx, bytes);
    return status;
}

laco_status laco_onnx_write(laco_onnx *graph, const char *path)
{
    LacoOnnx__ModelProto model = LACO_ONNX__MODEL_PROTO__INIT;
    LacoOnnx__GraphProto body = LACO_ONNX__GRAPH_PROTO__INIT;
    LacoOnnx__OperatorSetIdProto opset = LACO_ONNX__OPERATOR_SET_ID_PROTO__INIT, *opsets = &opset;
    char domain[] = "", producer[] = "laco", *name = laco_onnx_copy(graph, graph->name), *doc = laco_onnx_copy(graph, graph->doc),
         *version = laco_onnx_copy(graph, laco_version());
    LACO_TRY(graph->status);
    opset.has_version = model.has_ir_version = true;
    opset.version = OPSET;
    opset.domain = domain;
    model.ir_version = IR;
    model.producer_name = producer;
    model.producer_version = version;
    model.doc_string = body.doc_string = doc;
    model.opset_import = &opsets;
    model.n_opset_import = 1;
    model.graph = &body;
    model.metadata_props = (LacoOnnx__StringStringEntryProto **)graph->notes.items;
    model.n_metadata_props = graph->notes.count;
    body.name = name;
    body.node = (LacoOnnx__NodeProto **)graph->nodes.items;
    body.n_node = graph->nodes.count;
    body.initializer = (LacoOnnx__TensorProto **)graph->tensors.items;
    body.n_initializer = graph->tensors.count;
    body.input = (LacoOnnx__ValueInfoProto **)graph->inputs.items;
    body.n_input = graph->inputs.count;
    body.output = (LacoOnnx__ValueInfoProto **)graph->outputs.items;
    body.n_output = graph->outputs.count;
    return pack(graph, &model, path);
}
