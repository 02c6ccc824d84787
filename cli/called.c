#include "called.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#define NAME "laco"

static char name[SHELL_WORD] = NAME;

/* Bytes that mean nothing to a shell. */
static bool is_plain(const char *text)
{
    static const char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-:,@%=";
    const char *at = text;
    while (*at && ((unsigned char)*at >= 0x80 || strchr(signs, *at)))
        at++;
    return *text && !*at && *text != '-' && *text != '=';
}

const char *shell_word(const char *text, char *word, size_t size)
{
    size_t used = 0;
    if (is_plain(text)) {
        snprintf(word, size, "%s", text);
        return word;
    }
    word[used++] = '\'';
    for (; *text && used + 6 < size; text++) {
        const char piece[] = {*text, '\0'}, *shown = *text == '\'' ? "'\\''" : piece;
        memcpy(word + used, shown, strlen(shown));
        used += strlen(shown);
    }
    word[used++] = '\'';
    word[used] = '\0';
    return word;
}

void called_as(const char *argv0)
{
    if (argv0 && *argv0)
        shell_word(argv0, name, sizeof name);
}

const char *called(void) { return name; }

/* A format in which the program stands as it was called. */
static void call_in(const char *format, char *out, size_t size)
{
    size_t used = 0;
    for (const char *at = format; *at && used + 3 < size;) {
        bool begins = at == format || strchr(" '\n|", at[-1]), here = begins && strncmp(at, NAME " ", strlen(NAME) + 1) == 0;
        if (!here) {
            out[used++] = *at++;
            continue;
        }
        for (const char *c = name; *c && used + 3 < size; c++) {
            out[used++] = *c;
            if (*c == '%')
                out[used++] = '%';
        }
        at += strlen(NAME);
    }
    out[used] = '\0';
}

#define FORMAT_ROOM (SHELL_WORD + 2048)

void say_command(FILE *stream, const char *format, ...)
{
    char whole[FORMAT_ROOM];
    va_list arguments;
    call_in(format, whole, sizeof whole);
    va_start(arguments, format);
    vfprintf(stream, whole, arguments);
    va_end(arguments);
}

void show_command(char *text, size_t size, const char *format, ...)
{
    char whole[FORMAT_ROOM];
    va_list arguments;
    call_in(format, whole, sizeof whole);
    va_start(arguments, format);
    vsnprintf(text, size, whole, arguments);
    va_end(arguments);
}
