#include "table/idx.h"

#include <string.h>

size_t laco_idx_width(int type)
{
    static const unsigned char widths[] = {1, 1, 0, 2, 4, 4, 8}; /* unsigned and signed bytes, shorts, ints, floats, doubles */
    return type >= 0x08 && type <= 0x0E ? widths[type - 0x08] : 0;
}

bool laco_idx_detect(const char *bytes, size_t size)
{
    return size >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 0x08 && bytes[2] <= 0x0E && bytes[3] >= 1 && bytes[3] <= 4;
}

double laco_idx_element(const laco_idx *file, size_t place)
{
    const unsigned char *at = file->bytes + place * file->width;
    uint64_t bits = 0;
    for (size_t i = 0; i < file->width; i++)
        bits = bits << 8 | at[i];
    uint32_t low = (uint32_t)bits;
    float single;
    double real;
    memcpy(&single, &low, sizeof single);
    memcpy(&real, &bits, sizeof real);
    return file->type == 0x08   ? (double)bits
           : file->type == 0x09 ? (int8_t)bits
           : file->type == 0x0B ? (int16_t)bits
           : file->type == 0x0C ? (int32_t)bits
           : file->type == 0x0D ? (double)single
                                : real;
}

laco_status laco_idx_open(laco_context *ctx, const char *name, const char *bytes, size_t size, laco_idx *out)
{
    const unsigned char *at = (const unsigned char *)bytes;
    if (size < 4 || at[0] || at[1] || at[3] < 1 || at[3] > 4)
        return laco_fail(ctx, LACO_FORMAT, "%s: is not an IDX file of 1 to 4 dimensions", name);
    laco_idx file = {.type = at[2], .dimensions = at[3], .width = laco_idx_width(at[2]), .size = {1, 1, 1, 1}};
    size_t header = 4 + 4 * (size_t)file.dimensions, needed = file.width;
    bool fits = true;
    if (size < header)
        return laco_fail(ctx, LACO_FORMAT, "%s: is cut short: it has %zu bytes, and its header alone takes %zu", name, size,
                         header);
    if (file.width == 0)
        return laco_fail(ctx, LACO_FORMAT, "%s: an IDX file with elements of type 0x%02X, which does not exist", name, file.type);
    for (int d = 0; fits && d < file.dimensions; d++) {
        const unsigned char *four = at + 4 + 4 * (size_t)d;
        file.size[d] = (size_t)four[0] << 24 | (size_t)four[1] << 16 | (size_t)four[2] << 8 | four[3];
        fits = laco_mul_fits(needed, file.size[d], &needed);
    }
    fits = fits && laco_add_fits(needed, header, &needed);
    if (!fits)
        return laco_fail(ctx, LACO_FORMAT, "%s: its header asks for more bytes than can be addressed; is it an IDX file?", name);
    if (size < needed)
        return laco_fail(ctx, LACO_FORMAT, "%s: is cut short: it has %zu bytes, and its header asks for %zu", name, size, needed);
    if (size > needed)
        return laco_fail(ctx, LACO_FORMAT, "%s: has %zu bytes behind its end at byte %zu", name, size - needed, needed);
    file.bytes = at + header;
    *out = file;
    return LACO_OK;
}
