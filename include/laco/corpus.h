/* laco/corpus.h - a corpus: texts as one long sequence of tokens, which may be larger than memory.
 */
#ifndef LACO_CORPUS_H
#define LACO_CORPUS_H

#include "laco/summary.h"
#include "laco/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque. It lies in a file without a name in $TMPDIR (else /var/tmp, else /tmp), four bytes a token, which is gone with the
 * corpus. */
typedef struct laco_corpus laco_corpus;

/* A corpus of `count` texts in memory, UTF-8 and `lengths` bytes each, one behind the other with a line end between them where it
 * is missing. `config` says what they are cut into; NULL: characters. Nothing of them is kept. *out is the caller's. LACO_FORMAT:
 * not UTF-8; LACO_INVALID: no text; LACO_IO: no room for the tokens; LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_corpus_from_texts(laco_context *ctx, const laco_text_config *config, const char *const *texts,
                                            const size_t *lengths, size_t count, laco_corpus **out);

/* What was read and how; `detail` and *out as in laco_labelled_summary. LACO_IO, LACO_NO_MEMORY. */
LACO_API laco_status laco_corpus_summary(const laco_corpus *corpus, bool detail, laco_summary **out);

/* NULL is allowed. */
LACO_API void laco_corpus_free(laco_corpus *corpus);

/* Number of tokens. */
LACO_API int64_t laco_corpus_count(const laco_corpus *corpus);

#ifdef __cplusplus
}
#endif

#endif
