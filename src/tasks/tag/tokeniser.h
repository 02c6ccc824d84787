/* How text is cut into the words of some training data, learned from these data: what counts as a word differs from one treebank
 * to another, and is not what Unicode's classes say. Units (data/text/text.h) are joined to what the data have as one word ("etc.",
 * "US$", "10.000"), and tokens that are several words there (CoNLL-U's multi-word tokens) are taken apart: "das" into "de as",
 * "trata-se" into "trata se". */
#ifndef LACO_TAG_TOKENISER_H
#define LACO_TAG_TOKENISER_H

#include "tag/tagged.h"

#include <jansson.h>

#define LACO_TOKENISER_LONGEST 64 /* bytes of a token that a table holds, and of its words */

struct laco_tokeniser {
    laco_context *ctx;
    json_t *tokens, *endings; /* objects: the words of each, with spaces between; "" where it is one word */
};

/* Without any token. *out is the caller's. LACO_NO_MEMORY. */
laco_status laco_tokeniser_new(laco_context *ctx, laco_tokeniser **out);

/* Learns from data that are complete. *out is the caller's. LACO_NO_MEMORY. */
laco_status laco_tokeniser_learn(const laco_tagged *data, laco_tokeniser **out);
void laco_tokeniser_free(laco_tokeniser *tokeniser);

/* Takes each word of a text in NFC, which stands until the next one. `tokeniser` NULL: units. A negative status of `take` ends
 * it. LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_tokeniser_cut(const laco_tokeniser *tokeniser, laco_context *ctx, const char *text, size_t length,
                               laco_token_fn take, void *user);

/* As an object of the two tables, whose keys are as laco_word_fold makes them. A new reference. */
json_t *laco_tokeniser_to_json(const laco_tokeniser *tokeniser);

/* The way back; `object` is left to the caller. LACO_FORMAT: not such an object; LACO_NO_MEMORY. */
laco_status laco_tokeniser_from_json(laco_context *ctx, const json_t *object, laco_tokeniser **out);

#endif
