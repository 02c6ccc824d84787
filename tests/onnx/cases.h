/* Models of random shapes, written as graphs of ONNX, each beside a file of inputs and of the answers that laço gives to them. */
#ifndef LACO_TESTS_ONNX_CASES_H
#define LACO_TESTS_ONNX_CASES_H

#include "base/arena.h"
#include "base/random.h"
#include "base/tensor_file.h"
#include "laco/laco.h"
#include "model/model.h"
#include "text/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>

/* One case. */
typedef struct onnx_case {
    laco_context *ctx;
    laco_rng rng;
    laco_arena arena; /* of inputs, which are written last */
    laco_tape *tape;
    laco_tensor_writer *writer, *second; /* second: of the decoder's step */
    laco_model *model;
    int T, B;
    int32_t *lengths; /* [B], 0 … T */
} onnx_case;

#define MUST(call)                                                                                                               \
    do {                                                                                                                         \
        if ((call) < 0) {                                                                                                        \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, laco_error(c->ctx));                                   \
            exit(1);                                                                                                             \
        }                                                                                                                        \
    } while (0)

int draw(onnx_case *c, int low, int high); /* low … high */
laco_real *draw_numbers(onnx_case *c, int64_t count);
int32_t *draw_ids(onnx_case *c, int64_t count, int most);

/* Adds "in.NAME" or "out.NAME". */
void put_ids(onnx_case *c, laco_tensor_writer *to, const char *name, int ndim, const int64_t *shape, const int32_t *ids);
void put_lengths(onnx_case *c, laco_tensor_writer *to);
void put_numbers(onnx_case *c, laco_tensor_writer *to, const char *name, int ndim, const int64_t *shape, const laco_real *data);
void put_var(onnx_case *c, laco_tensor_writer *to, const char *name, laco_var value);

/* Number `number` of a seed, without a model yet; and its end. */
void case_begin(onnx_case *c, uint64_t seed, uint64_t number);
void case_end(onnx_case *c);

/* Gives the model weights that are larger than new ones are, so that states move. */
void case_shake(onnx_case *c);

/* One of each kind: makes c->model. And what it answers: asked when the model is as its graph is. */
typedef struct case_kind {
    const char *name;
    void (*make)(onnx_case *c);
    void (*ask)(onnx_case *c);
} case_kind;

extern const case_kind network_kinds[], writer_kinds[]; /* ended by a name of NULL */

laco_vocabulary *draw_vocabulary(onnx_case *c, int count);
laco_real *own_numbers(onnx_case *c, int64_t count, double low, double high); /* by laco_alloc */

#endif
