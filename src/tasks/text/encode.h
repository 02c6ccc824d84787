/* Texts as sequences of ids. */
#ifndef LACO_TEXT_ENCODE_H
#define LACO_TEXT_ENCODE_H

#include "data/sequences.h"
#include "text/text.h"
#include "text/vocabulary.h"

/* Normalises a text, cuts it into tokens by config->level and counts them in `vocabulary`. LACO_FORMAT: not UTF-8.
 * On failure part of the text may have been counted. */
laco_status laco_text_count(laco_text_buffer *buffer, const laco_text_config *config, const char *text, size_t length,
                            laco_vocabulary *vocabulary);

/* The same, but adds the ids of the tokens as one sequence to `out`. Tokens that `vocabulary` does not know are
 * LACO_UNKNOWN, and are counted in `unseen` where that is not NULL: its size - 1 is how many different ones there
 * were, its occurrences how often each. On failure `out` is as before. */
LACO_SHARED laco_status laco_text_encode(laco_text_buffer *buffer, const laco_text_config *config, const laco_vocabulary *vocabulary,
                             const char *text, size_t length, laco_sequences *out, laco_vocabulary *unseen);

#endif
