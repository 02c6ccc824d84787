/* Files of named tensors: safetensors, as documented by Hugging Face (github.com/huggingface/safetensors).
 *
 *     8 bytes      N, the header's length, unsigned little-endian
 *     N bytes      the header: a JSON object in UTF-8, spaces may follow it
 *     the rest     the data: raw elements, little-endian, row-major
 *
 * The header maps each tensor's name to {"dtype": "F32", "shape": [512, 64], "data_offsets": [begin, end]},
 * offsets in bytes from the start of the data; the tensors fill the data without a gap, in any order.
 * "__metadata__" maps strings to strings.
 *
 * The reader takes the file for hostile: everything is checked before anything is handed out, and what is
 * wrong comes back as LACO_FORMAT with the file, the tensor or byte, and what was expected. */
#ifndef LACO_BASE_TENSOR_FILE_H
#define LACO_BASE_TENSOR_FILE_H

#include "base/base.h"

#define LACO_FILE_DIMS 8

/* The format's element types that laco reads and writes; its others (unsigned above 8 bits, 8-bit floats) are
 * refused by name. */
typedef enum laco_dtype {
    LACO_DTYPE_F64,
    LACO_DTYPE_F32,
    LACO_DTYPE_F16,
    LACO_DTYPE_BF16,
    LACO_DTYPE_I64,
    LACO_DTYPE_I32,
    LACO_DTYPE_I16,
    LACO_DTYPE_I8,
    LACO_DTYPE_U8,
    LACO_DTYPE_BOOL,
    LACO_DTYPE_COUNT
} laco_dtype;

LACO_SHARED const char *laco_dtype_name(laco_dtype dtype); /* as in the file: "F32" */
LACO_SHARED size_t laco_dtype_size(laco_dtype dtype);      /* bytes of one element */
laco_dtype laco_dtype_from_name(const char *name);         /* LACO_DTYPE_COUNT: unknown */

/* One tensor of a file. All of it belongs to the file. The product of the dimensions that are not 0 fits in
 * size_t, in bytes, so that no product of some of them overflows. */
typedef struct laco_tensor_entry {
    const char *name;
    laco_dtype dtype;
    int ndim;                      /* 0: a scalar, one element */
    int64_t shape[LACO_FILE_DIMS]; /* 0 allowed: no elements */
    size_t place;                  /* of its first byte in the file's data: count * laco_dtype_size(dtype), little-endian */
    size_t count;                  /* elements */
} laco_tensor_entry;

typedef struct laco_metadata_entry {
    const char *key, *value;
} laco_metadata_entry;

/* ---- Reading ---- */

typedef struct laco_tensor_file laco_tensor_file;

/* Reads the header of the file at `path` ("-": standard input). A regular file stays open, and tensors are read from it when they
 * are asked for; it must not be written to meanwhile. LACO_IO, LACO_FORMAT, LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_tensor_file_open(laco_context *ctx, const char *path, laco_tensor_file **out);

/* The same from memory, borrowed until the file is freed; `name` stands for it in errors. `given`, NULL or the block from laco_alloc
 * in which the bytes lie, becomes the file's, also where this fails. LACO_FORMAT, LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_tensor_file_parse(laco_context *ctx, const void *bytes, size_t size, void *given, const char *name,
                                               laco_tensor_file **out);

/* A file of tensors that came from somewhere else, without metadata. `entries` and their names are copied; their data are the `size`
 * bytes of `block`, from laco_alloc, which becomes the file's, also where this fails; tensors may share bytes. LACO_FORMAT: two of
 * one name; LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_tensor_file_of(laco_context *ctx, const char *name, const laco_tensor_entry *entries, size_t count,
                                            void *block, size_t size, laco_tensor_file **out);

/* Reads all data, so that no tensor fails to be read for the file's sake. LACO_IO, LACO_NO_MEMORY, LACO_INTERRUPTED. */
laco_status laco_tensor_file_hold(laco_tensor_file *file);

/* Gives the tensors, in their order, other names, which are copied; a tensor whose name is NULL is left out. LACO_FORMAT: two of
 * one name; LACO_NO_MEMORY. The file is then as before. */
LACO_SHARED laco_status laco_tensor_file_rename(laco_tensor_file *file, const char *const *names);

/* NULL is allowed. Entries, names and metadata go with the file. */
LACO_SHARED void laco_tensor_file_free(laco_tensor_file *file);

LACO_SHARED const char *laco_tensor_file_name(const laco_tensor_file *file); /* for errors: the path */

/* Tensors in the order of the header, and by name (NULL: there is none; no error is set). */
LACO_SHARED size_t laco_tensor_file_count(const laco_tensor_file *file);
LACO_SHARED const laco_tensor_entry *laco_tensor_file_at(const laco_tensor_file *file, size_t index);
LACO_SHARED const laco_tensor_entry *laco_tensor_file_find(const laco_tensor_file *file, const char *name);

/* Metadata in the order of the header, and by key (NULL: there is none; no error is set). */
size_t laco_tensor_file_metadata_count(const laco_tensor_file *file);
const laco_metadata_entry *laco_tensor_file_metadata_at(const laco_tensor_file *file, size_t index);
LACO_SHARED const char *laco_tensor_file_metadata(const laco_tensor_file *file, const char *key);

/* Copies `count` elements of a tensor, from `first` on, into `out` as the file has them. LACO_IO, LACO_INTERRUPTED. */
LACO_SHARED laco_status laco_tensor_file_bytes(const laco_tensor_file *file, const laco_tensor_entry *entry, size_t first,
                                               size_t count, void *out);

/* Copies tensor `name` into `out` as numbers of this machine.
 * ndim, shape: what the tensor must have; `out` has room for its elements.
 * real: from F32, F64, F16 or BF16; values beyond laco_real become infinite, as in torch's float().
 * int: from I64, I32, I16, I8, U8 or BOOL (0 or 1).
 * finite: as real, and none of the numbers is NaN or infinite in laco_real: what a weight has to be.
 * double: from F64, all its bits.
 * LACO_FORMAT: no such tensor, another shape, another kind of number: `out` is then as before; or a number that is not finite.
 * LACO_IO: the file cannot be read, or was changed since it was opened; LACO_INTERRUPTED. `out` then holds anything. */
LACO_SHARED laco_status laco_tensor_file_read_real(const laco_tensor_file *file, const char *name, int ndim, const int64_t *shape,
                                                   laco_real *out);
LACO_SHARED laco_status laco_tensor_file_read_finite(const laco_tensor_file *file, const char *name, int ndim,
                                                     const int64_t *shape, laco_real *out);
laco_status laco_tensor_file_read_double(const laco_tensor_file *file, const char *name, int ndim, const int64_t *shape,
                                         double *out);
laco_status laco_tensor_file_read_int(const laco_tensor_file *file, const char *name, int ndim, const int64_t *shape,
                                      int64_t *out);

/* LACO_FORMAT: there is no tensor of this name, or it has another shape. */
LACO_SHARED laco_status laco_tensor_file_expect(const laco_tensor_file *file, const char *name, int ndim, const int64_t *shape);

/* ---- Writing ---- */

typedef struct laco_tensor_writer laco_tensor_writer;

/* Collects what goes into a file. The same calls give the same bytes on any machine: metadata first, then
 * tensors, each in the order given; the header is padded so that the data starts at a multiple of 8. */
LACO_SHARED laco_status laco_tensor_writer_new(laco_context *ctx, laco_tensor_writer **out);
LACO_SHARED void laco_tensor_writer_free(laco_tensor_writer *writer); /* NULL is allowed */

/* Adds a tensor. name: UTF-8, copied, not used before, not "__metadata__". data: the elements as this machine
 * holds them (double, float, uint16_t bits for F16 and BF16, int64_t … uint8_t; BOOL one byte of 0 or 1),
 * borrowed until the writer is freed; NULL only where there are none. LACO_INVALID, LACO_NO_MEMORY. */
laco_status laco_tensor_writer_add(laco_tensor_writer *writer, const char *name, laco_dtype dtype, int ndim, const int64_t *shape,
                                   const void *data);

/* The same for laco's own numbers, which are stored as F32 also where laco_real is double. */
LACO_SHARED laco_status laco_tensor_writer_add_real(laco_tensor_writer *writer, const char *name, int ndim, const int64_t *shape,
                                                    const laco_real *data);

/* The same as laco_tensor_writer_add, but `data`, from laco_alloc, becomes the writer's, also where this fails. */
LACO_SHARED laco_status laco_tensor_writer_give(laco_tensor_writer *writer, const char *name, laco_dtype dtype, int ndim,
                                                const int64_t *shape, void *data);

/* Adds a metadata string: UTF-8 of any content, both copied; a key not used before. LACO_INVALID, LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_tensor_writer_metadata(laco_tensor_writer *writer, const char *key, const char *value);

/* Writes the file, whole or not at all (see laco_writer_new). The writer stays as it is: it may be saved again,
 * with the elements as they are then. LACO_IO, LACO_INVALID (a header above the format's 100 MB), LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_tensor_writer_save(laco_tensor_writer *writer, const char *path);

/* The same into memory: *bytes is the caller's, to be given to laco_release. LACO_INVALID, LACO_NO_MEMORY. */
LACO_SHARED laco_status laco_tensor_writer_serialise(laco_tensor_writer *writer, char **bytes, size_t *size);

#endif
