/* Taggers at work. */
#include "export/inspect/scene.h"

#include "base/json_text.h"
#include "nn/module.h"
#include "tag/tagged.h"
#include "tag/tagger.h"
#include "tape/tape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RUNNERS 5 /* paths of a field */

typedef struct tag {
    laco_lexicon lexicon;
    const int32_t *words;
    int32_t *tags;   /* [T] the answers */
    int32_t target;  /* of the word that is asked for */
    double *score;   /* [T] log-probability of the answer by the scores of its word alone */
    laco_real *rows; /* [T][K] scores */
} tag;

static laco_tagger *tagger_of(const laco_scene *scene) { return (laco_tagger *)scene->model; }

static laco_status read_tag(laco_scene *scene, laco_tape *tape, const laco_reading *readings, int64_t B)
{
    tag *own = scene->own;
    laco_tagger *model = tagger_of(scene);
    int64_t T = 0, K = model->config.outputs;
    int32_t *lengths = laco_arena_alloc(&tape->arena, (size_t)B, sizeof *lengths);
    for (int64_t b = 0; lengths && b < B; b++) {
        lengths[b] = (int32_t)laco_reading_steps(&readings[b]);
        T = LACO_MAX(T, (int64_t)lengths[b]);
    }
    int32_t *ids = lengths ? laco_arena_zeroed(&tape->arena, (size_t)(LACO_MAX(T, (int64_t)1) * B), sizeof *ids) : NULL;
    if (!ids)
        return LACO_NO_MEMORY;
    for (int64_t b = 0; b < B; b++)
        for (int64_t k = 0; k < readings[b].read; k++)
            if (laco_reading_place(&readings[b], k) >= 0)
                ids[laco_reading_place(&readings[b], k) * B + b] = own->words[k];
    laco_batch batch = {.rows = (int32_t)B, .steps = (int32_t)T, .ids = ids, .lengths = lengths};
    scene->y = laco_log_softmax(tape, laco_tagger_scores(tape, model, &own->lexicon, &batch));
    for (int64_t b = 0; scene->y && b < B; b++) {
        int64_t q = readings[b].question, place = q >= 0 ? laco_reading_place(&readings[b], q) : -1;
        int32_t target = q == scene->asked ? own->target : q >= 0 ? own->tags[q] : 0;
        if (place >= 0)
            LACO_TRY(laco_scene_pick(scene, b, (place * B + b) * K + target, 1));
    }
    return LACO_OK;
}

/* The answers, the scores, and the word of which least is sure. */
static laco_status answer(laco_scene *scene, tag *own)
{
    laco_tagger *model = tagger_of(scene);
    laco_tape *tape = scene->quiet;
    int64_t T = scene->T, K = model->config.outputs;
    laco_batch batch = {.rows = 1, .steps = (int32_t)T, .ids = own->words, .lengths = &(int32_t){(int32_t)T}};
    laco_tape_reset(tape);
    laco_module_set_training(model->base.module, false);
    laco_var scores = laco_tagger_scores(tape, model, &own->lexicon, &batch), logs = laco_log_softmax(tape, scores);
    if (!logs)
        return laco_tape_status(tape);
    LACO_TRY(laco_model_check_answers(scene->ctx, laco_var_data(scores), laco_var_size(scores), 0, true));
    if (model->crf)
        LACO_TRY(laco_crf_decode(tape, model->crf, scores, batch.lengths, model->forbidden, own->tags));
    memcpy(own->rows, laco_var_data(scores), (size_t)(T * K) * sizeof *own->rows);
    for (int64_t t = 0; t < T; t++) {
        const laco_real *x = laco_var_data(logs) + t * K;
        for (int32_t k = 1; !model->crf && k < K; k++)
            own->tags[t] = x[k] > x[own->tags[t]] ? k : own->tags[t];
        own->score[t] = (double)x[own->tags[t]];
        scene->asked = own->score[t] < own->score[scene->asked] ? t : scene->asked;
    }
    return LACO_OK;
}

/* Units that go with a tag: of those that come at least twice. */
static laco_status tag_features(laco_scene *scene, const tag *own)
{
    const laco_tagger *model = tagger_of(scene);
    LACO_TRY(laco_scene_text_features(scene, &scene->view[0], true));
    for (int32_t k = 0; k < model->config.outputs && scene->view[0].features < LACO_FEATURES; k++) {
        int64_t count = 0;
        for (int64_t t = 0; t < scene->T; t++)
            count += own->tags[t] == k;
        if (count < 2)
            continue;
        laco_feature *feature = laco_scene_feature(scene, &scene->view[0], "tag %.60s", model->tags[k]);
        if (!feature)
            return LACO_NO_MEMORY;
        for (int64_t t = 0; t < scene->T; t++)
            feature->value[t] = own->tags[t] == k;
    }
    return LACO_OK;
}

static laco_status choose(laco_scene *scene, tag *own, const laco_inspect_options *options)
{
    const laco_tagger *model = tagger_of(scene);
    if (options->place > 0 && options->place <= scene->T)
        scene->asked = options->place - 1;
    own->target = options->target ? -1 : own->tags[scene->asked];
    for (int32_t k = 0; options->target && k < model->config.outputs; k++)
        own->target = strcmp(model->tags[k], options->target) == 0 ? k : own->target;
    if (own->target < 0)
        return laco_fail(scene->ctx, LACO_INVALID, "the model has no tag \"%.60s\"", options->target);
    snprintf(scene->about, sizeof scene->about, "log-probability of %.60s at \"%.60s\" (step %lld)", model->tags[own->target],
             json_string_value(json_array_get(scene->view[0].tokens, (size_t)scene->asked)), (long long)scene->asked + 1);
    return LACO_OK;
}

static laco_status open_tag(laco_scene *scene, const laco_inspect_input *input, const laco_inspect_options *options)
{
    tag *own = scene->own = laco_scene_alloc(scene, 1, sizeof *own);
    const laco_tagged *data = input->tagged;
    laco_tagger *model = tagger_of(scene);
    size_t first;
    if (!own)
        return LACO_NO_MEMORY;
    if (model->config.mlp)
        return laco_fail(scene->ctx, LACO_INVALID, "a multilayer perceptron has no hidden state to look at");
    if (!data || input->index >= laco_tagged_sentence_count(data))
        return laco_fail(scene->ctx, LACO_INVALID, "there is no sentence %zu in the data", input->index + 1);
    scene->total = (int64_t)laco_tagged_sentence(data, input->index, &first);
    scene->T = scene->questions = LACO_MIN(scene->total, options->steps);
    scene->along = true;
    scene->unit = "word";
    scene->loss = "−log of the probability of the tag that is answered at step t, by the scores of that step alone";
    own->words = laco_sequences_ids(&data->sentences, input->index);
    own->tags = laco_scene_alloc(scene, scene->T, sizeof *own->tags);
    own->score = laco_scene_alloc(scene, scene->T, sizeof *own->score);
    own->rows = laco_scene_alloc(scene, scene->T * model->config.outputs, sizeof *own->rows);
    if (!own->tags || !own->score || !own->rows)
        return LACO_NO_MEMORY;
    LACO_TRY(laco_lexicon_new(model, &data->words, &own->lexicon));
    json_t *tokens = json_array();
    for (int64_t t = 0; t < scene->T; t++)
        laco_json_add(&tokens, json_string(laco_tagged_word(data, first + (size_t)t)));
    LACO_TRY(laco_scene_view(scene, "network", "rnn", model->config.ensemble, scene->T, tokens));
    LACO_TRY(answer(scene, own));
    LACO_TRY(tag_features(scene, own));
    return choose(scene, own, options);
}

/* ---- Runners-up ------------------------------------------------------------------------------------------------------------- */

/* A path to tag k at some step: its score, and of the step before the tag and which of its paths. */
typedef struct path {
    double score;
    int32_t tag, rank;
} path;

typedef struct field {
    const laco_real *start, *end, *transitions;
    const bool *forbidden;
    int64_t T, K;
    path *best; /* [T][K][RUNNERS] falling */
    double log_z;
} field;

static void offer(path *best, path p)
{
    for (int i = 0; i < RUNNERS; i++)
        if (p.score > best[i].score) {
            memmove(best + i + 1, best + i, (size_t)(RUNNERS - 1 - i) * sizeof *best);
            best[i] = p;
            return;
        }
}

static double plus(double a, double b) { return a == -INFINITY ? b : fmax(a, b) + log1p(exp(-fabs(a - b))); }

/* The best paths to every tag at every step, and log Z by the way. alpha [2][K]. */
static void go(field *f, const laco_real *x, double *alpha)
{
    for (int64_t t = 0; t < f->T; t++)
        for (int32_t k = 0; k < f->K; k++) {
            path *best = f->best + (t * f->K + k) * RUNNERS;
            double *now = alpha + (t & 1) * f->K + k, *before = alpha + (~t & 1) * f->K, here = (double)x[t * f->K + k];
            for (int i = 0; i < RUNNERS; i++)
                best[i] = (path){-INFINITY, -1, -1};
            *now = t == 0 ? (double)f->start[k] + here : -INFINITY;
            if (t == 0 && !(f->forbidden && f->forbidden[k]))
                best[0].score = *now;
            for (int32_t j = 0; t > 0 && j < f->K; j++) {
                double step = (double)f->transitions[j * f->K + k] + here;
                *now = plus(*now, before[j] + step);
                for (int32_t i = 0; i < RUNNERS && !(f->forbidden && f->forbidden[(1 + j) * f->K + k]); i++) {
                    const path *from = f->best + ((t - 1) * f->K + j) * RUNNERS + i;
                    if (from->score > -INFINITY)
                        offer(best, (path){from->score + step, j, i});
                }
            }
        }
    f->log_z = -INFINITY;
    for (int32_t k = 0; k < f->K; k++)
        f->log_z = plus(f->log_z, alpha[(~f->T & 1) * f->K + k] + (double)f->end[k]);
}

static json_t *path_of(const field *f, const laco_tagger *model, path last)
{
    json_t *tags = json_array();
    int32_t k = last.tag, rank = last.rank;
    for (int64_t t = f->T - 1; t >= 0; t--) {
        if (tags && json_array_insert_new(tags, 0, json_string(model->tags[k])) < 0)
            return NULL;
        const path *p = &f->best[(t * f->K + k) * RUNNERS + rank];
        k = p->tag;
        rank = p->rank;
    }
    return tags;
}

/* The paths of a field that are most probable. Where I-TYPE cannot follow, Z counts it all the same, as in training. */
static laco_status runners_up(laco_scene *scene, json_t **into)
{
    tag *own = scene->own;
    laco_tagger *model = tagger_of(scene);
    laco_module *module = model->base.module;
    int64_t T = scene->T, K = model->config.outputs;
    field f = {.start = laco_module_find(module, "crf.start_transitions")->value,
               .end = laco_module_find(module, "crf.end_transitions")->value,
               .transitions = laco_module_find(module, "crf.transitions")->value,
               .forbidden = model->forbidden,
               .T = T,
               .K = K};
    double *alpha = laco_scene_alloc(scene, 2 * K, sizeof *alpha);
    path last[RUNNERS];
    if (!alpha || !(f.best = laco_scene_alloc(scene, T * K * RUNNERS, sizeof *f.best)))
        return LACO_NO_MEMORY;
    go(&f, own->rows, alpha);
    for (int i = 0; i < RUNNERS; i++)
        last[i] = (path){-INFINITY, -1, -1};
    for (int32_t k = 0; k < K; k++)
        for (int32_t i = 0; i < RUNNERS; i++)
            offer(last, (path){f.best[((T - 1) * K + k) * RUNNERS + i].score + (double)f.end[k], k, i});
    json_t *paths = json_array();
    for (int i = 0; i < RUNNERS && last[i].score > -INFINITY; i++)
        laco_json_add(&paths, json_pack("{s:o, s:o}", "tags", path_of(&f, model, last[i]), "probability",
                                        laco_inspect_number(exp(last[i].score - f.log_z))));
    laco_json_put(into, "runners_up", paths);
    return LACO_OK;
}

static laco_status tell_tag(laco_scene *scene, json_t **into)
{
    const tag *own = scene->own;
    json_t *tags = json_array(), *chances = json_array();
    for (int64_t t = 0; t < scene->T; t++) {
        laco_json_add(&tags, json_string(tagger_of(scene)->tags[own->tags[t]]));
        laco_json_add(&chances, laco_inspect_number(exp(own->score[t])));
    }
    laco_json_put(into, "answer", json_pack("{s:o, s:o}", "tags", tags, "probability", chances));
    return tagger_of(scene)->crf ? runners_up(scene, into) : LACO_OK;
}

static void close_tag(laco_scene *scene)
{
    if (scene->own)
        laco_lexicon_free(&((tag *)scene->own)->lexicon);
}

const laco_scene_type laco_scene_tag = {"tag", open_tag, close_tag, read_tag, tell_tag};
