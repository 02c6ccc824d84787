/* Parts that several tasks have: matrices, layers, text. Names of parts begin with `name`; an _part function writes the arrays
 * that a struct needs, its partner without _part the struct itself, as a member of another. */
#ifndef LACO_EXPORT_PARTS_H
#define LACO_EXPORT_PARTS_H

#include "export/emit.h"
#include "laco/nn.h"
#include "laco/text.h"
#include "text/vocabulary.h"

typedef struct laco_name {
    char text[64];
} laco_name;
laco_name laco_name_of(const char *format, ...) LACO_PRINTF(1, 2);

/* The kind of weights that the parts get. */
typedef struct laco_parts {
    laco_emit *emit;
    laco_module *module;
    bool int8;
    int64_t widest;   /* columns of any matrix so far */
    int64_t products; /* multiply-adds of a step through all layers so far */
} laco_parts;

/* A matrix, row-major. */
void laco_matrix_part(laco_parts *parts, const char *name, int64_t rows, int64_t columns, const laco_real *values);
void laco_matrix(laco_parts *parts, const char *name, int64_t rows, int64_t columns);

/* The matrix of a parameter [rows][columns]; NULL: one of no rows. */
void laco_param_part(laco_parts *parts, const char *name, const char *param);
void laco_param_matrix(laco_parts *parts, const char *name, const char *param);

/* Floats from a parameter, or from elsewhere. */
void laco_floats_part(laco_parts *parts, const char *name, const laco_real *values, int64_t count);
void laco_param_floats(laco_parts *parts, const char *name, const char *param);

/* rt_linear of PARAM.weight and PARAM.bias. */
void laco_linear_part(laco_parts *parts, const char *name, const char *param);
void laco_linear_of(laco_parts *parts, const char *name, const char *param);

/* An array of rt_linear: hidden_l0, hidden_l1 … */
void laco_mlp_part(laco_parts *parts, const char *name, const char *prefix, int64_t layers);

/* rt_rnn; rnn NULL: of no layers. */
void laco_rnn_part(laco_parts *parts, const char *name, const laco_rnn *rnn);
void laco_rnn_of(laco_parts *parts, const char *name, const laco_rnn *rnn);

/* rt_vocabulary. */
void laco_vocabulary_part(laco_parts *parts, const char *name, const laco_vocabulary *vocabulary);
void laco_vocabulary_of(laco_parts *parts, const char *name, const laco_vocabulary *vocabulary);

/* rt_text: how text becomes the tokens of a vocabulary. */
typedef enum laco_rt_tokens { LACO_RT_CHARS, LACO_RT_WORDS, LACO_RT_BYTES, LACO_RT_SPACED } laco_rt_tokens;
typedef struct laco_rt_text {
    laco_rt_tokens tokens;
    bool lines, digits; /* digits: 1 … 9 are read as 0 */
    laco_text_config config;
    const laco_vocabulary *vocabulary;
    int32_t rows[3]; /* of the tables, from laco_text_part on */
} laco_rt_text;
void laco_text_part(laco_parts *parts, const char *name, laco_rt_text *text);
void laco_text_of(laco_parts *parts, const char *name, const laco_rt_text *text);

#endif
