/* A checkpoint of torch.save as a file of named tensors. */
#ifndef LACO_STATE_DICT_TENSORS_H
#define LACO_STATE_DICT_TENSORS_H

#include "state_dict/archive.h"
#include "state_dict/pickle.h"

/* The tensors that a pickle holds, in dictionaries and lists however deep: named by the keys on the way to them, with points
 * between ("state_dict.rnn.weight_ih_l0"). Values that are not tensors are passed over. LACO_FORMAT: a tensor that goes beyond
 * its storage, a storage beyond its record, more than can be meant. */
laco_status laco_state_dict_tensors(laco_pickle *pickle, const laco_pickled *root, laco_archive *archive, laco_tensor_file **out);

#endif
