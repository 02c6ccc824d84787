#include "ask.h"

#include <jansson.h>

static int print_json(const laco_classify_score *score)
{
    json_t *classes = json_array(), *confusion = json_array();
    for (int k = 0; k < score->class_count; k++) {
        const laco_class_score *c = &score->classes[k];
        json_t *row = json_array();
        json_array_append_new(classes, json_pack("{s:s, s:I, s:f, s:f, s:f}", "label", c->name, "count", (json_int_t)c->count, "precision",
                                                 c->precision, "recall", c->recall, "f1", c->f1));
        for (int j = 0; j < score->class_count; j++)
            json_array_append_new(row, json_integer((json_int_t)score->confusion[k * score->class_count + j]));
        json_array_append_new(confusion, row);
    }
    json_t *object = json_pack("{s:f, s:f, s:f, s:I, s:o, s:o}", "accuracy", score->accuracy, "macro_f1", score->macro_f1, "loss", score->loss,
                               "count", (json_int_t)score->count, "classes", classes, "confusion", confusion);
    int failed = !object || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) < 0;
    json_decref(object);
    putchar('\n');
    return failed ? trouble_text("out of memory, or standard output is full") : EXIT_DONE;
}

static int print_text(laco_context *ctx, const laco_classify_score *score)
{
    if (laco_table_classes(ctx, stdout, score, NULL) < 0)
        return trouble(ctx);
    putchar('\n');
    return laco_table_confusion(ctx, stdout, score, NULL) < 0 ? trouble(ctx) : EXIT_DONE;
}

int eval_classifier(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_labelled_config config = laco_model_data(model);
    config.text_column = arguments->text_column;
    config.label_column = arguments->label_column;
    config.separator = arguments->separator == 2 ? ' ' : arguments->separator ? '\t' : '\0';
    laco_labelled *data = NULL;
    laco_classify_score score = {0};
    int status = EXIT_DONE;
    if (laco_labelled_load(ctx, paths, count, &config, &data) < 0 || laco_model_score(model, data, &score) < 0)
        status = trouble(ctx);
    else
        status = arguments->json ? print_json(&score) : print_text(ctx, &score);
    laco_classify_score_free(&score);
    laco_labelled_free(data);
    return status;
}
