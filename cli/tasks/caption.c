#include "feed.h"
#include "tasks/task.h"

#include <stdlib.h>

/* ---- laco train ---- */

typedef struct caption_arguments {
    train_arguments common;
    laco_caption_options options;
} caption_arguments;

/* The validation file, of the form of the data; *valid stays NULL where there is none. */
static int load_valid(laco_context *ctx, const laco_caption_options *options, const laco_captioned *data, laco_captioned **valid)
{
    laco_captioned_config config = {.kind = laco_captioned_get_kind(data), .features = laco_captioned_features(data)};
    return options->valid.file && laco_captioned_load(ctx, &options->valid.file, 1, &config, valid) < 0 ? trouble(ctx)
                                                                                                        : EXIT_DONE;
}

static int train_on(laco_context *ctx, caption_arguments *arguments, const laco_captioned *data)
{
    laco_captioned *valid = NULL;
    laco_model *model = NULL;
    int status = load_valid(ctx, &arguments->options, data, &valid);
    if (status == EXIT_DONE) {
        progress_start(&arguments->common, &arguments->options.train);
        laco_status trained = laco_train_caption(ctx, &arguments->options, data, valid, &model);
        status = progress_end(ctx, &arguments->common, trained, model, NULL, 0);
    }
    laco_model_free(model);
    laco_captioned_free(valid);
    return status;
}

static int train(laco_context *ctx, void *user, const char *const *paths, int count)
{
    laco_captioned *data = NULL;
    laco_summary *summary = NULL;
    if (laco_captioned_load(ctx, paths, count, NULL, &data) < 0)
        return trouble(ctx);
    laco_status made = laco_captioned_summary(data, false, &summary);
    int status = say_data(ctx, user, made, summary);
    if (status == EXIT_DONE)
        status = train_on(ctx, user, data);
    laco_captioned_free(data);
    return status;
}

static laco_status look(laco_context *ctx, void *user, const char *const *paths, int count, laco_summary **out)
{
    (void)user;
    laco_captioned *data;
    LACO_PASS(laco_captioned_load(ctx, paths, count, NULL, &data));
    laco_status status = laco_captioned_summary(data, true, out);
    laco_captioned_free(data);
    return status;
}

/* ---- laco eval ---- */

static int score_json(const laco_decode_score *score)
{
    json_t *object =
        json_pack("{s:f, s:f, s:I, s:I, s:I, s:I}", "exact_match", 1 - laco_decode_score_wrong(score), "token_error_rate",
                  laco_decode_score_token_error(score), "count", (json_int_t)score->count, "right", (json_int_t)score->right,
                  "token_errors", (json_int_t)score->errors, "tokens", (json_int_t)score->tokens);
    return print_object(object);
}

static int eval(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    laco_data_config config;
    laco_captioned *data = NULL;
    laco_decode_options options = write_options(arguments);
    laco_decode_score score = {0};
    int status = EXIT_DONE;
    if (laco_model_data_config(model, "caption", &config) < 0 ||
        laco_captioned_load(ctx, paths, count, &config.captioned, &data) < 0 ||
        laco_model_score_captions(model, data, &options, &score) < 0)
        status = trouble(ctx);
    else if (arguments->json)
        status = score_json(&score);
    else
        printf("exact match        %6.2f %%   %zu of %zu captions are right in full\n"
               "token error rate   %6.2f %%   %lld errors in %lld tokens\n",
               100 * (1 - laco_decode_score_wrong(&score)), score.right, score.count, 100 * laco_decode_score_token_error(&score),
               (long long)score.errors, (long long)score.tokens);
    laco_captioned_free(data);
    return status;
}

/* ---- laco predict ---- */

/* Captions of pictures or vectors: one line for each, or with --nbest one for each answer. */

static int answer_json(const ask_arguments *arguments, const laco_hypothesis *answers, int count)
{
    json_t *list = json_array();
    for (int k = 0; k < count && answers[k].text; k++)
        json_add(&list, with_probability(arguments, json_pack("{s:s, s:f, s:f}", "caption", answers[k].text, "log_probability",
                                                              answers[k].log_probability, "score", answers[k].score),
                                         answers[k].log_probability));
    json_t *object = json_pack("{s:o}", "captions", list);
    return print_object(object);
}

static int print(const ask_arguments *arguments, const laco_hypothesis *answers, int count)
{
    char worth[40];
    if (arguments->json)
        return answer_json(arguments, answers, count);
    if (arguments->nbest == 0)
        puts(answers[0].text);
    for (int k = 0; arguments->nbest > 0 && k < count && answers[k].text; k++)
        printf("%d\t%s\t%s\n", k + 1, show_worth(arguments, answers[k].log_probability, answers[k].score, 4, worth), answers[k].text);
    return EXIT_DONE;
}

/* Answers from number `from` on. */
static int answer(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const laco_captioned *data, size_t from)
{
    laco_decode_options options = write_options(arguments);
    int nbest = options.nbest > 0 ? options.nbest : 1, status = EXIT_DONE;
    size_t count = laco_captioned_count(data);
    laco_hypothesis *answers = calloc(count * (size_t)nbest + 1, sizeof *answers);
    if (!answers)
        return trouble_text("out of memory");
    if (laco_model_caption(model, data, 0, count, &options, answers) < 0)
        status = trouble(ctx);
    for (size_t i = from; i < count && status == EXIT_DONE; i++)
        status = print(arguments, answers + i * (size_t)nbest, nbest);
    free(answers);
    fflush(stdout);
    return status;
}

static int answer_piece(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const feed *f,
                        const feed_piece *piece)
{
    laco_data_config config;
    laco_captioned *head = NULL, *data = NULL;
    if (laco_model_data_config(model, "caption", &config) < 0)
        return trouble(ctx);
    config.captioned.uncaptioned = true;
    config.captioned.first_line = piece->first_line;
    int status = EXIT_DONE;
    if ((f->head_rows > 0 && laco_captioned_parse(ctx, f->name, piece->bytes, piece->head, &config.captioned, &head) < 0) ||
        laco_captioned_parse(ctx, f->name, piece->bytes, piece->size, &config.captioned, &data) < 0)
        status = trouble(ctx);
    else
        status = answer(ctx, model, arguments, data, head ? laco_captioned_count(head) : 0);
    laco_captioned_free(head);
    laco_captioned_free(data);
    return status;
}

#define PICTURES_AT_ONCE 16

static int predict_file(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *path)
{
    feed f;
    feed_piece piece;
    int status = EXIT_DONE, more;
    bool any = false;
    if (!feed_open(&f, path, PICTURES_AT_ONCE, true))
        return EXIT_TROUBLE;
    for (; status == EXIT_DONE && (more = feed_next(&f, &piece)) != 0; any = true)
        status = more < 0 ? EXIT_TROUBLE : answer_piece(ctx, model, arguments, &f, &piece);
    if (status == EXIT_DONE && !any)
        status = trouble_text("%s: is empty; it should hold pictures or vectors", f.name);
    feed_close(&f);
    return status;
}

static int predict(laco_context *ctx, laco_model *model, const ask_arguments *arguments, const char *const *paths, int count)
{
    int status = count > 0 ? EXIT_DONE : predict_file(ctx, model, arguments, NULL);
    for (int i = 0; i < count && status == EXIT_DONE; i++)
        status = predict_file(ctx, model, arguments, paths[i]);
    return status;
}

const cli_task cli_caption = {
    .name = "caption",
    .summary = "words for a picture, or for a vector",
    .train =
        {
            .usage = "DATA… -o MODEL [options]",
            .about =
                "Learn to say in words what a picture shows, or what a vector of numbers means: one vector in, a sequence out.\n"
                "DATA: images in the IDX form of MNIST and, behind them, a text file with a caption on each line;\n"
                "or lines of picture.png<TAB>caption (PNG or PGM, paths relative to the list); or a table of numbers, the "
                "caption last.",
            .example = "laco train caption numbers.idx numbers.txt -o numbers.safetensors",
            .size = sizeof(caption_arguments),
            .options = offsetof(caption_arguments, options),
            .run = train,
            .next = "predict",
            .next_options = "",
            .look = look,
            .reads = "",
        },
    .eval = {.run = eval, .groups = {&beam_group, &length_group}},
    .predict = {.run = predict, .groups = {&write_group, &length_group, &worth_group}},
};
