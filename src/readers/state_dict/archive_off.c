/* In the place of archive.c where laço was built without libzip. */
#include "state_dict/archive.h"

#include <string.h>

bool laco_archive_detect(const void *bytes, size_t size) { return size >= 4 && memcmp(bytes, "PK\3\4", 4) == 0; }

laco_status laco_archive_open(laco_context *ctx, const char *name, const void *bytes, size_t size, laco_archive **out,
                              char **pickle, size_t *pickle_size)
{
    (void)bytes, (void)size, (void)out, (void)pickle, (void)pickle_size;
    return laco_fail(ctx, LACO_FORMAT,
                     "%s: a checkpoint of torch.save, and this laço was built without libzip (-Dtorch=enabled builds it in); "
                     "safetensors is read",
                     name);
}

void laco_archive_close(laco_archive *archive) { (void)archive; }

laco_status laco_archive_size(laco_archive *archive, const char *key, size_t length, size_t *out)
{
    (void)archive, (void)key, (void)length, (void)out;
    return LACO_FORMAT;
}

laco_status laco_archive_read(laco_archive *archive, const char *key, size_t length, void *out, size_t size)
{
    (void)archive, (void)key, (void)length, (void)out, (void)size;
    return LACO_FORMAT;
}
