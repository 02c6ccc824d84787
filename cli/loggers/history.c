#include "loggers/history.h"

#include <math.h>
#include <stdlib.h>

bool history_start(history *h)
{
    *h = (history){.epochs = json_array(), .notes = json_array(), .every = 1};
    h->steps = calloc(HISTORY_STEPS, sizeof *h->steps);
    return h->epochs && h->notes && h->steps;
}

void history_free(history *h)
{
    json_decref(h->epochs);
    json_decref(h->notes);
    free(h->steps);
    *h = (history){0};
}

/* The mean of two points that have the weights n and m. */
static void merge(history_step *a, const history_step *b, double n, double m)
{
    a->loss = (n * a->loss + m * b->loss) / (n + m);
    a->gradient = (n * a->gradient + m * b->gradient) / (n + m);
    a->step = b->step;
    a->lr = b->lr;
}

static void halve_steps(history *h)
{
    h->count /= 2;
    for (size_t i = 0; i < h->count; i++) {
        h->steps[i] = h->steps[2 * i];
        merge(&h->steps[i], &h->steps[2 * i + 1], 1, 1);
    }
    h->every *= 2;
}

static void add_step(history *h, const laco_progress *p)
{
    const history_step step = {(double)++h->updates, p->batch_loss, p->batch_gradient, p->lr};
    if (h->count > 0 && h->taken < h->every) {
        merge(&h->steps[h->count - 1], &step, (double)h->taken++, 1);
        return;
    }
    if (h->count == HISTORY_STEPS)
        halve_steps(h);
    h->steps[h->count++] = step;
    h->taken = 1;
}

static void add_epoch(history *h, const laco_progress *p)
{
    json_t *epoch = progress_json(p, progress_rate(&h->clock, p));
    if (json_array_size(h->epochs) >= HISTORY_EPOCHS)
        for (size_t i = 0; i < json_array_size(h->epochs); i++)
            if (!json_is_true(json_object_get(json_array_get(h->epochs, i), "best")))
                json_array_remove(h->epochs, i);
    json_add(&h->epochs, epoch);
}

void history_tell(history *h, const laco_progress *p)
{
    progress_clock_tell(&h->clock, p);
    if (p->note)
        json_add(&h->notes, json_string(p->note));
    if (p->epoch_done)
        add_epoch(h, p);
    else if (p->steps > 0)
        add_step(h, p);
    h->seconds = p->seconds;
    h->example = p->example;
    progress_clock_told(&h->clock, p);
}

json_t *history_column(const history *h, size_t offset)
{
    json_t *column = json_array();
    for (size_t i = 0; i < h->count; i++) {
        double value = *(const double *)((const char *)&h->steps[i] + offset);
        json_add(&column, isfinite(value) ? json_real(value) : json_null());
    }
    return column;
}
