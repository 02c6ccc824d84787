#include "report/show.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

/* The environment and not the locale: a program need not have called setlocale. */
static bool says_utf8(void)
{
    const char *value = environment("LC_ALL");
    if (!*value)
        value = environment("LC_CTYPE");
    if (!*value)
        value = environment("LANG");
    for (; *value; value++)
        if (strncasecmp(value, "UTF-8", 5) == 0 || strncasecmp(value, "UTF8", 4) == 0)
            return true;
    return false;
}

static int find_width(FILE *file, bool terminal)
{
    struct winsize size;
    if (terminal && ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    long columns = strtol(environment("COLUMNS"), NULL, 10);
    return columns > 0 && columns < 10000 ? (int)columns : terminal ? 80 : 100;
}

screen screen_of(FILE *file, const show_config *config)
{
    show_config none = {0};
    if (!config)
        config = &none;
    int descriptor = fileno(file); /* -1 for a file in memory */
    screen show = {.terminal = descriptor >= 0 && isatty(descriptor) && strcmp(environment("TERM"), "dumb") != 0};
    show.colour = config->colour == SHOW_AUTO ? show.terminal && !*environment("NO_COLOR") : config->colour == SHOW_ALWAYS;
    show.unicode = config->unicode == SHOW_AUTO ? says_utf8() : config->unicode == SHOW_ALWAYS;
    show.width = config->width > 0 ? config->width : find_width(file, show.terminal);
    show.height = config->height > 0 ? config->height : 15;
    return show;
}

/* The next code point as it is to be shown, -1 where nothing is; *text moves on. Controls would act on the terminal, and
 * what turns the direction of writing would act on the rest of the line. */
static int next_shown(const char **text)
{
    utf8proc_int32_t point;
    utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)*text, -1, &point);
    if (length <= 0) {
        *text += 1;
        return 0xfffd;
    }
    *text += length;
    utf8proc_category_t category = utf8proc_category(point);
    if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP)
        return ' ';
    bool joiner = point == 0x200c || point == 0x200d;
    if (category == UTF8PROC_CATEGORY_CF && !joiner)
        return -1;
    return category == UTF8PROC_CATEGORY_CO || category == UTF8PROC_CATEGORY_CN ? 0xfffd : point;
}

int show_text(const char *text, int width, bool unicode, char *out, size_t size)
{
    const char *ellipsis = unicode ? "…" : "~";
    size_t used = 0, cut = 0, rest = strlen(ellipsis) + 1;
    int columns = 0, cut_columns = 0;
    while (*text) {
        int point = next_shown(&text);
        if (point < 0)
            continue;
        utf8proc_uint8_t bytes[4];
        size_t length = (size_t)utf8proc_encode_char(point, bytes);
        int wide = point == 0xfffd ? 1 : utf8proc_charwidth(point);
        if (columns + wide > width || used + length + rest > size) {
            memcpy(out + cut, ellipsis, rest);
            return cut_columns + 1;
        }
        memcpy(out + used, bytes, length);
        used += length;
        columns += wide;
        if (columns < width) {
            cut = used;
            cut_columns = columns;
        }
    }
    out[used] = '\0';
    return columns;
}

void line_start(show_line *line, const screen *show)
{
    line->text[0] = '\0';
    line->used = 0;
    line->columns = 0;
    line->colour = show->colour;
}

static void add_bytes(show_line *line, const char *bytes, size_t length)
{
    if (length >= sizeof line->text - line->used)
        return;
    memcpy(line->text + line->used, bytes, length);
    line->used += length;
    line->text[line->used] = '\0';
}

static int text_columns(const char *text)
{
    int columns = 0;
    utf8proc_int32_t point;
    for (utf8proc_ssize_t length; *text; text += length) {
        length = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &point);
        columns += length > 0 ? utf8proc_charwidth(point) : 1;
        length = LARGER(length, 1);
    }
    return columns;
}

void line_add(show_line *line, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    line->columns += text_columns(text);
    add_bytes(line, text, strlen(text));
}

void line_pad(show_line *line, int column)
{
    while (line->columns < column && line->used + 1 < sizeof line->text) {
        add_bytes(line, " ", 1);
        line->columns++;
    }
}

void line_style(show_line *line, const char *code)
{
    char text[40];
    if (!line->colour)
        return;
    snprintf(text, sizeof text, "\x1b[%sm", code);
    add_bytes(line, text, strlen(text));
}

void line_repeat(show_line *line, const char *piece, int times)
{
    for (int i = 0; i < times; i++)
        line_add(line, "%s", piece);
}

void line_end(show_line *line, FILE *file)
{
    while (line->used > 0 && line->text[line->used - 1] == ' ')
        line->used--;
    fwrite(line->text, 1, line->used, file);
    fputc('\n', file);
}

laco_status show_check(FILE *file)
{
    if (fflush(file) == 0 && !ferror(file))
        return LACO_OK;
    return failed(LACO_IO, "the report could not be written: %s", strerror(errno));
}

const char *show_number(double value, char *out)
{
    double size = fabs(value);
    int decimals = size < 9.99995 ? 4 : size < 99.9995 ? 3 : size < 999.995 ? 2 : size < 9999.95 ? 1 : 0;
    if (size >= 999999.5)
        snprintf(out, 24, "%.3g", value);
    else
        snprintf(out, 24, "%.*f", decimals, value);
    return out;
}

const char *show_rate(double value, char *out)
{
    static const char *const units[] = {"", "k", "M", "G"};
    int unit = 0;
    for (; unit < 3 && value >= 999.5; unit++)
        value /= 1000;
    snprintf(out, 24, "%.*f%s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, units[unit]);
    return out;
}

const char *show_time(double seconds, char *out)
{
    long long all = isfinite(seconds) ? (long long)fmin(1e12, fmax(0, seconds + 0.5)) : 0;
    if (all >= 3600)
        snprintf(out, 24, "%lld:%02lld:%02lld", all / 3600, all / 60 % 60, all % 60);
    else
        snprintf(out, 24, "%lld:%02lld", all / 60, all % 60);
    return out;
}

int show_digits(size_t value)
{
    int digits = 1;
    for (; value >= 10; value /= 10)
        digits++;
    return digits;
}
