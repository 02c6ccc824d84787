/* The sizes of a decoder: behind src/export/c/decoder.c. */
#ifndef LACO_EXPORT_DECODER_SIZES_H
#define LACO_EXPORT_DECODER_SIZES_H

#include "export/sizes.h"
#include "export/task_parts.h"

static inline rt_decoder laco_decoder_sizes(laco_parts *parts, const char *prefix, laco_attention_kind attention, int64_t width)
{
    laco_module *module = parts->module;
    rt_decoder d = {.attention = attention == LACO_ATTENTION_DEFAULT ? RT_NO_ATTENTION : (int32_t)attention,
                    .width = (int32_t)width};
    d.embedding = laco_param_sizes(module, laco_name_of("%s.embedding.weight", prefix).text);
    d.rnn = laco_rnn_sizes(laco_decoder_layer(parts, prefix));
    d.key.weight = laco_param_sizes(module, laco_name_of("%s.attention.key.weight", prefix).text);
    d.output.weight = laco_param_sizes(module, laco_name_of("%s.output.weight", prefix).text);
    return d;
}

#endif
