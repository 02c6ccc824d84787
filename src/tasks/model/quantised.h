/* Weights of fewer bits in a model file: BF16 tensors, or I8 tensors with a scale for each row. */
#ifndef LACO_MODEL_QUANTISED_H
#define LACO_MODEL_QUANTISED_H

#include "base/tensor_file.h"
#include "laco/model.h"

/* The largest weight that is rounded: beyond it bf16 comes to infinity, and so does an int8 with its scale, or a sum of a few. */
#define LACO_ROUNDABLE 1e38

/* LACO_NUMERIC: a matrix with a weight beyond LACO_ROUNDABLE. */
laco_status laco_check_quantisable(laco_context *ctx, const laco_param *param);

/* Rounds a matrix to what the file will hold. What that does to it is added to *loss: largest as laco_model_convert says, mean
 * the sum of the differences, and `size`, the sum of the weights without their signs. */
void laco_quantise_weights(laco_precision weights, laco_param *param, laco_convert_loss *loss, double *size);

/* Adds a matrix that was rounded: NAME as BF16, or NAME as I8 and NAME.scale as F32, one for each row. */
laco_status laco_quantised_write(laco_context *ctx, laco_tensor_writer *writer, laco_precision weights, const laco_param *param);

/* Reads it back; a tensor of numbers with a point is taken as it is. LACO_FORMAT: a scale that is missing, has another size, is
 * negative or not a number. */
laco_status laco_quantised_read(laco_context *ctx, const laco_tensor_file *file, const laco_param *param);

/* Metadata "laco.weights": LACO_FP32 where it is absent. LACO_FORMAT: a word that this laco does not know. */
laco_status laco_quantised_kind(laco_context *ctx, const laco_tensor_file *file, laco_precision *out);

#endif
