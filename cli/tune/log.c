/* The log of a search: a line that says which, then one for each trial at each rung. */
#include "tune/tune.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void append_space(const tune *t, char *text, size_t size)
{
    size_t used = 0;
    *text = '\0';
    for (int i = 0; i < t->space.count && used < size; i++) {
        const tune_axis *a = &t->space.axis[i];
        used += (size_t)snprintf(text + used, size - used, "%s%s=", i > 0 ? "," : "", a->name);
        for (int k = 0; k < a->choices && used < size; k++)
            used += (size_t)snprintf(text + used, size - used, "%s%s", k > 0 ? "|" : "", a->choice[k]);
        if (a->choices == 0 && used < size)
            used += (size_t)snprintf(text + used, size - used, "%g:%g", a->low, a->high);
    }
}

/* What a log belongs to: another search has another one. */
static json_t *header_of(const tune *t)
{
    char space[TUNE_AXES * 200];
    append_space(t, space, sizeof space);
    json_t *words = json_array(), *shares = json_array();
    for (int i = 0; i < t->train_count; i++)
        json_add(&words, json_string(t->train[i]));
    for (int i = 0; i < t->rungs; i++)
        json_add(&shares, json_real(t->share[i]));
    return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o}", "event", "search", "task", t->task, "over", space, "seed",
                     (json_int_t)t->seed, "rungs", shares, "training", words);
}

static int write_line(const tune *t, json_t *object)
{
    FILE *file = object ? fopen(t->log, "a") : NULL;
    bool good = file && json_dumpf(object, file, JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0 && fputc('\n', file) != EOF;
    good = file && fclose(file) == 0 && good;
    json_decref(object);
    return good ? EXIT_DONE : trouble_text("%s: cannot be written: %s", t->log, strerror(errno));
}

int tune_log_add(const tune *t, const tune_trial *trial, int rung)
{
    json_t *options = json_object();
    for (int i = 0; i < t->space.count; i++)
        json_put(&options, t->space.axis[i].name, json_string(trial->value[i]));
    json_t *object = json_pack("{s:s, s:I, s:i, s:o, s:b}", "event", "trial", "trial", (json_int_t)trial->number, "rung", rung,
                               "options", options, "failed", trial->failed);
    json_put(&object, "measure", json_string(t->measure));
    json_put(&object, "figure", trial->failed ? json_null() : json_real(trial->figure[rung]));
    json_put(&object, "score", trial->failed ? json_null() : json_real(trial->score[rung]));
    json_put(&object, "epoch", json_integer((json_int_t)trial->epoch));
    json_put(&object, "seconds", json_real(trial->seconds));
    if (trial->failed)
        json_put(&object, "reason", json_string(t->reason));
    return write_line(t, object);
}

/* A line that was cut short, as by a kill, is no result. */
static void take(tune *t, const json_t *object)
{
    json_int_t number = json_integer_value(json_object_get(object, "trial")),
               rung = json_integer_value(json_object_get(object, "rung"));
    const char *measure = json_string_value(json_object_get(object, "measure"));
    if (number < 1 || number > t->trials || rung < 0 || rung >= t->rungs)
        return;
    tune_trial *trial = &t->trial[number - 1];
    trial->done[rung] = true;
    trial->failed = json_is_true(json_object_get(object, "failed"));
    trial->score[rung] = trial->failed ? -INFINITY : json_real_value(json_object_get(object, "score"));
    trial->figure[rung] = json_real_value(json_object_get(object, "figure"));
    trial->epoch = (int64_t)json_integer_value(json_object_get(object, "epoch"));
    trial->seconds = json_real_value(json_object_get(object, "seconds"));
    if (measure && *measure)
        snprintf(t->measure, sizeof t->measure, "%s", measure);
}

/* *same: the first line is that of this search. */
static void read_log(tune *t, FILE *file, const json_t *header, bool *same)
{
    char *line = NULL;
    size_t room = 0;
    bool first = true;
    while (getline(&line, &room, file) > 0) {
        json_t *object = json_loads(line, JSON_DECODE_ANY, NULL);
        if (first)
            *same = json_equal(object, header);
        else if (object)
            take(t, object);
        first = false;
        json_decref(object);
    }
    free(line);
}

int tune_log_open(tune *t)
{
    FILE *file = fopen(t->log, "r");
    json_t *made = header_of(t), *header = NULL;
    char *text = made ? json_dumps(made, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    bool same = false;
    header = text ? json_loads(text, 0, NULL) : NULL; /* as it comes back from a file */
    free(text);
    if (file && header)
        read_log(t, file, header, &same);
    json_decref(header);
    if (file) {
        fclose(file);
        json_decref(made);
        return same ? EXIT_DONE
                    : trouble_text("%s: is the log of another search; take another --log, or remove it to begin anew", t->log);
    }
    return write_line(t, made);
}
