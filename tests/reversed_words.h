/* A language that transducers learn within a second, and options to learn it with. */
#ifndef LACO_TESTS_REVERSED_WORDS_H
#define LACO_TESTS_REVERSED_WORDS_H

#include "laco/laco.h"

#include <stdio.h>
#include <string.h>

/* Words over abc of one to `longest` letters become their letters in reverse, "c" spelt with two tokens: lengths differ. */
static laco_pairs *reversed_words(laco_context *own, int longest)
{
    char text[16384] = "", word[8], target[64];
    laco_pairs *made = NULL;
    for (int length = 1, count = 3; length <= longest; length++, count *= 3)
        for (int n = 0; n < count; n++) {
            target[0] = '\0';
            for (int i = 0, rest = n; i < length; i++, rest /= 3)
                word[i] = (char)('a' + rest % 3);
            word[length] = '\0';
            for (int i = length; i-- > 0;)
                strcat(target, word[i] == 'a' ? "A " : word[i] == 'b' ? "B " : "k s ");
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s\t%s\n", word, target);
        }
    return laco_pairs_parse(own, "reversed", text, strlen(text), &made) == LACO_OK ? made : NULL;
}

static laco_transduce_options reversed_options(void)
{
    return (laco_transduce_options){.train = {.epochs = 60, .batch = 16, .optimiser = {.lr = 0.01}, .ema_decay = -1},
                                    .network = {.hidden = 24, .embed = 12, .dropout = -1},
                                    .ensemble = 1,
                                    .label_smoothing = -1,
                                    .valid.fraction = -1};
}

#endif
