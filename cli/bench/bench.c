/* laco bench: what the machine can do, and what the recurrent layers make of it. */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(bench_arguments, member)

static const option layer_options[] = {
    {"cell", 'c', OPTION_CHOICE, "rnn|gru|lstm", "the cell (all three)", AT(cell), 0, 0},
    {"hidden", 'H', OPTION_INTEGER, "N", "hidden units (128)", AT(hidden), 1, 1e6},
    {"input", 0, OPTION_INTEGER, "N", "size of the input (as hidden)", AT(input), 1, 1e6},
    {"layers", 0, OPTION_INTEGER, "N", "layers (1)", AT(layers), 1, 1000},
    {"batch", 'b', OPTION_INTEGER, "N", "sequences at a time (32; step: 1)", AT(batch), 1, 1e6},
    {"steps", 0, OPTION_INTEGER, "N", "time steps (64)", AT(steps), 1, 1e9},
    {"recompute-steps", 0, OPTION_INTEGER_OFF, "N",
     "train: keep every N-th state, compute the rest again; 0: never (over 1 GiB: √T)", AT(recompute_steps), 0, 1e9},
    {"precision", 0, OPTION_CHOICE, "fp32|bf16|int8", "of matrix products (fp32; int8: not for train)", AT(precision), 0, 0},
};

static const option run_options[] = {
    {"threads", 0, OPTION_INTEGER, "N", "threads (1; 0: one per core)", AT(threads), 0, 256},
    {"plot", 0, OPTION_TEXT, "DIR", "grow: pictures DIR/time.png and DIR/memory.png", AT(plot), 0, 0},
    {"seconds", 0, OPTION_REAL, "X", "time for each measurement (0.5)", AT(seconds), 0.001, 3600},
    {"json", 0, OPTION_FLAG, NULL, "one JSON object a line", AT(json), 0, 0},
};

static const char *const works[] = {"train", "infer", "step", "grow"};
static const char *const work_summaries[] = {"forward and backward over sequences", "forward alone", "one step at a time",
                                             "training, with one size doubled at a time"};
enum { GROW = 3, WORKS };

/* ---- One line of numbers: the same members for limits and layers, so that all lines make one table ---- */

typedef struct bench_line {
    const char *work;
    const bench_config *config; /* NULL: a limit */
    const char *precision, *unit, *where;
    int threads;
    double value, percent; /* percent below 0: none */
    size_t bytes;          /* of workspace */
} bench_line;

static const char *cell_name(laco_cell_kind cell) { return cell == LACO_GRU ? "gru" : cell == LACO_LSTM ? "lstm" : "rnn"; }

static json_t *number_or_null(bool there, int64_t value) { return there ? json_integer(value) : json_null(); }

static void print_json(const bench_line *l)
{
    bench_config none = {0};
    const bench_config *c = l->config ? l->config : &none;
    json_t *line = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:s?, s:f, s:s, s:o}", "work", l->work, "cell",
                             l->config ? json_string(cell_name(c->cell)) : json_null(), "input",
                             number_or_null(l->config, c->input), "hidden", number_or_null(l->config, c->hidden), "layers",
                             number_or_null(l->config, c->layers), "batch", number_or_null(l->config, c->batch), "steps",
                             number_or_null(l->config, c->steps), "threads", l->threads, "precision", l->precision, "value",
                             l->value, "unit", l->unit, "percent_of_peak", l->percent >= 0 ? json_real(l->percent) : json_null());
    if (l->config)
        json_put(&line, "bytes", json_integer((json_int_t)l->bytes));
    if (l->config)
        json_put(&line, "bytes_per_step", json_real((double)l->bytes / (double)c->steps));
    if (l->where)
        json_put(&line, "where", json_string(l->where));
    if (line && json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6)) == 0)
        putchar('\n');
    json_decref(line);
}

/* ---- Limits ---- */

static void print_bytes(size_t bytes)
{
    if (bytes >= (size_t)1 << 20)
        printf("%5.4g MiB", (double)bytes / (1 << 20));
    else
        printf("%5.4g KiB", (double)bytes / (1 << 10));
}

static void print_limit(const bench_limit *limit, int threads, bool json)
{
    const char *unit = !limit->product ? "GB/s" : limit->precision == LACO_INT8 ? "GOP/s" : "GFLOP/s";
    const char *precision = limit->product ? laco_precision_name(limit->precision) : NULL;
    if (json) {
        print_json(&(bench_line){"limit", NULL, precision, unit, limit->where, threads, limit->value, -1, 0});
        return;
    }
    printf("  %-14s%-13s", limit->product ? "multiply-add" : "read", limit->product ? precision : limit->where);
    if (limit->product)
        printf("%-13s", limit->where);
    else
        print_bytes(limit->bytes), printf("    ");
    printf("%10.1f %s\n", limit->value, unit);
}

static int print_machine(laco_context *ctx, const bench_arguments *arguments)
{
    bench_limits limits;
    if (bench_machine(ctx, arguments->seconds / 2, &limits) < 0)
        return report_trouble();
    int threads = laco_threads(ctx);
    if (!arguments->json)
        printf("Limits of this machine, %d thread%s\n", threads, threads == 1 ? "" : "s");
    for (int i = 0; i < limits.count; i++)
        print_limit(&limits.limit[i], threads, arguments->json);
    fflush(stdout);
    return EXIT_DONE;
}

/* ---- Layers ---- */

void print_bench_head(const laco_context *ctx, laco_precision precision)
{
    const char *products = laco_product_name(ctx, precision);
    printf("\nRecurrent layers of laco %s, %s; the peak is that of the precision's instructions, measured beside each\n",
           laco_version(), products);
    if (precision == LACO_BF16 && !strstr(products, "amx"))
        printf("No tiles for bf16 here: weights take half the bytes, but products of many rows are no faster than in fp32\n");
    printf("  %-6s%-5s%6s%8s%8s%7s%7s%9s%11s%11s %-8s%8s%11s\n", "work", "cell", "input", "hidden", "layers", "batch", "steps",
           "threads", "precision", "value", "unit", "of peak", "workspace");
}

static void print_layer(const bench_line *l)
{
    const bench_config *c = l->config;
    printf("  %-6s%-5s%6lld%8lld%8lld%7lld%7lld%9d%11s%11.4g %-8s%6.1f %%%7.4g MiB\n", l->work, cell_name(c->cell),
           (long long)c->input, (long long)c->hidden, (long long)c->layers, (long long)c->batch, (long long)c->steps, l->threads,
           l->precision, l->value, l->unit, l->percent, (double)l->bytes / (1 << 20));
}

/* Steps are told in microseconds, the rest in multiply-adds. */
int bench_one_layer(laco_context *ctx, const bench_config *config, bool json, bench_result *out)
{
    bench_result result;
    double before, after;
    if (bench_peak(ctx, config->precision, 0.02, &before) < 0 || bench_layer(ctx, config, &result) < 0 ||
        bench_peak(ctx, config->precision, 0.02, &after) < 0)
        return report_trouble();
    double peak = LARGER(before, after);
    double speed = result.flops / result.seconds * 1e-9;
    bool step = config->work == BENCH_STEP;
    bench_line line = {works[config->work],
                       &result.config,
                       laco_precision_name(config->precision),
                       step ? "us/step" : "GFLOP/s",
                       NULL,
                       laco_threads(ctx),
                       step ? result.seconds / (double)result.config.steps * 1e6 : speed,
                       100 * speed / peak,
                       result.bytes};
    (json ? print_json : print_layer)(&line);
    fflush(stdout);
    if (out)
        *out = result;
    return EXIT_DONE;
}

/* What is measured where the command line names no shape. */
static const bench_config usual[] = {
    {.work = BENCH_TRAIN, .cell = LACO_RNN, .hidden = 128, .batch = 64, .steps = 16},
    {.work = BENCH_TRAIN, .cell = LACO_RNN, .hidden = 256, .batch = 32},
    {.work = BENCH_TRAIN, .cell = LACO_GRU, .input = 128, .hidden = 256, .layers = 2, .batch = 32, .steps = 100},
    {.work = BENCH_TRAIN, .cell = LACO_LSTM, .hidden = 51, .layers = 2, .batch = 97, .steps = 100},
    {.work = BENCH_TRAIN, .cell = LACO_LSTM, .hidden = 128, .batch = 1},
    {.work = BENCH_TRAIN, .cell = LACO_LSTM, .hidden = 128, .batch = 32},
    {.work = BENCH_TRAIN, .cell = LACO_LSTM, .hidden = 512, .batch = 32},
    {.work = BENCH_INFER, .cell = LACO_LSTM, .hidden = 128, .batch = 32},
    {.work = BENCH_INFER, .cell = LACO_LSTM, .hidden = 128, .batch = 1, .steps = 1000},
    {.work = BENCH_INFER, .cell = LACO_LSTM, .hidden = 256, .batch = 1, .steps = 1000},
    {.work = BENCH_STEP, .cell = LACO_GRU, .hidden = 16},
    {.work = BENCH_STEP, .cell = LACO_GRU, .hidden = 128},
    {.work = BENCH_STEP, .cell = LACO_LSTM, .hidden = 16},
    {.work = BENCH_STEP, .cell = LACO_LSTM, .hidden = 64},
    {.work = BENCH_STEP, .cell = LACO_LSTM, .hidden = 128},
    {.work = BENCH_STEP, .cell = LACO_LSTM, .hidden = 256},
};

static int measure_usual(laco_context *ctx, const bench_arguments *arguments)
{
    int status = EXIT_DONE;
    for (size_t i = 0; status == EXIT_DONE && !interrupted && i < sizeof usual / sizeof *usual; i++) {
        bench_config config = usual[i];
        config.seconds = arguments->seconds;
        status = bench_one_layer(ctx, &config, arguments->json, NULL);
    }
    return status;
}

/* The shape of the command line, for one work or all, one cell or all. */
static int measure_named(laco_context *ctx, const bench_arguments *a, int work)
{
    bench_config config = {.input = a->input,
                           .hidden = a->hidden,
                           .layers = a->layers,
                           .batch = a->batch,
                           .steps = a->steps,
                           .recompute_steps = a->recompute_steps,
                           .precision = (laco_precision)(a->precision ? a->precision - 1 : 0),
                           .seconds = a->seconds};
    int status = EXIT_DONE;
    for (int w = 0; w < 3; w++)
        for (int cell = LACO_RNN; cell <= LACO_LSTM; cell++) {
            bool untrainable = work < 0 && w == BENCH_TRAIN && config.precision == LACO_INT8;
            if ((work >= 0 && w != work) || untrainable || (a->cell && cell != a->cell) || status != EXIT_DONE || interrupted)
                continue;
            config.work = (bench_work)w;
            config.cell = (laco_cell_kind)cell;
            status = bench_one_layer(ctx, &config, a->json, NULL);
        }
    return status;
}

static int run(const bench_arguments *a, int work)
{
    bool named =
        work >= 0 || a->cell || a->hidden || a->input || a->layers || a->batch || a->steps || a->recompute_steps || a->precision;
    laco_context *ctx = open_context(a->threads);
    int status = ctx ? EXIT_DONE : EXIT_TROUBLE;
    catch_interrupt();
    if (ctx && !named)
        status = print_machine(ctx, a);
    if (status == EXIT_DONE && !a->json)
        print_bench_head(ctx, (laco_precision)(a->precision ? a->precision - 1 : 0));
    if (status == EXIT_DONE)
        status = named ? measure_named(ctx, a, work) : measure_usual(ctx, a);
    laco_context_free(ctx);
    return status;
}

/* The place of a word among the works; -1: none was given, -2: unknown, which was said. */
static int find_work(const char *word)
{
    for (int w = 0; word && w < WORKS; w++)
        if (strcmp(word, works[w]) == 0)
            return w;
    char text[200];
    snprintf(text, sizeof text, "unknown work '%.100s'; it can be train, infer, step or grow", word ? word : "");
    if (word)
        wrong_usage("laco bench", text);
    return word ? -2 : -1;
}

int command_bench(int argc, char **argv)
{
    const option_group groups[] = {
        OPTION_GROUP("The layer (without any of these: the machine's limits and usual layers)", layer_options),
        OPTION_GROUP("Measuring", run_options)};
    named_word words[WORKS + 1] = {{NULL, NULL}};
    for (int w = 0; w < WORKS; w++)
        words[w] = (named_word){works[w], work_summaries[w]};
    const command_line command = {
        .words = words,
        .name = "laco bench",
        .usage = "[train|infer|step|grow] [options]",
        .summary = "How fast this machine can multiply, add and read, and how fast recurrent layers run on it: medians by the\n"
                   "clock on the wall, in 1e9 multiplications and additions a second, and per cent of the limit. grow: training\n"
                   "with steps, batch, units, layers and threads doubled in turn.",
        .example = "laco bench train --cell lstm --hidden 128 --batch 32 --steps 64",
        .groups = groups,
        .group_count = 2,
        .least = 0,
        .most = 1};
    bench_arguments arguments = {.threads = 1, .seconds = 0.5};
    const char **positional = calloc((size_t)argc + 1, sizeof *positional);
    int count = parse_options(&command, argc, argv, &arguments, positional);
    int status = parse_status(count);
    int work = count >= 0 ? find_work(count > 0 ? positional[0] : NULL) : -2;
    if (work > -2)
        status = work == GROW ? bench_growth(&arguments) : run(&arguments, work);
    free(positional);
    return status;
}
