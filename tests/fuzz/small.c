#include "fuzz.h"

#include "small.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static laco_status texts(laco_context *ctx, any_options *o, laco_model **out)
{
    static const char *const texts[] = {"ab c", "ba", "abc d", "xy", "x y", "yx"}, *const labels[] = {"l", "l", "l",
                                                                                                      "m", "m", "n"};
    laco_labelled *data;
    require(laco_labelled_from_texts(ctx, texts, NULL, labels, COUNT(texts), NULL, &data) == LACO_OK);
    laco_classify_defaults(&o->classify, data);
    laco_status status = laco_train_classify(ctx, &o->classify, data, data, out);
    laco_labelled_free(data);
    return status;
}

static laco_status values(laco_context *ctx, any_options *o, laco_model **out)
{
    static const laco_real values[] = {1, 2, 3, 4, 5, 7, 2, 1, 0, -1, 3, 5, 1, 2, 1, 3, 9, 8, 7, 6, 5, 3, 2, 2};
    static const int64_t steps[] = {3, 3, 3, 3};
    static const char *const labels[] = {"a", "a", "b", "b"};
    laco_labelled *data;
    require(laco_labelled_from_values(ctx, values, steps, 2, labels, COUNT(labels), NULL, &data) == LACO_OK);
    laco_classify_defaults(&o->classify, data);
    laco_status status = laco_train_classify(ctx, &o->classify, data, data, out);
    laco_labelled_free(data);
    return status;
}

static laco_status tagged(laco_context *ctx, any_options *o, laco_model **out)
{
    static const char *const words[] = {"Ana", "mora", "em", "Porto", "Rui", "corre", "12"};
    static const char *const tags[] = {"B-P", "O", "O", "B-L", "B-P", "O", "I-P"};
    static const size_t lengths[] = {4, 3};
    laco_tagged *data;
    require(laco_tagged_from_words(ctx, words, tags, lengths, COUNT(lengths), NULL, &data) == LACO_OK);
    laco_tag_defaults(&o->tag, data);
    laco_status status = laco_train_tag(ctx, &o->tag, data, data, out);
    laco_tagged_free(data);
    return status;
}

static laco_status series(laco_context *ctx, any_options *o, laco_model **out)
{
    static char text[2048];
    if (!*text)
        for (int i = 0, at = snprintf(text, sizeof text, "day,id,a,b\n"); i < 28; i++)
            at += snprintf(text + at, sizeof text - (size_t)at, "2024-01-%02d,n,%d,%d\n2024-01-%02d,s,%d,%d\n", i + 1, i % 5 + 3,
                           i, i + 1, i * i % 7, 30 - i);
    laco_series *data;
    fuzz_file file = fuzz_open(text, strlen(text));
    laco_series_config config = {.column_list = "a,b", .id_column = "id"};
    require(laco_series_load(ctx, file.path, &config, &data) == LACO_OK);
    fuzz_close(&file);
    laco_forecast_defaults(&o->forecast, data);
    laco_status status = laco_train_forecast(ctx, &o->forecast, data, NULL, out);
    laco_series_free(data);
    return status;
}

static laco_status text(laco_context *ctx, any_options *o, laco_model **out)
{
    static const char *const texts[] = {"the cat sat on the mat and the dog sat on the log and so on\n", "the dog ran on\n"};
    static const size_t lengths[] = {60, 15};
    laco_corpus *data, *valid;
    require(laco_corpus_from_texts(ctx, &o->generate.text, texts, lengths, 1, &data) == LACO_OK);
    require(laco_corpus_from_texts(ctx, &o->generate.text, texts + 1, lengths + 1, 1, &valid) == LACO_OK);
    laco_generate_defaults(&o->generate, laco_corpus_count(data));
    laco_status status = laco_train_generate(ctx, &o->generate, data, valid, out);
    laco_corpus_free(valid);
    laco_corpus_free(data);
    return status;
}

static laco_status captioned(laco_context *ctx, any_options *o, laco_model **out, size_t width, size_t height)
{
    static const laco_real values[] = {1, 200, 30, 4, 5, 255, 7, 8, 9, 0, 11, 100, 3, 14, 15, 6, 1, 18};
    static const char *const captions[] = {"one two", "two", "one"};
    laco_captioned *data;
    laco_captioned_config config = {.kind = height > 1 ? LACO_CAPTIONED_PICTURES : LACO_CAPTIONED_VECTORS};
    require(laco_captioned_from_values(ctx, values, width, height, captions, 3, &config, &data) == LACO_OK);
    laco_caption_defaults(&o->caption, data);
    laco_status status = laco_train_caption(ctx, &o->caption, data, data, out);
    laco_captioned_free(data);
    return status;
}

static laco_status vectors(laco_context *ctx, any_options *o, laco_model **out) { return captioned(ctx, o, out, 4, 1); }

static laco_status pictures(laco_context *ctx, any_options *o, laco_model **out) { return captioned(ctx, o, out, 3, 2); }

static laco_status pairs(laco_context *ctx, any_options *o, laco_model **out)
{
    static const char *const sources[] = {"ab", "ba", "aa", "cab"}, *const targets[] = {"AB", "BA", "AA", "C A B"};
    laco_pairs *data;
    require(laco_pairs_from_texts(ctx, sources, targets, COUNT(sources), &data) == LACO_OK);
    laco_transduce_defaults(&o->transduce, data);
    laco_status status = laco_train_transduce(ctx, &o->transduce, data, data, out);
    laco_pairs_free(data);
    return status;
}

static laco_status sounds(laco_context *ctx, any_options *o, laco_model **out)
{
    static float samples[3 * 1600];
    static const size_t lengths[] = {1600, 1600, 1600};
    static const char *const texts[] = {"ab", "b a", "aa"};
    for (size_t i = 0; i < COUNT(samples); i++)
        samples[i] = (float)(0.25 * sin(0.2 * (double)(1 + i / 1600) * (double)i));
    laco_spoken *data;
    require(laco_spoken_from_samples(ctx, samples, lengths, texts, 3, &(laco_spoken_config){.rate = 8000}, &data) == LACO_OK);
    laco_transcribe_defaults(&o->transcribe, data);
    laco_status status = laco_train_transcribe(ctx, &o->transcribe, data, data, out);
    laco_spoken_free(data);
    return status;
}

const small_training small_trainings[] = {
    {"classify", "hidden=3 layers=2 embed=2 cell=lstm", texts},
    {"classify", "hidden=3 level=word embed=0 cell=rnn pool=max unidirectional=true", texts},
    {"classify", "hidden=3 level=byte embed=2 cell=mlp window=2", texts},
    {"classify", "hidden=3 layers=1 cell=gru", values},
    {"classify", "hidden=3 cell=mlp", values},
    {"tag", "hidden=2 embed=2 letters=2 ensemble=2 layers=1", tagged},
    {"tag", "hidden=2 embed=2 letters=0 ensemble=1 cell=mlp window=3 no-crf=true", tagged},
    {"forecast", "hidden=2 layers=1 window=6 quantiles=0.1,0.9 calendar=true", series},
    {"forecast", "hidden=2 layers=1 window=6 base=none horizon=2 optim=lbfgs", series},
    {"forecast", "hidden=2 layers=1 window=6 base=seasonal season=3 cell=gru", series},
    {"forecast", "hidden=2 layers=1 window=3 cell=mlp", series},
    {"generate", "hidden=3 embed=3 layers=1 seq-len=8 cell=gru tie-weights=true", text},
    {"generate", "hidden=3 embed=2 layers=2 seq-len=8 level=word weight-drop=0.2", text},
    {"generate", "hidden=3 embed=2 layers=1 seq-len=8 cell=mlp window=3", text},
    {"caption", "hidden=2 embed=2 layers=1", vectors},
    {"caption", "hidden=2 embed=2 layers=1 attention=additive columns=1", pictures},
    {"transduce", "hidden=2 embed=2 layers=1 ensemble=2", pairs},
    {"transduce", "hidden=2 embed=2 layers=1 ensemble=1 attention=none ctc=0 target=word cell=gru", pairs},
    {"transcribe", "hidden=2 layers=1 join=1", sounds},
};
const size_t small_training_count = COUNT(small_trainings);

static void set_options(laco_context *ctx, const small_training *training, any_options *options)
{
    const laco_option_table *table = laco_task_options(training->task);
    char copy[256], *rest = copy;
    snprintf(copy, sizeof copy, "%s epochs=2 batch=4", training->options);
    for (char *word; (word = strtok_r(rest, " ", &rest));) {
        char *value = strchr(word, '=');
        *value++ = '\0';
        if (laco_option_set(ctx, table, options, word, value) < 0)
            fuzz_fail(training->options, laco_error(ctx));
    }
}

static bool for_one_epoch(void *user, const laco_progress *progress)
{
    (void)user;
    return !progress->epoch_done;
}

laco_status small_train(laco_context *ctx, const small_training *training, const char *checkpoint, const char *resume,
                        laco_model **out)
{
    any_options options;
    memset(&options, 0, sizeof options);
    set_options(ctx, training, &options);
    options.train.checkpoint = checkpoint;
    options.train.resume = resume;
    options.train.progress = checkpoint ? for_one_epoch : NULL;
    return training->train(ctx, &options, out);
}
