/* laco/tagged.h - sentences of words, each with a tag: read them, look at them, write them back with other tags.
 *
 * Forms that are read, blank lines between sentences where not said otherwise:
 *   CoNLL-U    ten columns between tabs; comments, multi-word tokens (1-2) and empty nodes (1.1) are kept and passed through
 *   columns    as CoNLL-2003: a word and what belongs to it, between spaces or tabs; -DOCSTART- lines are passed through
 *   TSV        the same between single tabs, so that a word may hold spaces
 *   lines      one sentence a line: words between spaces, a tab, as many tags between spaces
 *   text       one sentence a line, without tags: cut into words as the data of a model are, or as LACO_TEXT_WORD says
 * All of it is UTF-8; a byte order mark at the start and CRLF line ends are allowed.
 */
#ifndef LACO_TAGGED_H
#define LACO_TAGGED_H

#include "laco/context.h"

#include <stdbool.h>
#include <stdio.h>

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
    bool untagged;                /* tags may be missing, and what stands in their place does not count */
    size_t first_line;            /* of laco_tagged_parse: the number of the first line, for messages; 0: 1 */
    const laco_tokeniser *tokeniser; /* of a model, by laco_model_tagged_config, which must outlive the reading; NULL: LACO_TEXT_WORD */
} laco_tagged_config;

/* Opaque; never changes once loaded. */
typedef struct laco_tagged laco_tagged;

/* Reads `path_count` files ("-": standard input) into one set. `config` may be NULL. Where config->labels is given, tags that are
 * not among them are numbered behind them; where not, at least two different tags must be found. *out is the caller's. LACO_IO: a
 * file cannot be read. LACO_FORMAT: the content is not as above; the text says file, line and what would be right. LACO_INVALID:
 * no path, or no such column. LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_tagged_load(laco_context *ctx, const char *const *paths, int path_count,
                                      const laco_tagged_config *config, laco_tagged **out);

/* The same of `size` bytes in memory, which are copied; `name` stands for them in messages. */
LACO_API laco_status laco_tagged_parse(laco_context *ctx, const char *name, const char *bytes, size_t size,
                                       const laco_tagged_config *config, laco_tagged **out);

/* The form that a text has, found out from its first sentence; LACO_TAGGED_TEXT where it has no columns. `tags` (ended by NULL;
 * or NULL) are those of a model: columns between spaces are taken for such only where the last one holds a tag in every line. */
LACO_API laco_tagged_form laco_tagged_guess(const char *name, const char *bytes, size_t size, const char *const *tags);

/* NULL is allowed. */
LACO_API void laco_tagged_free(laco_tagged *data);

LACO_API size_t laco_tagged_sentence_count(const laco_tagged *data);
LACO_API size_t laco_tagged_word_count(const laco_tagged *data);

/* The words of sentence `index` are *first … *first + the result - 1 of all words. */
LACO_API size_t laco_tagged_sentence(const laco_tagged *data, size_t index, size_t *first);

/* Word `index` of all, NFC, UTF-8 followed by a zero; and the number of its tag, -1 where it has none. Owned by data. */
LACO_API const char *laco_tagged_word(const laco_tagged *data, size_t index);
LACO_API int laco_tagged_tag(const laco_tagged *data, size_t index);

/* The tags that occur (or were given), by number. Owned by data. */
LACO_API int laco_tagged_tag_count(const laco_tagged *data);
LACO_API const char *const *laco_tagged_tag_names(const laco_tagged *data);

/* Whether the tags are O, B-… and I-… (and perhaps E-…, S-…), which mark entities. */
LACO_API bool laco_tagged_is_bio(const laco_tagged *data);

/* Writes the data as it was read, with tags[i] in the place of the tag of word i: in its column where the line has it, else as a
 * new last column; of text, lines of word<TAB>tag. LACO_IO. */
LACO_API laco_status laco_tagged_write(const laco_tagged *data, const char *const *tags, FILE *file);

#ifdef __cplusplus
}
#endif

#endif
