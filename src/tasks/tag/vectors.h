/* Pretrained word vectors in the text form of word2vec and GloVe: lines of a word and its numbers, frequent words first. */
#ifndef LACO_TAG_VECTORS_H
#define LACO_TAG_VECTORS_H

#include "data/strings.h"
#include "text/text.h"

/* A word as taggers look it up, to buffer->bytes: in lower case and with 0 for each digit, since what a number is like matters
 * and not which it is. Errors as laco_text_normalise. */
laco_status laco_word_fold(laco_text_buffer *buffer, const char *word, size_t length);

typedef struct laco_vectors {
    laco_context *ctx;
    laco_strings words; /* folded */
    int64_t size;       /* D: numbers of each */
    laco_real *values;  /* [words.count][D] */
    size_t values_room;
} laco_vectors;

/* Whether a word that is not among the first of a file is wanted. */
typedef bool (*laco_vectors_wanted)(void *user, const char *word, size_t length);

/* Reads the vectors of the first `most` words of the file and of those further ones that `wanted` likes; of words that are the
 * same once folded the first counts. The last numbers of a line are the vector: words may hold spaces (GloVe 840B); lines without
 * a word are passed over. A first line of two integers is passed over. *out is to be freed also after a failure. LACO_IO;
 * LACO_FORMAT: lines of different sizes, or what is no number, with the line; LACO_NO_MEMORY. */
laco_status laco_vectors_read(laco_context *ctx, const char *path, size_t most, laco_vectors_wanted wanted, void *user,
                              laco_vectors *out);
void laco_vectors_free(laco_vectors *vectors);

#endif
