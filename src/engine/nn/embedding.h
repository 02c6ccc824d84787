/* The inside of embeddings. */
#ifndef LACO_NN_EMBEDDING_H
#define LACO_NN_EMBEDDING_H

#include "base/base.h"
#include "laco/nn.h"

/* The table, NAME.weight. */
LACO_SHARED laco_param *laco_embedding_weight(laco_embedding *embedding);

#endif
