/* The inside of a generator. */
#ifndef LACO_GENERATE_GENERATOR_H
#define LACO_GENERATE_GENERATOR_H

#include "base/random.h"
#include "generate/language.h"

#define LACO_RECENT 64 /* tokens that the repetition penalty looks at */

typedef struct laco_ranked_token {
    int32_t id;
    double weight;
} laco_ranked_token;

struct laco_generator {
    laco_language *model;
    laco_sampling sampling;
    laco_rng rng;
    laco_rnn_state carry;      /* one row */
    laco_real *scores;         /* [V] log-probabilities of the next token */
    laco_ranked_token *ranked; /* [V] scratch */
    int32_t recent[LACO_RECENT];
    int64_t count; /* tokens read and written so far; token i is recent[i % LACO_RECENT] */
    laco_text_buffer normal;
    char *piece;
    size_t piece_room;
};

/* Reads one token. On failure the generator is as before. */
laco_status laco_generator_push(laco_generator *generator, int32_t id);

/* Back to where laco_generator_new left it. */
laco_status laco_generator_restart(laco_generator *generator);

/* Chooses by another sampling from now on; its random numbers begin anew. LACO_INVALID. */
laco_status laco_generator_choose(laco_generator *generator, const laco_sampling *sampling);

/* The text of token `id` behind token `before` (negative: at the start), as it is written: words with a space in front where one
 * belongs, bytes as bytes. At most `room` bytes go to `out`; returns how many there are. */
LACO_SHARED size_t laco_language_spell(const laco_language *model, int32_t before, int32_t id, char *out, size_t room);

#endif
