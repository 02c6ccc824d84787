/* Nodes of a graph, and shorthands for those that have arguments of their own. */
#include "export/onnx_inside.h"

#include <laco_onnx.pb-c.h>
#include <string.h>

static ProtobufCBinaryData text_data(laco_onnx *graph, const char *text)
{
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)laco_onnx_copy(graph, text)};
}

static LacoOnnx__AttributeProto *attribute(laco_onnx *graph, const laco_onnx_attribute *from)
{
    static const LacoOnnx__AttributeProto__AttributeType types[] = {
        LACO_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT, LACO_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING,
        LACO_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS, LACO_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS};
    LacoOnnx__AttributeProto *out = laco_onnx_room(graph, 1, sizeof *out);
    size_t count = from->kind == LACO_ONNX_IS || from->kind == LACO_ONNX_SS ? (size_t)from->i : 0;
    void *items = laco_onnx_room(graph, count + 1, sizeof(ProtobufCBinaryData));
    if (!items)
        return NULL;
    laco_onnx__attribute_proto__init(out);
    out->name = laco_onnx_copy(graph, from->name);
    out->has_type = true;
    out->type = types[from->kind];
    out->has_i = from->kind == LACO_ONNX_I;
    out->i = out->has_i ? from->i : 0;
    if ((out->has_s = from->kind == LACO_ONNX_S))
        out->s = text_data(graph, from->s);
    if (from->kind == LACO_ONNX_IS) {
        out->ints = memcpy(items, from->is, count * sizeof *from->is);
        out->n_ints = count;
    }
    if (from->kind == LACO_ONNX_SS) {
        out->strings = items;
        out->n_strings = count;
        for (size_t i = 0; i < count; i++)
            out->strings[i] = text_data(graph, from->ss[i]);
    }
    return out;
}

void laco_onnx_node(laco_onnx *graph, const char *operation, const laco_onnx_value *inputs, int input_count,
                    const laco_onnx_attribute *attributes, int attribute_count, laco_onnx_value *outputs, int output_count)
{
    LacoOnnx__NodeProto *node = laco_onnx_room(graph, 1, sizeof *node);
    char **names = laco_onnx_room(graph, (size_t)input_count + (size_t)output_count, sizeof *names);
    LacoOnnx__AttributeProto **list_of = laco_onnx_room(graph, (size_t)attribute_count + 1, sizeof *list_of);
    for (int i = 0; i < output_count; i++)
        outputs[i] = list_of ? laco_onnx_fresh(graph, operation) : NULL;
    if (!list_of)
        return;
    laco_onnx__node_proto__init(node);
    for (int i = 0; i < input_count; i++)
        names[i] = laco_onnx_copy(graph, inputs[i] ? inputs[i] : "");
    for (int i = 0; i < output_count; i++)
        names[input_count + i] = (char *)(uintptr_t)outputs[i];
    for (int i = 0; i < attribute_count; i++)
        list_of[i] = attribute(graph, &attributes[i]);
    node->op_type = laco_onnx_copy(graph, operation);
    node->name = (char *)(uintptr_t)outputs[0];
    node->input = names;
    node->output = names + input_count;
    node->n_input = (size_t)input_count;
    node->n_output = (size_t)output_count;
    node->attribute = list_of;
    node->n_attribute = (size_t)attribute_count;
    laco_onnx_add(graph, &graph->nodes, node);
}

laco_onnx_value laco_onnx_apply(laco_onnx *graph, const char *operation, laco_onnx_value a, laco_onnx_value b, laco_onnx_value c)
{
    laco_onnx_value inputs[] = {a, b, c}, out;
    laco_onnx_node(graph, operation, inputs, c ? 3 : b ? 2 : 1, NULL, 0, &out, 1);
    return out;
}

laco_onnx_value laco_onnx_with(laco_onnx *graph, const char *operation, laco_onnx_value a, laco_onnx_attribute one)
{
    laco_onnx_value out;
    laco_onnx_node(graph, operation, &a, 1, &one, 1, &out, 1);
    return out;
}

laco_onnx_value laco_onnx_concat(laco_onnx *graph, const laco_onnx_value *parts, int count, int64_t axis)
{
    laco_onnx_value out;
    laco_onnx_node(graph, "Concat", parts, count, &(laco_onnx_attribute){"axis", LACO_ONNX_I, .i = axis}, 1, &out, 1);
    return out;
}

laco_onnx_value laco_onnx_transpose(laco_onnx *graph, laco_onnx_value x, int count, const int64_t *order)
{
    return laco_onnx_with(graph, "Transpose", x, (laco_onnx_attribute){"perm", LACO_ONNX_IS, .i = count, .is = order});
}

laco_onnx_value laco_onnx_reshape(laco_onnx *graph, laco_onnx_value x, int count, const int64_t *shape)
{
    return laco_onnx_apply(graph, "Reshape", x, laco_onnx_integers(graph, count, shape), NULL);
}

laco_onnx_value laco_onnx_slice(laco_onnx *graph, laco_onnx_value x, int64_t axis, int64_t begin, int64_t end)
{
    laco_onnx_value inputs[] = {x, laco_onnx_integers(graph, 1, &begin), laco_onnx_integers(graph, 1, &end),
                                laco_onnx_integers(graph, 1, &axis)},
                    out;
    laco_onnx_node(graph, "Slice", inputs, 4, NULL, 0, &out, 1);
    return out;
}

laco_onnx_value laco_onnx_unsqueeze(laco_onnx *graph, laco_onnx_value x, int64_t axis)
{
    return laco_onnx_apply(graph, "Unsqueeze", x, laco_onnx_integers(graph, 1, &axis), NULL);
}

laco_onnx_value laco_onnx_squeeze(laco_onnx *graph, laco_onnx_value x, int64_t axis)
{
    return laco_onnx_apply(graph, "Squeeze", x, laco_onnx_integers(graph, 1, &axis), NULL);
}
