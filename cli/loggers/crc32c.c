#include "loggers/tensorboard.h"

#define CASTAGNOLI 0x82f63b78u /* the polynomial, its bits in reverse */

uint32_t crc32c(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint32_t sum = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        sum ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (CASTAGNOLI & (0u - (sum & 1)));
    }
    return ~sum;
}
