#include "state_dict/archive.h"

#include <stdio.h>
#include <string.h>
#include <zip.h>

#define MOST_RECORDS ((zip_int64_t)1 << 20)
#define KEY 64

struct laco_archive {
    laco_context *ctx;
    const char *name;
    zip_t *zip;
    char folder[256]; /* what the names of all records begin with, "archive/" */
};

#define BAD(archive, format, ...) laco_fail((archive)->ctx, LACO_FORMAT, "%s: " format, (archive)->name, __VA_ARGS__)

bool laco_archive_detect(const void *bytes, size_t size) { return size >= 4 && memcmp(bytes, "PK\3\4", 4) == 0; }

/* ---- What is in it ------------------------------------------------------------------------------------------------------ */

/* A record's name, fit for a line. */
static const char *show(const char *name, char *out, size_t room)
{
    snprintf(out, room, "%s", name ? name : "");
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return out;
}

/* A record of which nothing is unpacked: stored as it is. Adds its bytes to *total. */
static laco_status check_record(laco_archive *archive, zip_int64_t index, zip_uint64_t size, zip_uint64_t *total)
{
    const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    zip_stat_t stat;
    char name[80];
    if (zip_stat_index(archive->zip, (zip_uint64_t)index, 0, &stat) != 0 || (stat.valid & needed) != needed)
        return BAD(archive, "record %lld of the archive is damaged", (long long)index + 1);
    show(stat.name, name, sizeof name);
    if (stat.comp_method != ZIP_CM_STORE || stat.size != stat.comp_size)
        return BAD(archive, "record '%s' is compressed; torch.save stores records as they are", name);
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE)
        return BAD(archive, "record '%s' is encrypted", name);
    zip_uint64_t headers = 76 + 2 * strlen(stat.name); /* before the record, and in the directory */
    if (stat.size > size || headers > size - stat.size || *total > size - stat.size - headers)
        return BAD(archive, "its records overlap: record '%s' and those before it are longer than the file", name);
    *total += stat.size + headers;
    return LACO_OK;
}

static laco_status check_records(laco_archive *archive, size_t size)
{
    zip_int64_t count = zip_get_num_entries(archive->zip, 0);
    zip_uint64_t total = 0;
    if (count > MOST_RECORDS)
        return BAD(archive, "%lld records; up to %lld are read", (long long)count, (long long)MOST_RECORDS);
    for (zip_int64_t i = 0; i < count; i++)
        LACO_TRY(check_record(archive, i, size, &total));
    return LACO_OK;
}

/* The folder of data.pkl, which is that of all other records. */
static laco_status find_folder(laco_archive *archive)
{
    zip_int64_t count = zip_get_num_entries(archive->zip, 0);
    for (zip_int64_t i = 0; i < count; i++) {
        const char *name = zip_get_name(archive->zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW), *slash = name ? strchr(name, '/') : NULL;
        if (!slash || strcmp(slash, "/data.pkl") != 0 || (size_t)(slash + 2 - name) > sizeof archive->folder)
            continue;
        memcpy(archive->folder, name, (size_t)(slash + 1 - name));
        return LACO_OK;
    }
    return BAD(archive, "a zip archive without %s: not one of torch.save", "FOLDER/data.pkl");
}

/* ---- Records ------------------------------------------------------------------------------------------------------------ */

/* The place of FOLDER/PATH, and its bytes. */
static laco_status find(laco_archive *archive, const char *path, zip_uint64_t *index, size_t *size)
{
    char full[sizeof archive->folder + KEY + 8];
    zip_stat_t stat;
    snprintf(full, sizeof full, "%s%s", archive->folder, path);
    zip_int64_t place = zip_name_locate(archive->zip, full, ZIP_FL_ENC_RAW);
    if (place < 0 || zip_stat_index(archive->zip, (zip_uint64_t)place, 0, &stat) != 0)
        return BAD(archive, "record '%s' is missing from the archive", path);
    *index = (zip_uint64_t)place;
    *size = (size_t)stat.size;
    return LACO_OK;
}

static laco_status read_at(laco_archive *archive, const char *path, zip_uint64_t index, void *out, size_t size)
{
    zip_file_t *file = zip_fopen_index(archive->zip, index, 0);
    char more;
    bool whole =
        file && zip_fread(file, out, size) == (zip_int64_t)size && zip_fread(file, &more, 1) == 0; /* sees the checksum */
    if (file)
        zip_fclose(file);
    return whole ? LACO_OK : BAD(archive, "record '%s' is damaged", path);
}

/* "data/KEY" */
static laco_status path_of(laco_archive *archive, const char *key, size_t length, char *out, size_t room)
{
    if (length == 0 || length > KEY || memchr(key, '/', length) || memchr(key, '\0', length))
        return BAD(archive, "a storage of %zu bytes as its key", length);
    snprintf(out, room, "data/%.*s", (int)length, key);
    return LACO_OK;
}

laco_status laco_archive_size(laco_archive *archive, const char *key, size_t length, size_t *out)
{
    char path[KEY + 8];
    zip_uint64_t index;
    LACO_TRY(path_of(archive, key, length, path, sizeof path));
    return find(archive, path, &index, out);
}

laco_status laco_archive_read(laco_archive *archive, const char *key, size_t length, void *out, size_t size)
{
    char path[KEY + 8];
    zip_uint64_t index;
    size_t there;
    LACO_TRY(path_of(archive, key, length, path, sizeof path));
    LACO_TRY(find(archive, path, &index, &there));
    return there == size ? read_at(archive, path, index, out, size) : BAD(archive, "record '%s' has changed its size", path);
}

/* ---- Opening ------------------------------------------------------------------------------------------------------------ */

/* Numbers lie as on the machine that saved them, which the archive says since torch 2.1. */
static laco_status check_byte_order(laco_archive *archive)
{
    zip_uint64_t index;
    size_t size;
    char order[8] = "";
    if (find(archive, "byteorder", &index, &size) < 0)
        return LACO_OK;
    if (size >= sizeof order)
        return BAD(archive, "record '%s' is damaged", "byteorder");
    LACO_TRY(read_at(archive, "byteorder", index, order, size));
    return strcmp(order, "little") == 0 ? LACO_OK : BAD(archive, "its numbers are %s-endian; little-endian ones are read", "big");
}

static laco_status read_pickle(laco_archive *archive, char **out, size_t *size)
{
    zip_uint64_t index;
    LACO_TRY(find(archive, "data.pkl", &index, size));
    char *bytes = laco_alloc(archive->ctx, *size, 1);
    if (!bytes)
        return LACO_NO_MEMORY;
    laco_status status = read_at(archive, "data.pkl", index, bytes, *size);
    if (status == LACO_OK)
        *out = bytes;
    else
        laco_release(archive->ctx, bytes);
    return status;
}

/* libzip takes its memory from malloc, a few hundred bytes for a record. */
static laco_status open_zip(laco_archive *archive, const void *bytes, size_t size)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &error);
    archive->zip = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : NULL;
    laco_status status = archive->zip ? LACO_OK : BAD(archive, "not a whole zip archive: %s", zip_error_strerror(&error));
    if (!archive->zip)
        zip_source_free(source);
    zip_error_fini(&error);
    return status;
}

laco_status laco_archive_open(laco_context *ctx, const char *name, const void *bytes, size_t size, laco_archive **out,
                              char **pickle, size_t *pickle_size)
{
    laco_archive *archive = laco_alloc(ctx, 1, sizeof *archive);
    if (!archive)
        return LACO_NO_MEMORY;
    archive->ctx = ctx;
    archive->name = name;
    laco_status status = open_zip(archive, bytes, size);
    if (status == LACO_OK)
        status = check_records(archive, size);
    if (status == LACO_OK)
        status = find_folder(archive);
    if (status == LACO_OK)
        status = check_byte_order(archive);
    if (status == LACO_OK)
        status = read_pickle(archive, pickle, pickle_size);
    if (status == LACO_OK)
        *out = archive;
    else
        laco_archive_close(archive);
    return status;
}

void laco_archive_close(laco_archive *archive)
{
    if (!archive)
        return;
    if (archive->zip)
        zip_discard(archive->zip);
    laco_release(archive->ctx, archive);
}
