/* Hidden units over the input: what each goes with, and what its gates do. */
#include "export/inspect/scene.h"

#include "base/json_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_GATE_STEPS 2000 /* of more, gates are means over several steps */
#define NAMED 3              /* features named beside a unit */
#define OPEN 0.9             /* a gate above it is open, */
#define SHUT 0.1             /* below it shut */

typedef struct link {
    const char *with; /* NULL: none */
    double r;
    bool answer; /* of a classifier */
} link;

typedef struct unit {
    int64_t number;
    double mean, deviation;
    link best[NAMED]; /* falling by |r| */
} unit;

static void moments(const laco_real *x, int64_t count, int64_t stride, double *mean, double *deviation)
{
    double sum = 0, squares = 0;
    for (int64_t t = 0; t < count; t++)
        sum += (double)x[t * stride];
    *mean = sum / (double)count;
    for (int64_t t = 0; t < count; t++)
        squares += ((double)x[t * stride] - *mean) * ((double)x[t * stride] - *mean);
    *deviation = sqrt(squares / (double)count);
}

/* Pearson's r of a unit and a feature; 0 where one of them never changes. */
static double correlation(const laco_real *x, int64_t stride, const unit *u, const double *f, int64_t count)
{
    double mean = 0, both = 0, square = 0;
    for (int64_t t = 0; t < count; t++)
        mean += f[t] / (double)count;
    for (int64_t t = 0; t < count; t++) {
        double d = f[t] - mean;
        both += ((double)x[t * stride] - u->mean) * d;
        square += d * d;
    }
    return u->deviation > 1e-9 && square > 1e-12 ? both / (u->deviation * sqrt(square * (double)count)) : 0;
}

static void offer(unit *u, link now)
{
    for (int i = 0; i < NAMED; i++)
        if (fabs(now.r) > fabs(u->best[i].r)) {
            link swap = u->best[i];
            u->best[i] = now;
            now = swap;
        }
}

/* `place`: of the unit among those of all passes. */
static void judge(const laco_scene *scene, const laco_view *view, const laco_real *x, int64_t stride, int64_t place, unit *u)
{
    moments(x, view->steps, stride, &u->mean, &u->deviation);
    for (int f = 0; f < view->features; f++)
        offer(u, (link){view->feature[f].name, correlation(x, stride, u, view->feature[f].value, view->steps), false});
    for (int k = 0; scene->class_r && view == &scene->view[0] && k < scene->classes; k++)
        offer(u, (link){scene->class_names[k], scene->class_r[place * scene->classes + k], true});
}

/* Units by how well they go with something; without features by how much they move. */
static bool before(const unit *a, const unit *b)
{
    double x = fabs(a->best[0].r), y = fabs(b->best[0].r);
    return x != y ? x > y : a->deviation != b->deviation ? a->deviation > b->deviation : a->number < b->number;
}

static json_t *gates_of(const laco_rnn_trace *trace, const laco_pass_trace *pass, int64_t number, int64_t steps, int64_t bin)
{
    json_t *gates = json_object();
    for (int g = 0; g < trace->G; g++)
        laco_json_put(&gates, trace->gate_names[g],
                      laco_inspect_numbers(pass->gates + g * trace->H + number, steps, trace->B * trace->G * trace->H, bin));
    return gates;
}

static json_t *tell_unit(const laco_view *view, const laco_rnn_trace *trace, const laco_pass_trace *pass, const unit *u)
{
    int64_t bin = (view->steps + MOST_GATE_STEPS - 1) / MOST_GATE_STEPS, B = trace->B;
    json_t *links = json_array();
    for (int i = 0; i < NAMED && u->best[i].with; i++) {
        char text[160];
        snprintf(text, sizeof text, "%s%.120s", u->best[i].answer ? "answer " : "", u->best[i].with);
        laco_json_add(&links, json_pack("{s:o, s:o}", "with", laco_inspect_text(text, strlen(text)), "r",
                                        laco_inspect_number(u->best[i].r)));
    }
    json_t *object = json_pack("{s:I, s:o, s:o, s:o, s:o}", "unit", (json_int_t)u->number, "mean", laco_inspect_number(u->mean),
                               "deviation", laco_inspect_number(u->deviation), "goes_with", links, "h",
                               laco_inspect_numbers(pass->h + u->number, view->steps, B * trace->P, 1));
    if (u->number < trace->H && trace->P == trace->H) {
        if (pass->c)
            laco_json_put(&object, "c", laco_inspect_numbers(pass->c + u->number, view->steps, B * trace->H, 1));
        laco_json_put(&object, "bin", json_integer((json_int_t)bin));
        laco_json_put(&object, "gates", gates_of(trace, pass, u->number, view->steps, bin));
    }
    return object;
}

/* Of every gate its mean in each unit, and for how much of the time it is open or shut. */
static json_t *gates_over_units(const laco_view *view, const laco_rnn_trace *trace, const laco_pass_trace *pass)
{
    json_t *gates = json_array();
    for (int g = 0; g < trace->G && trace->G > 1; g++) {
        json_t *means = json_array(), *open = json_array(), *shut = json_array();
        for (int64_t u = 0; u < trace->H; u++) {
            double sum = 0, above = 0, below = 0, count = (double)view->steps;
            for (int64_t t = 0; t < view->steps; t++) {
                double value = (double)pass->gates[t * trace->B * trace->G * trace->H + g * trace->H + u];
                sum += value;
                above += value > OPEN;
                below += value < SHUT;
            }
            laco_json_add(&means, laco_inspect_number(sum / count));
            laco_json_add(&open, laco_inspect_number(above / count));
            laco_json_add(&shut, laco_inspect_number(below / count));
        }
        laco_json_add(&gates,
                      json_pack("{s:s, s:o, s:o, s:o}", "gate", trace->gate_names[g], "mean", means, "open", open, "shut", shut));
    }
    return gates;
}

static laco_status tell_pass(laco_scene *scene, const laco_view *view, const laco_rnn_trace *trace, int p, int64_t most,
                             json_t **into)
{
    const laco_pass_trace *pass = &trace->pass[p];
    int64_t shown = 0;
    unit *best = laco_scene_alloc(scene, most + 1, sizeof *best);
    if (!best)
        return LACO_NO_MEMORY;
    for (int64_t u = 0; u < trace->P; u++) {
        unit now = {.number = u};
        judge(scene, view, pass->h + u, trace->B * trace->P, p * trace->P + u, &now);
        int64_t place = shown;
        for (; place > 0 && before(&now, &best[place - 1]); place--)
            best[place] = best[place - 1];
        best[place] = now;
        shown = LACO_MIN(shown + 1, most);
    }
    json_t *units = json_array();
    for (int64_t i = 0; i < shown; i++)
        laco_json_add(&units, tell_unit(view, trace, pass, &best[i]));
    laco_json_add(into, json_pack("{s:s, s:i, s:s, s:s, s:I, s:o, s:o}", "view", view->name, "layer", p / trace->directions + 1,
                                  "direction", p % trace->directions ? "backwards" : "forwards", "cell",
                                  trace->cell == LACO_LSTM  ? "lstm"
                                  : trace->cell == LACO_GRU ? "gru"
                                                            : "rnn",
                                  "hidden", (json_int_t)trace->H, "units", units, "gates", gates_over_units(view, trace, pass)));
    return *into ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_inspect_units(laco_scene *scene, const laco_inspect_options *options, json_t **into)
{
    json_t *layers = json_array();
    laco_status status = LACO_OK;
    for (int v = 0; v < scene->views && status == LACO_OK; v++) {
        const laco_rnn_trace *trace = laco_scene_trace(scene, &scene->view[v], 0);
        for (int p = 0; trace && p < trace->layers * trace->directions && status == LACO_OK; p++)
            status = tell_pass(scene, &scene->view[v], trace, p, options->units, &layers);
    }
    laco_json_put(into, "layers", layers);
    return status;
}
