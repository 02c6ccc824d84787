/* The runtime of every task as a module of WebAssembly. A page lays the image of a model into its memory and hands over where the
 * parts begin; memory for answers is the page's too. */
#include "export/c/caption.c"
#include "export/c/classify.c"
#include "export/c/forecast.c"
#include "export/c/generate.c"
#include "export/c/tag.c"
#include "export/c/transcribe.c"
#include "export/c/transduce.c"

#define WEB __attribute__((visibility("default"), used))

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    __builtin_memcpy(to, from, count); /* one instruction, with -mbulk-memory */
    return to;
}

void *memset(void *to, int byte, size_t count)
{
    __builtin_memset(to, byte, count);
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const unsigned char *x = a, *y = b;
    for (; count > 0; count--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size_t strlen(const char *text)
{
    const char *end = text;
    while (*end)
        end++;
    return (size_t)(end - text);
}

/* Adds where an image lies to each of its pointers. */
WEB void web_load(char *image, const int32_t *pointers, int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        *(char **)(void *)(image + pointers[i]) += (size_t)image;
}

WEB int32_t web_classify_bytes(const rt_classifier *m, int32_t bytes)
{
    int32_t T = rt_most_tokens(&m->text, bytes);
    return 4 * (rt_classifier_floats(m, T) + T + 3);
}
WEB int32_t web_classify(const rt_classifier *m, const char *text, float *p, int32_t *work)
{
    int32_t most = rt_most_tokens(&m->text, (int32_t)strlen(text)), T = rt_encode(&m->text, &m->vocabulary, text, most, work);
    return T < 0 ? -1 : rt_classify(m, T, work, 0, p, (float *)(work + most + 3));
}
WEB int32_t web_classify_numbers(const rt_classifier *m, const float *x, int32_t T, float *p, float *work)
{
    return rt_classify(m, T, 0, x, p, work);
}

WEB int32_t web_tag_bytes(const rt_tagger *m, int32_t T) { return 4 * rt_tag_floats(m, T); }
WEB int32_t web_tag(const rt_tagger *m, int32_t T, const char *const *words, int32_t *tags, double *work)
{
    return rt_tag(m, T, words, tags, work);
}

WEB int32_t web_transduce_bytes(const rt_transducer *m, int32_t T)
{
    return 4 * (rt_transducer_floats(m, T) + T + 4 + rt_transducer_most(m, T));
}
WEB int32_t web_transduce(const rt_transducer *m, const char *source, char *target, size_t room, int32_t *work)
{
    int32_t bytes = (int32_t)strlen(source), S = rt_encode(&m->text, &m->sources, source, bytes, work), most, count = 0;
    int32_t *answer = work + bytes + 3;
    float log;
    if (S < 0)
        return -1;
    most = rt_transducer_most(m, S);
    if (S > 0)
        count = rt_transduce(m, S, work, answer, most, &log, (float *)(answer + most));
    rt_spell(&m->targets, m->words, answer, count, target, room);
    return count;
}

WEB int32_t web_caption_bytes(const rt_captioner *m, int32_t T) { return 4 * (rt_captioner_floats(m, T) + 2 * m->longest); }
WEB int32_t web_caption(const rt_captioner *m, const float *x, int32_t T, char *text, size_t room, int32_t *work)
{
    float log;
    int32_t count = rt_caption(m, T, x, work, 2 * m->longest, &log, (float *)(work + 2 * m->longest));
    rt_spell(&m->vocabulary, m->words, work, count, text, room);
    return count;
}

/* What is said in the features of some frames, and the logarithm of its probability. */
WEB int32_t web_transcribe_bytes(const rt_transcriber *m, int32_t frames) { return 4 * rt_transcriber_floats(m, frames); }
WEB float web_transcribe(const rt_transcriber *m, const float *features, int32_t frames, char *text, size_t room, float *work)
{
    return rt_transcribe(m, frames, features, text, room, work);
}

/* A text in the making: an rt_writing, values, and room for ranking. */
#define WRITING_BYTES ((int32_t)(sizeof(rt_writing) + 7) / 8 * 8)
static float *values_of(rt_writing *w) { return (float *)(void *)((char *)w + WRITING_BYTES); }
WEB int32_t web_generate_bytes(const rt_language *m)
{
    return WRITING_BYTES + 4 * (rt_language_floats(m) + 2 * m->vocabulary.count);
}
WEB void web_generate_reset(const rt_language *m, rt_writing *w)
{
    memset(w, 0, (size_t)web_generate_bytes(m));
    rt_language_step(m, values_of(w), m->start);
}
WEB int32_t web_generate_read(const rt_language *m, rt_writing *w, const char *text, int32_t *work)
{
    int32_t count = rt_encode(&m->text, &m->vocabulary, text, rt_most_tokens(&m->text, (int32_t)strlen(text)), work);
    for (int32_t i = 0; i < count; i++)
        rt_language_push(m, w, values_of(w), work[i]);
    return count;
}
WEB int32_t web_generate_next(const rt_language *m, rt_writing *w, float temperature, float top_p, int32_t seed, char *piece,
                              size_t room)
{
    float *weight = values_of(w) + rt_language_floats(m);
    const rt_sampling s = {temperature, 0, top_p, 0, (uint32_t)seed, 0};
    int32_t id =
        rt_draw(m, &s, w, rt_language_scores(m, values_of(w)), weight, (int32_t *)(void *)(weight + m->vocabulary.count));
    rt_language_spell(m, w, id, piece, room);
    rt_language_push(m, w, values_of(w), id);
    return id;
}

/* The next rows behind a series, with rows of the reader's own behind those of training: out [steps][columns]. */
WEB int32_t web_forecast_bytes(const rt_forecaster *m)
{
    return 8 * (rt_forecast_doubles(m) + rt_forecast_outputs(m) + m->columns);
}
WEB int32_t web_forecast(const rt_forecaster *m, int32_t series, const double *rows, int32_t count, int32_t steps, double *out,
                         double *work)
{
    rt_forecast_begin(m, work, series);
    for (int32_t i = 0; i < count; i++)
        rt_forecast_observe(m, work, rows + i * m->columns);
    return rt_forecast_run(m, work, steps, out, work + rt_forecast_doubles(m),
                           work + rt_forecast_doubles(m) + rt_forecast_outputs(m));
}
