#include "nn/recurrent.h"

const char *const laco_cell_names[] = {"rnn", "gru", "lstm", "mlp", NULL};

const char *laco_cell_name(laco_cell_kind cell) { return laco_cell_names[cell == LACO_CELL_DEFAULT ? 0 : cell - LACO_RNN]; }
