/* What hidden units of a reader of text may go with. */
#include "export/inspect/scene.h"

#include "base/utf8.h"
#include "text/text.h"

#include <string.h>

/* Where a reader is in a text. */
typedef struct cursor {
    int32_t last; /* the code point before */
    bool quoted, bracketed;
    double in_line, in_word;
} cursor;

enum { POSITION, QUOTES, BRACKETS, LINE, WORD, CAPITAL, DIGIT, SPACE, MARK, VOWEL, LENGTH, UNKNOWN, KINDS };
static const char *const names[KINDS] = {"position in the input",
                                         "inside quotes",
                                         "inside brackets",
                                         "place in its line",
                                         "place in its word",
                                         "capital letter",
                                         "digit",
                                         "space or line end",
                                         "punctuation",
                                         "vowel",
                                         "length of the word",
                                         "unknown to the model"};

static bool is_vowel(int32_t point)
{
    int32_t parts[8];
    laco_text_decompose(point, parts);
    return parts[0] > 0 && parts[0] < 128 && strchr("aeiouyAEIOUY", parts[0]);
}

/* Moves the cursor over a token that begins with `point`; value[KINDS] is what holds at it. */
static void look(cursor *c, int32_t point, const char *token, size_t length, double *value)
{
    bool quote = point == '"' || point == 0x201c || point == 0x201d || point == 0xab || point == 0xbb, open = false;
    if (quote)
        c->quoted = point == '"' ? !c->quoted : point == 0x201c || point == 0xab;
    if (point == '(' || point == '[' || point == '{')
        c->bracketed = open = true;
    value[QUOTES] = c->quoted || quote;
    value[BRACKETS] = c->bracketed;
    if (point == ')' || point == ']' || point == '}')
        c->bracketed = open;
    int kind = laco_text_kind(point);
    c->in_word = kind == 1 || kind == 2 ? c->in_word + 1 : 0;
    value[LINE] = c->in_line;
    value[WORD] = c->in_word;
    c->in_line = point == '\n' ? 0 : c->in_line + 1;
    value[CAPITAL] = point >= 'A' && point <= 'Z';
    value[DIGIT] = point >= '0' && point <= '9';
    value[SPACE] = kind == 0;
    value[MARK] = kind >= 3;
    value[VOWEL] = is_vowel(point);
    value[LENGTH] = (double)length;
    value[UNKNOWN] = strcmp(token, "<unk>") == 0;
}

laco_status laco_scene_text_features(laco_scene *scene, laco_view *view, bool words)
{
    laco_feature *feature[KINDS];
    cursor c = {0};
    for (int k = 0; k < KINDS; k++)
        if (!(feature[k] = laco_scene_feature(scene, view, "%s", names[k])))
            return LACO_NO_MEMORY;
    for (int64_t t = 0; t < view->steps; t++) {
        double value[KINDS] = {0};
        const json_t *text = json_array_get(view->tokens, (size_t)t);
        const char *token = json_string_value(text);
        size_t length = json_string_length(text);
        int32_t point = 0;
        laco_utf8_point(token, length, &point);
        look(&c, point, token, length, value);
        value[POSITION] = (double)t;
        for (int k = 0; k < KINDS; k++)
            feature[k]->value[t] = value[k];
    }
    if (words) /* a word is a step: what is of letters within one says nothing */
        for (int64_t t = 0; t < view->steps; t++)
            feature[WORD]->value[t] = feature[SPACE]->value[t] = feature[VOWEL]->value[t] = 0;
    return LACO_OK;
}
