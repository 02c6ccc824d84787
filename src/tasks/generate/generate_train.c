/* Training a language model: truncated backpropagation through time over rows that go on where they left off. */
#include "generate/corpus.h"
#include "group/division.h"
#include "laco/generate.h"
#include "generate/language.h"
#include "tape/tape.h"
#include "generate/generate_options.h"
#include "train/from.h"
#include "train/loop.h"
#include "train/rows.h"

#include "base/hash.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

#define SPREAD 16          /* stretches that are set aside of a text which will learn them in the end, */
#define LEAST_STRETCH 1024 /* each of at least so many tokens */

/* What training holds beside the model. The text is `pieces` pieces of `period` tokens, of which the last `aside` are set aside,
 * and a rest. Row b reads `stretch` tokens of what is trained on as a ring, from offset + b·stretch on. */
typedef struct generate_learner {
    laco_learner base;
    laco_context *ctx;
    laco_language *model;
    laco_generate_options *options; /* with defaults filled in once the text is known */
    laco_corpus *corpus, *valid;    /* valid: NULL, or a text of its own */
    int64_t pieces, period, aside;  /* aside 0: everything is trained on */
    int64_t tokens;                 /* that are trained on */
    int64_t rows, stretch, offset;
    laco_rnn_state carry;         /* of all rows; where batches are cut into shards, as it was when it was gathered, */
    laco_rnn_state *parts;        /* and here [shards] of the rows of each; NULL: they are not */
    int32_t *row, *ids, *targets; /* [seq_len + 1] tokens of one row; [seq_len][rows] */
} generate_learner;

static laco_status start_epoch(laco_learner *base, int64_t epoch, int64_t *batches)
{
    generate_learner *learner = (generate_learner *)base;
    laco_rng rng = {.seed = learner->options->train.seed, .stream = laco_random_stream("offset") + (uint64_t)epoch};
    learner->offset = (int64_t)laco_rng_below(&rng, (uint64_t)learner->tokens);
    *batches = (learner->stretch + learner->options->seq_len - 1) / learner->options->seq_len;
    return LACO_OK;
}

/* Tokens from `place` of the ring on, which leaves out what is set aside. */
static laco_status read_ring(const generate_learner *learner, int64_t place, int64_t count, int32_t *ids)
{
    int64_t length = learner->period - learner->aside; /* of a piece, in the ring */
    for (int64_t done = 0; done < count;) {
        place %= learner->tokens;
        int64_t piece = LACO_MIN(place / length, learner->pieces), within = place - piece * length;
        int64_t end = piece < learner->pieces ? length : learner->tokens - learner->pieces * length;
        int64_t part = LACO_MIN(count - done, end - within);
        LACO_TRY(laco_corpus_read(learner->corpus, piece * learner->period + within, part, ids + done));
        done += part;
        place += part;
    }
    return LACO_OK;
}

/* The first row of a shard: each has rows that lie side by side, and so reads its part of the text alone. */
static int64_t first_row(const generate_learner *learner, int64_t shard)
{
    return learner->rows * shard / laco_learner_shards(&learner->base);
}

static int64_t rows_of(const generate_learner *learner, int64_t shard)
{
    return first_row(learner, shard + 1) - first_row(learner, shard);
}

/* Steps `step` … step+T-1 of the rows of a shard: what goes in, and the unit that follows. */
static laco_status lay_out(generate_learner *learner, int64_t shard, int64_t step, int64_t T)
{
    int64_t rows = rows_of(learner, shard), first = first_row(learner, shard);
    for (int64_t b = 0; b < rows; b++) {
        LACO_TRY(read_ring(learner, learner->offset + (first + b) * learner->stretch + step, T + 1, learner->row));
        for (int64_t t = 0; t < T; t++) {
            learner->ids[t * rows + b] = learner->row[t];
            learner->targets[t * rows + b] = learner->row[t + 1];
        }
    }
    return LACO_OK;
}

static laco_var batch_loss(laco_learner *base, laco_tape *tape, const laco_part *part, int64_t *examples)
{
    generate_learner *learner = (generate_learner *)base;
    int64_t step = part->batch * learner->options->seq_len, T = LACO_MIN(learner->options->seq_len, learner->stretch - step);
    int64_t rows = rows_of(learner, part->shard);
    laco_rnn_state *carry = learner->parts ? &learner->parts[part->shard] : &learner->carry;
    laco_loss_config loss = {.label_smoothing = learner->options->label_smoothing, .reduction = laco_part_reduction(part)};
    laco_status status = lay_out(learner, part->shard, step, T);
    if (status < 0)
        return laco_tape_fail(tape, status);
    if (part->batch == 0)
        laco_rnn_state_clear(carry);
    *examples = T * rows;
    laco_state state = laco_rnn_state_begin(tape, carry);
    laco_var logits = laco_language_logits(tape, learner->model, learner->ids, T, rows, &state, true);
    laco_var value = laco_cross_entropy_loss(tape, logits, learner->targets, &loss);
    if (value)
        laco_rnn_state_end(carry, &state);
    return laco_part_mean(tape, part, value, (double)(T * learner->rows));
}

static int64_t count_validation(const generate_learner *learner)
{
    return learner->valid ? learner->valid->count : learner->pieces * learner->aside;
}

/* The validation part of the text, in pieces: processes share them, each read by one alone. */
typedef struct scored {
    generate_learner *learner;
    double *nats; /* [pieces] */
} scored;

static laco_status score_piece(void *user, size_t piece)
{
    const scored *s = user;
    const generate_learner *learner = s->learner;
    int64_t end = ((int64_t)piece + 1) * learner->period;
    return laco_language_score(learner->model, learner->corpus, end - learner->aside, end, &s->nats[piece]);
}

static laco_status move_piece(void *user, laco_division *division, size_t piece)
{
    const scored *s = user;
    return laco_division_move(division, piece, &s->nats[piece], sizeof *s->nats);
}

static laco_status score_pieces(generate_learner *learner, double *nats)
{
    size_t pieces = (size_t)learner->pieces;
    scored s = {learner, laco_alloc(learner->ctx, pieces, sizeof *s.nats)};
    laco_status status = s.nats ? laco_division_run(learner->ctx, pieces, score_piece, move_piece, &s) : LACO_NO_MEMORY;
    for (size_t piece = 0; piece < pieces && status == LACO_OK; piece++)
        *nats += s.nats[piece];
    laco_release(learner->ctx, s.nats);
    return status;
}

/* Bits per character of the validation part; where tokens are not characters, the perplexity of a token too. One piece, or a text of its
 * own, is shared row by row. */
static laco_status validate(laco_learner *base, laco_validation *out)
{
    generate_learner *learner = (generate_learner *)base;
    const laco_corpus *corpus = learner->valid ? learner->valid : learner->corpus;
    int64_t end = learner->valid ? corpus->count : learner->period, count = learner->valid ? end : learner->aside;
    double nats = 0;
    LACO_TRY(learner->valid || learner->pieces == 1 ? laco_language_score(learner->model, corpus, end - count, end, &nats)
                                                    : score_pieces(learner, &nats));
    double loss = nats / (double)count_validation(learner);
    bool words = learner->options->text.level == LACO_TEXT_WORD;
    *out = (laco_validation){
        .rank = -loss, .plateau = loss, .metric_count = 2, .metric = {{"loss", loss, true}, {"bits", loss / log(2), true}}};
    if (words)
        out->metric[1] = (laco_metric){"perplexity", exp(loss), true};
    return LACO_OK;
}

/* ---- The state that a checkpoint needs ---------------------------------------------------------------------------------- */

/* The rows of a shard out of those of all, or into them. */
static void exchange_rows(generate_learner *learner, int64_t shard, bool out)
{
    laco_rnn_state *part = &learner->parts[shard];
    int64_t first = first_row(learner, shard);
    for (int64_t b = 0; b < rows_of(learner, shard); b++)
        if (out)
            laco_rnn_state_copy(part, b, &learner->carry, first + b);
        else
            laco_rnn_state_copy(&learner->carry, first + b, part, b);
}

static laco_status record(laco_learner *base, laco_record *record)
{
    generate_learner *learner = (generate_learner *)base;
    laco_rnn_state *carry = &learner->carry;
    int64_t shards = learner->parts ? laco_learner_shards(base) : 0;
    for (int64_t s = 0; s < shards && record->writer; s++)
        exchange_rows(learner, s, true);
    LACO_TRY(laco_record_tensor(record, "carry.h", 3, carry->h_shape, carry->h, true));
    if (carry->c)
        LACO_TRY(laco_record_tensor(record, "carry.c", 3, carry->c_shape, carry->c, true));
    for (int64_t s = 0; s < shards && !record->writer; s++)
        exchange_rows(learner, s, false);
    return LACO_OK;
}

/* Each process has the states of its shards: everybody gets all. */
static laco_status gather(laco_learner *base, laco_group *group)
{
    generate_learner *learner = (generate_learner *)base;
    int64_t shards = laco_learner_shards(base), each = shards / group->size;
    for (int64_t s = 0; s < shards; s++)
        LACO_TRY(laco_group_broadcast(learner->ctx, group, learner->parts[s].h, laco_rnn_state_bytes(&learner->parts[s]),
                                      (int)(s / each)));
    return LACO_OK;
}

/* ---- Preparing ---------------------------------------------------------------------------------------------------------- */

/* Sets so many tokens aside, in stretches spread over the text, or its end. */
static void set_aside(generate_learner *learner, int64_t tokens, int64_t pieces)
{
    int64_t count = learner->corpus->count;
    learner->pieces = LACO_MAX(1, pieces);
    learner->period = count / learner->pieces;
    learner->aside = tokens / learner->pieces;
    learner->tokens = count - learner->pieces * learner->aside;
}

/* What of the corpus is set aside; nothing where there is a text to validate with. */
static laco_status split(generate_learner *learner)
{
    const laco_generate_options *options = learner->options;
    int64_t count = learner->corpus->count, aside = 0;
    if (!learner->valid && options->valid.fraction > 0)
        aside = LACO_MIN((int64_t)((double)count * options->valid.fraction), options->valid_most);
    bool refits = laco_learner_refits(&learner->base, aside);
    set_aside(learner, aside, refits ? LACO_MIN(SPREAD, aside / LEAST_STRETCH) : 1);
    learner->base.aside = learner->pieces * learner->aside;
    if (learner->tokens > options->seq_len)
        return LACO_OK;
    return laco_fail(
        learner->ctx, LACO_INVALID, "%lld %s to learn from are less than one chunk of %lld and the one that follows it",
        (long long)learner->tokens, options->text.level == LACO_TEXT_WORD ? "words" : "characters", (long long)options->seq_len);
}

static laco_status new_model(generate_learner *learner)
{
    const laco_generate_options *options = learner->options;
    bool words = options->text.level == LACO_TEXT_WORD;
    const laco_language *from = (const laco_language *)learner->base.from;
    laco_vocabulary_config config = {
        .min_count = words ? 2 : 1, .max_size = (size_t)options->vocabulary, .known = from ? from->vocabulary : NULL};
    laco_vocabulary *vocabulary;
    laco_network_config network = {.forward = true};
    LACO_TRY(laco_network_configure(learner->ctx, &options->network, &network));
    LACO_TRY(laco_corpus_vocabulary(learner->corpus, learner->base.refits ? learner->corpus->count : learner->tokens, &config,
                                    &vocabulary));
    network.inputs = network.outputs = laco_vocabulary_size(vocabulary);
    if (from)
        laco_network_keep(&from->network.config, &network);
    LACO_TRY(laco_language_new(learner->ctx, options->train.seed, &network, &options->text, vocabulary, &learner->model));
    learner->base.model = &learner->model->base;
    laco_growth growth = {from ? from->network.config.outputs : 0, network.outputs, NULL, 0, 1};
    LACO_TRY(laco_from_copy(&learner->base, &growth, 1));
    LACO_TRY(laco_corpus_set_vocabulary(learner->corpus, learner->model->vocabulary));
    return learner->valid ? laco_corpus_set_vocabulary(learner->valid, learner->model->vocabulary) : LACO_OK;
}

/* States for the rows of each shard, none of which may be without. */
static laco_status lay_shards(generate_learner *learner)
{
    int64_t shards = laco_learner_shards(&learner->base);
    if (shards == 1)
        return LACO_OK;
    if (shards > learner->rows)
        return laco_fail(learner->ctx, LACO_INVALID, "%lld shards of a batch of %lld rows: at most as many shards are right",
                         (long long)shards, (long long)learner->rows);
    learner->parts = laco_alloc(learner->ctx, (size_t)shards, sizeof *learner->parts);
    for (int64_t s = 0; s < shards && learner->parts; s++)
        LACO_TRY(laco_network_state_new(learner->ctx, &learner->model->network, rows_of(learner, s), &learner->parts[s]));
    return learner->parts ? LACO_OK : LACO_NO_MEMORY;
}

/* Fewer rows than asked for where the text is short: each should fill a chunk. */
static laco_status lay_rows(generate_learner *learner)
{
    int64_t T = learner->options->seq_len;
    learner->rows = LACO_MAX(1, LACO_MIN(learner->options->train.batch, learner->tokens / T));
    learner->stretch = learner->tokens / learner->rows;
    LACO_TRY(laco_network_state_new(learner->ctx, &learner->model->network, learner->rows, &learner->carry));
    LACO_TRY(lay_shards(learner));
    learner->row = laco_alloc(learner->ctx, (size_t)T + 1, sizeof *learner->row);
    learner->ids = laco_alloc(learner->ctx, (size_t)T, (size_t)learner->rows * sizeof *learner->ids);
    learner->targets = laco_alloc(learner->ctx, (size_t)T, (size_t)learner->rows * sizeof *learner->targets);
    return learner->row && learner->ids && learner->targets ? LACO_OK : LACO_NO_MEMORY;
}

static laco_status prepare(laco_learner *base)
{
    generate_learner *learner = (generate_learner *)base;
    laco_generate_options *options = learner->options;
    laco_generate_defaults(options, learner->corpus->count);
    LACO_TRY(split(learner));
    LACO_TRY(new_model(learner));
    base->validates = count_validation(learner) > 0;
    return lay_rows(learner);
}

/* The rows stay as many; each is longer. */
static laco_status give_back(laco_learner *base)
{
    generate_learner *learner = (generate_learner *)base;
    set_aside(learner, 0, 1);
    learner->stretch = learner->tokens / learner->rows;
    return LACO_OK;
}

static void release(laco_learner *base)
{
    generate_learner *learner = (generate_learner *)base;
    laco_context *ctx = learner->ctx;
    laco_rnn_state_free(ctx, &learner->carry);
    for (int64_t s = 0; learner->parts && s < laco_learner_shards(base); s++)
        laco_rnn_state_free(ctx, &learner->parts[s]);
    laco_release(ctx, learner->parts);
    laco_release(ctx, learner->row);
    laco_release(ctx, learner->ids);
    laco_release(ctx, learner->targets);
}

/* ---- Training ----------------------------------------------------------------------------------------------------------- */

static json_t *describe(const laco_learner *base)
{
    const generate_learner *learner = (const generate_learner *)base;
    const laco_generate_options *o = learner->options;
    return json_pack("{s:I, s:I, s:I, s:I}", "units", (json_int_t)(learner->corpus->count - learner->base.aside),
                     "validation_units", (json_int_t)(learner->valid ? learner->valid->count : learner->base.aside), "batch",
                     (json_int_t)learner->rows, "seq_len", (json_int_t)o->seq_len);
}

static laco_status summary(const laco_learner *base, laco_summary **out)
{
    return laco_corpus_summary(((const generate_learner *)base)->corpus, false, out);
}

static uint64_t hash_data(const laco_learner *base)
{
    const generate_learner *learner = (const generate_learner *)base;
    uint64_t hash = laco_hash(LACO_HASH_START, learner->corpus->hash);
    return learner->valid ? laco_hash(hash, learner->valid->hash) : hash;
}

static const laco_learner_type learner_type = {.prepare = prepare,
                                               .start_epoch = start_epoch,
                                               .loss = batch_loss,
                                               .validate = validate,
                                               .give_back = give_back,
                                               .record = record,
                                               .gather = gather,
                                               .hash = hash_data,
                                               .describe = describe,
                                               .summary = summary,
                                               .release = release};

laco_status laco_train_generate(laco_context *ctx, const laco_generate_options *given, laco_corpus *data, laco_corpus *valid,
                                laco_model **out)
{
    laco_generate_options options = given ? *given : (laco_generate_options){0};
    static const char *const names[] = {"characters", "words", "bytes"};
    options.text = data->text;
    if (options.text.level == LACO_TEXT_DEFAULT)
        options.text.level = LACO_TEXT_CHAR;
    LACO_TRY(laco_generate_check(ctx, &options));
    LACO_TRY(laco_train_from(ctx, &laco_generate_table, &options));
    if (options.text.lower != data->text.lower || options.text.fold_accents != data->text.fold_accents)
        return laco_fail(ctx, LACO_INVALID,
                         "%s: reads lower case or folds accents, and the text was read otherwise: read it as the model does",
                         options.train.from);
    generate_learner learner = {.base = {.type = &learner_type,
                                         .options = &options.train,
                                         .table = &laco_generate_table,
                                         .all = &options,
                                         .example = names[LACO_MAX(options.text.level, LACO_TEXT_CHAR) - LACO_TEXT_CHAR]},
                                .ctx = ctx,
                                .options = &options,
                                .corpus = data,
                                .valid = valid};
    return laco_train_model(ctx, &learner.base, out);
}
