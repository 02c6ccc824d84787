/* The forms in which tagged sentences come. */
#ifndef LACO_TAGGED_TAGGED_READ_H
#define LACO_TAGGED_TAGGED_READ_H

#include "laco/read.h"
#include "tag/tagged.h"

/* Adds one text to a set in the making, whose bytes become the set's (also on failure). On failure the set can only be freed. */
laco_status laco_tagged_read_bytes(laco_tagged *data, const char *name, char *bytes, size_t size);

/* A line of CoNLL-2003 between documents, which holds no word. */
bool laco_tagged_is_document(const char *line, size_t length);

#endif
