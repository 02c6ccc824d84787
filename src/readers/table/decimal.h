/* Numbers as tables write them: with a decimal point or a decimal comma, and the other of them between thousands. */
#ifndef LACO_TABLE_DECIMAL_H
#define LACO_TABLE_DECIMAL_H

#include "base/base.h"

/* The decimal marks by which a text is a number, as bits. "12" is one by either, "1.234" too: 1234 where the comma is the mark.
 */
enum { LACO_MARK_POINT = 1, LACO_MARK_COMMA = 2 };

unsigned laco_decimal_marks(const char *text, size_t length);

/* Reads a number with this decimal mark; `text` is followed by a zero, and the locale is plain. Infinities are numbers here. */
bool laco_decimal_read(const char *text, size_t length, unsigned mark, double *out);

/* Is it a number that is not read for what stands around or within it: $1, 5 %, 1 234, 12 kg? */
bool laco_decimal_dressed(const char *text, size_t length);

#endif
