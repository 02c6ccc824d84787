/* Numbers from 0 to 999 drawn with digits that people wrote, and their names in Portuguese: what laco demo caption learns from.
 */
#ifndef LACO_CLI_DRAW_NUMBERS_H
#define LACO_CLI_DRAW_NUMBERS_H

#include "cli.h"

#define NUMBERS 1000
#define NUMBER_TEXT 64 /* bytes of the longest name, and more */
#define DIGIT_SIDE 28  /* pixels of one digit, both ways */
#define MOST_DIGITS 3

/* "zero", "vinte e um", "cem", "cento e um", "duzentos e trinta e quatro" … */
void number_in_words(int number, char text[NUMBER_TEXT]);

/* Marks a tenth of the numbers from 10 on, the same ones every time: they are never drawn for training. Returns how many. */
int hold_out_numbers(bool held_out[NUMBERS]);

typedef struct drawing {
    const char *images, *captions; /* files to write: IDX, and a name on each line */
    size_t count;                  /* of pictures */
    bool held_out;                 /* draw the numbers that are held out, and only those; else all the others */
    uint64_t seed;
} drawing;

/* Draws numbers of one, two and three digits, each number of digits about as often (of held-out numbers, which have two or three,
 * each number), every digit an image of `digits` (MNIST) taken at random, side by side from the left, the rest black: 28 rows ×
 * 84 columns. No number begins with a zero but zero itself. Returns an exit status; the error was said. */
int draw_numbers(const laco_labelled *digits, const drawing *d);

#endif
