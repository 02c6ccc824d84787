/* A model as one C file and its header: the fragments of the runtime that it needs, its parts, its functions, a test of itself.
 */
#include "export/c_file.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/locale.h"
#include "model/model.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *task;
    laco_c_task *fill;
} tasks[] = {
    {"classify", laco_c_classify},     {"tag", laco_c_tag},         {"forecast", laco_c_forecast},
    {"generate", laco_c_generate},     {"caption", laco_c_caption}, {"transduce", laco_c_transduce},
    {"transcribe", laco_c_transcribe},
};

const laco_fragment *laco_fragment_find(const char *name)
{
    const laco_fragment *f = laco_fragments;
    while (f->name && strcmp(f->name, name) != 0)
        f++;
    return f;
}

static char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 32) : c; }

static void put_upper(laco_emit *emit, const char *name)
{
    for (; *name; name++) {
        char c = upper(*name);
        laco_emit_bytes(emit, &c, 1);
    }
}

void laco_c_define(laco_emit *emit, const char *macro, int64_t value)
{
    laco_emit_text(emit, "#define ");
    put_upper(emit, emit->prefix);
    laco_emit_text(emit, "_%s %lld\n", macro, (long long)value);
}

void laco_c_define_real(laco_emit *emit, const char *macro, double value)
{
    laco_emit_text(emit, "#define ");
    put_upper(emit, emit->prefix);
    laco_emit_text(emit, "_%s %.9e\n", macro, value);
}

void laco_c_longest(laco_c_file *file, int64_t longest)
{
    laco_emit *emit = &file->header;
    file->longest = longest;
    laco_emit_text(emit, "#ifndef ");
    put_upper(emit, emit->prefix);
    laco_emit_text(emit, "_LONGEST /* steps of a sequence for which a call takes memory from the stack */\n");
    laco_c_define(emit, "LONGEST", longest);
    laco_emit_text(emit, "#endif\n");
}

/* A string as C has it, whatever bytes it holds. */
static void put_string(laco_emit *emit, const char *text)
{
    laco_emit_text(emit, "\"");
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        laco_emit_text(emit, *at < 32 || *at > 126 || strchr("\"\\?", *at) ? "\\%03o" : "%c", *at);
    laco_emit_text(emit, "\"");
}

void laco_c_string(laco_emit *emit, const char *what, const char *text)
{
    laco_emit_text(emit, "static const char %s_%s[] = ", emit->prefix, what);
    put_string(emit, text);
    laco_emit_text(emit, ";\n");
}

void laco_c_strings(laco_c_file *file, laco_emit *emit, const char *what, const char *const *strings, size_t count, bool shared)
{
    if (shared)
        laco_emit_text(&file->header, "extern const char *const %s_%s[%zu];\n", emit->prefix, what, count);
    laco_emit_text(emit, "%sconst char *const %s_%s[%zu] = {", shared ? "" : "static ", emit->prefix, what, count);
    for (size_t i = 0; i < count; i++) {
        laco_emit_text(emit, "\n    ");
        put_string(emit, strings[i]);
        laco_emit_text(emit, ",");
    }
    laco_emit_text(emit, "\n};\n");
}

uint32_t laco_c_random(uint32_t *state, uint32_t n)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % n;
}

void laco_c_logs(laco_emit *emit, const laco_hypothesis *answers, int count)
{
    float logs[16];
    for (int i = 0; i < count && i < 16; i++)
        logs[i] = (float)answers[i].log_probability;
    laco_emit_array(emit, LACO_EMIT_FLOAT, "test_logs", logs, (size_t)count);
}

char *laco_c_text(laco_context *ctx, const laco_vocabulary *vocabulary, bool words, int tokens, uint32_t *state)
{
    int32_t V = laco_vocabulary_size(vocabulary);
    size_t room = 1, used = 0, length;
    for (int i = 0; i < tokens; i++)
        room += 80;
    char *text = laco_alloc(ctx, room, 1);
    for (int i = 0; text && i < tokens && V > 1; i++) {
        const char *token = laco_vocabulary_name(vocabulary, 1 + (int32_t)laco_c_random(state, (uint32_t)V - 1), &length);
        if (length > 70 || memchr(token, 0, length) || (words && memchr(token, '\n', length)))
            continue;
        if (words && used > 0)
            text[used++] = ' ';
        memcpy(text + used, token, length);
        used += length;
    }
    if (text)
        text[used] = '\0';
    return text;
}

/* ---- Pieces of text ------------------------------------------------------------------------------------------------------- */

/* A fragment without its includes of others, with the model's name in the place of "model_" and "MODEL_". */
static void put_fragment(laco_emit *emit, const char *name)
{
    const laco_fragment *fragment = laco_fragment_find(name);
    const char *at = (const char *)fragment->bytes, *end = at + fragment->size;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *line_end = newline ? newline + 1 : end;
        bool own = line_end - at > 10 && (memcmp(at, "#include \"", 10) == 0 || memcmp(at, "#pragma on", 10) == 0);
        while (at < line_end && !own) {
            bool lower = line_end - at > 6 && memcmp(at, "model_", 6) == 0,
                 upper_case = line_end - at > 6 && memcmp(at, "MODEL_", 6) == 0;
            if (lower)
                laco_emit_text(emit, "%s", emit->prefix);
            else if (upper_case)
                put_upper(emit, emit->prefix);
            laco_emit_bytes(emit, at + (lower || upper_case ? 5 : 0), 1);
            at += lower || upper_case ? 6 : 1;
        }
        at = line_end;
    }
}

/* The weights and all else that the model says of itself. */
static laco_status hash_model(laco_model *model, uint64_t *out)
{
    char *text;
    uint64_t hash = LACO_HASH_START;
    LACO_TRY(laco_model_describe(model, &text));
    hash = laco_hash_bytes(hash, text, strlen(text));
    laco_free(model->ctx, text);
    for (size_t i = 0; i < laco_module_param_count(model->module); i++) {
        const laco_param *param = laco_module_param(model->module, i);
        for (int64_t k = 0; k < param->count; k++)
            hash = laco_hash_float(hash, (float)param->value[k]);
    }
    *out = hash;
    return LACO_OK;
}

static void put_head(laco_c_file *file, laco_emit *emit, const char *ending, uint64_t hash)
{
    const char *weights = file->parts.int8 ? "int8" : "fp32";
    laco_emit_text(emit, "/* %s%s - a model of laco, to %s, in C99.\n *\n", emit->prefix, ending, file->job->model->task->name);
    laco_emit_text(emit, " * model %016llx, weights %s\n", (unsigned long long)hash, weights);
    laco_emit_text(emit, " * constants   %zu bytes, and the code besides\n", file->parts.emit->flash);
    if (file->state > 0)
        laco_emit_text(emit, " * state       %zu bytes\n", file->state);
    if (file->work > 0)
        laco_emit_text(emit, " * work        %zu bytes, and %zu for each step\n", file->work, file->work_each);
    laco_emit_text(emit, " * a step      %lld multiply-adds\n", (long long)file->parts.products);
}

static void put_example(laco_c_file *file, laco_emit *emit)
{
    for (int i = 0; file->interface[i]; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s_example.txt", file->interface[i]);
        if (laco_fragment_find(name)->name) {
            laco_emit_text(emit, " *\n");
            put_fragment(emit, name);
        }
    }
    laco_emit_text(emit, " */\n");
}

/* ---- The two files -------------------------------------------------------------------------------------------------------- */

static void put_guard(laco_emit *emit, const char *before, const char *after)
{
    laco_emit_text(emit, "%s", before);
    put_upper(emit, emit->prefix);
    laco_emit_text(emit, "%s", after);
}

static void write_header(laco_c_file *file, laco_emit *emit, uint64_t hash)
{
    put_head(file, emit, ".h", hash);
    put_example(file, emit);
    put_guard(emit, "#ifndef ", "_H\n");
    put_guard(emit, "#define ",
              "_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    if (file->state > 0)
        laco_c_define(emit, "STATE_BYTES", (int64_t)file->state);
    if (file->work > 0)
        put_guard(emit, "#define ", "_WORK_BYTES(T) ");
    if (file->work > 0)
        laco_emit_text(emit, "(%zu + (size_t)(T) * %zu)\n", file->work, file->work_each);
    laco_emit_bytes(emit, file->header.bytes, file->header.length);
    for (int i = 0; file->interface[i]; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s_api.h", file->interface[i]);
        put_fragment(emit, name);
    }
    laco_emit_text(emit, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

static void write_source(laco_c_file *file, laco_emit *emit, const char *header_name, uint64_t hash)
{
    put_head(file, emit, ".c", hash);
    laco_emit_text(emit, " *\n * cc -std=c99 -O2 -D");
    put_upper(emit, emit->prefix);
    laco_emit_text(emit,
                   "_SELFTEST makes a program that ends with 0 where the answers are those of laco.\n */\n#include \"%s\"\n\n",
                   header_name);
    if (file->parts.int8) {
        laco_emit_text(emit, "#define RT_INT8 1\n");
        laco_emit_text(emit, "#define RT_BLOCK %lld /* columns of the widest matrix, or of a part of it */\n\n",
                       (long long)LACO_MIN(LACO_MAX(file->parts.widest, 1), 2048));
    }
    for (int i = 0; file->fragments[i]; i++) {
        put_fragment(emit, !*file->fragments[i] ? file->parts.int8 ? "matrix_int8.c" : "matrix_fp32.c" : file->fragments[i]);
        laco_emit_text(emit, "\n");
    }
    laco_emit_bytes(emit, file->parts.emit->bytes, file->parts.emit->length);
    put_guard(emit, "\n#ifdef ", "_SELFTEST\n");
    laco_emit_bytes(emit, file->test.bytes, file->test.length);
    laco_emit_text(emit, "#endif\n");
    for (int i = 0; file->interface[i]; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s_api.c", file->interface[i]);
        put_fragment(emit, name);
    }
}

/* NAME.h beside NAME.c. */
static laco_status write_both(laco_c_file *file)
{
    const laco_export_job *job = file->job;
    laco_context *ctx = job->ctx;
    laco_emit header, source;
    uint64_t hash = 0;
    size_t length = strlen(job->path);
    char *path = laco_copy_string(ctx, job->path);
    if (!path)
        return LACO_NO_MEMORY;
    path[length - 1] = 'h';
    laco_emit_init(&header, ctx, job->name, false);
    laco_emit_init(&source, ctx, job->name, false);
    laco_status status = hash_model(job->model, &hash);
    if (status == LACO_OK) {
        const char *slash = strrchr(path, '/');
        write_header(file, &header, hash);
        write_source(file, &source, slash ? slash + 1 : path, hash);
        status = header.status < 0 ? header.status : source.status;
    }
    if (status == LACO_OK)
        status = laco_export_file(ctx, job->path, source.bytes, source.length);
    if (status == LACO_OK)
        status = laco_export_file(ctx, path, header.bytes, header.length);
    laco_emit_free(&header);
    laco_emit_free(&source);
    laco_release(ctx, path);
    return status;
}

/* What holds the model: its constants, and the state of its steps, or of a network that reads both ways what one call takes. */
static laco_status check_target(laco_c_file *file)
{
    const laco_export_job *job = file->job;
    size_t flash = file->parts.emit->flash, ram = file->state;
    if (ram == 0)
        ram = file->work + (size_t)LACO_MAX(file->longest, 1) * file->work_each;
    if (job->flash > 0 && flash > (size_t)job->flash)
        return laco_fail(job->ctx, LACO_INVALID,
                         "%s: needs %zu bytes of flash for its constants, and more for the code; --flash allows %lld%s",
                         job->path, flash, (long long)job->flash,
                         file->parts.int8 ? ": a model with fewer hidden units is right"
                                          : ": --weights int8 takes about a quarter");
    if (job->ram > 0 && ram > (size_t)job->ram)
        return laco_fail(job->ctx, LACO_INVALID,
                         "%s: needs %zu bytes of memory%s; --ram allows %lld: a model with fewer hidden units%s is right",
                         job->path, ram, file->state > 0 ? "" : " for one call", (long long)job->ram,
                         file->state > 0 ? "" : ", or trained with --unidirectional,");
    return LACO_OK;
}

static laco_status fill(laco_c_file *file, laco_c_task *task)
{
    laco_locale locale;
    LACO_TRY(laco_locale_begin(file->job->ctx, &locale));
    laco_status status = task(file, file->job->model);
    const laco_emit *const emits[] = {file->parts.emit, &file->header, &file->test};
    for (int i = 0; i < 3 && status == LACO_OK; i++)
        status = emits[i]->status;
    if (status == LACO_OK)
        status = check_target(file);
    if (status == LACO_OK)
        status = write_both(file);
    laco_locale_end(&locale);
    return status;
}

laco_status laco_export_c(const laco_export_job *job)
{
    laco_context *ctx = job->ctx;
    laco_c_task *task = NULL;
    laco_emit data;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i].task, job->model->task->name) == 0)
            task = tasks[i].fill;
    if (!task)
        return laco_fail(ctx, LACO_INVALID, "%s: a model to %s cannot be written as C", job->path, job->model->task->name);
    laco_emit_init(&data, ctx, job->name, false);
    laco_c_file file = {.job = job,
                        .parts = {.emit = &data, .module = job->model->module, .int8 = job->model->weights == LACO_INT8}};
    laco_emit_init(&file.header, ctx, job->name, false);
    laco_emit_init(&file.test, ctx, job->name, false);
    laco_status status = fill(&file, task);
    laco_emit_free(&data);
    laco_emit_free(&file.header);
    laco_emit_free(&file.test);
    return status;
}
