/* laco bench grow: training of one layer, with one of its sizes doubled again and again; time and workspace as lines and as
 * pictures. */
#include "bench/bench.h"
#include "report/report.h"

#include <string.h>

#define MOST_POINTS 12

/* One size that grows, by its place in the configuration; threads have none. */
typedef struct growth {
    const char *name;
    size_t offset;
    int64_t from, to;
    int count;
    double times[MOST_POINTS], seconds[MOST_POINTS], bytes[MOST_POINTS]; /* times: the size over that of the base */
} growth;

#define IN_CONFIG(member) offsetof(bench_config, member)
#define THREADS SIZE_MAX

static int measure_point(growth *g, const bench_arguments *arguments, const bench_config *base, int64_t size)
{
    bench_config config = *base;
    bench_result result;
    int64_t threads = g->offset == THREADS ? size : arguments->threads, whole = 1;
    if (g->offset != THREADS) {
        int64_t *place = (int64_t *)((char *)&config + g->offset);
        whole = *place;
        *place = size;
    }
    laco_context *ctx = open_context(threads);
    int status = ctx ? bench_one_layer(ctx, &config, arguments->json, &result) : EXIT_TROUBLE;
    laco_context_free(ctx);
    if (status != EXIT_DONE)
        return status;
    g->times[g->count] = (double)size / (double)whole;
    g->seconds[g->count] = result.seconds * 1e3;
    g->bytes[g->count++] = (double)result.bytes / (1 << 20);
    return EXIT_DONE;
}

static int measure_growth(growth *g, const bench_arguments *arguments, const bench_config *base)
{
    int status = EXIT_DONE;
    for (int64_t size = g->from; size <= g->to && g->count < MOST_POINTS && status == EXIT_DONE && !interrupted; size *= 2)
        status = measure_point(g, arguments, base, size);
    return status;
}

/* DIR/time.png and DIR/memory.png. */
static int draw(const char *folder, const char *file, const char *title, const char *unit, const growth *g, int count,
                bool memory)
{
    plot_line lines[8] = {{0}};
    char path[4096];
    plot_config config = {
        .title = title, .x_label = "size, as a multiple of the base", .y_label = unit, .log_x = true, .log_y = true};
    for (int i = 0; i < count; i++)
        lines[i] = (plot_line){.name = g[i].name,
                               .x = g[i].times,
                               .y = memory ? g[i].bytes : g[i].seconds,
                               .count = (size_t)g[i].count,
                               .style = PLOT_LINE_POINTS};
    if (snprintf(path, sizeof path, "%s/%s", folder, file) >= (int)sizeof path)
        return trouble_text("%s: the name is too long", folder);
    return plot_lines(lines, count, &config, path) < 0 ? report_trouble() : EXIT_DONE;
}

static int draw_both(const bench_arguments *arguments, const bench_config *base, const growth *g, int count)
{
    char title[200];
    snprintf(title, sizeof title, "Training: base of %lld units, batch %lld, %lld steps, layers %lld", (long long)base->hidden,
             (long long)base->batch, (long long)base->steps, (long long)base->layers);
    int status = draw(arguments->plot, "time.png", title, "milliseconds", g, count, false);
    return status == EXIT_DONE ? draw(arguments->plot, "memory.png", title, "MiB of workspace", g, count, true) : status;
}

static int64_t or_else(int64_t value, int64_t otherwise) { return value ? value : otherwise; }

int bench_growth(const bench_arguments *a)
{
    bench_config base = {.work = BENCH_TRAIN,
                         .cell = a->cell ? (laco_cell_kind)a->cell : LACO_LSTM,
                         .hidden = or_else(a->hidden, 128),
                         .layers = or_else(a->layers, 1),
                         .batch = or_else(a->batch, 32),
                         .steps = or_else(a->steps, 64),
                         .seconds = a->seconds};
    base.input = or_else(a->input, base.hidden);
    laco_context *ctx = open_context(0);
    if (!ctx)
        return EXIT_TROUBLE;
    int64_t cores = laco_threads(ctx);
    if (!a->json)
        print_bench_head(ctx, LACO_FP32);
    laco_context_free(ctx);
    growth growths[] = {
        {.name = "steps", .offset = IN_CONFIG(steps), .from = base.steps, .to = base.steps * 32},
        {.name = "batch", .offset = IN_CONFIG(batch), .from = base.batch, .to = base.batch * 16},
        {.name = "hidden units", .offset = IN_CONFIG(hidden), .from = base.hidden, .to = base.hidden * 8},
        {.name = "layers", .offset = IN_CONFIG(layers), .from = base.layers, .to = base.layers * 8},
        {.name = "threads", .offset = THREADS, .from = 1, .to = cores},
    };
    int count = (int)(sizeof growths / sizeof *growths), status = EXIT_DONE;
    for (int i = 0; i < count && status == EXIT_DONE; i++)
        status = measure_growth(&growths[i], a, &base);
    return status == EXIT_DONE && a->plot && !interrupted ? draw_both(a, &base, growths, count) : status;
}
