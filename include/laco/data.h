/* laco/data.h - labelled sequences, texts or numbers: read them, look at them, hand them to training or evaluation.
 *
 * Forms that are read, chosen by the path:
 *   a folder       one file per label, `Portuguese.txt` holding label "Portuguese", one text a line; hidden files
 *                  and files that do not end in .txt are passed over; files are read in byte order of their names
 *   *.csv          a table with a header (RFC 4180: quoted fields may hold delimiters, quotes and newlines). The delimiter
 *                  is the comma, semicolon or tab that the header line has most of
 *   -              standard input, as for any other file
 *   anything else  lines of label<TAB>text; where a column was named, a table with a header instead
 * All of it is UTF-8; a byte order mark at the start and CRLF line ends are allowed. Blank lines are skipped. A text
 * that is empty or white space is an error here, because nobody can learn its label from it.
 *
 * Sequences of numbers, T steps of F numbers each, are known by their content:
 *   a table        each row holds the numbers of one sequence, step by step, and its label last; *.csv, or any file where `features`
 *                  or `steps` is given. A header may stand above; a table whose header has the text column is text
 *   .ts            the text form of the UCR and UEA archives (sktime): a header of @ lines, then for each sequence its dimensions
 *                  with colons between them and its label last. T may differ from one sequence to another
 *   IDX            the binary form of MNIST: a file of images, N × rows × columns (× channels), one row a step; or N × steps. Its
 *                  labels are an IDX file that is given behind it, or lies beside it with "labels" and "idx1" in its name where that
 *                  of the images has "images" and "idx3"
 */
#ifndef LACO_DATA_H
#define LACO_DATA_H

#include "laco/context.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a text is cut into before it is looked up in the vocabulary. */
typedef enum laco_text_level {
    LACO_TEXT_DEFAULT, /* as LACO_TEXT_CHAR */
    LACO_TEXT_CHAR, /* Unicode code points, after normalisation: ã is one */
    LACO_TEXT_WORD, /* words, and each punctuation mark or symbol alone; white space is dropped */
    LACO_TEXT_BYTE, /* the bytes of the UTF-8 form */
} laco_text_level;

/* How text is prepared, in training as in use: a model file stores it. All zero: code points of NFC. */
typedef struct laco_text_config {
    laco_text_level level;
    bool fold_accents; /* ã → a, ç → c. What Unicode holds to be a letter of its own stays: ø, ł, ß, æ, đ */
    bool lower;        /* to lower case, letter by letter */
} laco_text_config;

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
    const char *text_column;   /* of a table; NULL: "text" */
    const char *label_column;  /* of a table; NULL: "label" */
    const char *const *labels; /* the labels of a model, its order kept; NULL: those found in the data, sorted by bytes */
    int label_count;           /* how many `labels` */
    laco_separator separator;
    laco_labelled_kind kind;   /* what the data must be */
    int64_t features;          /* F; 0: the dimensions of a .ts file, the columns of an image, 1 in a table */
    int64_t steps;             /* of a table: T, from which F follows; 0: not given. Of another form an error where `kind` is ANY */
    laco_image_step by;        /* PIXEL needs `features` 0 or 1 and no `steps` */
    bool unlabelled;           /* of numbers: labels may be missing, and are not looked at */
} laco_labelled_config;

/* Reads `path_count` paths, one after another, into one set. `config` may be NULL. Where config->labels is given
 * any other label is an error; where not, at least two different labels must be found.
 * *out is the caller's, for laco_labelled_free; nothing of `paths` or `config` is kept.
 * LACO_IO: a path cannot be read. LACO_FORMAT: the content is not as above, or one path holds texts and another numbers; the text says
 * file, line and what would be right. LACO_INVALID: no path, a label given twice, or `steps` of what is no table.
 * LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_labelled_load(laco_context *ctx, const char *const *paths, int path_count,
                                        const laco_labelled_config *config, laco_labelled **out);

/* Two sets from one: `fraction` (0 … 1) of the examples of each label in *part, drawn by `seed`, the others in *rest; labels keep
 * their numbers. Texts stay those of `data`, which must outlive both; all three are to be freed. LACO_INVALID: the fraction;
 * LACO_NO_MEMORY. On failure neither is touched. */
LACO_API laco_status laco_labelled_split(const laco_labelled *data, double fraction, uint64_t seed, laco_labelled **rest,
                                         laco_labelled **part);

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

/* Number of labels K; with labels given, also those that no example has. */
LACO_API int laco_labelled_label_count(const laco_labelled *data);

/* The K label names, NFC, by number. Owned by data; may be handed on as laco_labelled_config.labels. */
LACO_API const char *const *laco_labelled_label_names(const laco_labelled *data);

/* How many examples have label `label` (0 … K-1). */
LACO_API size_t laco_labelled_label_examples(const laco_labelled *data, int label);

#ifdef __cplusplus
}
#endif

#endif
