#include "text/encode.h"

laco_status laco_text_count(laco_text_buffer *buffer, const laco_text_config *config, const char *text, size_t length,
                            laco_vocabulary *vocabulary)
{
    LACO_TRY(laco_text_normalise(buffer, config, text, length));
    laco_text_tokens tokens = {.level = config->level, .at = buffer->bytes, .end = buffer->bytes + buffer->length};
    const char *token;
    size_t bytes;
    while (laco_text_tokens_next(&tokens, &token, &bytes))
        LACO_TRY(laco_vocabulary_count(vocabulary, token, bytes));
    return LACO_OK;
}

static laco_status push_tokens(laco_text_tokens *tokens, const laco_vocabulary *vocabulary, laco_sequences *out,
                               laco_vocabulary *unseen)
{
    const char *token;
    size_t bytes;
    while (laco_text_tokens_next(tokens, &token, &bytes)) {
        int32_t id = laco_vocabulary_id(vocabulary, token, bytes);
        if (id == LACO_UNKNOWN && unseen)
            LACO_TRY(laco_vocabulary_count(unseen, token, bytes));
        LACO_TRY(laco_sequences_push(out, id));
    }
    return laco_sequences_end(out);
}

laco_status laco_text_encode(laco_text_buffer *buffer, const laco_text_config *config, const laco_vocabulary *vocabulary,
                             const char *text, size_t length, laco_sequences *out, laco_vocabulary *unseen)
{
    LACO_TRY(laco_text_normalise(buffer, config, text, length));
    laco_text_tokens tokens = {.level = config->level, .at = buffer->bytes, .end = buffer->bytes + buffer->length};
    laco_status status = push_tokens(&tokens, vocabulary, out, unseen);
    if (status < 0)
        laco_sequences_drop(out);
    return status;
}
