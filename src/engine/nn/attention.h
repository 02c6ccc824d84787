/* The inside of attention. */
#ifndef LACO_NN_ATTENTION_H
#define LACO_NN_ATTENTION_H

/* What laco_attention_names gives, as a constant: tables of a model file hold it. */
LACO_SHARED extern const char *const laco_attention_kind_names[];

#endif
