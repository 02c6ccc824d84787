#include "loggers/tensorboard.h"

#include <laco_events.pb-c.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUCKETS 30
#define LEAST_SECONDS 0.1 /* between two updates that are written */

struct tensorboard {
    FILE *file;
    char path[4096];
    double told; /* seconds of training at the last update */
};

static double wall_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static uint32_t masked(const void *bytes, size_t size)
{
    uint32_t sum = crc32c(bytes, size);
    return ((sum >> 15) | (sum << 17)) + 0xa282ead8u;
}

static void little_endian(uint64_t value, size_t size, unsigned char *out)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

static laco_status put_record(tensorboard *board, const unsigned char *bytes, size_t size)
{
    unsigned char length[8], sum[4];
    little_endian(size, 8, length);
    fwrite(length, 1, 8, board->file);
    little_endian(masked(length, 8), 4, sum);
    fwrite(sum, 1, 4, board->file);
    fwrite(bytes, 1, size, board->file);
    little_endian(masked(bytes, size), 4, sum);
    fwrite(sum, 1, 4, board->file);
    return ferror(board->file) ? failed(LACO_IO, "%s: cannot be written: %s", board->path, strerror(errno)) : LACO_OK;
}

static laco_status put_event(tensorboard *board, LacoTb__Event *event)
{
    size_t size = laco_tb__event__get_packed_size(event);
    unsigned char *bytes = malloc(size + 1);
    if (!bytes)
        return failed(LACO_NO_MEMORY, "%s: out of memory", board->path);
    laco_tb__event__pack(event, bytes);
    laco_status status = put_record(board, bytes, size);
    free(bytes);
    return status;
}

static laco_status put_values(tensorboard *board, int64_t step, LacoTb__Value **values, size_t count)
{
    LacoTb__Summary summary = LACO_TB__SUMMARY__INIT;
    LacoTb__Event event = LACO_TB__EVENT__INIT;
    summary.n_value = count;
    summary.value = values;
    event.wall_time = wall_time();
    event.step = step;
    event.what_case = LACO_TB__EVENT__WHAT_SUMMARY;
    event.summary = &summary;
    return put_event(board, &event);
}

static laco_status put_scalar(tensorboard *board, int64_t step, const char *group, const char *name, double value)
{
    char tag[120];
    LacoTb__Value scalar = LACO_TB__VALUE__INIT;
    snprintf(tag, sizeof tag, "%s/%s", group, name);
    for (char *c = tag; *c; c++) /* the letters that tags have */
        if (*c == ' ')
            *c = '_';
    scalar.tag = tag;
    scalar.value_case = LACO_TB__VALUE__VALUE_SIMPLE_VALUE;
    scalar.simple_value = (float)value;
    return put_values(board, step, &(LacoTb__Value *){&scalar}, 1);
}

/* ---- Weights ---- */

static void sum_up(const laco_weights *w, LacoTb__Histogram *h)
{
    h->min = INFINITY;
    h->max = -INFINITY;
    for (size_t i = 0; i < w->count; i++) {
        double value = (double)w->value[i];
        h->min = fmin(h->min, value);
        h->max = fmax(h->max, value);
        h->sum += value;
        h->sum_squares += value * value;
    }
    h->num = (double)w->count;
}

/* Buckets of one width from the least to the largest value. */
static laco_status put_histogram(tensorboard *board, int64_t step, const laco_weights *w)
{
    double limit[BUCKETS], count[BUCKETS] = {0};
    char tag[300];
    LacoTb__Histogram histogram = LACO_TB__HISTOGRAM__INIT;
    LacoTb__Value value = LACO_TB__VALUE__INIT;
    if (w->count == 0)
        return LACO_OK;
    sum_up(w, &histogram);
    double width = (histogram.max - histogram.min) / BUCKETS;
    for (int i = 0; i < BUCKETS; i++)
        limit[i] = i + 1 < BUCKETS ? histogram.min + (i + 1) * width : histogram.max;
    for (size_t i = 0; i < w->count; i++) {
        double place = width > 0 ? floor(((double)w->value[i] - histogram.min) / width) : 0;
        count[(int)fmin(BUCKETS - 1, fmax(0, place))]++;
    }
    histogram.n_bucket = histogram.n_bucket_limit = BUCKETS;
    histogram.bucket = count;
    histogram.bucket_limit = limit;
    snprintf(tag, sizeof tag, "weights/%s", w->name);
    value.tag = tag;
    value.value_case = LACO_TB__VALUE__VALUE_HISTO;
    value.histo = &histogram;
    return put_values(board, step, &(LacoTb__Value *){&value}, 1);
}

/* ---- Hyperparameters ---- */

static void fill_option(const char *name, const json_t *value, LacoTb__AnyValue *any, LacoTb__Hparam *option)
{
    laco_tb__any_value__init(any);
    laco_tb__hparam__init(option);
    option->key = (char *)(uintptr_t)name;
    option->value = any;
    if (json_is_number(value)) {
        any->kind_case = LACO_TB__ANY_VALUE__KIND_NUMBER_VALUE;
        any->number_value = json_number_value(value);
    } else if (json_is_boolean(value)) {
        any->kind_case = LACO_TB__ANY_VALUE__KIND_BOOL_VALUE;
        any->bool_value = json_is_true(value);
    } else {
        any->kind_case = LACO_TB__ANY_VALUE__KIND_STRING_VALUE;
        any->string_value =
            json_is_string(value) ? strdup(json_string_value(value)) : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    }
}

/* The plugin's message within that of a value. */
static laco_status put_session(tensorboard *board, LacoTb__HparamsData *data)
{
    LacoTb__PluginData plugin = LACO_TB__PLUGIN_DATA__INIT;
    LacoTb__Metadata metadata = LACO_TB__METADATA__INIT;
    LacoTb__Value value = LACO_TB__VALUE__INIT;
    size_t size = laco_tb__hparams_data__get_packed_size(data);
    unsigned char *bytes = malloc(size + 1);
    if (!bytes)
        return failed(LACO_NO_MEMORY, "%s: out of memory", board->path);
    laco_tb__hparams_data__pack(data, bytes);
    plugin.plugin_name = (char[]){"hparams"};
    plugin.content.data = bytes;
    plugin.content.len = size;
    metadata.plugin_data = &plugin;
    value.tag = (char[]){"_hparams_/session_start_info"};
    value.metadata = &metadata;
    laco_status status = put_values(board, 0, &(LacoTb__Value *){&value}, 1);
    free(bytes);
    return status;
}

static laco_status put_options(tensorboard *board, const json_t *options)
{
    size_t count = json_object_size(options), used = 0;
    LacoTb__AnyValue *values = calloc(count + 1, sizeof *values);
    LacoTb__Hparam *items = calloc(count + 1, sizeof *items), **list = calloc(count + 1, sizeof *list);
    LacoTb__SessionStart start = LACO_TB__SESSION_START__INIT;
    LacoTb__HparamsData data = LACO_TB__HPARAMS_DATA__INIT;
    laco_status status = values && items && list ? LACO_OK : failed(LACO_NO_MEMORY, "%s: out of memory", board->path);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)options, name, value)
    {
        if (!values || !items || !list)
            break;
        list[used] = &items[used];
        fill_option(name, value, &values[used], &items[used]);
        used++;
    }
    start.n_hparams = used;
    start.hparams = list;
    start.start_time_secs = wall_time();
    data.data_case = LACO_TB__HPARAMS_DATA__DATA_SESSION_START_INFO;
    data.session_start_info = &start;
    if (status == LACO_OK)
        status = put_session(board, &data);
    for (size_t i = 0; i < used; i++)
        if (values[i].kind_case == LACO_TB__ANY_VALUE__KIND_STRING_VALUE)
            free(values[i].string_value);
    free(values);
    free(items);
    free(list);
    return status;
}

/* ---- A run ---- */

static laco_status begin(tensorboard *board, const json_t *options)
{
    LacoTb__Event version = LACO_TB__EVENT__INIT;
    version.wall_time = wall_time();
    version.what_case = LACO_TB__EVENT__WHAT_FILE_VERSION;
    version.file_version = (char[]){"brain.Event:2"};
    TRY(put_event(board, &version));
    return put_options(board, options);
}

laco_status tensorboard_open(const char *folder, const json_t *options, tensorboard **out)
{
    tensorboard *board = calloc(1, sizeof *board);
    char host[64] = "";
    if (!board)
        return failed(LACO_NO_MEMORY, "%s: out of memory", folder);
    gethostname(host, sizeof host - 1);
    snprintf(board->path, sizeof board->path, "%s/events.out.tfevents.%lld.%s.%ld", folder, (long long)time(NULL), host,
             (long)getpid());
    board->told = -1;
    if (mkdir(folder, 0777) == 0 || errno == EEXIST)
        board->file = fopen(board->path, "wbx");
    if (!board->file) {
        laco_status status = failed(LACO_IO, "%s: cannot be written: %s", board->path, strerror(errno));
        free(board);
        return status;
    }
    laco_status status = begin(board, options);
    if (status == LACO_OK)
        *out = board;
    else
        (void)tensorboard_close(board);
    return status;
}

static laco_status tell_epoch(tensorboard *board, const laco_progress *p, int64_t update)
{
    TRY(put_scalar(board, update, "epoch", "loss", p->loss));
    TRY(put_scalar(board, update, "epoch", "gradient", p->gradient));
    TRY(put_scalar(board, update, "epoch", "clipped", p->clipped));
    for (int i = 0; i < p->metric_count; i++)
        TRY(put_scalar(board, update, "validation", p->metric[i].name, p->metric[i].value));
    for (size_t i = 0; i < p->weights_count; i++)
        TRY(put_histogram(board, update, &p->weights[i]));
    return fflush(board->file) == 0 ? LACO_OK : failed(LACO_IO, "%s: cannot be written: %s", board->path, strerror(errno));
}

laco_status tensorboard_tell(tensorboard *board, const laco_progress *p, int64_t update)
{
    if (p->epoch_done)
        return tell_epoch(board, p, update);
    if (p->steps == 0 || p->seconds - board->told < LEAST_SECONDS)
        return LACO_OK;
    board->told = p->seconds;
    TRY(put_scalar(board, update, "update", "loss", p->batch_loss));
    TRY(put_scalar(board, update, "update", "gradient", p->batch_gradient));
    return put_scalar(board, update, "update", "learning_rate", p->lr);
}

laco_status tensorboard_close(tensorboard *board)
{
    laco_status status = LACO_OK;
    if (board && fclose(board->file) != 0)
        status = failed(LACO_IO, "%s: cannot be written: %s", board->path, strerror(errno));
    free(board);
    return status;
}
