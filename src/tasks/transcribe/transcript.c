#include "transcribe/transcript.h"

#include "data/strings.h"
#include "decode/edit_distance.h"

#include <string.h>

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

laco_status laco_transcript_tidy(laco_text_buffer *buffer, const laco_text_config *config, const char *text)
{
    size_t used = 0;
    LACO_TRY(laco_text_normalise(buffer, config, text, strlen(text)));
    for (size_t i = 0; i < buffer->length; i++) {
        char c = buffer->bytes[i];
        if (!is_space(c))
            buffer->bytes[used++] = c;
        else if (used > 0 && buffer->bytes[used - 1] != ' ')
            buffer->bytes[used++] = ' ';
    }
    buffer->length = used > 0 && buffer->bytes[used - 1] == ' ' ? used - 1 : used;
    return LACO_OK;
}

bool laco_transcript_next(laco_text_level level, const char **at, const char *end, const char **token, size_t *length)
{
    const char *place = *at;
    if (level == LACO_TEXT_WORD && place < end && *place == ' ')
        place++;
    *token = place;
    if (place >= end)
        return false;
    if (level == LACO_TEXT_WORD)
        while (place < end && *place != ' ')
            place++;
    else
        for (place++; place < end && ((unsigned char)*place & 0xC0) == 0x80;)
            place++;
    *length = (size_t)(place - *token);
    *at = place;
    return true;
}

int64_t laco_transcript_words(const char *text)
{
    int64_t words = 0;
    for (bool inside = false; *text; text++) {
        words += !inside && !is_space(*text);
        inside = !is_space(*text);
    }
    return words;
}

laco_status laco_transcript_count(laco_text_buffer *buffer, const laco_text_config *config, const char *text,
                                  laco_vocabulary *tokens)
{
    const char *token;
    size_t length;
    LACO_TRY(laco_transcript_tidy(buffer, config, text));
    const char *at = buffer->bytes, *end = buffer->bytes + buffer->length;
    while (laco_transcript_next(config->level, &at, end, &token, &length))
        LACO_TRY(laco_vocabulary_count(tokens, token, length));
    return LACO_OK;
}

laco_status laco_transcript_encode(laco_text_buffer *buffer, const laco_text_config *config, const laco_vocabulary *tokens,
                                   const char *text, laco_sequences *out)
{
    const char *token;
    size_t length;
    LACO_TRY(laco_transcript_tidy(buffer, config, text));
    const char *at = buffer->bytes, *end = buffer->bytes + buffer->length;
    laco_status status = LACO_OK;
    while (status == LACO_OK && laco_transcript_next(config->level, &at, end, &token, &length))
        status = laco_sequences_push(out, laco_vocabulary_id(tokens, token, length));
    if (status == LACO_OK)
        status = laco_sequences_end(out);
    if (status < 0)
        laco_sequences_drop(out);
    return status;
}

laco_status laco_transcript_decode(laco_context *ctx, const laco_vocabulary *tokens, laco_text_level level, const int32_t *ids,
                                   int64_t count, char **out)
{
    size_t total = 1, length, used = 0;
    for (int64_t i = 0; i < count; i++) {
        laco_vocabulary_name(tokens, ids[i], &length);
        total += length + 1;
    }
    char *text = laco_alloc(ctx, total, 1);
    if (!text)
        return LACO_NO_MEMORY;
    for (int64_t i = 0; i < count; i++) {
        const char *token = laco_vocabulary_name(tokens, ids[i], &length);
        if (level == LACO_TEXT_WORD && i > 0)
            text[used++] = ' ';
        memcpy(text + used, token, length);
        used += length;
    }
    *out = text;
    return LACO_OK;
}

/* ---- Comparing ------------------------------------------------------------------------------------------------------------- */

/* Tokens of a text by numbers of `names`, as a sequence. */
static laco_status number_tokens(laco_text_buffer *buffer, const laco_text_config *config, laco_text_level level,
                                 const char *text, laco_strings *names, laco_sequences *out)
{
    const char *token;
    size_t length;
    int32_t number;
    LACO_TRY(laco_transcript_tidy(buffer, config, text));
    const char *at = buffer->bytes, *end = buffer->bytes + buffer->length;
    while (laco_transcript_next(level, &at, end, &token, &length)) {
        LACO_TRY(laco_strings_add(names, token, length, &number));
        LACO_TRY(laco_sequences_push(out, number));
    }
    return laco_sequences_end(out);
}

/* Tokens of `text` and the errors in `heard`. */
static laco_status compare_tokens(laco_text_buffer *buffer, const laco_text_config *config, laco_text_level level,
                                  const char *text, const char *heard, size_t *tokens, size_t *errors)
{
    laco_strings names;
    laco_sequences both;
    int64_t distance = 0;
    laco_strings_init(&names, buffer->ctx);
    laco_sequences_init(&both, buffer->ctx);
    laco_status status = number_tokens(buffer, config, level, text, &names, &both);
    if (status == LACO_OK)
        status = number_tokens(buffer, config, level, heard, &names, &both);
    if (status == LACO_OK && both.ids_used > 0)
        status = laco_edit_distance(buffer->ctx, laco_sequences_ids(&both, 0), laco_sequences_length(&both, 0),
                                    laco_sequences_ids(&both, 1), laco_sequences_length(&both, 1), &distance);
    if (status == LACO_OK) {
        *tokens += (size_t)laco_sequences_length(&both, 0);
        *errors += (size_t)distance;
    }
    laco_strings_free(&names);
    laco_sequences_free(&both);
    return status;
}

laco_status laco_transcript_compare(laco_text_buffer *buffer, const laco_text_config *config, const char *text, const char *heard,
                                    laco_transcribe_score *score)
{
    laco_transcribe_score next = *score;
    LACO_TRY(compare_tokens(buffer, config, LACO_TEXT_WORD, text, heard, &next.words, &next.word_errors));
    LACO_TRY(compare_tokens(buffer, config, LACO_TEXT_CHAR, text, heard, &next.characters, &next.character_errors));
    next.recordings++;
    next.exact += next.character_errors == score->character_errors;
    *score = next;
    return LACO_OK;
}

void laco_transcript_add(const laco_transcribe_score *score, laco_transcribe_score *to)
{
    to->recordings += score->recordings;
    to->exact += score->exact;
    to->words += score->words;
    to->word_errors += score->word_errors;
    to->characters += score->characters;
    to->character_errors += score->character_errors;
}

void laco_transcript_rates(laco_transcribe_score *score)
{
    score->word_error_rate = score->words > 0 ? (double)score->word_errors / (double)score->words : score->word_errors > 0;
    score->character_error_rate =
        score->characters > 0 ? (double)score->character_errors / (double)score->characters : score->character_errors > 0;
}
