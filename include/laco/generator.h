/* laco/generator.h - language models: go on writing a text token by token (characters, words or bytes), score text. Training one:
 * laco/generate.h.
 *
 *     laco_generator *generator;
 *     const char *piece;
 *     size_t length;
 *     laco_generator_new(model, &(laco_sampling){.temperature = 0.8, .seed = 1}, &generator);
 *     laco_generator_read(generator, "As armas", 8, NULL, NULL, NULL);
 *     for (int i = 0; i < 500 && laco_generator_next(generator, &piece, &length, NULL) == LACO_OK; i++)
 *         fwrite(piece, 1, length, stdout);
 *     laco_generator_free(generator);
 */
#ifndef LACO_GENERATOR_H
#define LACO_GENERATOR_H

#include "laco/corpus.h"
#include "laco/model.h"
#include "laco/model_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Writing -------------------------------------------------------------------------------------------------------------- */

/* How the next token is chosen from its distribution: first the penalty, then the temperature, then top_k, then top_p. */
typedef struct laco_sampling {
    double temperature;        /* log-probabilities are divided by it; 0: always the most probable token */
    int64_t top_k;             /* only the k most probable; 0: all */
    double top_p;              /* only the most probable that together have at least this probability; 0 or 1: all */
    double repetition_penalty; /* log-probabilities of tokens among the last 64 are multiplied by it; 0 or 1: none. After Keskar
                                  et al., "CTRL", 2019 */
    uint64_t seed, sample;     /* each sample of a seed has random numbers of its own */
} laco_sampling;

/* A text in the making: what was read and written so far, as the state of the network. The model outlives it and must not be used
 * by two threads at once. */
typedef struct laco_generator laco_generator;

/* *out is the caller's. `sampling` may be NULL: temperature 1. LACO_INVALID: the model is of another task, or a negative
 * temperature, top_k, penalty, or a top_p outside 0 … 1; LACO_NO_MEMORY. */
LACO_API laco_status laco_generator_new(laco_model *model, const laco_sampling *sampling, laco_generator **out);
LACO_API void laco_generator_free(laco_generator *generator); /* NULL is allowed */

/* What was read: a token, and the logarithm (natural) of the probability that it had. False ends the reading. */
typedef bool (*laco_read_fn)(void *user, const char *token, size_t length, double log_probability);

/* Reads `length` bytes of text, which go on from what is there. `told` (NULL: nobody) is called for each token. `unseen`, where
 * not NULL, is raised by the tokens that the vocabulary does not hold; they are read as "<unk>". LACO_FORMAT: not UTF-8;
 * LACO_INTERRUPTED: told said so; LACO_NO_MEMORY. */
LACO_API laco_status laco_generator_read(laco_generator *generator, const char *text, size_t length, laco_read_fn told,
                                         void *user, size_t *unseen);

/* Writes one more token. *piece: its text, with the space before it where words need one; owned by the generator, until the next
 * call. `log_probability` (NULL is allowed) is that of the model itself, before temperature and the rest. LACO_NO_MEMORY. */
LACO_API laco_status laco_generator_next(laco_generator *generator, const char **piece, size_t *length, double *log_probability);

/* The most probable continuation that a beam search of width `beam` finds: `length` tokens, or less where `until` (NULL: nowhere)
 * comes up, which ends a text; texts are compared by log-probability per token. The state of the generator stays as it is. *text
 * is the caller's, for laco_free, ended by a zero; *log_probability may be NULL. LACO_INVALID: beam or length below 1;
 * LACO_NO_MEMORY. */
LACO_API laco_status laco_generator_beam(laco_generator *generator, int beam, int64_t length, const char *until, char **text,
                                         double *log_probability);

/* Writes on behind the text that a stream (laco/model_stream.h) has read, by `sampling` (NULL: as it is): laco_generator_next,
 * laco_generator_beam and laco_generator_read then move the stream. What waits of the text is read first. *out is the stream's.
 * LACO_INVALID: another task, or a sampling that cannot be; LACO_NO_MEMORY. */
LACO_API laco_status laco_model_stream_generator(laco_model_stream *stream, const laco_sampling *sampling, laco_generator **out);

/* ---- Scores --------------------------------------------------------------------------------------------------------------- */

typedef struct laco_text_score {
    int64_t tokens, characters; /* in the text; at byte level a character is a byte */
    int64_t unseen;             /* tokens that the vocabulary does not hold, scored as "<unk>" */
    double nats_per_token;      /* mean −log probability */
    double bits_per_character;
    double perplexity; /* exp(nats_per_token) */
} laco_text_score;

/* Scores every token of a corpus. Long text is read as up to 64 rows side by side, each of which has first read the 512 tokens
 * before it. LACO_INVALID: a model of another task, or a corpus that was not read as
 * laco_model_data_config says; LACO_IO; LACO_NO_MEMORY. */
LACO_API laco_status laco_model_score_text(laco_model *model, laco_corpus *corpus, laco_text_score *out);

#ifdef __cplusplus
}
#endif

#endif
