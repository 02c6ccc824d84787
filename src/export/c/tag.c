/* A tagger: words looked up and read letter by letter, a network over them, a tag for each. */
#pragma once
#include "export/c/network.c"
#include "export/c/text.c"

#define RT_WORD 512   /* of longer words only the first and last half of so many bytes are looked at, for the letters */
#define RT_LETTERS 40 /* of longer words only the first and last half of so many are read */

/* One of the networks whose scores are averaged. */
typedef struct rt_tag_member {
    rt_matrix words, letters; /* letters: of 0 rows: they are not read */
    rt_rnn letter_rnn, rnn;
    int32_t hidden_count; /* layers of relu in the place of rnn */
    const rt_linear *hidden;
    rt_linear linear;
} rt_tag_member;

typedef struct rt_tagger {
    rt_text word_text, letter_text;
    rt_vocabulary words, letters;
    int32_t tags, window, members;
    const rt_tag_member *member;
    const float *crf; /* [1 + tags][tags] scores of a tag behind the start or behind a tag, and [tags] at the end; 0: none */
} rt_tagger;

RT_FUNCTION int32_t rt_tag_features(const rt_tag_member *m)
{
    return m->words.columns + (m->letters.rows > 0 ? 2 * m->letter_rnn.size : 0);
}

/* Floats of memory of one member. */
RT_FUNCTION int32_t rt_tag_member_floats(const rt_tagger *t, const rt_tag_member *m, int32_t T)
{
    int32_t F = rt_tag_features(m), fixed = 0,
            H = m->hidden_count > 0 ? m->hidden[0].weight.rows : m->rnn.directions * m->rnn.size;
    if (m->letters.rows > 0)
        fixed = m->letters.columns + rt_run_fixed(&m->letter_rnn);
    if (m->hidden_count > 0)
        return fixed + T * F + t->window * F + 2 * H;
    return fixed + T * (F + H + rt_run_each(&m->rnn)) + rt_run_fixed(&m->rnn);
}

/* Floats of memory for T words: the best sums and where they came from, scores, and what members need. */
RT_FUNCTION int32_t rt_tag_floats(const rt_tagger *t, int32_t T)
{
    int32_t most = 0, m, floats;
    for (m = 0; m < t->members; m++) {
        floats = rt_tag_member_floats(t, t->member + m, T);
        most = floats > most ? floats : most;
    }
    return 4 * t->tags + 2 * T * t->tags + t->tags + most;
}

/* A word that is not longer than RT_WORD bytes, or the beginning and the end of one that is, which no vocabulary knows, into
 * short_form [RT_WORD + 1]; 0: it is not UTF-8. */
RT_FUNCTION const char *rt_tag_short(const char *word, char *short_form)
{
    int32_t size = (int32_t)strlen(word), bytes, at, first, last;
    for (at = 0; word[at]; at += bytes) {
        rt_decode((const uint8_t *)word + at, &bytes);
        if (bytes == 0)
            return 0;
    }
    if (size <= RT_WORD)
        return word;
    first = RT_WORD / 2;
    last = size - RT_WORD / 2;
    while ((word[first] & 0xc0) == 0x80)
        first--;
    while ((word[last] & 0xc0) == 0x80)
        last++;
    memcpy(short_form, word, (size_t)first);
    memcpy(short_form + first, word + last, (size_t)(size - last) + 1);
    return short_form;
}

/* A word as features; -1: it is not UTF-8. */
RT_FUNCTION int32_t rt_tag_word(const rt_tagger *t, const rt_tag_member *m, const char *word, float *out, float *memory)
{
    char short_form[RT_WORD + 1];
    const char *used = rt_tag_short(word, short_form);
    int32_t points[RT_WORD + 3], count = used ? rt_normalise(&t->word_text, used, RT_WORD, points) : -1, k, kept = 0;
    rt_output none = {0, 0, 0};
    rt_input in;
    if (count < 0)
        return -1;
    rt_look_up(&m->words, rt_points_id(&t->words, points, count), out);
    if (m->letters.rows == 0)
        return 0;
    count = rt_normalise(&t->letter_text, used, RT_WORD, points);
    if (count < 0)
        return -1;
    for (k = 0; k < count; k++)
        if (k < RT_LETTERS / 2 || k + RT_LETTERS / 2 >= count)
            points[kept++] = rt_points_id(&t->letters, points + k, 1);
    memset(&in, 0, sizeof in);
    in.ids = points;
    in.width = m->letters.columns;
    in.embedding = &m->letters;
    in.row = memory;
    rt_run_in(&m->letter_rnn, kept, &in, &none, memory + m->letters.columns);
    rt_ends(&m->letter_rnn, memory + m->letters.columns, out + m->words.columns);
    return 0;
}

/* Scores of T words whose features are at x, behind which memory goes on, added to `scores`. */
RT_FUNCTION void rt_tag_score(const rt_tagger *t, const rt_tag_member *m, int32_t T, float *x, float *scores)
{
    int32_t F = rt_tag_features(m), H = m->rnn.directions * m->rnn.size, K = t->tags, at, k, from;
    float *memory = x + T * F, *out = memory + T * H, *row = memory, *a = row + t->window * F;
    float *own = scores + T * K; /* of one word */
    const float *y;
    if (m->hidden_count == 0) {
        rt_input in;
        rt_output top = {0, 0, 0};
        memset(&in, 0, sizeof in);
        in.x = x;
        in.width = F;
        top.y = memory;
        rt_run_in(&m->rnn, T, &in, &top, out);
    }
    for (at = 0; at < T; at++) {
        y = memory + at * H;
        if (m->hidden_count > 0) {
            for (k = 0; k < t->window; k++) {
                from = at + k - t->window / 2;
                if (from >= 0 && from < T)
                    memcpy(row + k * F, x + from * F, (size_t)F * sizeof *row);
                else
                    memset(row + k * F, 0, (size_t)F * sizeof *row);
            }
            H = m->hidden[0].weight.rows;
            rt_apply(m->hidden, row, a);
            for (k = 0; k < H; k++)
                a[k] = a[k] > 0.0f ? a[k] : 0.0f;
            y = rt_relu_layers(m->hidden_count - 1, m->hidden + 1, a, a + H);
        }
        rt_apply(&m->linear, y, own);
        for (k = 0; k < K; k++)
            scores[at * K + k] += own[k];
    }
}

/* The best tags by scores and transitions. `best`: [2][tags], `back`: [T][tags]. */
RT_FUNCTION void rt_viterbi(int32_t T, int32_t K, const float *scores, const float *crf, double *best, int32_t *back,
                            int32_t *tags)
{
    double *now = best, *next = best + K;
    int32_t t, j, k;
    for (k = 0; k < K; k++)
        now[k] = (double)crf[k] + (double)scores[k];
    for (t = 1; t < T; t++) {
        for (k = 0; k < K; k++) {
            int32_t from = 0;
            double most = now[0] + (double)crf[K + k], sum;
            for (j = 1; j < K; j++) {
                sum = now[j] + (double)crf[(1 + j) * K + k];
                if (sum > most) {
                    most = sum;
                    from = j;
                }
            }
            next[k] = most + (double)scores[t * K + k];
            back[t * K + k] = from;
        }
        best = now;
        now = next;
        next = best;
    }
    for (k = 0, j = 0; k < K; k++)
        if (now[k] + (double)crf[(1 + K) * K + k] > now[j] + (double)crf[(1 + K) * K + j])
            j = k;
    for (t = T - 1; t >= 0; t--) {
        tags[t] = j;
        j = t > 0 ? back[t * K + j] : 0;
    }
}

/* The tags of T words; memory is aligned as doubles are. -1: a word is not UTF-8. */
RT_FUNCTION int32_t rt_tag(const rt_tagger *t, int32_t T, const char *const *words, int32_t *tags, double *memory)
{
    int32_t K = t->tags, m, at;
    double *best = memory;
    int32_t *back = (int32_t *)(best + 2 * K);
    float *scores = (float *)(back + T * K), *rest = scores + T * K + K;
    memset(scores, 0, (size_t)(T * K) * sizeof *scores);
    for (m = 0; m < t->members; m++) {
        const rt_tag_member *member = t->member + m;
        int32_t F = rt_tag_features(member);
        for (at = 0; at < T; at++)
            if (rt_tag_word(t, member, words[at], rest + at * F, rest + T * F) < 0)
                return -1;
        rt_tag_score(t, member, T, rest, scores);
    }
    for (at = 0; at < T * K; at++)
        scores[at] *= 1.0f / (float)t->members;
    for (at = 0; at < T; at++)
        tags[at] = rt_largest(K, scores + at * K);
    if (t->crf && T > 0)
        rt_viterbi(T, K, scores, t->crf, best, back, tags);
    return 0;
}
