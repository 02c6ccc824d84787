#include "demo/draw_numbers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void number_in_words(int number, char text[NUMBER_TEXT])
{
    static const char *const small[] = {"zero",    "um",     "dois",      "três",      "quatro",  "cinco",   "seis",
                                        "sete",    "oito",   "nove",      "dez",       "onze",    "doze",    "treze",
                                        "catorze", "quinze", "dezasseis", "dezassete", "dezoito", "dezanove"};
    static const char *const tens[] = {"",          "",         "vinte",   "trinta",  "quarenta",
                                       "cinquenta", "sessenta", "setenta", "oitenta", "noventa"};
    static const char *const hundreds[] = {"",           "cento",      "duzentos",   "trezentos",  "quatrocentos",
                                           "quinhentos", "seiscentos", "setecentos", "oitocentos", "novecentos"};
    int rest = number % 100;
    text[0] = 0;
    if (number >= 100)
        snprintf(text, NUMBER_TEXT, "%s%s", number == 100 ? "cem" : hundreds[number / 100], rest ? " e " : "");
    if (number >= 100 && rest == 0)
        return;
    size_t used = strlen(text);
    if (rest < 20)
        snprintf(text + used, NUMBER_TEXT - used, "%s", small[rest]);
    else
        snprintf(text + used, NUMBER_TEXT - used, rest % 10 ? "%s e %s" : "%s", tens[rest / 10], small[rest % 10]);
}

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t below(uint64_t *state, size_t n) { return (size_t)((next_random(state) >> 32) * n >> 32); }

int hold_out_numbers(bool held_out[NUMBERS])
{
    enum { SHARE = 10 };
    uint64_t state = 2026;
    int count = 0;
    memset(held_out, 0, NUMBERS * sizeof *held_out);
    while (count < (NUMBERS - 10) / SHARE) {
        size_t number = 10 + below(&state, NUMBERS - 10);
        if (number == 100) /* "cem" is in no other number: who never read it cannot write it */
            continue;
        count += !held_out[number];
        held_out[number] = true;
    }
    return count;
}

/* ---- Pictures ----------------------------------------------------------------------------------------------------------------
 */

/* Which images show each digit. */
typedef struct digit_images {
    size_t *of[10], count[10];
    size_t *block;
} digit_images;

static bool sort_images(const laco_labelled *digits, digit_images *images)
{
    size_t count = laco_labelled_count(digits), used = 0;
    images->block = calloc(count + 1, sizeof *images->block);
    for (int d = 0; images->block && d < 10; d++) {
        images->of[d] = images->block + used;
        images->count[d] = 0;
        for (size_t i = 0; i < count; i++)
            if (laco_labelled_label(digits, i) == d)
                images->of[d][images->count[d]++] = i;
        used += images->count[d];
    }
    return images->block != NULL;
}

static int pick_number(const drawing *d, const bool held_out[NUMBERS], uint64_t *state)
{
    static const int first[] = {0, 10, 100}, end[] = {10, 100, 1000};
    for (;;) {
        size_t digits = below(state, MOST_DIGITS),
               number = (size_t)first[digits] + below(state, (size_t)(end[digits] - first[digits]));
        if (d->held_out)
            number = below(state, NUMBERS);
        if (held_out[number] == d->held_out)
            return (int)number;
    }
}

static void draw_digit(const laco_labelled *digits, size_t image, unsigned char *picture, size_t place)
{
    int64_t rows;
    const laco_real *values = laco_labelled_values(digits, image, &rows);
    for (size_t y = 0; y < DIGIT_SIDE; y++)
        for (size_t x = 0; x < DIGIT_SIDE; x++)
            picture[y * MOST_DIGITS * DIGIT_SIDE + place * DIGIT_SIDE + x] = (unsigned char)values[y * DIGIT_SIDE + x];
}

static void draw_number(const laco_labelled *digits, const digit_images *images, int number, uint64_t *state,
                        unsigned char *picture)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%d", number);
    memset(picture, 0, (size_t)MOST_DIGITS * DIGIT_SIDE * DIGIT_SIDE);
    for (int i = 0; i < length; i++) {
        int digit = text[i] - '0';
        draw_digit(digits, images->of[digit][below(state, images->count[digit])], picture, (size_t)i);
    }
}

static void put_size(unsigned char *at, size_t size)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(size >> (24 - 8 * i));
}

static int write_pictures(const laco_labelled *digits, const digit_images *sorted, const drawing *d, FILE *images, FILE *captions)
{
    unsigned char header[16] = {0, 0, 0x08, 3}, picture[MOST_DIGITS * DIGIT_SIDE * DIGIT_SIDE];
    bool held_out[NUMBERS];
    char text[NUMBER_TEXT];
    uint64_t state = d->seed;
    hold_out_numbers(held_out);
    put_size(header + 4, d->count);
    put_size(header + 8, DIGIT_SIDE);
    put_size(header + 12, (size_t)MOST_DIGITS * DIGIT_SIDE);
    fwrite(header, 1, sizeof header, images);
    for (size_t i = 0; i < d->count; i++) {
        int number = pick_number(d, held_out, &state);
        draw_number(digits, sorted, number, &state, picture);
        number_in_words(number, text);
        fwrite(picture, 1, sizeof picture, images);
        fprintf(captions, "%s\n", text);
    }
    return ferror(images) || ferror(captions) ? trouble_text("%s: %s", d->images, strerror(errno)) : EXIT_DONE;
}

static bool are_digits(const laco_labelled *digits)
{
    int64_t rows = 0;
    int labels;
    laco_labelled_label_names(digits, &labels);
    bool fits = labels == 10 && laco_labelled_features(digits) == DIGIT_SIDE;
    for (size_t i = 0; fits && i < laco_labelled_count(digits); i++) {
        laco_labelled_values(digits, i, &rows);
        fits = rows == DIGIT_SIDE;
    }
    return fits;
}

int draw_numbers(const laco_labelled *digits, const drawing *d)
{
    digit_images sorted;
    if (!are_digits(digits))
        return trouble_text("these are not images of the ten digits, %d × %d pixels each", DIGIT_SIDE, DIGIT_SIDE);
    if (!sort_images(digits, &sorted))
        return trouble_text("out of memory");
    FILE *images = fopen(d->images, "wb"), *captions = images ? fopen(d->captions, "w") : NULL;
    int status = captions ? write_pictures(digits, &sorted, d, images, captions)
                          : trouble_text("%s: %s", images ? d->captions : d->images, strerror(errno));
    bool lost = images && fclose(images) != 0;
    lost = (captions && fclose(captions) != 0) || lost;
    if (lost && status == EXIT_DONE)
        status = trouble_text("%s: %s", d->images, strerror(errno));
    free(sorted.block);
    return status;
}
