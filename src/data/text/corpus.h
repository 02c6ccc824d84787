/* A corpus: texts as one long sequence of ids that lies in a file without a name, so that it may be larger than memory.
 *
 * The text is read once, in blocks, and cut into units that get numbers in the order of arrival; those numbers, four bytes each,
 * go to the file, which stands in $TMPDIR (else /var/tmp, else /tmp) and is gone with the corpus. What a number means, an id of a
 * vocabulary, is a table that may be made later from a part of the corpus: so one pass serves, and standard input does too. */
#ifndef LACO_DATA_CORPUS_H
#define LACO_DATA_CORPUS_H

#include "data/strings.h"
#include "data/text/text.h"
#include "data/text/vocabulary.h"

typedef struct laco_corpus {
    laco_context *ctx;
    laco_text_config text;
    int fd;             /* of the numbers, int32_t each */
    int64_t count;      /* units */
    int64_t characters; /* code points they stand for; at byte level bytes */
    uint64_t hash;      /* of all units and their order */
    laco_strings units; /* by number */
    int32_t *ids;       /* [units.count] of each number, once a vocabulary is set */
    /* while it is read */
    int32_t *buffer;
    size_t buffered;
    laco_text_buffer normal;
} laco_corpus;

/* Reads `path_count` files ("-": standard input) one after another; a line end is put between two of them where the first lacks
 * its last. Chars: NFC, folded and in lower case as `text` asks, CRLF as LF, without byte order mark. Words: as laco_units, and
 * each line end is a unit "\n" of its own. Bytes: as they are; `text` does not fold them.
 * LACO_FORMAT: binary data or other encodings, with file, line and byte; LACO_INVALID: nothing was in the files; LACO_IO: not
 * readable, or no room for the numbers; LACO_NO_MEMORY. */
laco_status laco_corpus_load(laco_context *ctx, const laco_text_config *text, const char *const *paths, int path_count,
                             laco_corpus **out);
void laco_corpus_free(laco_corpus *corpus); /* NULL is allowed */

/* A vocabulary of the first `end` units, ranked; at byte level it has all 256. *out is the caller's. LACO_IO, LACO_NO_MEMORY. */
laco_status laco_corpus_vocabulary(laco_corpus *corpus, int64_t end, const laco_vocabulary_config *config, laco_vocabulary **out);

/* From here on the corpus is read in ids of `vocabulary`, which is not kept. LACO_NO_MEMORY. */
laco_status laco_corpus_set_vocabulary(laco_corpus *corpus, const laco_vocabulary *vocabulary);

/* Ids of units begin … begin+count-1, which must be there. LACO_IO. */
laco_status laco_corpus_read(const laco_corpus *corpus, int64_t begin, int64_t count, int32_t *ids);

/* How many of units begin … end-1 the vocabulary does not know. LACO_IO. */
laco_status laco_corpus_unseen(const laco_corpus *corpus, int64_t begin, int64_t end, int64_t *unseen);

/* The parts of loading: one more unit; the units of one file, and a line end behind them where `more_follow` and they lack it. */
laco_status laco_corpus_add(laco_corpus *corpus, const char *unit, size_t length);
laco_status laco_corpus_read_text(laco_corpus *corpus, const char *path, bool more_follow);

#endif
