/* Where laço is built without protobuf-c. */
#include "loggers/tensorboard.h"

laco_status tensorboard_open(const char *folder, const json_t *options, tensorboard **out)
{
    (void)options, (void)out;
    return failed(LACO_INVALID, "%s: this laço was built without protobuf-c", folder);
}

laco_status tensorboard_tell(tensorboard *board, const laco_progress *progress, int64_t update)
{
    (void)board, (void)progress, (void)update;
    return LACO_OK;
}

laco_status tensorboard_close(tensorboard *board)
{
    (void)board;
    return LACO_OK;
}
