/* What counts as a word: learning it. */
#include "tag/tokeniser.h"
#include "tag/vectors.h"
#include "text/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#define MOST_WORDS 4 /* that are compared with one word of the same letters */

typedef struct learner {
    laco_context *ctx;
    const laco_tagged *data;
    laco_tokeniser *tokeniser;
    laco_text_buffer buffer;
    laco_vocabulary *several; /* "token<TAB>its words" as often as the data have it; */
    laco_vocabulary *one;     /* tokens and endings as often as they belong to one word */
    laco_vocabulary *joined;  /* words that units alone would cut apart; */
    laco_vocabulary *apart;   /* the same letters as several words */
} learner;

static laco_status count(learner *l, laco_vocabulary *into, const char *bytes, size_t length)
{
    LACO_TRY(laco_word_fold(&l->buffer, bytes, length));
    return laco_vocabulary_count(into, l->buffer.bytes, l->buffer.length);
}

static laco_status enter(json_t *table, laco_context *ctx, const char *token, const char *words)
{
    if (strlen(token) > LACO_TOKENISER_LONGEST || strlen(words) > LACO_TOKENISER_LONGEST)
        return LACO_OK;
    return json_object_set_new(table, token, json_string(words)) == 0 ? LACO_OK : laco_fail(ctx, LACO_NO_MEMORY, "out of memory");
}

/* ---- Tokens that are several words -------------------------------------------------------------------------------------- */

/* A line of CoNLL-U: its form, and the words that a span holds (0: it is none). */
static bool read_row(const laco_tagged_row *row, const char **form, size_t *length, long *words)
{
    const char *id;
    size_t bytes;
    char *end;
    *words = 0;
    if (row->length == 0 || *row->text == '#' || !laco_tagged_field_at(row->text, row->length, true, 1, &id, &bytes) ||
        !laco_tagged_field_at(row->text, row->length, true, 2, form, length))
        return false;
    long first = strtol(id, &end, 10);
    if (*end == '-')
        *words = strtol(end + 1, NULL, 10) - first + 1;
    return true;
}

/* Counts "token<TAB>words", or "-ending<TAB>words" where the token is its words with hyphens between. */
static laco_status count_span(learner *l, const char *form, size_t length, size_t row, long words)
{
    char text[2 * LACO_TOKENISER_LONGEST + 2], *ending = NULL;
    size_t used = length + 1, bytes;
    const char *word;
    long unused;
    if (length > LACO_TOKENISER_LONGEST)
        return LACO_OK;
    memcpy(text, form, length);
    text[length] = '\t';
    for (long i = 0; i < words && row < l->data->row_count; row++) {
        if (l->data->rows[row].words == 0 || !read_row(&l->data->rows[row], &word, &bytes, &unused))
            continue;
        if (used + bytes + 1 > sizeof text)
            return LACO_OK;
        if (i++ > 0)
            text[used++] = ' ';
        memcpy(text + used, word, bytes);
        used += bytes;
    }
    /* trata-se<TAB>trata se */
    bool hyphened = used == 2 * length + 1;
    for (size_t i = 0; hyphened && i < length; i++)
        hyphened = text[length + 1 + i] == (text[i] == '-' ? ' ' : text[i]);
    if (hyphened && (ending = memchr(text, '-', length))) {
        size_t at = (size_t)(ending - text), rest = length - at;
        memmove(text, text + at, rest + 1);
        memmove(text + rest + 1, text + length + 1 + at + 1, rest - 1);
        used = 2 * rest;
    }
    return count(l, l->several, text, used);
}

static laco_status count_one(learner *l, const char *form, size_t length)
{
    LACO_TRY(count(l, l->one, form, length));
    for (size_t i = 1; i < length; i++)
        if (form[i] == '-')
            LACO_TRY(count(l, l->one, form + i, length - i));
    return LACO_OK;
}

static laco_status count_rows(learner *l)
{
    long words, inside = 0; /* words that belong to the span before */
    for (size_t i = 0; i < l->data->row_count; i++) {
        const laco_tagged_row *row = &l->data->rows[i];
        const char *form;
        size_t length;
        if (!read_row(row, &form, &length, &words)) {
            continue;
        } else if (words > 0) {
            LACO_TRY(count_span(l, form, length, i + 1, words));
            inside = words;
        } else if (row->words > 0 && inside-- <= 0) {
            inside = 0;
            LACO_TRY(count_one(l, form, length));
        }
    }
    return LACO_OK;
}

/* Keeps what is several words more often than one, as what it is most often. An ending seen once may be a part of its word. */
static laco_status learn_several(learner *l)
{
    LACO_TRY(count_rows(l));
    LACO_TRY(laco_vocabulary_rank(l->several, NULL));
    for (int32_t id = 1; id < laco_vocabulary_size(l->several); id++) {
        char text[2 * LACO_TOKENISER_LONGEST + 64];
        size_t length;
        const char *name = laco_vocabulary_name(l->several, id, &length), *tab = memchr(name, '\t', length);
        if (!tab || length >= sizeof text)
            continue;
        memcpy(text, name, length + 1);
        text[tab - name] = '\0';
        uint64_t times = laco_vocabulary_occurrences(l->several, id), plain = 0;
        int32_t same = laco_vocabulary_id(l->one, text, (size_t)(tab - name));
        json_t *table = *text == '-' ? l->tokeniser->endings : l->tokeniser->tokens;
        if (same != LACO_UNKNOWN)
            plain = laco_vocabulary_occurrences(l->one, same);
        if (times > plain + (*text == '-') && !json_object_get(table, text))
            LACO_TRY(enter(table, l->ctx, text, text + (tab - name) + 1));
    }
    return LACO_OK;
}

/* ---- Words that units would cut ----------------------------------------------------------------------------------------- */

/* Two units or more, without white space between. */
static bool would_be_cut(const char *word, size_t length)
{
    laco_text_tokens units = {.level = LACO_TEXT_WORD, .at = word, .end = word + length};
    const char *unit;
    size_t bytes, count = 0, covered = 0;
    for (; laco_text_tokens_next(&units, &unit, &bytes); covered += bytes)
        count++;
    return count > 1 && covered == length;
}

/* The letters of words `first` … `first + words - 1` of a sentence, side by side; false: too many for a token. */
static bool side_by_side(const laco_strings *folded, const int32_t *ids, int words, char *text, size_t *used)
{
    *used = 0;
    for (int i = 0; i < words; i++) {
        size_t length;
        const char *word = laco_strings_get(folded, ids[i], &length);
        if (*used + length > LACO_TOKENISER_LONGEST)
            return false;
        memcpy(text + *used, word, length);
        *used += length;
    }
    return true;
}

/* How often the letters of each joined word are words of their own. */
static laco_status count_apart(learner *l, const laco_strings *folded, const int32_t *number)
{
    const laco_sequences *sentences = &l->data->sentences;
    for (size_t s = 0; s < sentences->count; s++) {
        const int32_t *words = laco_sequences_ids(sentences, s);
        int32_t length = laco_sequences_length(sentences, s);
        for (int32_t t = 0; t < length; t++) {
            int32_t ids[MOST_WORDS];
            char text[LACO_TOKENISER_LONGEST];
            size_t used;
            for (int n = 0; n < MOST_WORDS && t + n < length; n++) {
                ids[n] = number[words[t + n]];
                if (n == 0)
                    continue;
                if (!side_by_side(folded, ids, n + 1, text, &used))
                    break;
                if (laco_vocabulary_id(l->joined, text, used) != LACO_UNKNOWN)
                    LACO_TRY(laco_vocabulary_count(l->apart, text, used));
            }
        }
    }
    return LACO_OK;
}

static laco_status count_joined(learner *l, laco_strings *folded, int32_t *number)
{
    const laco_strings *words = &l->data->words;
    for (size_t i = 0; i < words->count; i++) {
        size_t length;
        const char *word = laco_strings_get(words, (int32_t)i, &length);
        LACO_TRY(laco_word_fold(&l->buffer, word, length));
        LACO_TRY(laco_strings_add(folded, l->buffer.bytes, l->buffer.length, &number[i]));
    }
    for (size_t i = 0; i < l->data->sentences.ids_used; i++) {
        size_t length;
        const char *word = laco_strings_get(folded, number[l->data->sentences.ids[i]], &length);
        if (length <= LACO_TOKENISER_LONGEST && would_be_cut(word, length))
            LACO_TRY(laco_vocabulary_count(l->joined, word, length));
    }
    return LACO_OK;
}

/* Keeps what is one word twice or more, and more often than several: of what is seen once, much is a slip ("sim,"). */
static laco_status keep_joined(learner *l)
{
    LACO_TRY(laco_vocabulary_rank(l->joined, NULL));
    for (int32_t id = 1; id < laco_vocabulary_size(l->joined); id++) {
        size_t length;
        const char *word = laco_vocabulary_name(l->joined, id, &length);
        int32_t same = laco_vocabulary_id(l->apart, word, length);
        uint64_t apart = same != LACO_UNKNOWN ? laco_vocabulary_occurrences(l->apart, same) : 0;
        if (laco_vocabulary_occurrences(l->joined, id) > LACO_MAX(apart, 1) && !json_object_get(l->tokeniser->tokens, word))
            LACO_TRY(enter(l->tokeniser->tokens, l->ctx, word, ""));
    }
    return LACO_OK;
}

static laco_status learn_joined(learner *l)
{
    laco_strings folded;
    int32_t *number = laco_alloc(l->ctx, l->data->words.count, sizeof *number);
    laco_strings_init(&folded, l->ctx);
    laco_status status = number ? count_joined(l, &folded, number) : LACO_NO_MEMORY;
    if (status == LACO_OK)
        status = count_apart(l, &folded, number);
    laco_strings_free(&folded);
    laco_release(l->ctx, number);
    return status == LACO_OK ? keep_joined(l) : status;
}

/* ---- Both --------------------------------------------------------------------------------------------------------------- */

static laco_status learn(learner *l)
{
    laco_vocabulary **const vocabularies[] = {&l->several, &l->one, &l->joined, &l->apart};
    for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++)
        LACO_TRY(laco_vocabulary_new(l->ctx, vocabularies[i]));
    LACO_TRY(laco_tokeniser_new(l->ctx, &l->tokeniser));
    if (l->data->form == LACO_TAGGED_CONLLU)
        LACO_TRY(learn_several(l));
    return learn_joined(l);
}

laco_status laco_tokeniser_learn(const laco_tagged *data, laco_tokeniser **out)
{
    learner l = {.ctx = data->ctx, .data = data};
    laco_text_buffer_init(&l.buffer, data->ctx);
    laco_status status = learn(&l);
    laco_text_buffer_free(&l.buffer);
    laco_vocabulary_free(l.several);
    laco_vocabulary_free(l.one);
    laco_vocabulary_free(l.joined);
    laco_vocabulary_free(l.apart);
    if (status == LACO_OK)
        *out = l.tokeniser;
    else
        laco_tokeniser_free(l.tokeniser);
    return status;
}
