/* How far gradients reach: |∂L_t/∂h_k| for many t and all k, and how it falls with the distance t − k. The input is read once for
 * every t, many times side by side, so that one backward pass brings ∂L_t/∂h_k of all k for each of them. */
#include "export/inspect/scene.h"

#include "base/json_text.h"

#include <math.h>
#include <string.h>

#define CELLS ((int64_t)1 << 24) /* numbers of a trace at once */
#define MOST_DISTANCES 512       /* of the decay; further ones are means over several */

/* One layer in one direction. */
typedef struct pass {
    json_t *h, *c;                 /* rows of norms */
    double *sum_h, *sum_c, *count; /* [steps] by distance, towards the past */
} pass;

typedef struct microscope {
    laco_scene *scene;
    int64_t *question; /* [rows] rising */
    int64_t rows;
    pass *pass[2]; /* of each view */
    int64_t bin[2];
} microscope;

static bool meets(const laco_scene *scene, int v) { return scene->along ? v == 0 : v == 1; }

static laco_status choose(microscope *m, const laco_inspect_options *options)
{
    int64_t Q = m->scene->questions;
    m->rows = LACO_MIN(Q, options->points);
    if (!(m->question = laco_scene_alloc(m->scene, m->rows, sizeof *m->question)))
        return LACO_NO_MEMORY;
    for (int64_t i = 0; i < m->rows; i++)
        m->question[i] = m->rows == 1 ? Q - 1 : (int64_t)llround((double)i * (double)(Q - 1) / (double)(m->rows - 1));
    return LACO_OK;
}

static laco_status begin(microscope *m, const laco_inspect_options *options)
{
    laco_scene *scene = m->scene;
    LACO_TRY(choose(m, options));
    for (int v = 0; v < scene->views; v++) {
        const laco_rnn_trace *trace = laco_scene_trace(scene, &scene->view[v], 0);
        int64_t steps = scene->view[v].steps, passes = trace ? trace->layers * trace->directions : 0;
        m->bin[v] = LACO_MAX(1, (steps + 3 * options->points - 1) / (3 * options->points));
        if (!(m->pass[v] = laco_scene_alloc(scene, passes, sizeof *m->pass[v])))
            return LACO_NO_MEMORY;
        for (int64_t p = 0; p < passes; p++) {
            pass *now = &m->pass[v][p];
            *now = (pass){json_array(), trace->cell == LACO_LSTM ? json_array() : NULL,
                          laco_scene_alloc(scene, steps, sizeof(double)), laco_scene_alloc(scene, steps, sizeof(double)),
                          laco_scene_alloc(scene, steps, sizeof(double))};
            if (!now->sum_h || !now->sum_c || !now->count)
                return LACO_NO_MEMORY;
        }
    }
    return LACO_OK;
}

/* Readings that fit at once. */
static int64_t group_of(const laco_scene *scene)
{
    int64_t step = 1;
    for (int v = 0; v < scene->views; v++) {
        const laco_rnn_trace *trace = laco_scene_trace(scene, &scene->view[v], 0);
        step += trace ? (trace->G + 4) * trace->H * trace->layers * trace->directions * scene->view[v].members : 0;
    }
    return LACO_MAX(1, LACO_MIN((int64_t)32, CELLS / (step * LACO_MAX(scene->T, scene->questions) + 3 * scene->cells)));
}

static double norm(const laco_real *x, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

/* The norms of one reading over the steps, bin by bin, and what they add to the decay. `sum` NULL: nothing. */
static json_t *row_of(const laco_rnn_trace *trace, const laco_real *d, int64_t b, int64_t width, int64_t steps, int64_t bin,
                      int64_t question, double *sum)
{
    json_t *row = json_array();
    for (int64_t k = 0; k < steps; k += bin) {
        double total = 0;
        int64_t end = LACO_MIN(k + bin, steps);
        for (int64_t i = k; i < end; i++) {
            double size = i < trace->T ? norm(d + (i * trace->B + b) * width, width) : 0;
            total += size;
            if (sum && i <= question)
                sum[question - i] += size;
        }
        laco_json_add(&row, laco_inspect_number(total / (double)(end - k)));
    }
    return row;
}

static void take(microscope *m, int v, int64_t b, int64_t question)
{
    const laco_view *view = &m->scene->view[v];
    const laco_rnn_trace *trace = laco_scene_trace(m->scene, view, 0);
    for (int p = 0; trace && m->pass[v] && p < trace->layers * trace->directions; p++) {
        pass *now = &m->pass[v][p];
        bool decays = meets(m->scene, v) && p % trace->directions == 0;
        laco_json_add(
            &now->h, row_of(trace, trace->pass[p].dh, b, trace->P, view->steps, m->bin[v], question, decays ? now->sum_h : NULL));
        if (trace->pass[p].dc)
            laco_json_add(&now->c, row_of(trace, trace->pass[p].dc, b, trace->H, view->steps, m->bin[v], question,
                                          decays ? now->sum_c : NULL));
        for (int64_t i = 0; decays && i <= question; i++)
            now->count[i]++;
    }
}

/* dL/d(answer): L is −log p, or half the squared error. */
static double slope_of(const laco_scene *scene, int64_t question, double value)
{
    if (!scene->truth)
        return -1;
    return isnan(scene->truth[question]) ? NAN : value - scene->truth[question];
}

static laco_status look(microscope *m)
{
    laco_scene *scene = m->scene;
    int64_t most = group_of(scene);
    laco_reading *readings = laco_scene_alloc(scene, most, sizeof *readings);
    double *slope = laco_scene_alloc(scene, most, sizeof *slope);
    if (!readings || !slope)
        return LACO_NO_MEMORY;
    for (int64_t i = 0; i < m->rows; i += most) {
        int64_t B = LACO_MIN(most, m->rows - i);
        for (int64_t b = 0; b < B; b++)
            readings[b] = laco_scene_reading(scene, m->question[i + b]);
        LACO_TRY(laco_scene_read(scene, scene->tape, readings, B));
        for (int64_t b = 0; b < B; b++)
            slope[b] = slope_of(scene, m->question[i + b], laco_scene_value(scene, b));
        for (int64_t b = 0; b < B; b++)
            slope[b] = isnan(slope[b]) ? 1 : slope[b]; /* what comes is not known: the gradient of the answer itself */
        LACO_TRY(laco_scene_pull(scene, slope));
        for (int v = 0; v < scene->views; v++)
            for (int64_t b = 0; b < B; b++)
                take(m, v, b, m->question[i + b]);
    }
    return LACO_OK;
}

/* Means by distance; far ones over several distances. */
static json_t *decay_of(const pass *p, int64_t steps)
{
    json_t *distances = json_array(), *h = json_array(), *c = json_array();
    int64_t known = 0;
    while (known < steps && p->count[known] > 0)
        known++;
    int64_t bin = LACO_MAX(1, (known + MOST_DISTANCES - 1) / MOST_DISTANCES);
    for (int64_t d = 0; d < known; d += bin) {
        double sums[2] = {0, 0}, count = 0;
        for (int64_t i = d; i < LACO_MIN(d + bin, known); i++) {
            sums[0] += p->sum_h[i];
            sums[1] += p->sum_c[i];
            count += p->count[i];
        }
        laco_json_add(&distances, json_integer((json_int_t)d));
        laco_json_add(&h, laco_inspect_number(sums[0] / count));
        laco_json_add(&c, laco_inspect_number(sums[1] / count));
    }
    json_t *decay = json_pack("{s:o, s:o}", "distance", distances, "h", h);
    if (p->c)
        laco_json_put(&decay, "c", c);
    else
        json_decref(c);
    return decay;
}

static void tell_pass(const microscope *m, int v, int p, json_t **passes)
{
    const laco_view *view = &m->scene->view[v];
    const laco_rnn_trace *trace = laco_scene_trace(m->scene, view, 0);
    if (!trace || !m->pass[v])
        return;
    pass *now = &m->pass[v][p];
    bool decays = meets(m->scene, v) && p % trace->directions == 0;
    json_t *object = json_pack("{s:s, s:i, s:s, s:I, s:o}", "view", view->name, "layer", p / trace->directions + 1, "direction",
                               p % trace->directions ? "backwards" : "forwards", "bin", (json_int_t)m->bin[v], "h", now->h);
    if (now->c)
        laco_json_put(&object, "c", now->c);
    if (decays)
        laco_json_put(&object, "decay", decay_of(now, view->steps));
    laco_json_add(passes, object);
}

laco_status laco_inspect_microscope(laco_scene *scene, const laco_inspect_options *options, json_t **into)
{
    microscope m = {.scene = scene};
    json_t *questions = json_array(), *passes = json_array();
    LACO_TRY(begin(&m, options));
    LACO_TRY(look(&m));
    for (int64_t i = 0; i < m.rows; i++)
        laco_json_add(&questions, json_integer((json_int_t)m.question[i] + 1));
    for (int v = 0; v < scene->views; v++) {
        const laco_rnn_trace *trace = laco_scene_trace(scene, &scene->view[v], 0);
        for (int p = 0; trace && p < trace->layers * trace->directions; p++)
            tell_pass(&m, v, p, &passes);
    }
    laco_json_put(into, "microscope", json_pack("{s:s, s:o, s:o}", "loss", scene->loss, "places", questions, "passes", passes));
    return LACO_OK;
}
