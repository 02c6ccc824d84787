/* Recurrent layers of a module by their names. */
#include "nn/recurrent.h"

#include <stdio.h>
#include <string.h>

/* The length of what stands before the parameters of a recurrent layer, -1 where `param` is not the first of one. */
static int prefix_of(const laco_param *param)
{
    static const char *const ends[] = {"weight_ih_l0", "weight_ih"};
    size_t length = strlen(param->name);
    for (int i = 0; i < 2; i++) {
        size_t end = strlen(ends[i]);
        if (length >= end && strcmp(param->name + length - end, ends[i]) == 0 && (length == end || param->name[length - end - 1] == '.'))
            return (int)(length == end ? 0 : length - end - 1);
    }
    return -1;
}

static laco_rnn *layer_of(const laco_module *module, const laco_param *param)
{
    for (laco_layer *layer = module->layers; layer; layer = layer->next)
        if (layer->prepare == laco_rnn_prepare && ((laco_rnn *)layer)->weights[0].w_ih == param)
            return (laco_rnn *)layer;
    return NULL;
}

static laco_status refuse(laco_context *ctx, const laco_module *module, const char *name)
{
    char known[200] = "none";
    size_t used = 0;
    for (size_t i = 0; i < module->count; i++) {
        int length = prefix_of(module->param[i]);
        if (length >= 0 && layer_of(module, module->param[i]) && used + (size_t)length + 5 < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s\"%.*s\"", used > 0 ? ", " : "", length, module->param[i]->name);
    }
    return laco_fail(ctx, LACO_INVALID, "there is no recurrent layer \"%s\"; there is %s", name, known);
}

laco_status laco_module_find_rnn(const laco_module *module, laco_context *ctx, const char *name, laco_rnn **out)
{
    for (size_t i = 0; i < module->count; i++) {
        const laco_param *param = module->param[i];
        int length = prefix_of(param);
        laco_rnn *rnn = length >= 0 && (size_t)length == strlen(name) && memcmp(param->name, name, (size_t)length) == 0
                            ? layer_of(module, param) : NULL;
        if (rnn) {
            *out = rnn;
            return LACO_OK;
        }
    }
    return refuse(ctx, module, name);
}
