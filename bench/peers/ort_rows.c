/* The rows of the comparison for ONNX Runtime, inference only: prints "ROW VALUE UNIT" for each.
 *
 *   gcc -O2 ort_rows.c -o ort_rows -ldl
 *   ort_rows LIBRARY MODELS [--threads N] [--seconds X] ROW…
 *
 * LIBRARY is libonnxruntime.so.1 as npm's onnxruntime-node brings it, MODELS the folder that onnx_models.py wrote. The library is
 * called directly, which is faster than through node. It comes without a header; its interface is a table of functions to which
 * new ones are only ever appended, so that the places named below are those of every version. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum place {
    GET_ERROR_MESSAGE = 2,
    CREATE_ENV = 3,
    CREATE_SESSION = 7,
    RUN = 9,
    CREATE_SESSION_OPTIONS = 10,
    SET_INTRA_OP_THREADS = 24,
    SET_INTER_OP_THREADS = 25,
    CREATE_TENSOR_WITH_DATA = 49,
    CREATE_CPU_MEMORY_INFO = 69,
};

typedef void (*function)(void);
static const function *table;
#define CALL(place, types, values) check(((void *(*)types)table[place])values)

static void *environment, *memory_info;
static double seconds_each = 1;
static int threads = 1;
static const char *models;

static void check(void *status)
{
    if (status) {
        fprintf(stderr, "ort_rows: %s\n", ((const char *(*)(void *))table[GET_ERROR_MESSAGE])(status));
        exit(1);
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A model with its tensors. States come in twice: what one call puts out, the next takes in. */
typedef struct session {
    void *handle;
    int count; /* of inputs, and of outputs */
    void *in[2][3], *out[2][3];
} session;

static void *tensor(const int64_t *shape, size_t dimensions)
{
    size_t count = 1;
    for (size_t i = 0; i < dimensions; i++)
        count *= (size_t)shape[i];
    float *data = aligned_alloc(64, (count * sizeof *data + 63) & ~(size_t)63);
    void *value = NULL;
    if (!data)
        exit(1);
    for (size_t i = 0; i < count; i++)
        data[i] = (float)(rand() & 0xffff) / 32768 - 1;
    CALL(CREATE_TENSOR_WITH_DATA, (void *, void *, size_t, const int64_t *, size_t, int, void **),
         (memory_info, data, count * sizeof *data, shape, dimensions, 1, &value));
    return value;
}

/* `form`: the end of the model's name. */
static session open_session(const char *kind, const char *form, int64_t hidden, int64_t batch, int64_t steps)
{
    session s = {.count = strcmp(kind, "lstm") == 0 ? 3 : 2};
    char path[4096];
    void *options;
    snprintf(path, sizeof path, "%s/%s_%d%s.onnx", models, kind, (int)hidden, form);
    CALL(CREATE_SESSION_OPTIONS, (void **), (&options));
    CALL(SET_INTRA_OP_THREADS, (void *, int), (options, threads));
    CALL(SET_INTER_OP_THREADS, (void *, int), (options, 1));
    CALL(CREATE_SESSION, (void *, const char *, void *, void **), (environment, path, options, &s.handle));
    int64_t x[] = {steps, batch, hidden}, y[] = {steps, 1, batch, hidden}, state[] = {1, batch, hidden};
    s.in[0][0] = s.in[1][0] = tensor(x, 3);
    s.out[0][0] = s.out[1][0] = tensor(y, 4);
    for (int i = 1; i < s.count; i++) {
        s.in[0][i] = s.out[1][i] = tensor(state, 3);
        s.in[1][i] = s.out[0][i] = tensor(state, 3);
    }
    return s;
}

static void run(session *s, int turn)
{
    static const char *const inputs[] = {"x", "h0", "c0"}, *const outputs[] = {"y", "hn", "cn"};
    CALL(RUN, (void *, void *, const char *const *, void *const *, size_t, const char *const *, size_t, void **),
         (s->handle, NULL, inputs, s->in[turn & 1], (size_t)s->count, outputs, (size_t)s->count, s->out[turn & 1]));
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median seconds of `calls` calls one after the other. */
static double median(session *s, int calls)
{
    static double times[20000];
    int n = 0;
    for (int i = 0; i < 2 * calls; i++)
        run(s, i);
    for (double begin = now(); n < 20000 && (n < 3 || now() - begin < seconds_each); n++) {
        double start = now();
        for (int i = 0; i < calls; i++)
            run(s, i);
        times[n] = now() - start;
    }
    qsort(times, (size_t)n, sizeof *times, compare);
    return times[n / 2];
}

static void row(const char *name)
{
    char kind[8] = "";
    int hidden = 0;
    bool int8 = strncmp(name, "int8-", 5) == 0;
    const char *form = int8 ? "_int8" : "", *work = int8 ? name + 5 : name;
    if (sscanf(work, "step-%7[a-z]-%d", kind, &hidden) == 2) {
        session s = open_session(kind, form, hidden, 1, 1);
        printf("%s %.6g us\n", name, median(&s, 200) / 200 * 1e6);
    } else if (sscanf(work, "long-%7[a-z]-%d", kind, &hidden) == 2) {
        session s = open_session(kind, form, hidden, 1, 10000);
        printf("%s %.6g ksteps/s\n", name, 10 / median(&s, 1));
    } else if (sscanf(work, "infer-%7[a-z]-%d", kind, &hidden) == 2) {
        session s = open_session(kind, form, hidden, 32, 64);
        printf("%s %.6g GFLOP/s\n", name, 2.0 * 32 * 64 * 4 * hidden * 2 * hidden / median(&s, 1) * 1e-9);
    }
    fflush(stdout);
}

static void open_library(const char *path)
{
    typedef struct base {
        const function *(*get_table)(uint32_t version);
        const char *(*get_version)(void);
    } base;
    void *library = dlopen(path, RTLD_NOW);
    const base *(*get_base)(void) = library ? (const base *(*)(void))(uintptr_t)dlsym(library, "OrtGetApiBase") : NULL;
    if (!get_base) {
        fprintf(stderr, "ort_rows: %s\n", dlerror());
        exit(1);
    }
    table = get_base()->get_table(1);
    CALL(CREATE_ENV, (int, const char *, void **), (3, "bench", &environment));
    CALL(CREATE_CPU_MEMORY_INFO, (int, int, void **), (1, 0, &memory_info));
}

int main(int argc, char **argv)
{
    static const char *const names[] = {
        "infer-lstm-128", "step-lstm-8",   "step-lstm-16",  "step-lstm-20",       "step-lstm-32",       "step-lstm-40",
        "step-lstm-51",   "step-lstm-64",  "step-lstm-128", "step-lstm-256",      "step-gru-8",         "step-gru-16",
        "step-gru-20",    "step-gru-32",   "step-gru-40",   "step-gru-51",        "step-gru-64",        "step-gru-128",
        "step-gru-256",   "long-lstm-128", "long-lstm-256", "int8-long-lstm-128", "int8-long-lstm-256", "int8-infer-lstm-256",
    };
    if (argc < 4)
        return 2;
    open_library(argv[1]);
    models = argv[2];
    for (int a = 3; a < argc; a++) {
        if (a + 1 < argc && strcmp(argv[a], "--threads") == 0)
            threads = atoi(argv[++a]);
        else if (a + 1 < argc && strcmp(argv[a], "--seconds") == 0)
            seconds_each = atof(argv[++a]);
        else
            for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (strncmp(names[i], argv[a], strlen(argv[a])) == 0)
                    row(names[i]);
    }
    return 0;
}
