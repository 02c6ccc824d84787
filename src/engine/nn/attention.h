/* The inside of attention. */
#ifndef LACO_NN_ATTENTION_H
#define LACO_NN_ATTENTION_H

/* The names "none", "dot", "additive" from LACO_ATTENTION_NONE on, ended by NULL: tables of a model file hold them. */
LACO_SHARED extern const char *const laco_attention_kind_names[];

#endif
