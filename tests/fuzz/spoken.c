/* Any bytes as a list of recordings with their texts, in a folder that holds a.wav, b.wav (another rate, two channels), c.wav
 * (cut short) and d.txt. The first byte says how the list is read. */
#include "fuzz.h"

#include "laco/read.h"

#include <math.h>
#include <sys/stat.h>

FUZZ_FORGIVE_VORBIS

static char folder[64], list[80];

static void write_file(const char *name, const void *bytes, size_t size)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    require(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static void put(unsigned char **at, unsigned value, int count)
{
    for (; count > 0; count--, value >>= 8)
        *(*at)++ = (unsigned char)value;
}

/* 8-bit samples; `missing` of them are not there. */
static void write_wav(const char *name, unsigned rate, unsigned channels, unsigned samples, unsigned missing)
{
    unsigned char bytes[1024], *at = bytes;
    memcpy(at, "RIFF", 4), at += 4;
    put(&at, 36 + samples * channels, 4);
    memcpy(at, "WAVEfmt ", 8), at += 8;
    put(&at, 16, 4);
    put(&at, 1, 2);
    put(&at, channels, 2);
    put(&at, rate, 4);
    put(&at, rate * channels, 4);
    put(&at, channels, 2);
    put(&at, 8, 2);
    memcpy(at, "data", 4), at += 4;
    put(&at, samples * channels, 4);
    for (unsigned i = 0; i < (samples - missing) * channels; i++)
        *at++ = (unsigned char)(100 + i * 37 % 56);
    write_file(name, bytes, (size_t)(at - bytes));
}

static void remove_folder(void)
{
    static const char *const names[] = {"a.wav", "b.wav", "c.wav", "d.txt", "list"};
    char path[96];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "%s/laco-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    require(mkdtemp(folder) != NULL);
    snprintf(list, sizeof list, "%s/list", folder);
    write_wav("a.wav", 8000, 1, 200, 0);
    write_wav("b.wav", 11025, 2, 100, 0);
    write_wav("c.wav", 8000, 1, 200, 50);
    write_file("d.txt", "not a recording\n", 16);
    atexit(remove_folder);
}

static void use(const laco_spoken *data, bool untexted)
{
    require(laco_spoken_count(data) > 0 && laco_spoken_rate(data) > 0);
    for (size_t i = 0; i < laco_spoken_count(data); i++) {
        size_t count;
        const float *samples = laco_spoken_samples(data, i, &count);
        const char *text = laco_spoken_text(data, i);
        require(laco_spoken_name(data, i) && count > 0 && (text || untexted));
        require(!text || laco_utf8_valid(text, strlen(text)) == strlen(text));
        for (size_t k = 0; k < count; k++)
            require(isfinite(samples[k]));
    }
}

static void summary_of(const laco_spoken *data)
{
    laco_summary *summary = NULL;
    laco_status status = laco_spoken_summary(data, true, &summary);
    fuzz_check_summary(status, summary);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const int64_t rates[] = {0, 8000, 16000};
    const char *path = list;
    if (size < 1)
        return 0;
    if (!*folder)
        make_folder();
    write_file("list", bytes + 1, size - 1);
    laco_spoken *data;
    laco_context *ctx = fuzz_context();
    laco_spoken_config config = {.rate = rates[bytes[0] % 3], .untexted = bytes[0] / 3 % 2};
    if (laco_spoken_load(ctx, &path, 1, &config, &data) < 0) {
        fuzz_check_error(ctx);
    } else {
        summary_of(data);
        use(data, config.untexted);
        laco_spoken_free(data);
    }
    laco_context_free(ctx);
    return 0;
}
