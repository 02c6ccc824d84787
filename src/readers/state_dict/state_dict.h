/* The inside of a dictionary of tensors. */
#ifndef LACO_STATE_DICT_STATE_DICT_H
#define LACO_STATE_DICT_STATE_DICT_H

#include "base/tensor_file.h"
#include "laco/import.h"

struct laco_state_dict {
    laco_context *ctx;
    laco_tensor_file *file;
};

#endif
