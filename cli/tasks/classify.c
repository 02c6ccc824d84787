#include "lines.h"
#include "report/report.h"
#include "tasks/task.h"

#include <stdlib.h>
#include <string.h>

/* ---- laco train ---- */

typedef struct classify_arguments {
    train_arguments common;
    const char *valid, *text_column, *label_column;
    int class_weights, separator, by, cell, pool, positions;
    int64_t features, steps;
    double label_smoothing, valid_fraction;
} classify_arguments;

#define AT(member) offsetof(classify_arguments, member)

static const option data_options[] = {
    {"valid", 0, OPTION_INPUT, "FILE|FRACTION", "validation data, or how much to set aside (0.1, of words 0.05)", AT(valid), 0, 0},
    {"text", 0, OPTION_TEXT, "COLUMN", "column of the text in a CSV file (text)", AT(text_column), 0, 0},
    {"label", 0, OPTION_TEXT, "COLUMN", "column of the label (label)", AT(label_column), 0, 0},
    {"separator", 0, OPTION_CHOICE, "tab|space", "what stands between label and text in lines (found out)", AT(separator), 0, 0},
    {"level", 0, OPTION_CHOICE, "char|word|byte", "what the network reads one at a time", AT(common.level), 0, 0},
    {"fold-accents", 0, OPTION_FLAG, NULL, "read ã as a, ç as c", AT(common.fold_accents), 0, 0},
    {"lower", 0, OPTION_FLAG, NULL, "read everything in lower case", AT(common.lower), 0, 0},
    {"class-weights", 0, OPTION_CHOICE, "none|balanced", "balanced: rare labels count as much as frequent ones", AT(class_weights), 0, 0},
    {"label-smoothing", 0, OPTION_REAL, "P", "share of the target spread over all labels", AT(label_smoothing), 0, 0.99},
};
static const option_group data_group = OPTION_GROUP("Data", data_options);

static const option number_options[] = {
    {"features", 0, OPTION_INTEGER, "N", "numbers of one step in the rows of a table (1)", AT(features), 1, 1 << 20},
    {"steps", 0, OPTION_INTEGER, "N", "steps of a row, from which --features follows", AT(steps), 1, 1 << 30},
    {"by", 0, OPTION_CHOICE, "row|pixel", "what of an image is one step (row)", AT(by), 0, 0},
};
static const option_group number_group = OPTION_GROUP("Sequences of numbers", number_options);

static const option network_options[] = {
    {"cell", 0, OPTION_CHOICE, "rnn|gru|lstm|mlp", "the recurrent cell; mlp: no memory", AT(cell), 0, 0},
    {"nonlinearity", 0, OPTION_CHOICE, "tanh|relu", "of the cell rnn", AT(common.nonlinearity), 0, 0},
    {"window", 0, OPTION_INTEGER, "W", "steps that an mlp sees at once (else all, padded)", AT(common.network.window), 1, 1000},
    {"pool", 0, OPTION_CHOICE, "last|mean|max|all", "what is kept of the steps (all: the three side by side)", AT(pool), 0, 0},
    {"positions", 0, OPTION_CHOICE, "yes|no", "know steps by their number too (where all sequences are of one length)", AT(positions), 0, 0},
    {"hidden", 0, OPTION_INTEGER, "N", "hidden units in each direction", AT(common.network.hidden), 1, 65536},
    {"layers", 0, OPTION_INTEGER, "N", "recurrent layers", AT(common.network.layers), 1, 64},
    {"embed", 0, OPTION_INTEGER_OFF, "N", "size of the embedding of texts; 0: one-hot", AT(common.network.embed), 0, 65536},
    {"bidirectional", 0, OPTION_FLAG, NULL, "read both ways (the default)", AT(common.bidirectional), 0, 0},
    {"unidirectional", 0, OPTION_FLAG, NULL, "read forwards only", AT(common.one_direction), 0, 0},
    {"dropout", 0, OPTION_REAL_OFF, "P", "share of activations dropped in training", AT(common.network.dropout), 0, 0.99},
    {"weight-drop", 0, OPTION_REAL_OFF, "P", "share of the recurrent weights dropped in training", AT(common.network.weight_drop), 0, 0.99},
};
static const option_group network_group = OPTION_GROUP("The network", network_options);

static laco_labelled_config data_config(const classify_arguments *arguments)
{
    laco_labelled_config config = {.text_column = arguments->text_column, .label_column = arguments->label_column,
                                   .separator = arguments->separator == 2 ? ' ' : arguments->separator ? '\t' : '\0', .features = arguments->features,
                                   .steps = arguments->steps};
    if (arguments->by == 2)
        config.features = 1;
    return config;
}

/* The validation file, read with the labels of the data; *valid stays NULL where there is none. */
static int load_valid(laco_context *ctx, const classify_arguments *arguments, const laco_labelled *data, laco_labelled **valid)
{
    laco_labelled_config config = data_config(arguments);
    config.labels = laco_labelled_label_names(data);
    config.label_count = laco_labelled_label_count(data);
    config.features = laco_labelled_features(data);
    config.kind = config.features > 0 ? LACO_LABELLED_NUMBERS : LACO_LABELLED_TEXT;
    return arguments->valid && laco_labelled_load(ctx, &arguments->valid, 1, &config, valid) < 0 ? trouble(ctx) : EXIT_DONE;
}

static int train_on(laco_context *ctx, classify_arguments *arguments, const laco_labelled *data)
{
    train_arguments *common = &arguments->common;
    laco_classify_options options = {.train = common->train, .network = common->network, .balanced = arguments->class_weights == 2,
                                     .label_smoothing = arguments->label_smoothing,
                                     .positions = arguments->positions == 2 ? -1 : arguments->positions};
    options.text = (laco_text_config){(laco_text_level)(common->level ? common->level - 1 : 0), common->fold_accents, common->lower};
    static const char *const cells[] = {NULL, "rnn", "gru", "lstm", "mlp"};
    options.network.cell = cells[arguments->cell];
    options.network.pool = (laco_pooling)arguments->pool;
    options.valid_fraction = arguments->valid_fraction;
    laco_labelled *valid = NULL;
    laco_model *model = NULL;
    int status = load_valid(ctx, arguments, data, &valid);
    if (status == EXIT_DONE) {
        progress_start(common, &options.train);
        laco_status trained = laco_train_classify(ctx, &options, data, valid, &model);
        status = progress_end(ctx, common, trained, model);
    }
    laco_model_free(model);
    laco_labelled_free(valid);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    classify_arguments *arguments = user;
    laco_labelled_config config = data_config(arguments);
    laco_labelled *data = NULL;
    if (arguments->by && (arguments->features > 0 || arguments->steps > 0))
        return trouble_text("--by says how images are read; --features and --steps are for tables");
    int status = read_valid(&arguments->valid, &arguments->valid_fraction);
    if (status == EXIT_DONE)
        status = laco_labelled_load(ctx, paths, count, &config, &data) < 0 ? trouble(ctx) : train_on(ctx, arguments, data);
    laco_labelled_free(data);
    return status;
}

/* ---- laco eval ---- */

static const option eval_options[] = {
    {"text", 0, OPTION_TEXT, "COLUMN", "column of the text in a CSV file (text)", ASK(text_column), 0, 0},
    {"label", 0, OPTION_TEXT, "COLUMN", "column of the label (label)", ASK(label_column), 0, 0},
    {"separator", 0, OPTION_CHOICE, "tab|space", "what stands between label and text in lines (found out)", ASK(separator), 0, 0},
};
static const option_group eval_group = TASK_GROUP("classify", eval_options);

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
    return print_object(object);
}

static int print_text(const laco_classify_score *score)
{
    if (table_classes(stdout, score, NULL) < 0)
        return report_trouble();
    putchar('\n');
    return table_confusion(stdout, score, NULL) < 0 ? report_trouble() : EXIT_DONE;
}

static int eval(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
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
        status = arguments->json ? print_json(&score) : print_text(&score);
    laco_classify_score_free(&score);
    laco_labelled_free(data);
    return status;
}

/* ---- laco predict ---- */

static const option predict_options[] = {
    {"top", 0, OPTION_INTEGER, "K", "the K most probable labels", ASK(top), 1, 1000000},
};
static const option_group predict_group = TASK_GROUP("classify", predict_options);

static void print_answer(const laco_label *answers, int64_t top)
{
    for (int64_t k = 0; k < top && answers[k].name; k++)
        printf("%s%s\t%.6f", k > 0 ? "\t" : "", answers[k].name, answers[k].log_probability);
    putchar('\n');
}

/* `text` NULL: a sequence of numbers. */
static int print_answer_json(const char *text, size_t length, const laco_label *answers, int64_t top)
{
    json_t *labels = json_array();
    for (int64_t k = 0; k < top && answers[k].name; k++)
        json_array_append_new(labels, json_pack("{s:s, s:f}", "label", answers[k].name, "log_probability", answers[k].log_probability));
    return print_object(text ? json_pack("{s:s%, s:o}", "text", text, length, "labels", labels) : json_pack("{s:o}", "labels", labels));
}

static int print_one(const ask_arguments *arguments, const char *text, size_t length, const laco_label *answers)
{
    if (arguments->json)
        return print_answer_json(text, length, answers, arguments->top);
    print_answer(answers, arguments->top);
    return EXIT_DONE;
}

/* Answers the lines that are there. When one of them is no text, those before it are still answered. */
static int answer_lines(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const line_reader *lines, size_t *unseen)
{
    int64_t top = arguments->top;
    laco_label *answers = calloc(lines->count, (size_t)top * sizeof *answers);
    if (!answers)
        return trouble_text("out of memory for %lld labels a line", (long long)top);
    size_t count = lines->count;
    laco_status status = laco_model_classify_many(model, count, lines->line, lines->length, (int)top, answers, unseen);
    for (count = 0; status < 0 && count < lines->count; count++)
        if (laco_model_classify_many(model, 1, lines->line + count, lines->length + count, (int)top, answers + count * (size_t)top, unseen) < 0)
            break;
    if (status == LACO_OK)
        count = lines->count;
    int printed = EXIT_DONE;
    for (size_t i = 0; i < count && printed == EXIT_DONE; i++)
        printed = print_one(arguments, lines->line[i], lines->length[i], answers + i * (size_t)top);
    free(answers);
    fflush(stdout);
    if (printed != EXIT_DONE)
        return printed;
    return status < 0 ? trouble_text("%s, line %zu: %s", lines->name, lines->number + count, laco_error(ctx)) : EXIT_DONE;
}

/* Lines as those of training data: a label, a tab, a text. */
static size_t count_labelled(const laco_model *model, const line_reader *lines)
{
    const char *const *names = laco_model_label_names(model);
    size_t labelled = 0;
    for (size_t i = 0; i < lines->count; i++) {
        const char *line = lines->line[i], *tab = memchr(line, '\t', lines->length[i]);
        for (int k = 0; tab && k < laco_model_label_count(model); k++)
            if (strlen(names[k]) == (size_t)(tab - line) && memcmp(names[k], line, strlen(names[k])) == 0) {
                labelled++;
                break;
            }
    }
    return labelled;
}

/* Answers every sequence of a file of numbers, labels or none in it. */
static int predict_numbers(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *path)
{
    laco_labelled_config config = laco_model_data(model);
    laco_labelled *data = NULL;
    config.unlabelled = true;
    if (laco_labelled_load(ctx, &path, 1, &config, &data) < 0)
        return trouble(ctx);
    size_t count = laco_labelled_count(data), top = (size_t)arguments->top;
    laco_label *answers = calloc(count, top * sizeof *answers);
    int status = EXIT_DONE;
    if (!answers)
        status = trouble_text("out of memory for %zu labels of %zu sequences", top, count);
    else if (laco_model_classify_data(model, data, (int)top, answers) < 0)
        status = trouble(ctx);
    for (size_t i = 0; status == EXIT_DONE && i < count; i++)
        status = print_one(arguments, NULL, 0, answers + i * top);
    free(answers);
    laco_labelled_free(data);
    return status;
}

static int predict(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    line_reader lines;
    size_t unseen = 0, labelled = 0;
    int status = EXIT_DONE, more;
    if (laco_model_features(model) > 0)
        return predict_numbers(ctx, model, arguments, count > 0 ? paths[0] : "-");
    if (!lines_open(&lines, count > 0 ? paths[0] : NULL))
        return EXIT_TROUBLE;
    while (status == EXIT_DONE && (more = lines_next(&lines)) != 0) {
        status = more < 0 ? EXIT_TROUBLE : answer_lines(ctx, model, arguments, &lines, &unseen);
        labelled += more < 0 ? 0 : count_labelled(model, &lines);
    }
    lines_close(&lines);
    if (unseen > 0)
        fprintf(stderr, "laco: note: characters or words that training did not know: %zu\n", unseen);
    if (labelled > 0)
        fprintf(stderr, "laco: note: lines that begin with a label and a tab, read as text ('laco eval' takes labels apart): %zu\n", labelled);
    return status;
}

const cli_task cli_classify = {
    .name = "classify",
    .summary = "a label for each text",
    .train = {
        .usage = "DATA… -o MODEL [options]",
        .about = "Learn to give each sequence a label: which language a surname is from, which gesture was made.\n"
                 "Texts: lines of label<TAB>text, a CSV file with a header, a folder with one file of texts for each\n"
                 "label, or - for label<TAB>text on standard input. Numbers: a CSV file with the label last, a .ts\n"
                 "file, images in IDX (and the file of their labels, where it does not lie beside them).\n"
                 "By default: a GRU both ways (an LSTM for words), of whose steps the last, the mean and the maximum are kept; Adam with a\n"
                 "rate that falls as a cosine, gradient clipped at 5, a tenth (of words a twentieth) set aside; sizes, epochs and\n"
                 "rate by the kind and the amount of data (laco info MODEL tells).",
        .example = "laco train classify names/ -o names.safetensors",
        .groups = {&run_group, &data_group, &number_group, &network_group, &training_group},
        .size = sizeof(classify_arguments),
        .run = train,
    },
    .eval = {.run = eval, .groups = {&eval_group}},
    .predict = {.run = predict, .one = true, .groups = {&predict_group}},
};
