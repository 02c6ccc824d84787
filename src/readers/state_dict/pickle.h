/* Pickles as torch.save writes them: a small machine that reads what a state_dict needs and never calls anything.
 *
 * A pickle is a program for a machine with a stack, which may name any function of Python and have it called. Here a name is a
 * row of a short table or an error, and a call of one makes a value of ours: a dictionary, a storage, a tensor. Everything is
 * bounded by the bytes of the pickle. */
#ifndef LACO_STATE_DICT_PICKLE_H
#define LACO_STATE_DICT_PICKLE_H

#include "base/arena.h"
#include "base/tensor_file.h"

#define LACO_PICKLE_MAX ((size_t)8 << 20) /* bytes: some 50,000 tensors; each can cost a hundred times its size in memory */

typedef enum laco_pickled_kind {
    LACO_PICKLED_NONE,
    LACO_PICKLED_INTEGER, /* or true, or false */
    LACO_PICKLED_REAL,
    LACO_PICKLED_TEXT, /* or bytes */
    LACO_PICKLED_LIST, /* or a tuple */
    LACO_PICKLED_DICT, /* its items are key, value, key, value … */
    LACO_PICKLED_NAME,
    LACO_PICKLED_STORAGE,
    LACO_PICKLED_TENSOR,
} laco_pickled_kind;

/* Raw numbers: a record of the archive, "data/KEY". */
typedef struct laco_pickled_storage {
    const char *key; /* in the pickle, `length` bytes */
    size_t length;
    laco_dtype dtype;
    int64_t count; /* elements */
} laco_pickled_storage;

typedef struct laco_pickled_tensor {
    const laco_pickled_storage *storage;
    int64_t offset; /* in the storage, in elements */
    int ndim;
    int64_t shape[LACO_FILE_DIMS], stride[LACO_FILE_DIMS]; /* of each dimension, in elements */
} laco_pickled_tensor;

typedef struct laco_pickled {
    laco_pickled_kind kind;
    uint32_t length; /* of text */
    union {
        int64_t integer;
        double real;
        const char *text; /* in the pickle, not ended */
        struct laco_pickled_list *list;
        const struct laco_pickled_name *name;
        const laco_pickled_storage *storage;
        const laco_pickled_tensor *tensor;
    };
} laco_pickled;

typedef struct laco_pickled_list {
    laco_pickled *items;
    size_t count, room;
    struct laco_pickled_list *next; /* of all lists */
} laco_pickled_list;

/* What a name of the table is called for. */
typedef enum laco_pickled_call {
    LACO_CALL_DICT,
    LACO_CALL_TENSOR,
    LACO_CALL_PARAMETER,
    LACO_CALL_SIZE,
    LACO_CALL_NOTHING, /* gives none */
    LACO_CALL_STORAGE, /* is not called: the type of a storage */
    LACO_CALL_VALUE,   /* is not called: a value that plays no part */
} laco_pickled_call;

typedef struct laco_pickled_name {
    const char *module, *name;
    laco_pickled_call call;
    laco_dtype dtype; /* of LACO_CALL_STORAGE */
} laco_pickled_name;

typedef struct laco_pickle {
    laco_context *ctx;
    const char *name;  /* of the file, for errors */
    const char *bytes; /* [size] */
    size_t size, at;
    size_t op; /* where the present operation begins */
    laco_pickled *stack, *memo;
    size_t count, room, memo_count, memo_room;
    size_t *marks; /* places in the stack */
    size_t mark_count, mark_room;
    laco_arena arena;
    laco_pickled_list *lists;
} laco_pickle;

/* Reads a pickle to its end; *out is what it stands for, and goes with the pickle, which is to be closed also after a failure.
 * LACO_FORMAT names the byte. */
laco_status laco_pickle_read(laco_pickle *pickle, laco_context *ctx, const char *name, const char *bytes, size_t size,
                             laco_pickled *out);
void laco_pickle_close(laco_pickle *pickle);

/* "FILE: data.pkl, byte N: …": LACO_FORMAT. */
#define laco_pickle_wrong(pickle, ...) (laco_pickle_say(pickle, __VA_ARGS__), LACO_FORMAT)
void laco_pickle_say(laco_pickle *pickle, const char *format, ...) LACO_PRINTF(2, 3);

/* ---- Between the parts of the machine ---- */

/* A new list or dictionary without items; NULL: the error is set. */
laco_pickled_list *laco_pickle_list(laco_pickle *pickle);
laco_status laco_pickle_append(laco_pickle *pickle, laco_pickled_list *list, const laco_pickled *items, size_t count);

/* MODULE.NAME in the table; LACO_FORMAT: it is not there. */
laco_status laco_pickle_find(laco_pickle *pickle, const char *module, size_t module_length, const char *name, size_t name_length,
                             laco_pickled *out);

/* What `function` called with `arguments` stands for. */
laco_status laco_pickle_call(laco_pickle *pickle, const laco_pickled *function, const laco_pickled *arguments, laco_pickled *out);

/* The storage that a persistent id, ("storage", type, key, place, count), is. */
laco_status laco_pickle_storage(laco_pickle *pickle, const laco_pickled *id, laco_pickled *out);

#endif
