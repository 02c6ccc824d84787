/* How a recogniser in training does: recordings that were set aside, joined to strings, or recordings of their own as they are.
 */
#include "transcribe/transcript.h"
#include "group/division.h"
#include "tape/tape.h"
#include "transcribe/transcribe_train.h"

#include <string.h>

/* The texts of a string with spaces between them. */
static char *join_texts(const laco_transcribe_learner *learner, const laco_strings_plan *plan, size_t string)
{
    size_t total = 1, used = 0;
    for (size_t i = plan->starts[string]; i < plan->starts[string + 1]; i++)
        total += strlen(laco_spoken_text(learner->data, plan->order[i])) + 1;
    char *text = laco_alloc(learner->ctx, total, 1);
    for (size_t i = plan->starts[string]; text && i < plan->starts[string + 1]; i++) {
        const char *part = laco_spoken_text(learner->data, plan->order[i]);
        if (used > 0)
            text[used++] = ' ';
        memcpy(text + used, part, strlen(part));
        used += strlen(part);
    }
    return text;
}

static laco_status join_strings(laco_transcribe_learner *learner, const laco_strings_plan *plan)
{
    laco_rng rng = {.seed = learner->options->train.seed, .stream = laco_random_stream("transcribe pauses of validation")};
    for (size_t s = 0; s < plan->count; s++) {
        laco_joined *joined = &learner->joined[s];
        LACO_TRY(laco_transcribe_mix(learner, plan, s, &rng, false, &joined->mix));
        if (!(joined->text = join_texts(learner, plan, s)))
            return LACO_NO_MEMORY;
        learner->valid_samples[s] = (laco_samples){joined->mix.samples, joined->mix.count};
        learner->valid_text[s] = joined->text;
    }
    learner->valid_count = plan->count;
    return LACO_OK;
}

/* The part that was set aside, joined once and for all. */
static laco_status join_part(laco_transcribe_learner *learner)
{
    size_t count = learner->split.valid_count;
    learner->joined = laco_alloc(learner->ctx, count, sizeof *learner->joined);
    laco_strings_plan plan = {.order = laco_alloc(learner->ctx, count, sizeof *plan.order),
                              .starts = laco_alloc(learner->ctx, count + 1, sizeof *plan.starts)};
    laco_status status = learner->joined && plan.order && plan.starts ? LACO_OK : LACO_NO_MEMORY;
    if (status == LACO_OK) {
        laco_transcribe_plan(learner, learner->split.valid, count, laco_random_stream("transcribe validation"), &plan);
        status = join_strings(learner, &plan);
    }
    laco_release(learner->ctx, plan.order);
    laco_release(learner->ctx, plan.starts);
    return status;
}

laco_status laco_transcribe_prepare_validation(laco_transcribe_learner *learner)
{
    size_t count = learner->valid ? laco_spoken_count(learner->valid) : learner->split.valid_count;
    learner->valid_samples = laco_alloc(learner->ctx, count, sizeof *learner->valid_samples);
    learner->valid_text = laco_alloc(learner->ctx, count, sizeof *learner->valid_text);
    if (!learner->valid_samples || !learner->valid_text)
        return LACO_NO_MEMORY;
    if (!learner->valid)
        return count > 0 ? join_part(learner) : LACO_OK;
    learner->valid_count = count;
    for (size_t i = 0; i < count; i++) {
        learner->valid_samples[i].samples = laco_spoken_samples(learner->valid, i, &learner->valid_samples[i].count);
        learner->valid_text[i] = laco_spoken_text(learner->valid, i);
    }
    return LACO_OK;
}

void laco_transcribe_end_validation(laco_transcribe_learner *learner)
{
    for (size_t i = 0; learner->joined && i < learner->split.valid_count; i++) {
        laco_release(learner->ctx, learner->joined[i].mix.samples);
        laco_release(learner->ctx, learner->joined[i].text);
    }
    laco_release(learner->ctx, learner->joined);
    laco_release(learner->ctx, learner->valid_samples);
    laco_release(learner->ctx, learner->valid_text);
}

/* ---- Scoring -------------------------------------------------------------------------------------------------------------- */

/* How one string was heard. */
typedef struct heard_string {
    laco_transcribe_score score;
    double loss; /* where its tokens are all known, */
    int64_t tokens;
} heard_string;

typedef struct scoring {
    laco_transcribe_learner *learner;
    laco_text_buffer buffer;
    heard_string *each; /* [valid_count] */
    size_t *start;      /* [parts + 1] where in it each part begins, and ends; at most valid_count parts */
    int32_t *lengths;   /* [valid_count] scratch */
    heard_string all;
} scoring;

/* −log of the probability of text i, on the model's tape, whose scores stay; texts with unknown tokens do not count. */
static laco_status add_loss(scoring *s, size_t i, laco_var scores, int64_t row, int32_t steps)
{
    laco_transcriber *model = s->learner->model;
    laco_tape *tape = model->tape;
    laco_sequences ids;
    int64_t K = laco_var_dim(scores, 2), B = laco_var_dim(scores, 1);
    laco_sequences_init(&ids, s->learner->ctx);
    laco_status status = laco_transcript_encode(&s->buffer, &model->text, model->tokens, s->learner->valid_text[i], &ids);
    bool known = status == LACO_OK;
    for (size_t j = 0; known && j < ids.ids_used; j++)
        known = ids.ids[j] != LACO_UNKNOWN;
    if (known) {
        int32_t count = (int32_t)ids.ids_used;
        laco_var own = laco_columns(tape, laco_reshape(tape, scores, 2, (int64_t[]){laco_var_dim(scores, 0), B * K}), row * K,
                                    (row + 1) * K);
        own = laco_reshape(tape, own, 3, (int64_t[]){laco_var_dim(scores, 0), 1, K});
        laco_ctc_config config = {.reduction = LACO_SUM, .zero_infinity = true};
        laco_var loss = laco_ctc_loss(tape, own, &steps, ids.ids, &count, &config);
        status = laco_tape_status(tape);
        s->each[i].loss = loss ? (double)*laco_var_data(loss) : 0;
        s->each[i].tokens = LACO_MAX(count, 1);
    }
    laco_sequences_free(&ids);
    return status;
}

/* Strings of part i; processes share these. */
static laco_status score_part(void *user, size_t i)
{
    scoring *s = user;
    size_t first = s->start[i], rows = s->start[i + 1] - first;
    int32_t *lengths = s->lengths;
    laco_transcribe_learner *learner = s->learner;
    const laco_decode_options search = {.beam = LACO_TRANSCRIBER_BEAM, .nbest = 1};
    laco_var scores;
    LACO_TRY(laco_transcriber_ask(learner->model, learner->valid_samples + first, rows, lengths, &scores));
    for (size_t r = 0; r < rows; r++) {
        char *heard;
        double ignored;
        LACO_TRY(laco_transcriber_decode(learner->model, scores, (int64_t)r, lengths[r], &search, &heard, &ignored));
        laco_status status = laco_transcript_compare(&s->buffer, &learner->model->text, learner->valid_text[first + r], heard,
                                                     &s->each[first + r].score);
        laco_release(learner->ctx, heard);
        LACO_TRY(status);
        LACO_TRY(add_loss(s, first + r, scores, (int64_t)r, lengths[r]));
    }
    return LACO_OK;
}

static laco_status move_part(void *user, laco_division *division, size_t i)
{
    scoring *s = user;
    return laco_division_move(division, i, s->each + s->start[i], (s->start[i + 1] - s->start[i]) * sizeof *s->each);
}

/* As many strings a part as are asked in one go. */
static size_t divide(scoring *s)
{
    size_t count = s->learner->valid_count, parts = 0;
    while (s->start[parts] < count) {
        size_t first = s->start[parts++];
        s->start[parts] = first + laco_transcriber_share(s->learner->model, s->learner->valid_samples + first, count - first);
    }
    return parts;
}

static laco_status score_all(scoring *s)
{
    laco_transcribe_score *all = &s->all.score;
    laco_context *ctx = s->learner->ctx;
    s->each = laco_alloc(ctx, s->learner->valid_count, sizeof *s->each);
    s->start = laco_alloc(ctx, s->learner->valid_count + 1, sizeof *s->start);
    s->lengths = laco_alloc(ctx, s->learner->valid_count, sizeof *s->lengths);
    laco_status status =
        s->each && s->start && s->lengths ? laco_division_run(ctx, divide(s), score_part, move_part, s) : LACO_NO_MEMORY;
    for (size_t i = 0; i < s->learner->valid_count && status == LACO_OK; i++) {
        laco_transcript_add(&s->each[i].score, all);
        s->all.loss += s->each[i].loss;
        s->all.tokens += s->each[i].tokens;
    }
    laco_release(ctx, s->each);
    laco_release(ctx, s->start);
    laco_release(ctx, s->lengths);
    laco_transcript_rates(all);
    return status;
}

laco_status laco_transcribe_validate(laco_learner *base, laco_validation *out)
{
    scoring s = {.learner = (laco_transcribe_learner *)base};
    laco_text_buffer_init(&s.buffer, s.learner->ctx);
    laco_status status = score_all(&s);
    laco_text_buffer_free(&s.buffer);
    LACO_TRY(status);
    double loss = s.all.tokens > 0 ? s.all.loss / (double)s.all.tokens : 0;
    *out = (laco_validation){.rank = -s.all.score.word_error_rate,
                             .tie = -loss,
                             .plateau = loss,
                             .metric_count = 3,
                             .metric = {{"WER", s.all.score.word_error_rate, true},
                                        {"CER", s.all.score.character_error_rate, true},
                                        {"loss", loss, true}}};
    return LACO_OK;
}
