/* laco/decode.h - what models that write sequences are asked for, and what they answer: transducers and captioners.
 */
#ifndef LACO_DECODE_H
#define LACO_DECODE_H

#include "laco/model.h"
#include "laco/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zero means the default. */
typedef struct laco_decode_options {
    int beam;              /* beginnings that are followed at a time; 0: the task's, 1: the greedy answer */
    int nbest;             /* answers, at most as many as `beam`; 0: 1 */
    double length_penalty; /* answers are compared by Σ log-probability / n^penalty; 0: the task's, negative: no division */
    int64_t length;        /* most tokens of an answer; 0: the task's */
} laco_decode_options;

/* One answer. */
typedef struct laco_hypothesis {
    const char *text;       /* UTF-8; tokens that are words have a space between them */
    double log_probability; /* of the whole sequence, its end included, in nats */
    double score;           /* log_probability / n^penalty: what answers are ordered by (of transducers see there) */
} laco_hypothesis;

/* How well answers agree with what was asked for. An item may have several right answers. */
typedef struct laco_decode_score {
    size_t count;   /* items */
    size_t right;   /* items whose answer equals one of their right ones in full */
    int64_t errors; /* tokens to insert, delete or replace to get from the answers to the nearest right ones, */
    int64_t tokens; /* and how many tokens these have */
} laco_decode_score;

/* The shares that the counts make: of items wrong, and of tokens wrong (which may exceed 1). 0 where nothing was counted. */
static inline double laco_decode_score_wrong(const laco_decode_score *score)
{
    return score->count ? 1 - (double)score->right / (double)score->count : 0;
}
static inline double laco_decode_score_token_error(const laco_decode_score *score)
{
    return score->tokens ? (double)score->errors / (double)score->tokens : 0;
}

#ifdef __cplusplus
}
#endif

#endif
