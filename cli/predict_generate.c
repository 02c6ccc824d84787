/* How probable a language model finds each unit of a text. */
#include "ask.h"
#include "lines.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct surprise {
    bool json, failed;
} surprise;

/* A unit without what would break the columns. */
static void print_unit(const char *unit, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)unit[i];
        if (byte == '\n')
            fputs("\\n", stdout);
        else if (byte == '\t')
            fputs("\\t", stdout);
        else if (byte == '\\')
            fputs("\\\\", stdout);
        else if (byte < ' ' || byte == 0x7F || (length == 1 && byte >= 0x80))
            printf("\\x%02X", byte);
        else
            putchar(byte);
    }
}

static bool print_one(void *user, const char *unit, size_t length, double log_probability)
{
    surprise *s = user;
    double bits = -log_probability / log(2);
    if (s->json) {
        json_t *text = json_stringn(unit, length);
        json_t *object = json_pack("{s:o, s:f, s:f}", "unit", text ? text : json_integer((unsigned char)*unit), "probability",
                                   exp(log_probability), "bits", bits);
        s->failed = !object || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0;
        json_decref(object);
    } else {
        print_unit(unit, length);
        printf("\t%.6f\t%.3f", exp(log_probability), bits);
    }
    putchar('\n');
    return !s->failed && !ferror(stdout);
}

/* Lines as they come, each with its line end, the state going on from one to the next. */
static int read_lines(laco_context *ctx, laco_generator *generator, line_reader *lines, surprise *s, size_t *unseen)
{
    int more;
    while ((more = lines_next(lines)) > 0) {
        for (size_t i = 0; i < lines->count; i++) {
            bool last = i + 1 == lines->count && lines->open_end;
            laco_status status = laco_generator_read(generator, lines->line[i], lines->length[i], print_one, s, unseen);
            if (status == LACO_OK && !last)
                status = laco_generator_read(generator, "\n", 1, print_one, s, unseen);
            if (status == LACO_INTERRUPTED)
                return s->failed ? trouble_text("out of memory") : EXIT_DONE; /* standard output is said elsewhere */
            if (status < 0)
                return trouble_text("%s, line %zu: %s", lines->name, lines->number + i, laco_error(ctx));
        }
        fflush(stdout);
    }
    return more < 0 ? EXIT_TROUBLE : EXIT_DONE;
}

int predict_units(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    line_reader lines;
    surprise s = {.json = arguments->json};
    laco_generator *generator = NULL;
    size_t unseen = 0;
    if (!arguments->each)
        return trouble_text("a model that writes has no answer for a line: --each gives the probability of each of its %s, and "
                            "'laco generate' writes on",
                            laco_model_unit_name(model));
    if (laco_generator_new(model, NULL, &generator) < 0)
        return trouble(ctx);
    int status = lines_open(&lines, count > 0 ? paths[0] : NULL) ? EXIT_DONE : EXIT_TROUBLE;
    lines.raw = strcmp(laco_model_unit_name(model), "bytes") == 0; /* which are read as they are in training, too */
    if (status == EXIT_DONE) {
        status = read_lines(ctx, generator, &lines, &s, &unseen);
        lines_close(&lines);
    }
    laco_generator_free(generator);
    if (unseen > 0)
        fprintf(stderr, "laco: note: %s that training did not know: %zu\n", laco_model_unit_name(model), unseen);
    return status;
}
