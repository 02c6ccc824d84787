/* laco/spoken.h - recordings with their texts: what speech recognition learns from. laco/read.h reads them from files.
 */
#ifndef LACO_SPOKEN_H
#define LACO_SPOKEN_H

#include "laco/summary.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque; never changes once loaded. Samples are held in memory, four bytes each. */
typedef struct laco_spoken laco_spoken;

/* Zero means the default. */
typedef struct laco_spoken_config {
    int64_t rate;      /* that all recordings are converted to; 0: that of the first one, at most 16000 */
    bool untexted;     /* texts may be missing */
    size_t first_line; /* of laco_spoken_parse: the number of the first line, for messages; 0: 1 */
} laco_spoken_config;

/* A set from memory, which is copied: recording i is lengths[i] samples of one channel within −1 … 1, and they lie one behind the
 * other in `samples`, at config->rate samples a second (1000 … 192000, needed). texts[i] is UTF-8 ended by a zero; NULL: none,
 * which config->untexted must allow. *out is the caller's. LACO_FORMAT: a recording without samples, or a sample that is no
 * number (or beyond 1e10); LACO_INVALID: the rate; LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_spoken_from_samples(laco_context *ctx, const float *samples, const size_t *lengths,
                                              const char *const *texts, size_t count, const laco_spoken_config *config,
                                              laco_spoken **out);

/* What was read and how; `detail` and *out as in laco_labelled_summary. */
LACO_API laco_status laco_spoken_summary(const laco_spoken *data, bool detail, laco_summary **out);

LACO_API void laco_spoken_free(laco_spoken *data);

LACO_API size_t laco_spoken_count(const laco_spoken *data);
LACO_API int laco_spoken_rate(const laco_spoken *data);

/* Recording `index`: how it was named, its text (NULL: it has none), its samples. Owned by data. */
LACO_API const char *laco_spoken_name(const laco_spoken *data, size_t index);
LACO_API const char *laco_spoken_text(const laco_spoken *data, size_t index);
LACO_API const float *laco_spoken_samples(const laco_spoken *data, size_t index, size_t *count);

/* What was done to the files that were read: the user may want to know. */
typedef struct laco_spoken_changes {
    size_t files, resampled, mixed; /* files read; of another rate; of several channels */
    int file_rate;                  /* of one that was resampled */
} laco_spoken_changes;
LACO_API void laco_spoken_changed(const laco_spoken *data, laco_spoken_changes *out);

#ifdef __cplusplus
}
#endif

#endif
