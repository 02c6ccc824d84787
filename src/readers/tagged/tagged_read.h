/* The forms in which tagged sentences come. */
#ifndef LACO_TAGGED_TAGGED_READ_H
#define LACO_TAGGED_TAGGED_READ_H

#include "laco/read.h"
#include "tag/tagged.h"

/* Adds one text to a set in the making, whose bytes become the set's (also on failure). On failure the set can only be freed. */
laco_status laco_tagged_read_bytes(laco_tagged *data, const char *name, char *bytes, size_t size);

/* How lines of columns are laid out. */
typedef struct laco_tagged_layout {
    size_t fields;     /* of the first line with words */
    size_t word;       /* column of the words, from 1 */
    size_t tag;        /* of the tags, as the header says; 0: the last */
    bool header;       /* the first line is one: */
    const char *first; /* the first line with words, or the header */
} laco_tagged_layout;
laco_tagged_layout laco_tagged_look(const char *bytes, size_t size, bool tabs, bool untagged);

/* LACO_FORMAT: a file of tagged words is in a form that is not read; the text says what makes such of it as is. */
laco_status laco_tagged_doubt(laco_context *ctx, const char *name, const char *bytes, size_t size);

/* LACO_FORMAT: a column of numbers of sentences, and no blank line. */
laco_status laco_tagged_sentences_doubt(laco_context *ctx, const char *name, const char *bytes, size_t size, bool tabs,
                                        const laco_tagged_layout *layout);

/* LACO_FORMAT: a tag is two entities, B-ORG|B-LOC. Notes where one is two others. */
laco_status laco_tagged_tags_doubt(laco_tagged *data, const char *name);

/* Whether a line that begins with # where a sentence may begin is a comment: by what it says, or because it has not as many
 * fields as lines of words (0: not known). */
bool laco_tagged_is_comment(const char *line, size_t length, bool tabs, size_t fields);

/* A line of CoNLL-2003 between documents, which holds no word. */
bool laco_tagged_is_document(const char *line, size_t length);

#endif
