/* What the parts of the builder of graphs share. */
#ifndef LACO_EXPORT_ONNX_INSIDE_H
#define LACO_EXPORT_ONNX_INSIDE_H

#include "export/onnx.h"

/* Messages of one kind, in order. */
typedef struct laco_onnx_list {
    void **items;
    size_t count, room;
} laco_onnx_list;

struct laco_onnx {
    laco_context *ctx;
    laco_arena arena;
    laco_status status; /* of the first failure */
    const char *name, *doc;
    laco_onnx_list nodes, tensors, inputs, outputs, notes;
    int values; /* names that were made */
};

/* Behind the others; NULL, or a graph that has failed: nothing. */
void laco_onnx_add(laco_onnx *graph, laco_onnx_list *to, void *item);

/* In the graph's arena: a copy, and a new name that begins with `what`. NULL: the graph has failed. */
char *laco_onnx_copy(laco_onnx *graph, const char *text);
laco_onnx_value laco_onnx_fresh(laco_onnx *graph, const char *what);

#endif
