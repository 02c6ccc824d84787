/* The sizes of a model's layers, as the runtime reckons memory by them: to be included behind a fragment of src/export/c. */
#ifndef LACO_EXPORT_SIZES_H
#define LACO_EXPORT_SIZES_H

#include "nn/recurrent.h"

static inline rt_rnn laco_rnn_sizes(const laco_rnn *rnn)
{
    if (!rnn)
        return (rt_rnn){0, 0, 0, 0, NULL};
    const laco_recurrent_shape *s = laco_rnn_shape(rnn);
    return (rt_rnn){(int32_t)s->layers, s->directions, (int32_t)s->I, (int32_t)s->H, NULL};
}

static inline rt_matrix laco_param_sizes(laco_module *module, const char *name)
{
    const laco_param *p = laco_module_find(module, name);
    return (rt_matrix){p ? (int32_t)p->shape[0] : 0, p ? (int32_t)p->shape[1] : 0, NULL, NULL};
}

#endif
