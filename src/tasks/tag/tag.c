/* Asking a tagger, and scoring it. */
#include "base/grow.h"
#include "tag/bio.h"
#include "tag/tagged.h"
#include "tag/tagger.h"
#include "group/division.h"
#include "model/parts.h"
#include "nn/module.h"
#include "tape/tape.h"

#include <string.h>

static laco_status as_tagger(const laco_model *model, laco_tagger **out)
{
    if (model->task != &laco_task_tag)
        return laco_fail(model->ctx, LACO_INVALID, "a model trained to %s cannot tag", model->task->name);
    *out = (laco_tagger *)(uintptr_t)model;
    return LACO_OK;
}

/* ---- Answers ------------------------------------------------------------------------------------------------------------ */

/* The largest score of each word. */
static void best_of_each(laco_var scores, int32_t *tags)
{
    const laco_real *x = laco_var_data(scores);
    int64_t K = laco_var_columns(scores), rows = laco_var_rows(scores);
    for (int64_t r = 0; r < rows; r++) {
        int32_t best = 0;
        for (int32_t k = 1; k < K; k++)
            best = x[r * K + k] > x[r * K + best] ? k : best;
        tags[r] = best;
    }
}

/* Tags of one batch, [T][B], in the tape's memory; NULL: the tape has failed. */
static const int32_t *answer_batch(laco_tagger *model, laco_lexicon *lexicon, const laco_batch *batch)
{
    laco_tape *tape = model->tape;
    laco_var scores = laco_tagger_scores(tape, model, lexicon, batch);
    if (scores && laco_model_check_answers(model->base.ctx, laco_var_data(scores), laco_var_size(scores), 0, true) < 0) {
        laco_tape_fail(tape, LACO_NUMERIC);
        return NULL;
    }
    int32_t *tags = scores ? laco_arena_alloc(&tape->arena, (size_t)laco_var_rows(scores), sizeof *tags) : NULL;
    if (!tags) {
        laco_tape_fail(tape, LACO_NO_MEMORY);
        return NULL;
    }
    if (!model->crf)
        best_of_each(scores, tags);
    else if (laco_crf_decode(tape, model->crf, scores, batch->lengths, model->forbidden, tags) < 0)
        return NULL;
    return tags;
}

/* Batches, and where their tags go: processes share them. */
typedef struct asked {
    laco_tagger *model;
    laco_lexicon *lexicon;
    const laco_sequences *sentences;
    laco_batches *batches;
    int32_t *out;
} asked;

static laco_status answer_own(void *user, size_t i)
{
    const asked *a = user;
    const laco_batch *batch = laco_batches_get(a->batches, i);
    laco_tape_reset(a->model->tape);
    const int32_t *tags = answer_batch(a->model, a->lexicon, batch);
    if (!tags)
        return laco_tape_status(a->model->tape);
    for (int32_t b = 0; b < batch->rows; b++)
        for (int32_t t = 0; t < batch->lengths[b]; t++)
            a->out[a->sentences->starts[batch->index[b]] + (size_t)t] = tags[(size_t)t * (size_t)batch->rows + (size_t)b];
    return LACO_OK;
}

static laco_status move_batch(void *user, laco_division *division, size_t i)
{
    const asked *a = user;
    const laco_batch *batch = laco_batches_get(a->batches, i);
    for (int32_t b = 0; b < batch->rows; b++)
        LACO_TRY(laco_division_move(division, i, a->out + a->sentences->starts[batch->index[b]],
                                    (size_t)batch->lengths[b] * sizeof *a->out));
    return LACO_OK;
}

/* Sentences to be tagged, and where the answers go. */
typedef struct questions {
    const laco_lexicon *lexicon;
    const laco_sequences *sentences;
    int32_t *tags;
} questions;

static laco_status answer_part(laco_model *base, const size_t *subset, size_t count, void *user)
{
    laco_tagger *model = (laco_tagger *)base;
    const questions *q = user;
    laco_lexicon lexicon = *q->lexicon; /* with scratch of its own */
    laco_batches *batches = NULL;
    laco_batches_config config = {.batch_size = 128, .max_padded = 1 << 13};
    if (!model->tape)
        LACO_TRY(laco_tape_new(base->ctx, &(laco_tape_config){.inference = true}, &model->tape));
    laco_status status = laco_lexicon_scratch(base->ctx, &lexicon);
    if (status == LACO_OK)
        status = laco_batches_new(base->ctx, q->sentences, NULL, subset, count, &config, &batches);
    if (status == LACO_OK)
        status = laco_division_run(base->ctx, laco_batches_count(batches), answer_own, move_batch,
                                   &(asked){model, &lexicon, q->sentences, batches, q->tags});
    laco_batches_free(batches);
    laco_release(base->ctx, lexicon.row);
    laco_release(base->ctx, lexicon.different);
    return status;
}

#define LEAST_PART 64 /* sentences that are worth a thread */

laco_status laco_tagger_answer(laco_tagger *model, const laco_lexicon *lexicon, const laco_sequences *sentences,
                               const size_t *subset, size_t count, int32_t *tags)
{
    laco_module_set_training(model->base.module, false);
    return laco_model_ask_parts(&model->base, subset, count, LEAST_PART, answer_part, &(questions){lexicon, sentences, tags});
}

/* Whole data: with the context that the model was trained with. */
static laco_status answer_all(laco_tagger *model, laco_lexicon *lexicon, const laco_sequences *sentences, int32_t *tags)
{
    laco_sequences joined;
    if (model->config.context == 0)
        return laco_tagger_answer(model, lexicon, sentences, NULL, sentences->count, tags);
    laco_sequences_init(&joined, model->base.ctx);
    laco_status status = laco_sequences_join(sentences, model->config.context, &joined);
    if (status == LACO_OK)
        status = laco_tagger_answer(model, lexicon, &joined, NULL, joined.count, tags);
    laco_sequences_free(&joined);
    return status;
}

/* Tag numbers of words that are sequences of numbers into `words`. */
static laco_status answer(laco_tagger *model, const laco_strings *words, const laco_sequences *sentences, int32_t *tags)
{
    laco_lexicon lexicon;
    laco_status status = laco_lexicon_new(model, words, &lexicon);
    if (status == LACO_OK)
        status = answer_all(model, &lexicon, sentences, tags);
    laco_lexicon_free(&lexicon);
    return status;
}

laco_status laco_model_tag_all(laco_model *base, const laco_tagged *data, const char **tags)
{
    laco_tagger *model;
    LACO_TRY(as_tagger(base, &model));
    size_t count = laco_tagged_word_count(data);
    if (count == 0)
        return LACO_OK;
    int32_t *numbers = laco_alloc(base->ctx, count, sizeof *numbers);
    laco_status status = numbers ? answer(model, &data->words, &data->sentences, numbers) : LACO_NO_MEMORY;
    for (size_t i = 0; status == LACO_OK && i < count; i++)
        tags[i] = model->tags[numbers[i]];
    laco_release(base->ctx, numbers);
    return status;
}

laco_status laco_model_tag(laco_model *model, const char *const *words, size_t count, const char **tags)
{
    laco_tagged *data;
    laco_tagger *unused;
    LACO_TRY(as_tagger(model, &unused));
    LACO_TRY(laco_tagged_begin(model->ctx, &(laco_tagged_config){.untagged = true}, &data));
    laco_status status = LACO_OK;
    for (size_t i = 0; i < count && status == LACO_OK; i++)
        status = laco_tagged_add_word(data, words[i], strlen(words[i]), NULL, 0);
    if (status == LACO_OK)
        status = laco_tagged_end_sentence(data);
    if (status == LACO_OK)
        status = laco_model_tag_all(model, data, tags);
    laco_tagged_free(data);
    return status;
}

/* ---- Scores ------------------------------------------------------------------------------------------------------------- */

void laco_tag_score_free(laco_tag_score *score)
{
    if (!score || !score->ctx)
        return;
    laco_release(score->ctx, score->classes);
    *score = (laco_tag_score){0};
}

static double ratio(size_t part, size_t whole) { return whole > 0 ? (double)part / (double)whole : 0; }

static laco_class_score class_score(const char *name, size_t gold, size_t found, size_t right)
{
    return (laco_class_score){name, gold, ratio(right, found), ratio(right, gold), ratio(2 * right, gold + found)};
}

/* Classes are types of entities. */
static laco_status score_entities(const char *const *names, int count, const size_t *starts, size_t sentences,
                                  const int32_t *gold, const int32_t *found, laco_tag_score *score)
{
    laco_bio_type *types;
    LACO_TRY(laco_bio_count(score->ctx, names, count, starts, sentences, gold, found, &types, &score->class_count));
    score->classes = laco_alloc(score->ctx, (size_t)score->class_count, sizeof *score->classes);
    for (int t = 0; score->classes && t < score->class_count; t++) {
        score->classes[t] = class_score(types[t].name, types[t].gold, types[t].found, types[t].right);
        score->gold += types[t].gold;
        score->found += types[t].found;
        score->matched += types[t].right;
    }
    laco_release(score->ctx, types);
    score->precision = ratio(score->matched, score->found);
    score->recall = ratio(score->matched, score->gold);
    score->f1 = ratio(2 * score->matched, score->gold + score->found);
    return score->classes ? LACO_OK : LACO_NO_MEMORY;
}

/* Classes are tags that are in the data or were answered. */
static laco_status score_tags(const char *const *names, int count, size_t words, const int32_t *gold, const int32_t *found,
                              laco_tag_score *score)
{
    size_t K = (size_t)count, *counts = laco_alloc(score->ctx, K, 3 * sizeof *counts);
    score->classes = counts ? laco_alloc(score->ctx, K, sizeof *score->classes) : NULL;
    for (size_t i = 0; score->classes && i < words; i++) {
        counts[gold[i]]++;
        counts[K + (size_t)found[i]]++;
        counts[2 * K + (size_t)gold[i]] += gold[i] == found[i];
    }
    for (size_t k = 0; score->classes && k < K; k++)
        if (counts[k] + counts[K + k] > 0)
            score->classes[score->class_count++] = class_score(names[k], counts[k], counts[K + k], counts[2 * K + k]);
    laco_release(score->ctx, counts);
    return score->classes ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_tag_score_fill(laco_context *ctx, const char *const *names, int count, const size_t *starts, size_t sentences,
                                const int32_t *gold, const int32_t *found, laco_tag_score *out)
{
    laco_tag_score score = {
        .ctx = ctx, .sentences = sentences, .words = starts[sentences], .entities = laco_bio_detect(names, count)};
    for (size_t i = 0; i < score.words; i++)
        score.right += gold[i] == found[i];
    score.accuracy = ratio(score.right, score.words);
    laco_status status = score.entities ? score_entities(names, count, starts, sentences, gold, found, &score)
                                        : score_tags(names, count, score.words, gold, found, &score);
    if (status < 0)
        laco_tag_score_free(&score);
    else
        *out = score;
    return status;
}

/* How words that have no id did. */
static void score_unseen(const laco_tagged *data, const laco_lexicon *lexicon, const int32_t *found, laco_tag_score *score)
{
    size_t right = 0;
    for (size_t i = 0; i < data->sentences.ids_used; i++)
        if (lexicon->ids[data->sentences.ids[i]] == LACO_UNKNOWN) {
            score->unseen++;
            right += data->tags.ids[i] == found[i];
        }
    score->unseen_accuracy = ratio(right, score->unseen);
}

static laco_status check_tags(const laco_tagger *model, const laco_tagged *data)
{
    size_t known = 0;
    bool same = (int64_t)data->labels.count >= model->config.outputs && data->sentences.count > 0;
    for (int64_t k = 0; same && k < model->config.outputs; k++)
        same = strcmp(data->names[k], model->tags[k]) == 0;
    for (size_t i = 0; same && i < data->tags.ids_used; i++) {
        same = data->tags.ids[i] >= 0;
        known += data->tags.ids[i] < model->config.outputs;
    }
    if (!same)
        return laco_fail(model->base.ctx, LACO_INVALID, "the data has no tags, or was not read with the tags of the model");
    return known > 0 ? LACO_OK
                     : laco_fail(model->base.ctx, LACO_INVALID,
                                 "no word of the data has a tag that training saw: its first is \"%s\", the model's is \"%s\"; "
                                 "is another column meant?",
                                 data->names[data->tags.ids[0]], model->tags[0]);
}

laco_status laco_model_score_tags(laco_model *base, const laco_tagged *data, laco_tag_score *out)
{
    laco_tagger *model;
    laco_lexicon lexicon = {0};
    LACO_TRY(as_tagger(base, &model));
    LACO_TRY(check_tags(model, data));
    int32_t *found = laco_alloc(base->ctx, data->sentences.ids_used, sizeof *found);
    laco_status status = found ? laco_lexicon_new(model, &data->words, &lexicon) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = answer_all(model, &lexicon, &data->sentences, found);
    if (status == LACO_OK)
        status = laco_tag_score_fill(base->ctx, data->names, (int)data->labels.count, data->sentences.starts,
                                     data->sentences.count, data->tags.ids, found, out);
    if (status == LACO_OK)
        score_unseen(data, &lexicon, found, out);
    laco_lexicon_free(&lexicon);
    laco_release(base->ctx, found);
    return status;
}
