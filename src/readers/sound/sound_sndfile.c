/* Decoding through libsndfile. */
#include "sound/sound.h"

#include "base/grow.h"
#include "transcribe/spoken.h"

#include <sndfile.h>
#include <string.h>

#define BLOCK 4096 /* frames read at a time: a header may promise any number */

/* ---- A file in memory --------------------------------------------------------------------------------------------------- */

typedef struct memory_file {
    const unsigned char *bytes;
    sf_count_t size, at;
} memory_file;

static sf_count_t memory_size(void *user) { return ((const memory_file *)user)->size; }
static sf_count_t memory_tell(void *user) { return ((const memory_file *)user)->at; }

static sf_count_t memory_seek(sf_count_t offset, int whence, void *user)
{
    memory_file *file = user;
    sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->at : file->size;
    if (offset >= -from && offset <= file->size - from)
        file->at = from + offset;
    return file->at;
}

static sf_count_t memory_read(void *into, sf_count_t count, void *user)
{
    memory_file *file = user;
    sf_count_t got = LACO_MAX(LACO_MIN(count, file->size - file->at), (sf_count_t)0);
    memcpy(into, file->bytes + file->at, (size_t)got);
    file->at += got;
    return got;
}

static sf_count_t memory_write(const void *from, sf_count_t count, void *user)
{
    (void)from;
    (void)count;
    (void)user;
    return 0;
}

static uint32_t little_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* What libsndfile passes over in silence in a WAV file: a header that promises more bytes of samples than there are, and one that
 * its program never went back to, with 0 bytes of samples and more behind it. Programs that write to a pipe leave the largest
 * size, or nearly, in the header: then all is read that is there. */
static laco_status check_wav(laco_context *ctx, const char *name, const unsigned char *bytes, uint64_t size)
{
    uint64_t at = 12, chunk;
    if (size < 12 || memcmp(bytes, "RIFF", 4) != 0 || memcmp(bytes + 8, "WAVE", 4) != 0)
        return LACO_OK;
    for (; at + 8 <= size && memcmp(bytes + at, "data", 4) != 0; at += 8 + chunk + chunk % 2)
        chunk = little_endian(bytes + at + 4);
    if (at + 8 > size)
        return LACO_OK;
    chunk = little_endian(bytes + at + 4);
    uint64_t left = size - at - 8;
    if (chunk == 0 && left > 0)
        return laco_fail(
            ctx, LACO_FORMAT,
            "%s: its header says 0 bytes of samples, and %llu follow: it was not closed; write it again with its length", name,
            (unsigned long long)left);
    if (chunk > left && chunk < 0x7fff0000)
        return laco_fail(ctx, LACO_FORMAT, "%s: is cut short: %llu bytes that its header promises are missing", name,
                         (unsigned long long)(chunk - left));
    return LACO_OK;
}

/* ---- Samples ------------------------------------------------------------------------------------------------------------ */

/* Averages the channels of `frames` frames behind the samples that are there. */
static laco_status mix(const char *name, const float *block, sf_count_t frames, size_t *room, laco_sound *out)
{
    LACO_TRY(laco_grow(out->ctx, &out->samples, room, out->count + (size_t)frames, sizeof *out->samples));
    for (sf_count_t i = 0; i < frames; i++) {
        double sum = 0;
        for (int c = 0; c < out->channels; c++)
            sum += (double)block[i * out->channels + c];
        out->samples[out->count + (size_t)i] = (float)(sum / out->channels);
    }
    LACO_TRY(laco_samples_check(out->ctx, LACO_FORMAT, name, out->count, out->samples + out->count, (size_t)frames));
    out->count += (size_t)frames;
    return LACO_OK;
}

static laco_status read_blocks(const char *name, SNDFILE *file, sf_count_t promised, laco_sound *out)
{
    size_t room = 0;
    sf_count_t frames;
    float *block = laco_alloc(out->ctx, (size_t)BLOCK * (size_t)out->channels, sizeof *block);
    laco_status status = block ? LACO_OK : LACO_NO_MEMORY;
    while (status == LACO_OK && (frames = sf_readf_float(file, block, BLOCK)) > 0) {
        status = out->count <= LACO_MOST_SAMPLES ? mix(name, block, frames, &room, out) : laco_sound_too_long(out->ctx, name);
        if (status == LACO_OK)
            status = laco_check_stop(out->ctx);
    }
    laco_release(out->ctx, block);
    if (status == LACO_OK && promised < SF_COUNT_MAX && (sf_count_t)out->count < promised)
        status = laco_fail(out->ctx, LACO_FORMAT, "%s: is cut short: its header promises %lld samples, %zu are there", name,
                           (long long)promised, out->count);
    if (status == LACO_OK && out->count == 0)
        status = laco_fail(out->ctx, LACO_FORMAT, "%s: is empty: a recording without samples", name);
    return status;
}

/* The first line of what libsndfile says, without its dot. */
static laco_status refuse(laco_context *ctx, const char *name)
{
    const char *text = sf_strerror(NULL);
    int length = (int)strcspn(text, "\n");
    while (length > 0 && strchr(". ", text[length - 1]))
        length--;
    return laco_fail(ctx, LACO_FORMAT, "%s: is not a recording that can be read: %.*s", name, length, text);
}

laco_status laco_sound_decode(const char *name, const void *bytes, size_t size, laco_sound *out)
{
    memory_file memory = {bytes, (sf_count_t)size, 0};
    SF_VIRTUAL_IO io = {memory_size, memory_seek, memory_read, memory_write, memory_tell};
    SF_INFO info = {0};
    LACO_TRY(check_wav(out->ctx, name, bytes, size));
    SNDFILE *file = sf_open_virtual(&io, SFM_READ, &info, &memory);
    if (!file)
        return refuse(out->ctx, name);
    out->channels = info.channels;
    out->rate = out->file_rate = info.samplerate;
    laco_status status = info.samplerate >= LACO_LOWEST_RATE && info.samplerate <= LACO_HIGHEST_RATE
                             ? read_blocks(name, file, info.frames, out)
                             : laco_fail(out->ctx, LACO_FORMAT, "%s: has a rate of %d samples a second; %d … %d can be read",
                                         name, info.samplerate, LACO_LOWEST_RATE, LACO_HIGHEST_RATE);
    sf_close(file);
    return status;
}
