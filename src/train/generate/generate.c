/* Training a language model: truncated backpropagation through time over rows that go on where they left off. */
#include "data/text/corpus.h"
#include "model/generate/language.h"
#include "tape/tape.h"
#include "train/generate/generate_options.h"
#include "train/loop.h"

#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What training holds beside the model. Row b reads `stretch` units of the training part as a ring, from offset + b·stretch on.
 */
typedef struct generate_learner {
    laco_learner base;
    laco_context *ctx;
    laco_language *model;
    const laco_generate_options *options;
    laco_corpus *corpus, *valid; /* valid: NULL, or corpus, or text of its own */
    int64_t train_end, valid_begin, valid_end;
    int64_t rows, stretch, offset;
    laco_rnn_state carry;
    int32_t *row, *ids, *targets; /* [seq_len + 1] units of one row; [seq_len][rows] */
} generate_learner;

static laco_status start_epoch(laco_learner *base, int64_t epoch, int64_t *batches)
{
    generate_learner *learner = (generate_learner *)base;
    laco_rng rng = {.seed = learner->options->train.seed, .stream = laco_random_stream("offset") + (uint64_t)epoch};
    learner->offset = (int64_t)laco_rng_below(&rng, (uint64_t)learner->train_end);
    *batches = (learner->stretch + learner->options->seq_len - 1) / learner->options->seq_len;
    return LACO_OK;
}

/* Units from `place` of the ring on. */
static laco_status read_ring(const generate_learner *learner, int64_t place, int64_t count, int32_t *ids)
{
    place %= learner->train_end;
    int64_t first = LACO_MIN(count, learner->train_end - place);
    LACO_TRY(laco_corpus_read(learner->corpus, place, first, ids));
    return laco_corpus_read(learner->corpus, 0, count - first, ids + first);
}

/* Steps `step` … step+T-1 of all rows: what goes in, and the unit that follows. */
static laco_status lay_out(generate_learner *learner, int64_t step, int64_t T)
{
    int64_t rows = learner->rows;
    for (int64_t b = 0; b < rows; b++) {
        LACO_TRY(read_ring(learner, learner->offset + b * learner->stretch + step, T + 1, learner->row));
        for (int64_t t = 0; t < T; t++) {
            learner->ids[t * rows + b] = learner->row[t];
            learner->targets[t * rows + b] = learner->row[t + 1];
        }
    }
    return LACO_OK;
}

static laco_var batch_loss(laco_learner *base, laco_tape *tape, int64_t number, int64_t *examples)
{
    generate_learner *learner = (generate_learner *)base;
    int64_t step = number * learner->options->seq_len, T = LACO_MIN(learner->options->seq_len, learner->stretch - step);
    laco_loss_config loss = {.label_smoothing = learner->options->label_smoothing};
    laco_status status = lay_out(learner, step, T);
    if (status < 0)
        return laco_tape_fail(tape, status);
    if (number == 0)
        laco_rnn_state_clear(&learner->carry);
    *examples = T * learner->rows;
    laco_state state = laco_rnn_state_begin(tape, &learner->carry);
    laco_var logits = laco_language_logits(tape, learner->model, learner->ids, T, learner->rows, &state, true);
    laco_var value = laco_cross_entropy_loss(tape, logits, learner->targets, &loss);
    if (value)
        laco_rnn_state_end(&learner->carry, &state);
    return value;
}

/* Bits per character of the validation part; where units are not characters, the perplexity of a unit too. */
static laco_status validate(laco_learner *base, laco_validation *out)
{
    generate_learner *learner = (generate_learner *)base;
    int64_t units = learner->valid_end - learner->valid_begin;
    double nats;
    LACO_TRY(laco_language_score(learner->model, learner->valid, learner->valid_begin, learner->valid_end, &nats));
    double loss = nats / (double)units;
    bool words = learner->options->text.level == LACO_TEXT_WORD;
    *out =
        (laco_validation){.rank = -loss, .plateau = loss, .metric_count = 2, .metric = {{"loss", loss}, {"bits", loss / log(2)}}};
    if (words)
        out->metric[1] = (laco_metric){"perplexity", exp(loss)};
    return LACO_OK;
}

/* ---- The state that a checkpoint needs ---------------------------------------------------------------------------------- */

static laco_status save(laco_learner *base, laco_tensor_writer *writer)
{
    const laco_rnn_state *carry = &((generate_learner *)base)->carry;
    LACO_TRY(laco_tensor_writer_add_real(writer, "carry.h", 3, carry->h_shape, carry->h));
    return carry->c ? laco_tensor_writer_add_real(writer, "carry.c", 3, carry->c_shape, carry->c) : LACO_OK;
}

static laco_status load(laco_learner *base, const laco_tensor_file *file)
{
    laco_rnn_state *carry = &((generate_learner *)base)->carry;
    LACO_TRY(laco_tensor_file_read_finite(file, "carry.h", 3, carry->h_shape, carry->h));
    return carry->c ? laco_tensor_file_read_finite(file, "carry.c", 3, carry->c_shape, carry->c) : LACO_OK;
}

/* ---- Preparing ---------------------------------------------------------------------------------------------------------- */

/* The end of the corpus, or a text of its own. */
static laco_status split(generate_learner *learner, const char *valid)
{
    const laco_generate_options *options = learner->options;
    int64_t count = learner->corpus->count, aside = 0;
    if (!valid && options->valid_fraction > 0)
        aside = LACO_MIN((int64_t)((double)count * options->valid_fraction), options->valid_most);
    learner->train_end = count - aside;
    if (learner->train_end <= options->seq_len)
        return laco_fail(learner->ctx, LACO_INVALID,
                         "%lld %s to learn from are less than one chunk of %lld and the one that follows it",
                         (long long)learner->train_end, options->text.level == LACO_TEXT_WORD ? "words" : "characters",
                         (long long)options->seq_len);
    if (valid)
        LACO_TRY(laco_corpus_load(learner->ctx, &options->text, &valid, 1, &learner->valid));
    else if (aside > 0)
        learner->valid = learner->corpus;
    learner->valid_begin = valid ? 0 : learner->train_end;
    learner->valid_end = valid ? learner->valid->count : count;
    return LACO_OK;
}

static laco_status new_model(generate_learner *learner)
{
    const laco_generate_options *options = learner->options;
    bool words = options->text.level == LACO_TEXT_WORD;
    laco_vocabulary_config config = {.min_count = words ? 2 : 1, .max_size = (size_t)options->vocabulary};
    laco_vocabulary *vocabulary;
    laco_network_config network = {0};
    LACO_TRY(laco_network_configure(learner->ctx, &options->network, &network));
    LACO_TRY(laco_corpus_vocabulary(learner->corpus, learner->train_end, &config, &vocabulary));
    network.inputs = network.outputs = laco_vocabulary_size(vocabulary);
    LACO_TRY(laco_language_new(learner->ctx, options->train.seed, &network, &options->text, vocabulary, &learner->model));
    LACO_TRY(laco_corpus_set_vocabulary(learner->corpus, learner->model->vocabulary));
    return learner->valid ? laco_corpus_set_vocabulary(learner->valid, learner->model->vocabulary) : LACO_OK;
}

/* Fewer rows than asked for where the text is short: each should fill a chunk. */
static laco_status lay_rows(generate_learner *learner)
{
    int64_t T = learner->options->seq_len;
    learner->rows = LACO_MAX(1, LACO_MIN(learner->options->train.batch, learner->train_end / T));
    learner->stretch = learner->train_end / learner->rows;
    LACO_TRY(laco_rnn_state_new(learner->ctx, learner->model->network.rnn, learner->rows, &learner->carry));
    learner->row = laco_alloc(learner->ctx, (size_t)T + 1, sizeof *learner->row);
    learner->ids = laco_alloc(learner->ctx, (size_t)T, (size_t)learner->rows * sizeof *learner->ids);
    learner->targets = laco_alloc(learner->ctx, (size_t)T, (size_t)learner->rows * sizeof *learner->targets);
    return learner->row && learner->ids && learner->targets ? LACO_OK : LACO_NO_MEMORY;
}

static void release(generate_learner *learner)
{
    laco_context *ctx = learner->ctx;
    if (learner->valid != learner->corpus)
        laco_corpus_free(learner->valid);
    laco_corpus_free(learner->corpus);
    laco_rnn_state_free(ctx, &learner->carry);
    laco_release(ctx, learner->row);
    laco_release(ctx, learner->ids);
    laco_release(ctx, learner->targets);
    if (learner->model)
        laco_model_free(&learner->model->base);
}

/* ---- Training ----------------------------------------------------------------------------------------------------------- */

static json_t *describe_training(const generate_learner *learner)
{
    const laco_generate_options *o = learner->options;
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "units", (json_int_t)learner->train_end, "validation_units",
                  (json_int_t)(learner->valid ? learner->valid_end - learner->valid_begin : 0), "epochs", (json_int_t)0,
                  "batch", (json_int_t)learner->rows, "seq_len", (json_int_t)o->seq_len, "seed", (json_int_t)o->train.seed);
}

static void fingerprint(const generate_learner *learner, char text[LACO_FINGERPRINT])
{
    const laco_generate_options *o = learner->options;
    uint64_t hash = learner->corpus->hash ^ (learner->valid ? learner->valid->hash * 3 : 0);
    snprintf(text, LACO_FINGERPRINT,
             "task generate level %d lower %d fold-accents %d data %016llx valid %lld vocabulary %d seq-len %lld label-smoothing "
             "%.17g",
             (int)o->text.level, o->text.lower, o->text.fold_accents, (unsigned long long)hash,
             (long long)(learner->valid_end - learner->valid_begin), (int)laco_vocabulary_size(learner->model->vocabulary),
             (long long)o->seq_len, o->label_smoothing);
    laco_train_fingerprint(&o->train, &o->network, text);
}

static laco_status train(generate_learner *learner, laco_model **out)
{
    static const char *const names[] = {"characters", "words", "bytes"};
    char name[LACO_FINGERPRINT];
    learner->base = (laco_learner){.model = &learner->model->base,
                                   .example = names[learner->options->text.level],
                                   .start_epoch = start_epoch,
                                   .loss = batch_loss,
                                   .validate = learner->valid ? validate : NULL,
                                   .save = save,
                                   .load = load};
    fingerprint(learner, name);
    laco_status status = laco_train_model(&learner->base, &learner->options->train, name, describe_training(learner), out);
    if (!learner->base.model)
        learner->model = NULL;
    return status;
}

laco_status laco_train_generate(laco_context *ctx, const laco_generate_options *given, const char *const *paths, int path_count,
                                const char *valid, laco_model **out)
{
    laco_generate_options options = given ? *given : (laco_generate_options){0};
    generate_learner learner = {.ctx = ctx, .options = &options};
    LACO_TRY(laco_generate_check(ctx, &options));
    laco_status status = laco_corpus_load(ctx, &options.text, paths, path_count, &learner.corpus);
    if (status == LACO_OK) {
        laco_generate_fill(&options, learner.corpus->count);
        status = split(&learner, valid);
    }
    if (status == LACO_OK)
        status = new_model(&learner);
    if (status == LACO_OK)
        status = lay_rows(&learner);
    if (status == LACO_OK)
        status = train(&learner, out);
    release(&learner);
    return status;
}
