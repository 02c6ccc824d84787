#include "ask.h"

#include <jansson.h>

static json_t *to_json(const laco_tag_score *score)
{
    json_t *classes = json_array();
    for (int k = 0; k < score->class_count; k++) {
        const laco_class_score *c = &score->classes[k];
        json_array_append_new(classes,
                              json_pack("{s:s, s:I, s:f, s:f, s:f}", score->entities ? "entity" : "tag", c->name, "count",
                                        (json_int_t)c->count, "precision", c->precision, "recall", c->recall, "f1", c->f1));
    }
    json_t *object =
        json_pack("{s:f, s:I, s:I, s:f, s:I}", "accuracy", score->accuracy, "words", (json_int_t)score->words, "sentences",
                  (json_int_t)score->sentences, "unseen_accuracy", score->unseen_accuracy, "unseen", (json_int_t)score->unseen);
    if (object && score->entities)
        json_object_update_new(object, json_pack("{s:f, s:f, s:f, s:I, s:I, s:I}", "precision", score->precision, "recall",
                                                 score->recall, "f1", score->f1, "entities", (json_int_t)score->gold, "found",
                                                 (json_int_t)score->found, "correct", (json_int_t)score->matched));
    json_object_set_new(object, "classes", classes);
    return object;
}

static int print_json(const laco_tag_score *score)
{
    json_t *object = to_json(score);
    int failed = !object || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0;
    json_decref(object);
    putchar('\n');
    return failed ? trouble_text("out of memory, or standard output is full") : EXIT_DONE;
}

static int print_text(laco_context *ctx, const laco_tag_score *score)
{
    if (laco_table_tags(ctx, stdout, score, NULL) < 0)
        return trouble(ctx);
    return EXIT_DONE;
}

/* Tags that the model cannot give count as wrong, and that is said. */
static void say_unseen(const laco_model *model, const laco_tagged *data)
{
    int known = laco_model_tag_count(model), all = laco_tagged_tag_count(data);
    if (all > known)
        fprintf(stderr, "laco: note: %d tag%s of the data, \"%s\"%s, %s never seen in training, and cannot be answered\n",
                all - known, all - known > 1 ? "s" : "", laco_tagged_tag_names(data)[known], all - known > 1 ? " the first" : "",
                all - known > 1 ? "were" : "was");
}

int eval_tagger(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_tagged_config config;
    laco_tagged *data = NULL;
    laco_tag_score score = {0};
    int status = EXIT_TROUBLE;
    if (laco_model_tagged_config(model, &config) < 0)
        return trouble(ctx);
    if (arguments->column) {
        config.column = arguments->column;
        config.column_form = LACO_TAGGED_AUTO;
    }
    if (laco_tagged_load(ctx, paths, count, &config, &data) < 0 || laco_model_score_tags(model, data, &score) < 0)
        status = trouble(ctx);
    else {
        say_unseen(model, data);
        status = arguments->json ? print_json(&score) : print_text(ctx, &score);
    }
    laco_tag_score_free(&score);
    laco_tagged_free(data);
    return status;
}
