/* laco_inspect: everything about one input, as JSON. */
#include "export/inspect/scene.h"

#include "base/json_text.h"

#include <string.h>

#define DIGITS 6

static laco_inspect_options filled(const laco_inspect_options *options)
{
    laco_inspect_options o = options ? *options : (laco_inspect_options){0};
    o.steps = o.steps ? o.steps : 10000;
    o.units = o.units ? o.units : 16;
    o.points = o.points ? o.points : 40;
    return o;
}

static void tell_input(const laco_scene *scene, const char *name, json_t **into)
{
    const laco_view *input = &scene->view[0];
    laco_json_put(into, "laco", json_string("inspection"));
    laco_json_put(into, "model", laco_inspect_text(name, strlen(name)));
    laco_json_put(into, "task", json_string(scene->model->task->name));
    json_t *tokens = json_object();
    for (int v = 0; v < scene->views; v++)
        laco_json_put(&tokens, scene->view[v].name, json_incref(scene->view[v].tokens));
    laco_json_put(into, "input",
                  json_pack("{s:s, s:I, s:I, s:s, s:b, s:b}", "unit", scene->unit, "steps", (json_int_t)input->steps, "total",
                            (json_int_t)scene->total, "view", input->name, "prefix", scene->prefix, "along", scene->along));
    laco_json_put(into, "tokens", tokens);
    if (scene->curves)
        laco_json_put(into, "curves", json_incref(scene->curves));
}

static laco_status tell(laco_scene *scene, const char *name, const laco_inspect_options *options, json_t **into)
{
    laco_reading whole = laco_scene_reading(scene, -1);
    tell_input(scene, name, into);
    LACO_TRY(scene->type->tell(scene, into));
    if (strcmp(scene->view[0].name, "decoder") != 0)
        LACO_TRY(laco_inspect_counted(scene, into));
    LACO_TRY(laco_scene_read(scene, scene->tape, &whole, 1)); /* of the whole input */
    LACO_TRY(laco_inspect_units(scene, options, into));
    LACO_TRY(laco_inspect_jacobians(scene, into));
    return laco_inspect_microscope(scene, options, into);
}

laco_status laco_inspect(laco_model *model, const char *name, const laco_inspect_input *input,
                         const laco_inspect_options *options, char **json)
{
    laco_context *ctx = model->ctx;
    laco_inspect_options o = filled(options);
    laco_scene scene;
    json_t *object = NULL;
    if (o.steps < 1 || o.units < 1 || o.points < 1 || o.points > 1000)
        return laco_fail(ctx, LACO_INVALID, "steps and units must be at least 1, points within 1 … 1000");
    laco_status status = laco_scene_open(model, input, &o, &scene);
    if (status == LACO_OK) {
        object = json_object();
        status = tell(&scene, name, &o, &object);
    }
    if (status == LACO_OK)
        status = laco_json_digits_text(ctx, object, DIGITS, json);
    json_decref(object);
    laco_scene_close(&scene);
    return status;
}
