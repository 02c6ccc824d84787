#include "report/report.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define REDRAW_SECONDS 0.1
#define WIDEST_BAR 30
#define NARROWEST_BAR 8

progress_printer progress_printer_on(FILE *file, const progress_config *config)
{
    progress_printer printer = {.file = file};
    if (config)
        printer.config = *config;
    if (!(printer.config.interval > 0))
        printer.config.interval = 30;
    printer.show = screen_of(file, &printer.config.show);
    printer.live = printer.config.live == SHOW_AUTO ? printer.show.terminal : printer.config.live == SHOW_ALWAYS;
    printer.live = printer.live && !printer.config.json && !printer.config.quiet;
    return printer;
}

void progress_printer_clear(progress_printer *printer)
{
    if (!printer->drawn)
        return;
    fputs("\r\x1b[K", printer->file);
    fflush(printer->file);
    printer->drawn = false;
    printer->last = -1; /* the next call may draw at once */
}

void progress_clock_tell(progress_clock *clock, const laco_progress *p)
{
    if (!clock->told) /* a resumed run begins with what others did */
        *clock = (progress_clock){true, p->seconds, p->examples};
}

void progress_clock_told(progress_clock *clock, const laco_progress *p)
{
    if (p->epoch_done)
        *clock = (progress_clock){true, p->seconds, 0};
}

double progress_rate(const progress_clock *clock, const laco_progress *p)
{
    double seconds = p->seconds - clock->from;
    return seconds > 0 ? (double)(p->examples - clock->examples) / seconds : 0;
}

/* "epoch  3/15", the number as wide as the largest will be. */
static void add_epoch(show_line *line, const laco_progress *p)
{
    bool open = p->epochs > 1000000; /* training ends by time */
    line_style(line, "2");
    line_add(line, "epoch ");
    line_style(line, "0");
    line_add(line, "%*lld", show_digits((size_t)(open ? 999 : p->epochs)), (long long)p->epoch);
    if (!open)
        line_add(line, "/%lld", (long long)p->epochs);
}

static void add_value(show_line *line, const char *name, double value)
{
    char text[24], shown[64];
    show_text(name, 20, true, shown, sizeof shown);
    line_style(line, "2");
    line_add(line, "  %s ", shown);
    line_style(line, "0");
    line_add(line, "%6s", show_number(value, text));
}

static double share_of_epoch(const laco_progress *p)
{
    return p->batches > 0 ? fmin(1, fmax(0, (double)p->batch / (double)p->batches)) : 0;
}

static void add_speed(show_line *line, const progress_printer *printer, const laco_progress *p)
{
    char text[24], shown[64];
    double rate = progress_rate(&printer->clock, p);
    if (!(rate > 0) || !p->example)
        return;
    show_text(p->example, 20, true, shown, sizeof shown);
    line_add(line, "  %5s %s/s", show_rate(rate, text), shown);
}

/* What stands behind the bar; `detail` 2: all of it, 1: without the speed, 0: without the time left too. */
static void add_tail(show_line *line, const progress_printer *printer, const laco_progress *p, int detail)
{
    char text[24];
    line_add(line, " %3d %%", (int)(100 * share_of_epoch(p)));
    add_value(line, "loss", p->loss);
    if (detail > 1)
        add_speed(line, printer, p);
    if (detail > 0 && isfinite(p->seconds_left) && p->seconds_left >= 0)
        line_add(line, "  %s left", show_time(p->seconds_left, text));
}

static void add_bar(show_line *line, const screen *show, double share, int width)
{
    int halves = (int)(share * 2 * width), full = halves / 2;
    bool half = halves % 2 == 1;
    line_style(line, "36");
    if (show->unicode) {
        line_repeat(line, "━", full);
        line_repeat(line, "╸", half);
    } else {
        line_repeat(line, "=", full);
        line_repeat(line, "-", half);
    }
    line_style(line, "0");
    line_style(line, "2");
    line_repeat(line, show->unicode ? "─" : ".", width - full - half);
    line_style(line, "0");
}

/* The redrawn line: as much of it as the terminal is wide. The last column stays free, where some terminals would wrap. */
static void draw(progress_printer *printer, const laco_progress *p)
{
    printer->show = screen_of(printer->file, &printer->config.show); /* the window may have changed */
    const screen *show = &printer->show;
    show_line line, head, tail;
    line_start(&head, show);
    add_epoch(&head, p);
    int room = -1;
    for (int detail = 2; detail >= 0 && room < NARROWEST_BAR; detail--) {
        line_start(&tail, show);
        add_tail(&tail, printer, p, detail);
        room = show->width - 1 - head.columns - tail.columns - 2;
    }
    line = head;
    if (room >= NARROWEST_BAR) {
        line_add(&line, "  ");
        add_bar(&line, show, share_of_epoch(p), SMALLER(room, WIDEST_BAR));
    }
    fprintf(printer->file, "\r%s%s\x1b[K", line.text, room < -2 ? "" : tail.text);
    fflush(printer->file);
    printer->drawn = true;
}

/* The line that stays, with the first `metrics` metrics of validation. */
static void build_epoch_line(show_line *line, const progress_printer *printer, const laco_progress *p, int metrics)
{
    char text[24];
    line_start(line, &printer->show);
    add_epoch(line, p);
    add_value(line, "loss", p->loss);
    for (int i = 0; i < metrics; i++)
        add_value(line, strcmp(p->metric[i].name, "loss") == 0 ? "valid loss" : p->metric[i].name, p->metric[i].value);
    if (p->metric_count > 0) {
        line_style(line, "32");
        line_add(line, "  %s", !p->best ? "      " : printer->show.unicode ? "★ best" : "* best");
        line_style(line, "0");
    }
    line_style(line, "2");
    line_add(line, "  %6s", show_time(p->seconds, text));
    line_style(line, "0");
}

static void print_epoch(progress_printer *printer, const laco_progress *p)
{
    show_line line;
    int metrics = SMALLER(p->metric_count, LACO_MAX_METRICS);
    build_epoch_line(&line, printer, p, metrics);
    while (metrics > 0 && printer->live && line.columns >= printer->show.width)
        build_epoch_line(&line, printer, p, --metrics);
    if (printer->drawn)
        fputs("\r\x1b[K", printer->file);
    printer->drawn = false;
    line_end(&line, printer->file);
    fflush(printer->file);
}

static void print_batch(progress_printer *printer, const laco_progress *p)
{
    show_line line;
    line_start(&line, &printer->show);
    add_epoch(&line, p);
    line_add(&line, " ");
    add_tail(&line, printer, p, 2);
    line_end(&line, printer->file);
    fflush(printer->file);
}

static void put_real(json_t **object, const char *key, double value)
{
    json_put(object, key, isfinite(value) ? json_real(value) : json_null());
}

json_t *progress_json(const laco_progress *p, double rate)
{
    json_t *object = json_pack("{s:s, s:I}", "event", p->epoch_done ? "epoch" : "batch", "epoch", (json_int_t)p->epoch);
    json_put(&object, "epochs", p->epochs > 1000000 ? json_null() : json_integer(p->epochs));
    json_put(&object, "batch", json_integer(p->batch));
    json_put(&object, "batches", json_integer(p->batches));
    put_real(&object, "loss", p->loss);
    put_real(&object, "lr", p->lr);
    put_real(&object, "seconds", p->seconds);
    put_real(&object, "seconds_left", p->seconds_left);
    put_real(&object, "examples_per_second", rate);
    put_real(&object, "gradient", p->gradient);
    put_real(&object, "clipped", p->clipped);
    if (p->epoch_done) {
        json_t *metrics = json_object(), *weights = json_object();
        for (int i = 0; i < SMALLER(p->metric_count, LACO_MAX_METRICS); i++)
            put_real(&metrics, p->metric[i].name, p->metric[i].value);
        json_put(&object, "best", json_boolean(p->best));
        if (p->metric_count > 0) /* of the first */
            json_put(&object, "smaller_is_better", json_boolean(p->metric[0].falls));
        json_put(&object, "metrics", metrics);
        for (size_t i = 0; i < p->weights_count; i++)
            put_real(&weights, p->weights[i].name, p->weights[i].norm);
        json_put(&object, "weights", weights);
    }
    return object;
}

static void print_json(progress_printer *printer, const laco_progress *p)
{
    json_t *object = progress_json(p, progress_rate(&printer->clock, p));
    if (object && !json_memory_failed() && json_dumpf(object, printer->file, JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0)
        fputc('\n', printer->file);
    fflush(printer->file);
    json_decref(object);
}

static void print_note(progress_printer *printer, const char *note)
{
    json_t *object = printer->config.json ? json_pack("{s:s, s:s}", "event", "note", "text", note) : NULL;
    progress_printer_clear(printer);
    if (object && !json_memory_failed() && json_dumpf(object, printer->file, JSON_COMPACT) == 0)
        fputc('\n', printer->file);
    if (!printer->config.json)
        fprintf(printer->file, "note: %s\n", note);
    fflush(printer->file);
    json_decref(object);
}

static void show_progress(progress_printer *printer, const laco_progress *p)
{
    if (p->note)
        print_note(printer, p->note);
    double wait = printer->live ? REDRAW_SECONDS : printer->config.interval;
    if (!p->epoch_done && printer->last >= 0 && p->seconds - printer->last < wait)
        return;
    if (printer->config.json)
        print_json(printer, p);
    else if (p->epoch_done)
        print_epoch(printer, p);
    else if (printer->live)
        draw(printer, p);
    else
        print_batch(printer, p);
    printer->last = p->seconds;
}

bool progress_printer_tell(void *user, const laco_progress *p)
{
    progress_printer *printer = user;
    if (!printer->clock.told)
        printer->last = printer->live ? -1 : p->seconds;
    progress_clock_tell(&printer->clock, p);
    if (!printer->config.quiet)
        show_progress(printer, p);
    progress_clock_told(&printer->clock, p);
    if (p->epoch_done && printer->config.until > 0 && (double)p->epoch >= printer->config.until * (double)p->epochs - 1e-4)
        return false;
    return !printer->config.stop || !*printer->config.stop;
}
