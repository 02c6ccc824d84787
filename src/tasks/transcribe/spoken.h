/* The inside of recordings with texts. */
#ifndef LACO_TRANSCRIBE_SPOKEN_H
#define LACO_TRANSCRIBE_SPOKEN_H

#include "base/base.h"
#include "laco/spoken.h"
#include "text/notes.h"

#define LACO_LOWEST_RATE 1000 /* samples a second */
#define LACO_HIGHEST_RATE 192000

/* Far beyond −1 … 1, for files with other units (whole numbers of 32 bits written as floats reach 2.1e9); so far that neither
 * another rate nor the energy of a window of them overflows. */
#define LACO_LARGEST_SAMPLE 1e10F

/* `refusal` where one of the samples is no number up to LACO_LARGEST_SAMPLE; `first` stand before them in the recording `name`. */
LACO_SHARED laco_status laco_samples_check(laco_context *ctx, laco_status refusal, const char *name, size_t first,
                                           const float *samples, size_t count);

typedef struct laco_recording {
    char *name, *text; /* text: NULL where there is none */
    float *samples;
    size_t count;
} laco_recording;

struct laco_spoken {
    laco_context *ctx;
    bool untexted;
    size_t first_line; /* of a list in memory */
    int rate;          /* 0: none was read yet */
    laco_recording *items;
    size_t count, room;
    laco_spoken_changes changes;
    laco_notes notes;
};

/* Keeps an item whose samples are there, under a name and with a text (NULL: none), both copied. */
LACO_SHARED laco_status laco_spoken_keep(laco_spoken *data, const char *name, const char *text, laco_recording *item);

/* What an item holds that is not kept. */
LACO_SHARED void laco_recording_free(laco_context *ctx, laco_recording *item);

#endif
