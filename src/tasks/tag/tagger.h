/* A tagger: what each word looks like, read by an embedding and letter by letter; a network over the words; a tag for each.
 *
 *     features   embedding of the word (laco_word_fold) | last states of a bidirectional LSTM over its letters
 *     network    recurrent layers over the features of all words; or for "mlp" W words side by side through layers of relu
 *     tags       linear, then softmax or a conditional random field
 *
 * Of several networks, the members of an ensemble, each reads and scores alone; the mean of their scores is what softmax or field
 * judge (model/ensemble.h).
 */
#ifndef LACO_TAG_TAGGER_H
#define LACO_TAG_TAGGER_H

#include "data/batch.h"
#include "text/encode.h"
#include "data/strings.h"
#include "tag/tokeniser.h"
#include "laco/tagged.h"
#include "laco/tagger.h"
#include "model/ensemble.h"
#include "model/mlp.h"
#include "model/model.h"
#include "model/model_stream.h"

#define LACO_TAGGER_SPREAD 0.2 /* standard deviation of the numbers of an embedding at first */
#define LACO_TAGGER_LETTERS 40 /* of longer words only the first and last 20 are read */

typedef struct laco_tagger_config {
    bool mlp;            /* no memory: `window` words at a time */
    laco_cell_kind cell; /* of the recurrent layers otherwise */
    laco_nonlinearity nonlinearity;
    int64_t hidden, layers, window;
    int directions;
    double dropout;                               /* takes the same elements of all words of a sentence */
    double weight_drop;                           /* of the recurrent weights, as in laco_network_options */
    int64_t words, embed;                         /* V and E of words */
    int64_t letters, letter_embed, letter_hidden; /* the same of letters; letter_hidden 0: letters are not read */
    int64_t outputs;                              /* K */
    int64_t context;                              /* words that neighbouring sentences are read together to; 0: each alone */
    int64_t ensemble;                             /* networks */
    bool crf, constrained;                        /* constrained: answers never have I-TYPE where it cannot follow */
} laco_tagger_config;

#define LACO_TAGGER_CONTEXT 10000 /* most words of context */

/* One network. */
typedef struct laco_tagger_member {
    laco_embedding *word_embedding, *letter_embedding;
    laco_rnn *letter_rnn, *rnn;
    laco_mlp mlp; /* in the place of rnn */
    laco_linear *linear;
} laco_tagger_member;

typedef struct laco_tagger {
    laco_model base;
    laco_tagger_config config;
    laco_vocabulary *words, *letters;
    laco_tokeniser *tokeniser; /* NULL: of a file from before it */
    char **tags;               /* [K] */
    laco_tagged_form form;     /* of the data that it was trained on, and the column of the tags there ("" for the default) */
    char *column;
    laco_tagger_member member[LACO_MOST_ENSEMBLE]; /* config.ensemble of them */
    laco_crf *crf;
    bool *forbidden; /* [1 + K][K] for laco_crf_decode, or NULL */
    laco_tape *tape; /* for answers; made at the first question */
} laco_tagger;

/* Taggers as streams: tag_stream.c. */
extern const laco_stream_type laco_tag_stream;

/* A tagger with new weights. The vocabularies become its own, also on failure; tags and column are copied. */
laco_status laco_tagger_new(laco_context *ctx, uint64_t seed, const laco_tagger_config *config, laco_vocabulary *words,
                            laco_vocabulary *letters, const char *const *tags, laco_tagged_form form, const char *column,
                            laco_tagger **out);

/* What of a tagger can be asked for in training, as laco_task.options. */
void laco_tag_options_of(const laco_model *model, void *options);

/* The metadata of a tagger in its file. */
extern const laco_fields laco_tagger_metadata;

/* Words as a tagger reads them: each different word of some data once. */
typedef struct laco_lexicon {
    laco_context *ctx;
    size_t count;
    int32_t *ids;           /* [count] in the vocabulary of words */
    laco_sequences letters; /* [count] */
    int32_t *row;           /* [count] scratch: the row of a word among those of a batch */
    int32_t *different;     /* [count] scratch: the words of a batch */
} laco_lexicon;

/* *out is to be freed also after a failure. */
LACO_SHARED laco_status laco_lexicon_new(const laco_tagger *model, const laco_strings *words, laco_lexicon *out);
LACO_SHARED void laco_lexicon_free(laco_lexicon *lexicon);

/* Scratch for the lexicon, of which this is a copy where two threads read by it; freed by itself, also after a failure. */
laco_status laco_lexicon_scratch(laco_context *ctx, laco_lexicon *lexicon);

/* Which words are read as unknown in training: word id w with probability rate / (rate + occurrences), by numbers that depend on
 * the seed and the step alone. */
typedef struct laco_word_drop {
    double rate;
    uint64_t seed, step;
} laco_word_drop;

/* What the different words of a batch look like to member m, [N][features], and for each place of the batch its row there, [T][B]
 * (-1 past the end of a sentence; in the tape's memory). */
laco_var laco_tagger_features(laco_tape *tape, laco_tagger *model, int64_t m, laco_lexicon *lexicon, const laco_batch *batch,
                              const laco_word_drop *drop, const int32_t **rows);

/* What `linear` of member m makes scores from, of sentences of words numbered as in the lexicon: [T][B][…]. `drop` NULL: not
 * training. */
laco_var laco_tagger_hidden(laco_tape *tape, laco_tagger *model, int64_t m, laco_lexicon *lexicon, const laco_batch *batch,
                            const laco_word_drop *drop);

/* Scores of a batch of sentences of words numbered as in the lexicon, for an answer: [T][B][K]. */
LACO_SHARED laco_var laco_tagger_scores(laco_tape *tape, laco_tagger *model, laco_lexicon *lexicon, const laco_batch *batch);

/* The answers of all sentences into tags, which lie as sentences->ids do. `subset` as in laco_batches_new. */
laco_status laco_tagger_answer(laco_tagger *model, const laco_lexicon *lexicon, const laco_sequences *sentences,
                               const size_t *subset, size_t count, int32_t *tags);

/* Fills a score from right and given tags of sentences laid out as in `starts`; names: of all tags. */
laco_status laco_tag_score_fill(laco_context *ctx, const char *const *names, int count, const size_t *starts, size_t sentences,
                                const int32_t *gold, const int32_t *found, laco_tag_score *out);

#endif
