/* Models around the tensors of a checkpoint: what shapes say about a network, and the metadata that a model file would have. */
#ifndef LACO_IMPORT_IMPORT_H
#define LACO_IMPORT_IMPORT_H

#include "laco/import.h"
#include "state_dict/state_dict.h"

#include <jansson.h>

/* Something that is read by an embedding (or one-hot) or written by a linear map, and whose rows may need another order. */
typedef struct laco_import_rows {
    const char *tensor; /* NULL: unused */
    bool columns;       /* the tokens are its columns: of one-hot input */
    laco_real fresh;    /* what a token that is not in the checkpoint has there */
} laco_import_rows;

#define LACO_IMPORT_ROWS 8

/* Tokens by id, and where each was in the checkpoint. */
typedef struct laco_import_tokens {
    int64_t count, rows; /* here, and in the checkpoint */
    int64_t *from;       /* [count] the id there; -1: it had none */
    json_t *names;       /* an array */
    bool changed;        /* not every id is as it was */
} laco_import_tokens;

typedef struct laco_import {
    laco_context *ctx;
    laco_state_dict *dict;
    const laco_import_options *options;
    json_t *metadata; /* an object of the keys of a model file */
} laco_import;

/* ---- Shapes ------------------------------------------------------------------------------------------------------------- */

const laco_tensor_entry *laco_import_find(const laco_import *job, const char *name);

/* Sizes of a matrix; LACO_FORMAT: it is missing, and what there is instead, or has another number of dimensions. */
laco_status laco_import_matrix(const laco_import *job, const char *name, int64_t *rows, int64_t *columns);

/* The recurrent layers NAME.weight_ih_l0 …. LACO_FORMAT: they are missing, or no cell has such shapes. */
typedef struct laco_import_rnn {
    const char *cell; /* "lstm" */
    int64_t input, hidden, layers;
    int directions;
    bool mlp;
} laco_import_rnn;
laco_status laco_import_layers(const laco_import *job, const char *name, laco_import_rnn *out);

/* Layers of relu hidden_l0.weight … in the place of recurrent ones, as a cell "mlp"; without them those of `name`. */
laco_status laco_import_network(const laco_import *job, const char *name, laco_import_rnn *out);

/* How many networks an ensemble has: NAME, member_1.NAME …, each with the tensors of the first. */
int64_t laco_import_members(const laco_import *job, const char *name);

/* Names of layers that are not those of a task with a network "rnn": where only one can be meant, that is renamed. */
laco_status laco_import_guess(laco_import *job);

/* ---- Tokens and numbers -------------------------------------------------------------------------------------------------- */

/* The list `tokens` [count] for `rows` ids of the checkpoint, in laço's order. The names of `edge` tasks, where id 0 is the blank
 * or the end, may call it otherwise. LACO_FORMAT: another number of tokens. *out is to be freed also after a failure. */
laco_status laco_import_order(const laco_import *job, const char *what, const char *const *tokens, int64_t count, int64_t rows,
                              bool edge, laco_import_tokens *out);
void laco_import_tokens_free(const laco_import *job, laco_import_tokens *tokens);

/* Puts the rows of tensors in the order of tokens, in place of what the dictionary has; of each of so many members. */
laco_status laco_import_arrange(laco_import *job, const laco_import_tokens *tokens, const laco_import_rows *rows, size_t count,
                                int64_t members);

/* Zeros for biases of layers where none of them has any. */
laco_status laco_import_complete(laco_import *job);

/* Leaves a tensor out. */
laco_status laco_import_forget(laco_import *job, const char *name);

/* An array of `count` names: the option's, or "0", "1" …. LACO_FORMAT: another number of them. */
laco_status laco_import_labels(const laco_import *job, const char *what, int64_t count, json_t **out);

/* An array of `count` numbers of the options' lists: `list` or, where it is NULL, `usual`; the inverse where `inverse`. */
laco_status laco_import_numbers(const laco_import *job, const double *list, int64_t count, double usual, bool inverse,
                                json_t **out);

/* Adds a key to the metadata; `value` goes to them. */
laco_status laco_import_put(laco_import *job, const char *key, json_t *value);

/* ---- Tasks -------------------------------------------------------------------------------------------------------------- */

/* Fills the metadata of a task from the tensors. */
typedef struct laco_import_task {
    const char *name;
    bool plain; /* a network "rnn" whose names may be guessed */
    laco_status (*fill)(laco_import *job);
} laco_import_task;

extern const laco_import_task laco_import_tasks[]; /* ended by a name of NULL */

/* {"level": …}, and the like for the list of tokens of a task with one network: its metadata "laco.text" and "laco.vocabulary". */
laco_status laco_import_text(laco_import *job);

laco_status laco_import_fill_caption(laco_import *job);
laco_status laco_import_fill_transduce(laco_import *job);

#endif
