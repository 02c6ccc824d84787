/* libFuzzer: models whose metadata and tensors say something else than was trained. What is loaded all the same must answer.
 *
 *     CC=clang meson setup build-fuzz -Db_sanitize=address,undefined -Db_lundef=false
 *     ninja -C build-fuzz src/engine/liblaco.a src/tasks/liblaco-tasks.a src/readers/liblaco-readers.a
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -D_POSIX_C_SOURCE=200809L -Iinclude -Isrc/engine -Isrc/tasks -Isrc/readers
 * \
 *         tests/fuzz_model.c build-fuzz/src/readers/liblaco-readers.a build-fuzz/src/tasks/liblaco-tasks.a \
 *         build-fuzz/src/engine/liblaco.a -o fuzz_model $(pkg-config --libs libpng sndfile kissfft-float) -lcsv -ljansson \
 *         -lutf8proc -lm -lpthread
 *     FUZZ_MODELS="a.safetensors b.safetensors" ./fuzz_model -max_len=64 -max_total_time=120
 *
 * The first byte of an input chooses a model of FUZZ_MODELS; then each four bytes are a change: what is changed, its place (two
 * bytes), what it becomes. */
#include "base/tensor_file.h"
#include "laco/laco.h"
#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODELS 16

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define require(holds)                                                                                                           \
    do {                                                                                                                         \
        if (!(holds)) {                                                                                                          \
            fprintf(stderr, "line %d does not hold: %s\n", __LINE__, #holds);                                                    \
            abort();                                                                                                             \
        }                                                                                                                        \
    } while (0)

/* ---- What models are asked ------------------------------------------------------------------------------------------------- */

static void ask_captioner(laco_context *ctx, laco_model *model)
{
    laco_data_config of;
    laco_captioned *data = NULL;
    laco_hypothesis answers[2];
    char text[4096] = "", path[] = "/tmp/fuzz-table-XXXXXX";
    const char *paths[] = {path};
    require(laco_model_data_config(model, "caption", &of) == LACO_OK);
    laco_captioned_config config = of.captioned;
    if (config.kind != LACO_CAPTIONED_VECTORS || config.features > 100)
        return;
    for (int64_t i = 0; i < config.features; i++)
        strcat(text, "0.5,");
    strcat(text, "a\n");
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    require(file && fputs(text, file) >= 0 && fclose(file) == 0);
    if (laco_captioned_load(ctx, paths, 1, &config, &data) == LACO_OK)
        laco_model_caption(model, data, 0, 1, &(laco_decode_options){.nbest = 2, .length = 50}, answers);
    laco_captioned_free(data);
    remove(path);
}

static void ask_transcriber(laco_model *model)
{
    static float samples[4000];
    laco_transcripts transcripts;
    laco_data_config config;
    require(laco_model_data_config(model, "transcribe", &config) == LACO_OK);
    for (int i = 0; i < 4000; i++)
        samples[i] = (float)(i % 17 - 8) / 16;
    if (laco_model_transcribe(model, samples, 4000, (int)config.spoken.rate, NULL, &transcripts) == LACO_OK)
        laco_transcripts_free(&transcripts);
}

static void ask_transducer(laco_model *model)
{
    static const char *const sources[] = {"ab", "", "ção x"};
    laco_hypothesis answers[6];
    laco_alignment alignment;
    laco_model_transduce(model, 3, sources, NULL, &(laco_decode_options){.nbest = 2, .length = 50}, answers, NULL);
    if (laco_model_align(model, "ab", &alignment) == LACO_OK)
        laco_alignment_free(&alignment);
}

static void ask_tagger(laco_model *model)
{
    static const char *const words[] = {"the", "cats", "ran", "to", "São", "Paulo", "\xF0\x9F\x98\x80", "12.5"};
    const char *tags[8];
    if (laco_model_tag(model, words, 8, tags) == LACO_OK)
        for (int i = 0; i < 8; i++)
            require(strlen(tags[i]) < 1 << 20);
}

static void ask_forecaster(laco_model *model)
{
    double out[5];
    laco_series *history;
    laco_model_forecast(model, NULL, 5, out);
    if (laco_model_history(model, &history) == LACO_OK)
        laco_series_free(history);
}

static void ask_language(laco_model *model)
{
    laco_generator *generator;
    const char *piece;
    size_t length;
    double log_probability;
    if (laco_generator_new(model, NULL, &generator) < 0)
        return;
    laco_generator_read(generator, "ab c", 4, NULL, NULL, NULL);
    for (int i = 0; i < 4 && laco_generator_next(generator, &piece, &length, &log_probability) == LACO_OK; i++)
        require(strlen(piece) <= length);
    laco_generator_free(generator);
}

static void ask(laco_context *ctx, laco_model *model)
{
    const char *task = laco_model_task(model);
    laco_label labels[2];
    char *text;
    if (laco_model_describe(model, &text) == LACO_OK)
        laco_free(ctx, text);
    if (strcmp(task, "classify") == 0)
        laco_model_classify(model, "abc", 2, labels);
    else if (strcmp(task, "caption") == 0)
        ask_captioner(ctx, model);
    else if (strcmp(task, "transcribe") == 0)
        ask_transcriber(model);
    else if (strcmp(task, "transduce") == 0)
        ask_transducer(model);
    else if (strcmp(task, "tag") == 0)
        ask_tagger(model);
    else if (strcmp(task, "forecast") == 0)
        ask_forecaster(model);
    else
        ask_language(model);
}

/* ---- Changes -----------------------------------------------------------------------------------------------------------------
 */

static const char *const others[] = {
    "0",    "1",    "-1",   "2",   "3",    "7",     "255", "65536", "1048576", "2147483647", "2147483648", "9223372036854775807",
    "null", "true", "1e30", "0.5", "\"\"", "\"a\"", "[]",  "{}",    "[0]",     "[1,2,3]",    "\"none\"",   "\"\\u0000\""};
#define OTHERS (sizeof others / sizeof *others)

/* The value that begins at the `place`-th scalar of some JSON text: its first and last byte. */
static bool find_scalar(const char *text, size_t place, size_t *begin, size_t *end)
{
    for (size_t i = 0; text[i];) {
        size_t from = i;
        if (strchr(" ,:[]{}", text[i])) {
            i++;
            continue;
        }
        if (text[i] == '"') {
            for (i++; text[i] && text[i] != '"'; i++)
                i += text[i] == '\\' && text[i + 1];
            i += text[i] == '"';
        } else {
            i += strcspn(text + i, ",:[]{} ");
        }
        if (place-- == 0) {
            *begin = from;
            *end = i;
            return true;
        }
    }
    return false;
}

/* A copy of `text` with one scalar, or one byte, replaced. */
static char *changed(const char *text, int how, size_t place, unsigned what)
{
    size_t length = strlen(text), begin = length, end = length;
    char *copy = calloc(length + 64, 1);
    require(copy != NULL);
    memcpy(copy, text, length);
    if (how % 2 == 1 && length) {
        copy[place % length] = (char)(what ? what : '"');
        return copy;
    }
    if (find_scalar(text, place, &begin, &end))
        snprintf(copy + begin, length + 64 - begin, "%s%s", others[what % OTHERS], text + end);
    return copy;
}

/* Another shape for a tensor, of as many bytes or fewer. */
static void reshape(unsigned what, int *ndim, int64_t *shape, laco_dtype *dtype)
{
    int64_t first = shape[0];
    if (what % 5 == 0 && *ndim == 2) {
        shape[0] = shape[1];
        shape[1] = first;
    } else if (what % 5 == 1) {
        shape[0] = first > 1 ? first - 1 : first;
    } else if (what % 5 == 2 && *ndim == 2) {
        shape[0] *= shape[1];
        *ndim = 1;
    } else if (what % 5 == 3) {
        *dtype = LACO_DTYPE_I8;
    } else {
        *dtype = LACO_DTYPE_BF16;
    }
}

static void write_changed(const laco_tensor_file *file, laco_tensor_writer *writer, const uint8_t *changes, size_t count)
{
    for (size_t i = 0; i < laco_tensor_file_metadata_count(file); i++) {
        const laco_metadata_entry *entry = laco_tensor_file_metadata_at(file, i);
        char *value = strdup(entry->value);
        for (size_t c = 0; c < count; c++) {
            const uint8_t *change = changes + 4 * c;
            if (change[0] % 4 == 3 || (change[0] >> 3) % laco_tensor_file_metadata_count(file) != i)
                continue;
            char *next = changed(value, change[0], change[1] | (size_t)change[2] << 8, change[3]);
            free(value);
            value = next;
        }
        if (laco_tensor_writer_metadata(writer, entry->key, value) < 0) /* not UTF-8: a file cannot hold it */
            require(laco_tensor_writer_metadata(writer, entry->key, entry->value) == LACO_OK);
        free(value);
    }
    for (size_t i = 0; i < laco_tensor_file_count(file); i++) {
        const laco_tensor_entry *entry = laco_tensor_file_at(file, i);
        int64_t shape[LACO_FILE_DIMS];
        int ndim = entry->ndim;
        laco_dtype dtype = entry->dtype;
        memcpy(shape, entry->shape, sizeof shape);
        for (size_t c = 0; c < count; c++)
            if (changes[4 * c] % 4 == 3 && changes[4 * c + 1] % laco_tensor_file_count(file) == i)
                reshape(changes[4 * c + 3], &ndim, shape, &dtype);
        require(laco_tensor_writer_add(writer, entry->name, dtype, ndim, shape, entry->bytes) == LACO_OK);
    }
}

/* ---- The models, read once
 * ----------------------------------------------------------------------------------------------------- */

static laco_tensor_file *models[MODELS];
static size_t model_count;

static void read_models(laco_context *ctx)
{
    const char *list = getenv("FUZZ_MODELS");
    for (; list && *list && model_count < MODELS; list += strspn(list, " ")) {
        char path[1024];
        size_t length = strcspn(list, " ");
        snprintf(path, sizeof path, "%.*s", (int)length, list);
        require(laco_tensor_file_open(ctx, path, &models[model_count++]) == LACO_OK);
        list += length;
    }
    require(model_count > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static laco_context *ctx;
    laco_tensor_writer *writer;
    laco_tensor_file *file;
    laco_model *model = NULL;
    char *whole;
    size_t length;
    if (size < 5)
        return 0;
    if (!ctx) {
        require(laco_context_new(&(laco_context_config){.threads = 1}, &ctx) == LACO_OK);
        read_models(ctx);
    }
    require(laco_tensor_writer_new(ctx, &writer) == LACO_OK);
    write_changed(models[bytes[0] % model_count], writer, bytes + 1, (size - 1) / 4);
    if (laco_tensor_writer_serialise(writer, &whole, &length) == LACO_OK) {
        require(laco_tensor_file_parse(ctx, whole, length, "m", &file) == LACO_OK);
        laco_status status = laco_model_from_file(ctx, file, &model);
        if (status < 0 && (!laco_error(ctx)[0] || strchr(laco_error(ctx), '\n')))
            fprintf(stderr, "the error is not one line: '%s'\n", laco_error(ctx));
        require(status == LACO_OK || (laco_error(ctx)[0] && !strchr(laco_error(ctx), '\n')));
        laco_tensor_file_free(file);
        laco_release(ctx, whole);
        if (status == LACO_OK)
            ask(ctx, model);
        laco_model_free(model);
    }
    laco_tensor_writer_free(writer);
    return 0;
}
