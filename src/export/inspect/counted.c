/* What counted for an answer: gradient times input of each step, and how the answer changes when a step is taken away. */
#include "export/inspect/scene.h"

#include "base/json_text.h"

#include <math.h>
#include <string.h>

#define MOST_CUTS 400            /* of more steps several are taken away together */
#define CELLS ((int64_t)1 << 24) /* numbers that are asked for at once */

/* Σ over the numbers that a step is read as, and over members: x · ∂answer/∂x. */
static void add_input(const laco_scene *scene, double *sum)
{
    const laco_view *view = &scene->view[0];
    for (int64_t m = 0; m < view->members; m++) {
        const laco_rnn_trace *trace = laco_scene_trace(scene, view, m);
        const laco_real *x = trace ? laco_var_data(trace->x) : NULL, *dx = trace ? laco_var_grad(trace->x) : NULL;
        for (int64_t t = 0; dx && t < LACO_MIN(trace->T, scene->T); t++)
            for (int64_t i = 0; i < trace->I; i++)
                sum[t] += (double)x[t * trace->B * trace->I + i] * (double)dx[t * trace->B * trace->I + i];
    }
}

static laco_status leave_out(laco_scene *scene, int64_t bin, double whole, json_t **out)
{
    laco_reading full = laco_scene_reading(scene, scene->asked);
    int64_t cuts = (full.read + bin - 1) / bin,
            most = LACO_MAX(1, LACO_MIN((int64_t)64, CELLS / (2 * scene->cells + 64 * scene->T)));
    laco_reading *readings = laco_scene_alloc(scene, most, sizeof *readings);
    if (!readings)
        return LACO_NO_MEMORY;
    for (int64_t i = 0; i < cuts; i += most) {
        int64_t B = LACO_MIN(most, cuts - i);
        for (int64_t b = 0; b < B; b++) {
            readings[b] = full;
            readings[b].cut = (i + b) * bin;
            readings[b].cut_end = LACO_MIN(readings[b].cut + bin, full.read);
        }
        LACO_TRY(laco_scene_read(scene, scene->quiet, readings, B));
        for (int64_t b = 0; b < B; b++)
            laco_json_add(out, laco_inspect_number(laco_scene_value(scene, b) - whole));
    }
    return *out ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_inspect_counted(laco_scene *scene, json_t **into)
{
    laco_reading full = laco_scene_reading(scene, scene->asked);
    double *sum = laco_scene_alloc(scene, scene->T, sizeof *sum), slope = 1;
    if (!sum)
        return LACO_NO_MEMORY;
    LACO_TRY(laco_scene_read(scene, scene->tape, &full, 1));
    double whole = laco_scene_value(scene, 0);
    LACO_TRY(laco_scene_pull(scene, &slope));
    add_input(scene, sum);
    json_t *left = json_array();
    int64_t bin = (full.read + MOST_CUTS - 1) / MOST_CUTS;
    laco_status status = leave_out(scene, bin, whole, &left);
    laco_json_put(into, "counted",
                  json_pack("{s:o, s:I, s:o, s:o, s:I, s:o}", "of", laco_inspect_text(scene->about, strlen(scene->about)),
                            "place", (json_int_t)scene->asked + 1, "value", laco_inspect_number(whole), "gradient_input",
                            laco_inspect_doubles(sum, full.read), "bin", (json_int_t)bin, "left_out", left));
    return status;
}
