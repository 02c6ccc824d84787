#include "options.h"

#include <string.h>

#define LONGEST_WORD 64

/* How many letters must be changed, added, dropped or swapped with their neighbour, for words of moderate length. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][LONGEST_WORD + 1], length = strlen(b);
    if (length > LONGEST_WORD)
        return SIZE_MAX;
    for (size_t j = 0; j <= length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= strlen(a); i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *twice_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t change = above[j - 1] + (a[i - 1] != b[j - 1]), other = (above[j] < row[j - 1] ? above[j] : row[j - 1]) + 1;
            row[j] = change < other ? change : other;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && twice_above[j - 2] + 1 < row[j])
                row[j] = twice_above[j - 2] + 1;
        }
    }
    return rows[strlen(a) % 3][length];
}

/* One mistake in a short word, two in a long one; a beginning of a word is as near to it as one mistake. What is further off is
 * another word. */
const char *suggest(const char *typed, const char *const *words, size_t count)
{
    enum { SHORT = 6 };
    const char *best = NULL;
    size_t length = strlen(typed), least = length < 3 ? 1 : length < SHORT ? 2 : 3;
    for (size_t i = 0; i < count; i++) {
        bool begins = length >= 3 && strncmp(words[i], typed, length) == 0;
        size_t d = begins ? 1 : distance(typed, words[i]);
        if (d < least) {
            least = d;
            best = words[i];
        }
    }
    return best;
}
