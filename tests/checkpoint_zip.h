/* Checkpoints as torch.save writes them, made by hand: a pickle byte by byte, and an archive around it by libzip. */
#ifndef LACO_TESTS_CHECKPOINT_ZIP_H
#define LACO_TESTS_CHECKPOINT_ZIP_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

/* Bytes that grow; enough for every test. */
typedef struct scroll {
    char bytes[1 << 16];
    size_t size;
} scroll;

static inline void put(scroll *s, const void *bytes, size_t size)
{
    memcpy(s->bytes + s->size, bytes, size);
    s->size += size;
}
static inline void put_text(scroll *s, const char *text) { put(s, text, strlen(text)); }
static inline void put_byte(scroll *s, unsigned byte) { s->bytes[s->size++] = (char)byte; }

static inline void put_unicode(scroll *s, const char *text)
{
    uint32_t length = (uint32_t)strlen(text);
    put_byte(s, 'X');
    put(s, &length, 4);
    put_text(s, text);
}

static inline void put_integer(scroll *s, int64_t value)
{
    put_byte(s, 0x8a);
    put_byte(s, 8);
    put(s, &value, 8);
}

/* (1, 2, 3) by a mark. */
static inline void put_tuple(scroll *s, int count, const int64_t *values)
{
    put_byte(s, '(');
    for (int i = 0; i < count; i++)
        put_integer(s, values[i]);
    put_byte(s, 't');
}

typedef struct tensor_spec {
    const char *name, *type, *key;
    int64_t storage, offset;
    int ndim;
    int64_t shape[4], stride[4];
} tensor_spec;

/* "NAME": _rebuild_tensor_v2(storage, offset, shape, stride, False, OrderedDict()) */
static inline void put_tensor(scroll *s, const tensor_spec *t)
{
    put_unicode(s, t->name);
    put_text(s, "ctorch._utils\n_rebuild_tensor_v2\n((");
    put_unicode(s, "storage");
    put_text(s, "ctorch\n");
    put_text(s, t->type);
    put_text(s, "\n");
    put_unicode(s, t->key);
    put_unicode(s, "cpu");
    put_integer(s, t->storage);
    put_text(s, "tQ");
    put_integer(s, t->offset);
    put_tuple(s, t->ndim, t->shape);
    put_tuple(s, t->ndim, t->stride);
    put_text(s, "\x89"
                "ccollections\nOrderedDict\n)RtR");
}

/* A dictionary of tensors. */
static inline void put_dict(scroll *s, const tensor_spec *tensors, size_t count)
{
    put_text(s, "\x80\x02}(");
    for (size_t i = 0; i < count; i++)
        put_tensor(s, &tensors[i]);
    put_text(s, "u.");
}

typedef struct zip_record {
    const char *name;
    const void *bytes;
    size_t size;
    int method; /* of libzip: ZIP_CM_STORE or ZIP_CM_DEFLATE */
} zip_record;

/* The archive's bytes, for free(). */
static inline char *make_zip(const zip_record *records, size_t count, size_t *size)
{
    zip_error_t error;
    zip_source_t *whole = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip = zip_open_from_source(whole, ZIP_CREATE | ZIP_TRUNCATE, &error);
    for (size_t i = 0; i < count; i++) {
        zip_source_t *source = zip_source_buffer(zip, records[i].bytes, records[i].size, 0);
        zip_int64_t index = zip_file_add(zip, records[i].name, source, 0);
        zip_set_file_compression(zip, (zip_uint64_t)index, records[i].method, 0);
    }
    zip_source_keep(whole);
    if (zip_close(zip) != 0)
        abort();
    zip_source_open(whole);
    zip_source_seek(whole, 0, SEEK_END);
    *size = (size_t)zip_source_tell(whole);
    zip_source_seek(whole, 0, SEEK_SET);
    char *bytes = malloc(*size);
    zip_source_read(whole, bytes, *size);
    zip_source_close(whole);
    zip_source_free(whole);
    return bytes;
}

#endif
