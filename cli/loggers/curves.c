/* Charts over the epochs of one or several trainings. */
#include "loggers/history.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

json_t *curve_series(const char *name, json_t *x, json_t *y)
{
    json_t *series = json_pack("{s:s}", "name", name);
    json_put(&series, "x", x);
    json_put(&series, "y", y);
    return series;
}

/* A member of an epoch, or of its "metrics". */
static const json_t *value_of(const json_t *epoch, const char *group, const char *key)
{
    return json_object_get(group ? json_object_get(epoch, group) : epoch, key);
}

/* Behind `series`: the values of one run, where it has any. */
static void add_series(json_t **series, const curve_run *run, const char *name, const char *group, const char *key)
{
    json_t *x = json_array(), *y = json_array(), *epoch;
    char full[300];
    size_t i;
    bool any = false;
    json_array_foreach((json_t *)(uintptr_t)run->epochs, i, epoch)
    {
        const json_t *value = value_of(epoch, group, key);
        any = any || json_is_number(value);
        json_add(&x, json_copy(json_object_get(epoch, "epoch")));
        json_add(&y, json_is_number(value) ? json_deep_copy(value) : json_null());
    }
    snprintf(full, sizeof full, "%s%s%s", run->name ? run->name : "", run->name && *name ? ": " : "", name);
    if (any) {
        json_add(series, curve_series(*full ? full : key, x, y));
    } else {
        json_decref(x);
        json_decref(y);
    }
}

static void add_chart(json_t **sections, const char *title, const char *note, json_t *series, bool log)
{
    if (json_array_size(series) == 0) {
        json_decref(series);
        return;
    }
    json_t *chart = json_pack("{s:s, s:s, s:s, s:b, s:b}", "kind", "chart", "title", title, "x", "epoch", "half", 1, "log", log);
    if (note)
        json_put(&chart, "note", json_string(note));
    json_put(&chart, "series", series);
    json_add(sections, chart);
}

static void add_member(json_t **sections, const curve_run *runs, size_t count, const char *title, const char *note,
                       const char *group, const char *key)
{
    json_t *series = json_array();
    for (size_t r = 0; r < count; r++)
        add_series(&series, &runs[r], count > 1 ? "" : title, group, key);
    add_chart(sections, title, note, series, false);
}

static void add_loss(json_t **sections, const curve_run *runs, size_t count)
{
    json_t *series = json_array();
    for (size_t r = 0; r < count; r++) {
        add_series(&series, &runs[r], "training", NULL, "loss");
        add_series(&series, &runs[r], "validation", "metrics", "loss");
    }
    add_chart(sections, "Loss", "Of training: the mean over each epoch, with dropout, while it learns.", series, false);
}

/* Every metric of any epoch but the loss, in the order in which they came. */
static void add_metrics(json_t **sections, const curve_run *runs, size_t count)
{
    json_t *names = json_object(), *epoch, *value;
    const char *name;
    size_t i;
    for (size_t r = 0; r < count; r++)
        json_array_foreach((json_t *)(uintptr_t)runs[r].epochs, i, epoch)
            json_object_foreach(json_object_get(epoch, "metrics"), name, value) if (strcmp(name, "loss") != 0)
                json_put(&names, name, json_true());
    json_object_foreach(names, name, value) add_member(sections, runs, count, name, "On what was set aside.", "metrics", name);
    json_decref(names);
}

/* "rnn.weight_ih_l0_reverse" and its biases are of "rnn l0_reverse", "linear.weight" of "linear". */
static void layer_of(const char *param, char *out, size_t size)
{
    const char *dot = strrchr(param, '.'), *last = dot ? dot + 1 : param, *layer = strstr(last, "_l");
    int stem = dot ? (int)(dot - param) : 0;
    snprintf(out, size, "%.*s%s%s", stem, param, stem > 0 && layer ? " " : "", layer ? layer + 1 : stem > 0 ? "" : last);
}

/* The norm of all parameters of each layer, which are those of its parameters squared and summed. */
static json_t *layers_of(const json_t *epoch)
{
    json_t *layers = json_object(), *norm;
    const char *param;
    char layer[200];
    json_object_foreach(json_object_get(epoch, "weights"), param, norm)
    {
        layer_of(param, layer, sizeof layer);
        json_put(&layers, layer, json_real(hypot(json_real_value(json_object_get(layers, layer)), json_number_value(norm))));
    }
    return layers;
}

#define MOST_LAYERS 8 /* lines that can be told apart */

static void add_weights(json_t **sections, const curve_run *run)
{
    json_t *epochs = json_array(), *series = json_array(), *epoch, *value, *first;
    const char *layer;
    size_t i;
    json_array_foreach((json_t *)(uintptr_t)run->epochs, i, epoch)
    {
        json_t *copy = json_pack("{s:O}", "epoch", json_object_get(epoch, "epoch"));
        json_put(&copy, "layers", layers_of(epoch));
        json_add(&epochs, copy);
    }
    first = json_object_get(json_array_get(epochs, 0), "layers");
    json_object_foreach(first, layer, value)
    {
        if (json_array_size(series) == MOST_LAYERS) {
            add_chart(sections, "Norms of weights by layer", NULL, series, false);
            series = json_array();
        }
        add_series(&series, &(curve_run){NULL, epochs}, layer, "layers", layer);
    }
    add_chart(sections, "Norms of weights by layer", "2-norm of all weights and biases of a layer.", series, false);
    json_decref(epochs);
}

void curves_add(json_t **sections, const curve_run *runs, size_t count)
{
    add_loss(sections, runs, count);
    add_metrics(sections, runs, count);
    add_member(sections, runs, count, "Norm of the gradient", "Before it is clipped, the mean over the epoch's updates.", NULL,
               "gradient");
    add_member(sections, runs, count, "Share of updates that were clipped", NULL, NULL, "clipped");
    add_member(sections, runs, count, "Learning rate", NULL, NULL, "lr");
    if (count == 1)
        add_weights(sections, &runs[0]);
    add_member(sections, runs, count, "Examples a second", NULL, NULL, "examples_per_second");
    add_member(sections, runs, count, "Seconds since the beginning", NULL, NULL, "seconds");
}
