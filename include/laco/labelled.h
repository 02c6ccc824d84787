/* laco/labelled.h - labelled sequences, texts or numbers: what classifiers learn from. laco/read.h reads them from files.
 */
#ifndef LACO_LABELLED_H
#define LACO_LABELLED_H

#include "laco/summary.h"
#include "laco/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Texts or sequences of numbers, each with a label. Opaque; never changes once loaded. */
typedef struct laco_labelled laco_labelled;

typedef enum laco_labelled_kind {
    LACO_LABELLED_ANY, /* what the content is */
    LACO_LABELLED_TEXT,
    LACO_LABELLED_NUMBERS,
} laco_labelled_kind;

/* What stands between label and text in lines. */
typedef enum laco_separator {
    LACO_SEPARATOR_DEFAULT, /* a tab, or a space where no line has a tab and all begin with few words */
    LACO_SEPARATOR_TAB,
    LACO_SEPARATOR_SPACE,
} laco_separator;

/* What of an image is one step. The default is a row. */
typedef enum laco_image_step { LACO_BY_DEFAULT, LACO_BY_ROW, LACO_BY_PIXEL } laco_image_step;

typedef struct laco_labelled_config {
    const char *text_column;  /* of a table, by its name or number from 1; NULL: "text", or another word for it */
    const char *label_column; /* of a table, likewise; NULL: "label", or another word for it; of numbers also the last or first */
    const char *const *labels; /* the labels of a model, its order kept; NULL: those found in the data, sorted by bytes */
    int label_count;           /* how many `labels` */
    laco_separator separator;
    laco_labelled_kind kind; /* what the data must be */
    int64_t features;        /* F; 0: the dimensions of a .ts file, the columns of an image, 1 in a table */
    int64_t steps;           /* of a table: T, from which F follows; 0: not given. Of another form an error where `kind` is ANY */
    laco_image_step by;      /* PIXEL needs `features` 0 or 1 and no `steps` */
    bool unlabelled;         /* labels may be missing, and are not looked at */
    size_t first_line;       /* of laco_labelled_parse: the number of the first line, for messages; 0: 1 */
} laco_labelled_config;

/* Sets from memory, which are copied. Texts: `count` of them, UTF-8, `lengths` bytes each (NULL: each ended by a zero). Numbers:
 * sequence i is steps[i] rows of `features` numbers, and they lie one behind the other in `values`. labels[i]: its label, ended
 * by a zero; NULL: those of unlabelled data, which config->unlabelled must allow. Of `config` (NULL: the default) labels and
 * unlabelled count. *out is the caller's. LACO_FORMAT: a text or label that is empty or not UTF-8, a number that is not finite,
 * an unknown label, or less than two labels; LACO_INVALID; LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_labelled_from_texts(laco_context *ctx, const char *const *texts, const size_t *lengths,
                                              const char *const *labels, size_t count, const laco_labelled_config *config,
                                              laco_labelled **out);
LACO_API laco_status laco_labelled_from_values(laco_context *ctx, const laco_real *values, const int64_t *steps, int64_t features,
                                               const char *const *labels, size_t count, const laco_labelled_config *config,
                                               laco_labelled **out);

/* Two sets from one: `fraction` (0 … 1) of the examples of each label in *part, drawn by `seed`, the others in *rest; labels keep
 * their numbers. Texts stay those of `data`, which must outlive both; all three are to be freed. LACO_INVALID: the fraction;
 * LACO_NO_MEMORY. On failure neither is touched. */
LACO_API laco_status laco_labelled_split(const laco_labelled *data, double fraction, uint64_t seed, laco_labelled **rest,
                                         laco_labelled **part);

/* What was read and how: form, columns, labels; in `detail` with all that laco check says, lengths, characters, what comes again.
 * *out is the caller's, for laco_summary_free. LACO_NO_MEMORY. */
LACO_API laco_status laco_labelled_summary(const laco_labelled *data, bool detail, laco_summary **out);

/* Frees a set. NULL is allowed. */
LACO_API void laco_labelled_free(laco_labelled *data);

/* Number of examples, over all paths. */
LACO_API size_t laco_labelled_count(const laco_labelled *data);

/* Text of example `index` (below the count), as it was read: UTF-8, not normalised, not ended by a zero; its bytes
 * in *length. Owned by data. NULL of numbers. */
LACO_API const char *laco_labelled_text(const laco_labelled *data, size_t index, size_t *length);

/* F, the numbers of a step; 0 of texts. */
LACO_API int64_t laco_labelled_features(const laco_labelled *data);

/* Example `index` (below the count) as numbers, [T][F], with T in *steps. Owned by data. NULL of texts. */
LACO_API const laco_real *laco_labelled_values(const laco_labelled *data, size_t index, int64_t *steps);

/* Label of example `index` (below the count): a number from 0 to the label count - 1; -1 of unlabelled data. */
LACO_API int laco_labelled_label(const laco_labelled *data, size_t index);

/* The names of the K labels, NFC, by number; with labels given, also those that no example has. *count, where not NULL, is K.
 * Owned by data; may be handed on as laco_labelled_config.labels. */
LACO_API const char *const *laco_labelled_label_names(const laco_labelled *data, int *count);

#ifdef __cplusplus
}
#endif

#endif
