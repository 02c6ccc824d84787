#include "loggers/loggers.h"

#include "page/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEAST_SECONDS 2.0 /* between two writings of the page, */
#define SHARE 0.005       /* and how much of the time they may take */
#define SAMPLE_SHARE 0.01 /* the same of samples */
#define MOST_SAMPLES 40

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool needs_no_quotes(const char *word)
{
    return *word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,:=+@%^-") == strlen(word);
}

char *typed_command(const char *name, int argc, char **argv)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return NULL;
    fputs(name, file);
    for (int i = 0; i < argc; i++) {
        fputc(' ', file);
        if (needs_no_quotes(argv[i])) {
            fputs(argv[i], file);
            continue;
        }
        fputc('\'', file);
        for (const char *c = argv[i]; *c; c++)
            fputs(*c == '\'' ? "'\\''" : (const char[]){*c, '\0'}, file);
        fputc('\'', file);
    }
    fclose(file);
    return text;
}

static void warn(loggers *s, const char *what)
{
    if (!s->warned)
        fprintf(stderr, "laco: note: %s was not written, training goes on: %s\n", what, failure());
    s->warned = true;
}

void loggers_open(loggers *s, const laco_context *ctx, const logger_paths *paths, const char *task, const char *command,
                  json_t *options)
{
    time_t time_now = time(NULL);
    struct tm utc;
    *s = (loggers){.paths = *paths, .task = task, .options = options, .threads = laco_threads(ctx)};
    if (!paths->report && !paths->tensorboard && !paths->plot)
        return;
    s->command = strdup(command ? command : "");
    s->samples = json_array();
    s->looked = json_array();
    s->data = json_array();
    snprintf(s->cpu, sizeof s->cpu, "%s", laco_cpu_name(ctx));
    if (gmtime_r(&time_now, &utc))
        strftime(s->began, sizeof s->began, "%Y-%m-%d %H:%M:%S UTC", &utc);
    s->open = history_start(&s->history) && s->command;
    s->written = s->sampled = -1e9;
    if (paths->tensorboard && tensorboard_open(paths->tensorboard, s->options, &s->board) < 0)
        warn(s, paths->tensorboard);
}

void loggers_data(loggers *s, const laco_summary *summary)
{
    if (s->open && !s->summary)
        s->summary = summary_facts(summary);
}

void loggers_start(loggers *s, const report_part *part)
{
    if (!s->open || !part)
        return;
    s->part = *part;
    if (s->paths.report && part->describe) {
        json_decref(s->data);
        s->data = part->describe(part->data);
    }
}

/* ---- The page ---- */

static void add_section(json_t **sections, const char *kind, const char *title, const char *note, const char *key, json_t *value,
                        bool half)
{
    json_t *section = section_new(kind, title, note);
    json_put(&section, key, value);
    if (half)
        json_put(&section, "half", json_true());
    json_add(sections, section);
}

/* The epoch that validation found best, or NULL. */
static const json_t *best_epoch(const loggers *s)
{
    for (size_t i = json_array_size(s->history.epochs); i-- > 0;) {
        const json_t *epoch = json_array_get(s->history.epochs, i);
        if (json_is_true(json_object_get(epoch, "best")) && json_object_size(json_object_get(epoch, "metrics")) > 0)
            return epoch;
    }
    return NULL;
}

static json_t *training_facts(const loggers *s, const char *end)
{
    json_t *facts = json_array();
    const json_t *best = best_epoch(s), *last = json_array_get(s->history.epochs, json_array_size(s->history.epochs) - 1);
    char text[64];
    facts_add(&facts, "command", json_string(s->command));
    facts_add(&facts, "begun", json_string(s->began));
    facts_add(&facts, "time", json_string(show_time(s->history.seconds, text)));
    if (last) {
        const json_t *all = json_object_get(last, "epochs");
        snprintf(text, sizeof text, json_is_integer(all) ? "%lld of %lld" : "%lld",
                 (long long)json_integer_value(json_object_get(last, "epoch")), (long long)json_integer_value(all));
        facts_add(&facts, "epochs", json_string(text));
    }
    if (best) {
        const char *name;
        json_t *value;
        facts_add(&facts, "best epoch", json_copy(json_object_get(best, "epoch")));
        json_object_foreach(json_object_get(best, "metrics"), name, value) facts_add(&facts, name, json_deep_copy(value));
    }
    if (end)
        facts_add(&facts, "end", json_string(end));
    for (size_t i = 0; i < json_array_size(s->history.notes); i++)
        facts_add(&facts, "note", json_incref(json_array_get(s->history.notes, i)));
    return facts;
}

static void add_steps(const loggers *s, json_t **sections)
{
    const struct {
        const char *title, *note;
        size_t offset;
        bool log;
    } charts[] = {{"Loss of each update", NULL, offsetof(history_step, loss), false},
                  {"Norm of the gradient, update by update", "Before it is clipped.", offsetof(history_step, gradient), true},
                  {"Learning rate, update by update", NULL, offsetof(history_step, lr), false}};
    char note[120];
    if (s->history.count < 2)
        return;
    for (size_t i = 0; i < sizeof charts / sizeof *charts; i++) {
        json_t *y = history_column(&s->history, charts[i].offset), *value;
        bool log = charts[i].log;
        size_t k;
        json_array_foreach(y, k, value) log = log && json_real_value(value) > 0;
        snprintf(note, sizeof note, "%s%sEach point is the mean of %lld.", charts[i].note ? charts[i].note : "",
                 charts[i].note ? " " : "", (long long)s->history.every);
        json_t *section = section_new("chart", charts[i].title, s->history.every > 1 ? note : charts[i].note);
        json_put(&section, "x", json_string("update"));
        json_put(&section, "half", json_true());
        json_put(&section, "log", json_boolean(log));
        json_put(&section, "series",
                 json_pack("[o]", curve_series(charts[i].title, history_column(&s->history, offsetof(history_step, step)), y)));
        json_add(sections, section);
    }
}

/* Every epoch with all numbers but those of the weights, as `--json` prints them. */
static void add_epochs(const loggers *s, json_t **sections)
{
    json_t *columns = json_array(), *rows = json_array(), *best = json_array(), *epoch, *value;
    const json_t *first = json_array_get(s->history.epochs, 0);
    const char *name;
    size_t i;
    json_object_foreach((json_t *)(uintptr_t)first, name,
                        value) if (json_is_number(value) && strcmp(name, "epochs") != 0 && strcmp(name, "batches") != 0)
        json_add(&columns, json_string(name));
    json_object_foreach(json_object_get(first, "metrics"), name, value) json_add(&columns, json_string(name));
    json_array_foreach(s->history.epochs, i, epoch)
    {
        json_t *row = json_array(), *metrics = json_object_get(epoch, "metrics");
        size_t c, plain = json_array_size(columns) - json_object_size(json_object_get(first, "metrics"));
        json_array_foreach(columns, c, value)
        {
            json_t *cell = json_object_get(c < plain ? epoch : metrics, json_string_value(value));
            json_add(&row, cell ? json_incref(cell) : json_null());
        }
        if (json_is_true(json_object_get(epoch, "best")) && json_object_size(metrics) > 0)
            json_add(&best, json_integer((json_int_t)i));
        json_add(&rows, row);
    }
    json_t *section =
        section_new("table", "Every epoch", "Bold: the best so far by validation. The numbers are those of --json.");
    json_put(&section, "columns", columns);
    json_put(&section, "rows", rows);
    json_put(&section, "best", best);
    json_put(&section, "folded", json_string("All numbers"));
    json_add(sections, section);
}

static void add_all(json_t **sections, const json_t *others)
{
    for (size_t i = 0; i < json_array_size(others); i++)
        json_add(sections, json_incref(json_array_get(others, i)));
}

static void add_end(const loggers *s, json_t **sections)
{
    if (json_array_size(s->samples) > 0)
        add_section(sections, "texts", "What it wrote as it learned", "By chance, always with the same numbers drawn.", "texts",
                    json_incref(s->samples), false);
    if (s->summary)
        add_section(sections, "facts", "The data, as they were read", NULL, "facts", json_incref(s->summary), false);
    add_all(sections, s->data);
    if (s->options && json_object_size(s->options) > 0)
        add_section(sections, "facts", "Options that were given", NULL, "facts", object_facts(s->options), true);
    if (s->model)
        add_section(sections, "facts", "The model", NULL, "facts", object_facts(s->model), true);
    add_section(sections, "facts", "The machine", NULL, "facts", machine_facts(s->cpu, s->threads), true);
}

static json_t *page_of(const loggers *s, const char *state, const char *end)
{
    json_t *sections = json_array();
    char title[80];
    add_section(&sections, "facts", "The training", NULL, "facts", training_facts(s, end), false);
    curves_add(&sections, &(curve_run){NULL, s->history.epochs}, 1);
    add_steps(s, &sections);
    if (json_array_size(s->looked) > 0)
        add_section(&sections, "facts", "The model on what it was not trained on", s->aside, "facts", json_array(), false);
    add_all(&sections, s->looked);
    if (json_array_size(s->history.epochs) > 0)
        add_epochs(s, &sections);
    add_end(s, &sections);
    snprintf(title, sizeof title, "Training to %s", s->task);
    json_t *page = json_pack("{s:s, s:s, s:s}", "title", title, "state", state, "about", s->began);
    json_put(&page, "sections", sections);
    return page;
}

static void write_page(loggers *s, const char *state, const char *end)
{
    if (!s->paths.report)
        return;
    double start = now();
    json_t *page = page_of(s, state, end);
    if (page_write(s->paths.report, "page.js", page) < 0)
        warn(s, s->paths.report);
    json_decref(page);
    s->cost = now() - start;
    s->written = now();
}

/* ---- As training goes on ---- */

static void take_sample(loggers *s, const laco_progress *p)
{
    double start = now();
    char heading[80], *text;
    if (!s->part.sample || !s->paths.report || json_array_size(s->samples) >= MOST_SAMPLES ||
        start - s->sampled < s->sample_cost / SAMPLE_SHARE || !(text = s->part.sample(p->model)))
        return;
    json_t *sample = json_array();
    snprintf(heading, sizeof heading, "epoch %lld, loss %.4g", (long long)p->epoch, p->loss);
    json_add(&sample, json_string(heading));
    json_add(&sample, json_string(text));
    json_add(&s->samples, sample);
    free(text);
    s->sampled = now();
    s->sample_cost = s->sampled - start;
}

void loggers_tell(loggers *s, const laco_progress *p)
{
    if (!s->open)
        return;
    history_tell(&s->history, p);
    if (p->epoch_done)
        take_sample(s, p);
    if (s->board && tensorboard_tell(s->board, p, s->history.updates) < 0)
        warn(s, s->paths.tensorboard);
    if (now() - s->written >= LARGER(LEAST_SECONDS, s->cost / SHARE))
        write_page(s, "running", NULL);
}

void loggers_chosen(loggers *s, laco_model *model, const size_t *aside, size_t count)
{
    const report_part *part = &s->part;
    if (!s->open || !s->paths.report || !part->look)
        return;
    if (part->valid)
        snprintf(s->aside, sizeof s->aside, "On the validation data, by the model of the best epoch.");
    else if (aside)
        snprintf(s->aside, sizeof s->aside, "On the %zu examples that were set aside, by the model of the best epoch.", count);
    else
        snprintf(s->aside, sizeof s->aside, "By the model of the best epoch.");
    if (!part->valid && aside && count == 0)
        return;
    json_decref(s->looked);
    s->looked = part->look(model, part->valid ? part->valid : part->data, part->valid ? NULL : aside, count);
}

static const char *const shown_members[] = {"task", "parameters", "weights", "network", "text", "numbers", "pairs", NULL};

static void describe(loggers *s, laco_context *ctx, laco_model *model)
{
    char *text = NULL;
    if (!model || laco_model_describe(model, &text) < 0)
        return;
    json_t *all = json_loads(text, JSON_ALLOW_NUL, NULL);
    s->model = json_object();
    for (int i = 0; shown_members[i]; i++)
        if (json_object_get(all, shown_members[i]))
            json_put(&s->model, shown_members[i], json_incref(json_object_get(all, shown_members[i])));
    json_decref(all);
    laco_free(ctx, text);
}

/* The loss, and that of validation, over the epochs. */
static void draw(loggers *s)
{
    size_t count = json_array_size(s->history.epochs);
    double *x = calloc(3 * count + 1, sizeof *x), *loss = x + count, *valid = loss + count;
    char title[120];
    bool validated = false;
    for (size_t i = 0; x && i < count; i++) {
        const json_t *epoch = json_array_get(s->history.epochs, i), *value;
        x[i] = json_number_value(json_object_get(epoch, "epoch"));
        loss[i] = json_number_value(json_object_get(epoch, "loss"));
        value = json_object_get(json_object_get(epoch, "metrics"), "loss");
        valid[i] = json_is_number(value) ? json_number_value(value) : (double)NAN;
        validated = validated || json_is_number(value);
    }
    const plot_line lines[] = {{.name = "training", .x = x, .y = loss, .count = count, .style = PLOT_LINE_POINTS},
                               {.name = "validation", .x = x, .y = valid, .count = count, .style = PLOT_LINE_POINTS}};
    snprintf(title, sizeof title, "Training to %s: loss by epoch", s->task);
    const plot_config config = {.title = title, .x_label = "epoch", .y_label = "loss"};
    if (x && plot_lines(lines, validated ? 2 : 1, &config, s->paths.plot) < 0)
        warn(s, s->paths.plot);
    free(x);
}

void loggers_close(loggers *s, laco_context *ctx, laco_model *model, const char *state, const char *end)
{
    if (s->open) {
        describe(s, ctx, model);
        write_page(s, state, end);
        if (s->paths.plot)
            draw(s);
    }
    if (s->board && tensorboard_close(s->board) < 0)
        warn(s, s->paths.tensorboard);
    history_free(&s->history);
    json_t *const kept[] = {s->options, s->summary, s->data, s->looked, s->samples, s->model};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        json_decref(kept[i]);
    free(s->command);
    *s = (loggers){0};
}
