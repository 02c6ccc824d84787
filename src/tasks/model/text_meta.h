/* How text was prepared, in a model file: metadata "laco.text" and "laco.vocabulary". */
#ifndef LACO_MODEL_TEXT_META_H
#define LACO_MODEL_TEXT_META_H

#include "text/vocabulary.h"
#include "model/model.h"

/* "char", "word", "byte" by laco_text_level; ended by NULL. */
extern const char *const laco_text_level_names[];

/* {"level": …, "fold_accents": …, "lower": …}: a new reference, NULL where Jansson has no memory. */
json_t *laco_text_to_json(const laco_text_config *text);

/* Both with every member checked. *vocabulary is the caller's. LACO_FORMAT, LACO_NO_MEMORY. */
laco_status laco_text_from_file(laco_context *ctx, const laco_tensor_file *file, laco_text_config *out);
laco_status laco_vocabulary_from_file(laco_context *ctx, const laco_tensor_file *file, laco_vocabulary **out);

/* The same of another key than "laco.vocabulary". */
laco_status laco_vocabulary_from_key(laco_context *ctx, const laco_tensor_file *file, const char *key, laco_vocabulary **out);

/* Adds metadata "laco.vocabulary" to a file that is being written. */
laco_status laco_vocabulary_to_file(laco_context *ctx, const laco_vocabulary *vocabulary, laco_tensor_writer *writer);

/* The units but "<unk>" as an array, for laco_model_describe; NULL as above. */
json_t *laco_vocabulary_describe(const laco_vocabulary *vocabulary);

#endif
