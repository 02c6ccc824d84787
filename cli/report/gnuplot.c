#include "report/gnuplot.h"

#include "report/picture_file.h"
#include "report/show.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    return length > tail && strcasecmp(path + length - tail, ending) == 0;
}

laco_status gnuplot_start(const char *path, int width, int height, gnuplot *plot)
{
    *plot = (gnuplot){.path = path, .svg = ends_in(path, ".svg")};
    if (!plot->svg && !ends_in(path, ".png"))
        return failed(LACO_INVALID, "%s: a picture's name must end in .png or .svg", path);
    plot->script = tmpfile();
    plot->plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plot->script || !plot->plain) {
        int error = errno;
        gnuplot_drop(plot);
        return failed(LACO_IO, "%s: no temporary file for the drawing: %s", path, strerror(error));
    }
    gnuplot_put(plot, "set encoding utf8\n");
    if (plot->svg)
        gnuplot_put(plot, "set terminal svg noenhanced size %d,%d dynamic font 'Arial,15' background '#ffffff'\n", width, height);
    else
        gnuplot_put(plot, "set terminal pngcairo noenhanced size %d,%d font 'Arial,12' background '#ffffff'\n", width, height);
    return LACO_OK;
}

void gnuplot_put(gnuplot *plot, const char *format, ...)
{
    va_list arguments;
    locale_t before = uselocale(plot->plain);
    va_start(arguments, format);
    vfprintf(plot->script, format, arguments);
    va_end(arguments);
    uselocale(before);
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x80 || byte == ' ' || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

/* Whatever is not a letter, a digit or beyond ASCII goes by its octal number, so that gnuplot sees no quote, backquote, macro or
 * backslash: its single quotes are no shelter, as a doubled quote is misread at the start of a text. Of an octal number it reads
 * as many digits as there are, so that a digit behind one goes by its number too. */
void gnuplot_text(gnuplot *plot, const char *text, int width, bool percent)
{
    char shown[1024];
    show_text(text, width, true, shown, sizeof shown);
    bool number = false; /* what stands before is one */
    fputc('"', plot->script);
    for (const char *c = shown; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        number = !is_plain(byte) || (number && byte >= '0' && byte <= '9');
        if (!number)
            fputc(byte, plot->script);
        else
            fprintf(plot->script, percent && byte == '%' ? "\\%03o\\045" : "\\%03o", (unsigned)byte);
    }
    fputc('"', plot->script);
}

double gnuplot_size(const gnuplot *plot, double pixels) { return plot->svg ? pixels : 0.75 * pixels; }
const char *gnuplot_bold(const gnuplot *plot) { return plot->svg ? "Arial" : "Arial:Bold"; }

void gnuplot_drop(gnuplot *plot)
{
    if (plot->script)
        fclose(plot->script);
    if (plot->plain)
        freelocale(plot->plain);
    *plot = (gnuplot){0};
}

/* Copies of the files' descriptors above the standard ones, so that putting one in place overwrites no other: a program may have
 * closed its own standard input. */
static bool lift(FILE *const files[3], int lifted[3])
{
    for (int i = 0; i < 3; i++)
        lifted[i] = -1;
    for (int i = 0; i < 3; i++) {
        lifted[i] = fcntl(fileno(files[i]), F_DUPFD_CLOEXEC, 3);
        if (lifted[i] < 0)
            return false;
    }
    return true;
}

/* Runs gnuplot with files[0 … 2] as its standard streams; errno, or 0. Files and not pipes: no end waits for the other. */
static int run(FILE *const files[3], int *result)
{
    int lifted[3], error = 0;
    pid_t child = -1;
    posix_spawn_file_actions_t actions;
    char *arguments[] = {(char[]){"gnuplot"}, (char[]){"-d"}, NULL}; /* -d: nobody's own settings */
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    if (!lift(files, lifted))
        error = errno;
    for (int i = 0; i < 3 && !error; i++)
        error = posix_spawn_file_actions_adddup2(&actions, lifted[i], i);
    if (!error)
        error = posix_spawnp(&child, "gnuplot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < 3; i++)
        if (lifted[i] >= 0)
            close(lifted[i]);
    *result = 0; /* where the caller ignores its children's ends, the picture itself must tell */
    if (!error)
        while (waitpid(child, result, 0) < 0 && errno == EINTR)
            ;
    return error;
}

/* Says why gnuplot failed: the line of its complaint that holds words. */
static laco_status explain(gnuplot *plot, FILE *complaint, int result)
{
    char line[256], why[256] = "", shown[512];
    rewind(complaint);
    while (fgets(line, sizeof line, complaint))
        if (line[strspn(line, " \t\r\n^")] && !strstr(line, "arning"))
            snprintf(why, sizeof why, "%s", line + strspn(line, " \t"));
    why[strcspn(why, "\r\n")] = '\0';
    show_text(why, 160, true, shown, sizeof shown);
    if (WIFSIGNALED(result))
        return failed(LACO_IO, "%s: gnuplot was ended by signal %d", plot->path, WTERMSIG(result));
    return failed(LACO_IO, "%s: gnuplot failed: %s", plot->path, *shown ? shown : "it wrote no whole picture");
}

/* Whether the picture is there to its end: a full disk goes unnoticed by gnuplot. */
static bool is_whole(FILE *picture, bool svg)
{
    char tail[13] = "";
    if (fseek(picture, -12, SEEK_END) != 0 || fread(tail, 1, 12, picture) != 12)
        return false;
    return svg ? strstr(tail, "</svg>") != NULL : memcmp(tail + 4, "IEND", 4) == 0;
}

static laco_status draw(gnuplot *plot, FILE *picture, FILE *complaint)
{
    int result = 0;
    if (!picture || !complaint || fflush(plot->script) != 0 || ferror(plot->script))
        return failed(LACO_IO, "%s: no temporary file for the drawing: %s", plot->path, strerror(errno));
    rewind(plot->script);
    int error = run((FILE *const[]){plot->script, picture, complaint}, &result);
    if (error == ENOENT || (!error && WIFEXITED(result) && WEXITSTATUS(result) == 127))
        return failed(LACO_IO, "gnuplot was not found: install it (apt-get install gnuplot-nox) to draw %s", plot->path);
    if (error)
        return failed(LACO_IO, "%s: gnuplot could not be started: %s", plot->path, strerror(error));
    if (result != 0 || !is_whole(picture, plot->svg))
        return explain(plot, complaint, result);
    return picture_file_put(picture, plot->path);
}

laco_status gnuplot_draw(gnuplot *plot)
{
    FILE *picture = tmpfile(), *complaint = tmpfile();
    laco_status status = draw(plot, picture, complaint);
    if (picture)
        fclose(picture);
    if (complaint)
        fclose(complaint);
    gnuplot_drop(plot);
    return status;
}
