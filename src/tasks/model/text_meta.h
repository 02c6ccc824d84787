/* How text was prepared, in a model file: metadata "laco.text" and "laco.vocabulary". */
#ifndef LACO_MODEL_TEXT_META_H
#define LACO_MODEL_TEXT_META_H

#include "text/vocabulary.h"
#include "model/fields.h"

/* {"level": …, "fold_accents": …, "lower": …}, of a laco_text_config. */
extern const laco_fields laco_text_fields;

/* laco_vocabulary *: its tokens by id, in a description but "<unk>". */
extern const laco_codec laco_field_vocabulary;

#endif
