/* Any bytes as a file of tensors. A file that is refused leaves nothing; one that is read is used in full, written again, and
 * read again as the same. Each input's bytes after the first 8 also stand as a header of their own, with data of the size that
 * the first 8 ask for (up to 4095), so that the fuzzer need not find lengths that fit. */
#include "fuzz.h"

#include "base/tensor_file.h"

static void read_numbers(const laco_tensor_file *file, const laco_tensor_entry *entry)
{
    laco_real *real = malloc(entry->count * sizeof *real + 1);
    int64_t *number = malloc(entry->count * sizeof *number + 1);
    require(real && number);
    laco_status as_real = laco_tensor_file_read_real(file, entry->name, entry->ndim, entry->shape, real);
    laco_status as_int = laco_tensor_file_read_int(file, entry->name, entry->ndim, entry->shape, number);
    require((as_real == LACO_OK) != (as_int == LACO_OK));
    free(real);
    free(number);
}

static char *bytes_of(const laco_tensor_file *file, const laco_tensor_entry *entry)
{
    char *bytes = malloc(entry->count * laco_dtype_size(entry->dtype) + 1);
    require(bytes != NULL);
    require(laco_tensor_file_bytes(file, entry, 0, entry->count, bytes) == LACO_OK);
    return bytes;
}

static void compare(const laco_tensor_file *file, const laco_tensor_file *again)
{
    require(laco_tensor_file_count(file) == laco_tensor_file_count(again));
    require(laco_tensor_file_metadata_count(file) == laco_tensor_file_metadata_count(again));
    for (size_t i = 0; i < laco_tensor_file_count(file); i++) {
        const laco_tensor_entry *a = laco_tensor_file_at(file, i), *b = laco_tensor_file_at(again, i);
        require(strcmp(a->name, b->name) == 0 && a->dtype == b->dtype && a->ndim == b->ndim && a->count == b->count);
        require(memcmp(a->shape, b->shape, sizeof a->shape) == 0);
        char *bytes_a = bytes_of(file, a), *bytes_b = bytes_of(again, b);
        require(memcmp(bytes_a, bytes_b, a->count * laco_dtype_size(a->dtype)) == 0);
        free(bytes_a);
        free(bytes_b);
    }
    for (size_t i = 0; i < laco_tensor_file_metadata_count(file); i++) {
        const laco_metadata_entry *a = laco_tensor_file_metadata_at(file, i), *b = laco_tensor_file_metadata_at(again, i);
        require(strcmp(a->key, b->key) == 0 && strcmp(a->value, b->value) == 0);
        require(laco_tensor_file_metadata(file, a->key) == a->value);
    }
}

static void use(laco_context *ctx, const laco_tensor_file *file)
{
    laco_tensor_writer *writer = NULL;
    laco_tensor_file *again = NULL;
    char *bytes = NULL;
    size_t size = 0;
    require(laco_tensor_writer_new(ctx, &writer) == LACO_OK);
    for (size_t i = 0; i < laco_tensor_file_count(file); i++) {
        const laco_tensor_entry *entry = laco_tensor_file_at(file, i);
        require(laco_tensor_file_find(file, entry->name) == entry);
        read_numbers(file, entry);
        /* On a little-endian machine the file's bytes are this machine's. */
        void *own = laco_alloc(ctx, entry->count + 1, laco_dtype_size(entry->dtype));
        require(own && laco_tensor_file_bytes(file, entry, 0, entry->count, own) == LACO_OK);
        require(laco_tensor_writer_give(writer, entry->name, entry->dtype, entry->ndim, entry->shape, own) == LACO_OK);
    }
    for (size_t i = 0; i < laco_tensor_file_metadata_count(file); i++) {
        const laco_metadata_entry *entry = laco_tensor_file_metadata_at(file, i);
        require(laco_tensor_writer_metadata(writer, entry->key, entry->value) == LACO_OK);
    }
    require(laco_tensor_writer_serialise(writer, &bytes, &size) == LACO_OK);
    require(laco_tensor_file_parse(ctx, bytes, size, NULL, "again", &again) == LACO_OK);
    compare(file, again);
    laco_tensor_file_free(again);
    laco_tensor_writer_free(writer);
    laco_release(ctx, bytes);
}

static void try_bytes(laco_context *ctx, const uint8_t *bytes, size_t size)
{
    laco_tensor_file *file = NULL;
    laco_status status = laco_tensor_file_parse(ctx, bytes, size, NULL, "input", &file);
    require((status == LACO_OK) == (file != NULL));
    require(status == LACO_OK || status == LACO_FORMAT);
    if (status == LACO_OK)
        use(ctx, file);
    else
        fuzz_check_error(ctx);
    laco_tensor_file_free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    laco_context *ctx = fuzz_context();
    try_bytes(ctx, bytes, size);
    if (size > 8) {
        size_t header = size - 8, data = (bytes[0] | (size_t)bytes[1] << 8) & 4095;
        uint8_t *whole = calloc(1, size + data);
        require(whole);
        for (int i = 0; i < 8; i++)
            whole[i] = (uint8_t)((uint64_t)header >> 8 * i);
        memcpy(whole + 8, bytes + 8, header);
        try_bytes(ctx, whole, size + data);
        free(whole);
    }
    laco_context_free(ctx);
    return 0;
}
