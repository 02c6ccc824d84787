#include "export/inspect/scene.h"

#include "base/json_text.h"
#include "nn/module.h"
#include "nn/recurrent.h"
#include "tape/tape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const laco_scene_type *const types[] = {&laco_scene_classify,  &laco_scene_tag,     &laco_scene_forecast,
                                               &laco_scene_generate,  &laco_scene_caption, &laco_scene_transduce,
                                               &laco_scene_transcribe};

void *laco_scene_alloc(laco_scene *scene, int64_t count, size_t size)
{
    return laco_arena_zeroed(&scene->arena, (size_t)LACO_MAX(count, (int64_t)1), size);
}

static laco_status open_tapes(laco_scene *scene)
{
    laco_model *model = scene->model;
    LACO_TRY(laco_check_whole(scene->ctx, model->module));
    if (model->weights != LACO_FP32)
        LACO_TRY(laco_model_convert(model, LACO_FP32, NULL));
    LACO_TRY(laco_check_trainable(scene->ctx, model->module));
    LACO_TRY(laco_tape_new(scene->ctx, NULL, &scene->tape));
    laco_tape_trace(scene->tape, true);
    return laco_tape_new(scene->ctx, &(laco_tape_config){.inference = true}, &scene->quiet);
}

laco_status laco_scene_open(laco_model *model, const laco_inspect_input *input, const laco_inspect_options *options,
                            laco_scene *out)
{
    *out = (laco_scene){.ctx = model->ctx, .model = model};
    laco_arena_init(&out->arena, model->ctx);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i]->task, model->task->name) == 0)
            out->type = types[i];
    if (!out->type)
        return laco_fail(model->ctx, LACO_INVALID, "a model trained to %s cannot be inspected", model->task->name);
    LACO_TRY(open_tapes(out));
    LACO_TRY(out->type->open(out, input, options));
    if (options->place > out->questions || options->place < 0)
        return laco_fail(model->ctx, LACO_INVALID, "there is no place %lld: 1 … %lld is right", (long long)options->place,
                         (long long)out->questions);
    return LACO_OK;
}

void laco_scene_close(laco_scene *scene)
{
    if (scene->type && scene->type->close)
        scene->type->close(scene);
    if (scene->tape)
        laco_module_zero_grad(scene->model->module);
    laco_tape_free(scene->tape);
    laco_tape_free(scene->quiet);
    for (int v = 0; v < 2; v++)
        json_decref(scene->view[v].tokens);
    json_decref(scene->curves);
    laco_release(scene->ctx, scene->pick);
    laco_arena_free(&scene->arena);
}

laco_status laco_scene_view(laco_scene *scene, const char *name, const char *layer, int64_t members, int64_t steps,
                            json_t *tokens)
{
    laco_view *view = &scene->view[scene->views];
    view->name = name;
    view->members = members;
    view->steps = steps;
    view->tokens = tokens;
    if (!tokens)
        return laco_fail(scene->ctx, LACO_NO_MEMORY, "out of memory for %lld steps", (long long)steps);
    for (int64_t m = 0; m < members; m++)
        LACO_TRY(laco_module_find_rnn(scene->model->module, scene->ctx, laco_member_name(m, layer).text, &view->rnn[m]));
    scene->views++;
    return LACO_OK;
}

laco_feature *laco_scene_feature(laco_scene *scene, laco_view *view, const char *format, ...)
{
    if (view->features == LACO_FEATURES)
        return NULL;
    laco_feature *feature = &view->feature[view->features];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(feature->name, sizeof feature->name, format, arguments);
    va_end(arguments);
    if (!(feature->value = laco_scene_alloc(scene, view->steps, sizeof *feature->value)))
        return NULL;
    view->features++;
    return feature;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------------------- */

laco_reading laco_scene_reading(const laco_scene *scene, int64_t question)
{
    return (laco_reading){.read = scene->prefix && question >= 0 ? question + 1 : scene->T, .question = question};
}

laco_status laco_scene_read(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B)
{
    laco_tape_reset(tape);
    laco_module_set_training(scene->model->module, false);
    scene->picks = 0;
    LACO_TRY(scene->type->read(scene, tape, readings, B));
    if (!scene->y)
        return laco_tape_status(tape);
    scene->cells = LACO_MAX(scene->cells, laco_var_size(scene->y) / B);
    return laco_model_check_answers(scene->ctx, laco_var_data(scene->y), laco_var_size(scene->y), 0, false);
}

laco_status laco_scene_pick(laco_scene *scene, int64_t reading, int64_t index, double weight)
{
    if (scene->picks == scene->pick_room) {
        int64_t room = scene->pick_room ? 2 * scene->pick_room : 64;
        laco_pick *grown = laco_resize(scene->ctx, scene->pick, (size_t)room, sizeof *grown);
        if (!grown)
            return LACO_NO_MEMORY;
        scene->pick = grown;
        scene->pick_room = room;
    }
    scene->pick[scene->picks++] = (laco_pick){reading, index, weight};
    return LACO_OK;
}

double laco_scene_value(const laco_scene *scene, int64_t reading)
{
    double sum = 0;
    bool any = false;
    for (int64_t i = 0; i < scene->picks; i++)
        if (scene->pick[i].reading == reading) {
            sum += scene->pick[i].weight * (double)laco_var_data(scene->y)[scene->pick[i].index];
            any = true;
        }
    return any ? sum : NAN;
}

laco_status laco_scene_pull(laco_scene *scene, const double *slope)
{
    laco_real *seed = laco_arena_zeroed(&scene->tape->arena, (size_t)laco_var_size(scene->y), sizeof *seed);
    if (!seed)
        return LACO_NO_MEMORY;
    for (int64_t i = 0; i < scene->picks; i++)
        seed[scene->pick[i].index] += (laco_real)(slope[scene->pick[i].reading] * scene->pick[i].weight);
    LACO_TRY(laco_var_add_grad(scene->y, seed));
    return laco_backward(scene->tape, NULL);
}

const laco_rnn_trace *laco_scene_trace(const laco_scene *scene, const laco_view *view, int64_t member)
{
    size_t count;
    const laco_rnn_trace *const *traces = laco_tape_traces(scene->tape, &count);
    for (size_t i = 0; i < count; i++)
        if (traces[i]->rnn == view->rnn[member])
            return traces[i];
    return NULL;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------------------- */

json_t *laco_inspect_number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

json_t *laco_inspect_numbers(const laco_real *values, int64_t count, int64_t stride, int64_t bin)
{
    json_t *array = json_array();
    for (int64_t i = 0; i < count; i += bin) {
        double sum = 0;
        int64_t end = LACO_MIN(i + bin, count);
        for (int64_t k = i; k < end; k++)
            sum += (double)values[k * stride];
        laco_json_add(&array, laco_inspect_number(sum / (double)(end - i)));
    }
    return array;
}

json_t *laco_inspect_doubles(const double *values, int64_t count)
{
    json_t *array = json_array();
    for (int64_t i = 0; i < count; i++)
        laco_json_add(&array, laco_inspect_number(values[i]));
    return array;
}

json_t *laco_inspect_text(const char *bytes, size_t length)
{
    json_t *text = json_stringn(bytes, length);
    return text ? text : json_string("\xef\xbf\xbd");
}
