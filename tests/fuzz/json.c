/* Any bytes as JSON, beside Jansson's parser: the same texts are JSON to both, and mean the same. The first byte says what is
 * allowed. */
#include "fuzz.h"

#include "base/json_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1)
        return 0;
    laco_context *ctx = fuzz_context();
    const size_t flags = (bytes[0] & 1 ? JSON_ALLOW_NUL : 0) | (bytes[0] & 2 ? JSON_DECODE_ANY : 0);
    char *text = malloc(size - 1 + (size == 1)); /* of just the size, so that reading on is seen */
    require(text != NULL);
    memcpy(text, bytes + 1, size - 1);
    json_t *ours = NULL, *theirs = json_loadb(text, size - 1, flags | JSON_REJECT_DUPLICATES, NULL);
    laco_json_fault fault = {SIZE_MAX, NULL};
    laco_status status = laco_json_read(ctx, text, size - 1, flags, &ours, &fault);
    if (memchr(text, 0, size - 1) == NULL) /* Jansson passes over a NUL behind a number */
        require((status == LACO_OK) == (theirs != NULL));
    if (status == LACO_OK)
        require(json_equal(ours, theirs));
    else
        require(status == LACO_FORMAT && fault.byte < size && fault.why);
    json_decref(ours);
    json_decref(theirs);
    free(text);
    laco_context_free(ctx);
    return 0;
}
