/* laco/tagged.h - sentences of words, each with a tag: what taggers learn from. laco/read.h reads them from files.
 */
#ifndef LACO_TAGGED_H
#define LACO_TAGGED_H

#include "laco/summary.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum laco_tagged_form {
    LACO_TAGGED_AUTO, /* found out from the first line of a sentence; text only where nothing has tags */
    LACO_TAGGED_CONLLU,
    LACO_TAGGED_COLUMNS,
    LACO_TAGGED_TSV,
    LACO_TAGGED_LINES,
    LACO_TAGGED_TEXT,
} laco_tagged_form;

/* How the words of a model lie in text: it learned it from its training data. Opaque. */
typedef struct laco_tokeniser laco_tokeniser;

/* Zero means the default. */
typedef struct laco_tagged_config {
    laco_tagged_form form;
    const char *column; /* of the tags: "upos", "xpos" (4 and 5 of CoNLL-U) or a number from 1; NULL: upos, else the last */
    const char *const *labels; /* the tags of a model, its order kept; NULL: those found in the data, sorted by bytes */
    int label_count;
    laco_tagged_form column_form; /* the form that `column` is of: in data of another form the default is used; auto: of any */
    int word_column;   /* of the words in columns and TSV, from 1; 0: the one that a header says, else the first that is no number
                        */
    bool untagged;     /* tags may be missing, and what stands in their place does not count */
    size_t first_line; /* of laco_tagged_parse: the number of the first line, for messages; 0: 1 */
    const laco_tokeniser
        *tokeniser; /* of a model, by laco_model_data_config, which must outlive the reading; NULL: LACO_TEXT_WORD */
} laco_tagged_config;

/* Opaque; never changes once loaded. */
typedef struct laco_tagged laco_tagged;

/* A set from memory, which is copied: `count` sentences, sentence i being lengths[i] words, which lie one behind the other in
 * `words` (UTF-8, ended by a zero) with their tags in `tags` (NULL: none, which config->untagged must allow). Of `config` (NULL:
 * the default) labels and untagged count. *out is the caller's. LACO_FORMAT: a word or tag that is empty or not UTF-8, or less
 * than two tags; LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_tagged_from_words(laco_context *ctx, const char *const *words, const char *const *tags,
                                            const size_t *lengths, size_t count, const laco_tagged_config *config,
                                            laco_tagged **out);

/* What was read and how; `detail` and *out as in laco_labelled_summary. */
LACO_API laco_status laco_tagged_summary(const laco_tagged *data, bool detail, laco_summary **out);

/* NULL is allowed. */
LACO_API void laco_tagged_free(laco_tagged *data);

/* The column that the words stand in, from 1; 0: none were read in columns. */
LACO_API int laco_tagged_word_column(const laco_tagged *data);

LACO_API size_t laco_tagged_sentence_count(const laco_tagged *data);
LACO_API size_t laco_tagged_word_count(const laco_tagged *data);

/* The words of sentence `index` are *first … *first + the result - 1 of all words. */
LACO_API size_t laco_tagged_sentence(const laco_tagged *data, size_t index, size_t *first);

/* Word `index` of all, NFC, UTF-8 followed by a zero; and the number of its tag, -1 where it has none. Owned by data. */
LACO_API const char *laco_tagged_word(const laco_tagged *data, size_t index);
LACO_API int laco_tagged_tag(const laco_tagged *data, size_t index);

/* The names of the tags that occur (or were given), by number; *count, where not NULL, is how many. Owned by data. */
LACO_API const char *const *laco_tagged_tag_names(const laco_tagged *data, int *count);

#ifdef __cplusplus
}
#endif

#endif
