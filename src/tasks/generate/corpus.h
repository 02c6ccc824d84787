/* A corpus: texts as one long sequence of ids that lies in a file without a name, so that it may be larger than memory.
 *
 * The text is read once, in blocks, and cut into tokens that get numbers in the order of arrival; those numbers, four bytes each,
 * go to the file, which stands in $TMPDIR (else /var/tmp, else /tmp) and is gone with the corpus. What a number means, an id of a
 * vocabulary, is a table that may be made later from a part of the corpus: so one pass serves, and standard input does too. */
#ifndef LACO_GENERATE_CORPUS_H
#define LACO_GENERATE_CORPUS_H

#include "data/strings.h"
#include "laco/corpus.h"
#include "text/notes.h"
#include "text/text.h"
#include "text/vocabulary.h"

struct laco_corpus {
    laco_context *ctx;
    laco_text_config text;
    int fd;              /* of the numbers, int32_t each */
    int64_t count;       /* tokens */
    int64_t characters;  /* code points they stand for; at byte level bytes */
    uint64_t hash;       /* of all tokens and their order */
    laco_strings tokens; /* by number */
    int32_t *ids;        /* [tokens.count] of each number, once a vocabulary is set */
    /* while it is read */
    int32_t *buffer;
    size_t buffered;
    laco_text_buffer normal;
    laco_notes notes;
};

/* A corpus in the making. begin: an empty one; add: one more token; end: completes it (`name` is for messages), or it can only be
 * freed. LACO_INVALID: nothing was added; LACO_IO: no room for the numbers; LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_corpus_begin(laco_context *ctx, const laco_text_config *text, laco_corpus **out);
laco_status laco_corpus_add(laco_corpus *corpus, const char *token, size_t length);
LACO_SHARED laco_status laco_corpus_end(laco_corpus *corpus, const char *name);

/* A vocabulary of the first `end` tokens, ranked; at byte level it has all 256. *out is the caller's. LACO_IO, LACO_NO_MEMORY. */
laco_status laco_corpus_vocabulary(laco_corpus *corpus, int64_t end, const laco_vocabulary_config *config, laco_vocabulary **out);

/* From here on the corpus is read in ids of `vocabulary`, which is not kept. LACO_NO_MEMORY. */
laco_status laco_corpus_set_vocabulary(laco_corpus *corpus, const laco_vocabulary *vocabulary);

/* Numbers of tokens begin … begin+count-1, as they came. LACO_IO. */
laco_status laco_corpus_numbers(const laco_corpus *corpus, int64_t begin, int64_t count, int32_t *numbers);

/* Ids of tokens begin … begin+count-1, which must be there. LACO_IO. */
laco_status laco_corpus_read(const laco_corpus *corpus, int64_t begin, int64_t count, int32_t *ids);

/* How many of tokens begin … end-1 the vocabulary does not know. LACO_IO. */
laco_status laco_corpus_unseen(const laco_corpus *corpus, int64_t begin, int64_t end, int64_t *unseen);

/* Fills `into` with up to `room` bytes of a text; *got 0: it has ended. */
typedef laco_status (*laco_corpus_fill)(void *user, char *into, size_t room, size_t *got);

/* Adds a text of any size, and a line end behind it where `more_follow` and it lacks one. Characters: NFC, folded and in lower
 * case as the configuration asks, CRLF as LF, without byte order mark. Words: as laco_text_tokens, and each line end is a token
 * "\n" of its own. Bytes: as they are. LACO_FORMAT: binary data or other encodings, with name, line and byte. */
LACO_SHARED laco_status laco_corpus_add_text(laco_corpus *corpus, const char *name, laco_corpus_fill fill, void *user,
                                             bool more_follow);

#endif
