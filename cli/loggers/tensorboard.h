/* Event files that TensorBoard reads: scalars, hyperparameters, histograms of weights. A file is records of a length, its checksum,
 * the bytes of a message (events.proto), and theirs; checksums are CRC-32C, masked.
 * github.com/tensorflow/tensorflow, tensorflow/core/util/event.proto and lib/io/record_writer.h. */
#ifndef LACO_CLI_TENSORBOARD_H
#define LACO_CLI_TENSORBOARD_H

#include "basics.h"

typedef struct tensorboard tensorboard;

/* Makes the folder where there is none, and in it a file of this run, which begins with its options. LACO_INVALID: this laço was
 * built without protobuf-c; LACO_IO, LACO_NO_MEMORY: failure() has the text. */
laco_status tensorboard_open(const char *folder, const json_t *options, tensorboard **out);

/* Loss, learning rate and gradient of an update (at most ten times a second), and of an epoch all that is told of it with the
 * weights; `update` counts from the beginning. LACO_IO. */
laco_status tensorboard_tell(tensorboard *board, const laco_progress *progress, int64_t update);

/* Ends the file, and frees. NULL is allowed. */
laco_status tensorboard_close(tensorboard *board);

/* CRC-32C (Castagnoli). */
uint32_t crc32c(const void *bytes, size_t size);

#endif
