/* The inside of a set of tagged sentences, and where its readers put words. */
#ifndef LACO_TAG_TAGGED_H
#define LACO_TAG_TAGGED_H

#include "text/encode.h"
#include "data/strings.h"
#include "laco/tagged.h"
#include "text/notes.h"

/* A line as it was read, for writing it back. */
typedef struct laco_tagged_row {
    const char *text;
    size_t length;
    size_t words; /* the words that it holds, which follow those of the rows before: 0: passed through */
} laco_tagged_row;

struct laco_tagged {
    laco_context *ctx;
    laco_tagged_config config; /* the caller's, while it loads */
    laco_tagged_form form;
    int column;               /* of the tags, from 1; 0: the last */
    laco_strings words;       /* different ones, NFC */
    laco_sequences sentences; /* of their numbers */
    laco_sequences tags;      /* alike: numbers of labels, -1 for none */
    laco_strings labels;
    const char **names; /* of labels, by number */
    laco_tagged_row *rows;
    size_t row_count, row_room;
    char **sources; /* the bytes that rows point into */
    size_t source_count, source_room;
    laco_text_buffer buffer;
    laco_notes notes;
    int word_column; /* from 1; 0: none were read in columns */
};

/* A set in the making. begin: an empty one; end: numbers the tags, after which the set is complete. On failure of the latter the
 * set can only be freed. */
LACO_SHARED laco_status laco_tagged_begin(laco_context *ctx, const laco_tagged_config *config, laco_tagged **out);
LACO_SHARED laco_status laco_tagged_end(laco_tagged *data);

/* For readers: a word with its tag (NULL: none) of the sentence in the making, the end of the sentence (none where it has no
 * words), and the line that was read. */
LACO_SHARED laco_status laco_tagged_add_word(laco_tagged *data, const char *word, size_t length, const char *tag,
                                             size_t tag_length);
LACO_SHARED laco_status laco_tagged_end_sentence(laco_tagged *data);
LACO_SHARED laco_status laco_tagged_add_row(laco_tagged *data, const char *text, size_t length, size_t words);

/* The next field of a line from *at on; false after the last. `tabs`: single tabs lie between fields, which may be empty; else
 * runs of spaces and tabs. */
LACO_SHARED bool laco_tagged_field(const char **at, const char *end, bool tabs, const char **field, size_t *length);

/* How many fields a line has. */
LACO_SHARED size_t laco_tagged_fields(const char *line, size_t length, bool tabs);

/* Field `number` of a line, from 1; 0: the last. False: there is none. */
LACO_SHARED bool laco_tagged_field_at(const char *line, size_t length, bool tabs, size_t number, const char **field,
                                      size_t *bytes);

/* Whether the tags are O, B-… and I-… (and perhaps E-…, S-…), which mark entities. */
bool laco_tagged_is_bio(const laco_tagged *data);

#define LACO_CONLLU_COLUMNS 10

#endif
