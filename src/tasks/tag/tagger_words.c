/* What words look like to a tagger: each different word of a batch is read once. */
#include "base/random.h"
#include "tag/vectors.h"
#include "tag/tagger.h"
#include "tape/tape.h"

#include <string.h>

/* ---- The lexicon -------------------------------------------------------------------------------------------------------- */

/* The letters of a word, of a long one its beginning and end. */
static laco_status read_letters(const laco_vocabulary *letters, const char *word, size_t length, laco_sequences *out)
{
    laco_text_tokens tokens = {.level = LACO_TEXT_CHAR, .at = word, .end = word + length}, again = tokens;
    const char *token;
    size_t bytes, count = 0, place = 0;
    while (laco_text_tokens_next(&tokens, &token, &bytes))
        count++;
    for (; laco_text_tokens_next(&again, &token, &bytes); place++)
        if (place < LACO_TAGGER_LETTERS / 2 || place + LACO_TAGGER_LETTERS / 2 >= count)
            LACO_TRY(laco_sequences_push(out, laco_vocabulary_id(letters, token, bytes)));
    return laco_sequences_end(out);
}

static laco_status fill_lexicon(const laco_tagger *model, const laco_strings *words, laco_text_buffer *buffer,
                                laco_lexicon *lexicon)
{
    for (size_t i = 0; i < lexicon->count; i++) {
        size_t length;
        const char *word = laco_strings_get(words, (int32_t)i, &length);
        LACO_TRY(laco_word_fold(buffer, word, length));
        lexicon->ids[i] = laco_vocabulary_id(model->words, buffer->bytes, buffer->length);
        LACO_TRY(read_letters(model->letters, word, length, &lexicon->letters));
    }
    return LACO_OK;
}

laco_status laco_lexicon_scratch(laco_context *ctx, laco_lexicon *lexicon)
{
    lexicon->row = laco_alloc(ctx, lexicon->count, sizeof *lexicon->row);
    lexicon->different = laco_alloc(ctx, lexicon->count, sizeof *lexicon->different);
    for (size_t i = 0; lexicon->row && i < lexicon->count; i++)
        lexicon->row[i] = -1;
    return lexicon->row && lexicon->different ? LACO_OK : LACO_NO_MEMORY;
}

laco_status laco_lexicon_new(const laco_tagger *model, const laco_strings *words, laco_lexicon *out)
{
    laco_context *ctx = model->base.ctx;
    laco_text_buffer buffer;
    *out = (laco_lexicon){.ctx = ctx, .count = words->count};
    laco_sequences_init(&out->letters, ctx);
    out->ids = laco_alloc(ctx, words->count, sizeof *out->ids);
    if (!out->ids || laco_lexicon_scratch(ctx, out) < 0)
        return LACO_NO_MEMORY;
    laco_text_buffer_init(&buffer, ctx);
    laco_status status = fill_lexicon(model, words, &buffer, out);
    laco_text_buffer_free(&buffer);
    return status;
}

void laco_lexicon_free(laco_lexicon *lexicon)
{
    if (!lexicon->ctx)
        return;
    laco_release(lexicon->ctx, lexicon->ids);
    laco_release(lexicon->ctx, lexicon->row);
    laco_release(lexicon->ctx, lexicon->different);
    laco_sequences_free(&lexicon->letters);
}

/* ---- The words of a batch ----------------------------------------------------------------------------------------------- */

/* The row of each word of the batch among its different words, which are lexicon->different[0 … *count - 1]; -1 past the end. */
static int32_t *number_words(laco_tape *tape, laco_lexicon *lexicon, const laco_batch *batch, int32_t *count)
{
    size_t B = (size_t)batch->rows, T = (size_t)batch->steps;
    int32_t *rows = laco_arena_alloc(&tape->arena, B * T, sizeof *rows), found = 0;
    if (!rows) {
        laco_tape_fail(tape, LACO_NO_MEMORY);
        return NULL;
    }
    for (size_t i = 0; i < B * T; i++) {
        rows[i] = -1;
        if ((int32_t)(i / B) >= batch->lengths[i % B])
            continue;
        int32_t word = batch->ids[i];
        if (lexicon->row[word] < 0) {
            lexicon->row[word] = found;
            lexicon->different[found++] = word;
        }
        rows[i] = lexicon->row[word];
    }
    for (int32_t i = 0; i < found; i++)
        lexicon->row[lexicon->different[i]] = -1;
    *count = found;
    return rows;
}

/* Rows of the word table for the different words, some of them replaced by "<unk>" in training. */
static laco_var look_up_words(laco_tape *tape, const laco_tagger *model, int64_t m, const laco_lexicon *lexicon, int32_t count,
                              const laco_word_drop *drop)
{
    int32_t *ids = laco_arena_alloc(&tape->arena, (size_t)count, sizeof *ids);
    laco_rng rng = {.seed = drop ? drop->seed : 0,
                    .stream = drop ? (laco_random_stream("words") ^ (uint64_t)m << 48) + drop->step : 0};
    if (!ids)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int32_t i = 0; i < count; i++) {
        ids[i] = lexicon->ids[lexicon->different[i]];
        if (drop &&
            laco_rng_uniform(&rng) * (drop->rate + (double)laco_vocabulary_occurrences(model->words, ids[i])) < drop->rate)
            ids[i] = LACO_UNKNOWN;
    }
    return laco_embedding_apply(tape, model->member[m].word_embedding, ids, 0, count);
}

/* The different words as one batch of short sequences: the last states of both directions side by side, [count][2·letter_hidden].
 */
static laco_var read_words(laco_tape *tape, const laco_tagger_member *member, const laco_lexicon *lexicon, int32_t count)
{
    const laco_sequences *letters = &lexicon->letters;
    int32_t *lengths = laco_arena_alloc(&tape->arena, (size_t)count, sizeof *lengths), longest = 1;
    for (int32_t i = 0; lengths && i < count; i++) {
        lengths[i] = laco_sequences_length(letters, (size_t)lexicon->different[i]);
        longest = LACO_MAX(longest, lengths[i]);
    }
    int32_t *ids = lengths ? laco_arena_zeroed(&tape->arena, (size_t)longest * (size_t)count, sizeof *ids) : NULL;
    if (!ids)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int32_t i = 0; i < count; i++) {
        const int32_t *word = laco_sequences_ids(letters, (size_t)lexicon->different[i]);
        for (int32_t t = 0; t < lengths[i]; t++)
            ids[(size_t)t * (size_t)count + (size_t)i] = word[t];
    }
    laco_state state = {NULL, NULL};
    laco_var x = laco_embedding_apply(tape, member->letter_embedding, ids, longest, count);
    if (!laco_rnn_apply(tape, member->letter_rnn, x, lengths, &state))
        return NULL;
    laco_var ends[2] = {laco_select(tape, state.h, 0), laco_select(tape, state.h, 1)};
    return laco_concat(tape, ends, 2);
}

laco_var laco_tagger_features(laco_tape *tape, laco_tagger *model, int64_t m, laco_lexicon *lexicon, const laco_batch *batch,
                              const laco_word_drop *drop, const int32_t **rows)
{
    int32_t count;
    *rows = number_words(tape, lexicon, batch, &count);
    if (!*rows)
        return NULL;
    laco_var parts[2] = {look_up_words(tape, model, m, lexicon, count, drop), NULL};
    if (!model->member[m].letter_rnn)
        return parts[0];
    parts[1] = read_words(tape, &model->member[m], lexicon, count);
    return laco_concat(tape, parts, 2);
}
