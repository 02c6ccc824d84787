/* Progress, tables, plots and pictures: what they say, that they fit, and that nothing hostile passes through them. */
#define _XOPEN_SOURCE 700 /* pseudo-terminals */

#include "basics.h"
#include "report/picture_file.h"
#include "report/report.h"
#include "temporary_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <sys/ioctl.h>
#include <utf8proc.h>

static int set_up(void **state)
{
    (void)state;
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("COLUMNS");
    unsetenv("NO_COLOR");
    return 0;
}

/* ---- A file in memory --------------------------------------------------------------------------------------------------- */

static char *written;
static size_t written_size;

static FILE *memory(void)
{
    FILE *file = open_memstream(&written, &written_size);
    assert_non_null(file);
    return file;
}

/* Closes the file and compares what was written to it. */
static void assert_written(FILE *file, const char *expected)
{
    fclose(file);
    assert_string_equal(written, expected);
    free(written);
}

/* Columns of a line as a terminal shows them: escape codes take none. */
static int columns_of(const char *line, size_t length)
{
    int columns = 0;
    for (const char *end = line + length; line < end;) {
        utf8proc_int32_t point;
        if (*line == '\x1b') {
            line += strcspn(line, "mK") + 1;
            continue;
        }
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)line, end - line, &point);
        assert_true(bytes > 0);
        columns += utf8proc_charwidth(point);
        line += bytes;
    }
    return columns;
}

/* Every line (ended by \n or \r) is at most `width` columns; returns how many lines. */
static int assert_narrow(const char *text, int width)
{
    int lines = 0;
    for (; *text; lines++) {
        size_t length = strcspn(text, "\r\n");
        assert_true(columns_of(text, length) <= width);
        text += length + (text[length] != '\0');
    }
    return lines;
}

/* ---- Progress ----------------------------------------------------------------------------------------------------------- */

static laco_progress batch_of(int64_t epoch, int64_t batch, double seconds)
{
    return (laco_progress){.epoch = epoch,
                           .epochs = 15,
                           .batch = batch,
                           .batches = 200,
                           .examples = 64 * batch,
                           .example = "names",
                           .loss = 1.25,
                           .lr = 0.001,
                           .seconds = seconds,
                           .seconds_left = 75};
}

static laco_progress epoch_of(int64_t epoch, double seconds, bool best)
{
    laco_progress p = batch_of(epoch, 200, seconds);
    p.epoch_done = true;
    p.best = best;
    p.metric_count = 3;
    p.metric[0] = (laco_metric){.name = "accuracy", .value = 0.8012};
    p.metric[1] = (laco_metric){.name = "macro-F1", .value = 0.5};
    p.metric[2] = (laco_metric){.name = "loss", .value = 12.34567, .falls = true};
    return p;
}

static void tell(progress_printer *printer, laco_progress p) { assert_true(progress_printer_tell(printer, &p)); }

static void test_plain_progress(void **state)
{
    (void)state;
    FILE *file = memory();
    progress_printer printer = progress_printer_on(file, NULL);
    for (int batch = 1; batch <= 200; batch++) /* 34 s: one line within the epoch, 30 s after the first call */
        tell(&printer, batch_of(1, batch, 0.17 * batch));
    tell(&printer, epoch_of(1, 35, true));
    tell(&printer, epoch_of(12, 3725.6, false));
    progress_printer_clear(&printer);
    assert_written(file, "epoch  1/15   89 %  loss 1.2500    376 names/s  1:15 left\n"
                         "epoch  1/15  loss 1.2500  accuracy 0.8012  macro-F1 0.5000  valid loss 12.346  ★ best    0:35\n"
                         "epoch 12/15  loss 1.2500  accuracy 0.8012  macro-F1 0.5000  valid loss 12.346          1:02:06\n");
}

static void test_ascii_progress(void **state)
{
    (void)state;
    setenv("LC_ALL", "C", 1);
    FILE *file = memory();
    progress_printer printer = progress_printer_on(file, NULL);
    laco_progress p = epoch_of(3, 9, true);
    p.epochs = INT64_MAX; /* training ends by time: how many epochs there will be is not known */
    p.metric_count = 1;
    tell(&printer, p);
    p.metric_count = 0;
    p.loss = NAN;
    tell(&printer, p);
    progress_printer_clear(&printer);
    assert_written(file, "epoch   3  loss 1.2500  accuracy 0.8012  * best    0:09\n"
                         "epoch   3  loss    nan    0:09\n");
    setenv("LC_ALL", "C.UTF-8", 1);
}

static void test_stop_and_quiet(void **state)
{
    (void)state;
    volatile sig_atomic_t stop = 0;
    FILE *file = memory();
    progress_printer printer = progress_printer_on(file, &(progress_config){.quiet = true, .live = SHOW_ALWAYS, .stop = &stop});
    tell(&printer, batch_of(1, 1, 1));
    tell(&printer, epoch_of(1, 2, true));
    stop = 1;
    laco_progress p = batch_of(2, 1, 100);
    assert_false(progress_printer_tell(&printer, &p));
    progress_printer_clear(&printer);
    assert_written(file, "");
}

static void test_json_progress(void **state)
{
    (void)state;
    FILE *file = memory();
    progress_printer printer = progress_printer_on(file, &(progress_config){.json = true, .interval = 5, .live = SHOW_ALWAYS});
    for (int second = 0; second <= 6; second++)
        tell(&printer, batch_of(1, second, second));
    laco_progress p = epoch_of(1, 9, true);
    p.loss = INFINITY;
    p.metric[0].name = "quote\"d";
    tell(&printer, p);
    progress_printer_clear(&printer);
    fclose(file);
    json_t *lines[3];
    size_t used = 0;
    for (int i = 0; i < 2; i++) {
        char *end = strchr(written + used, '\n');
        assert_non_null(end);
        lines[i] = json_loadb(written + used, (size_t)(end - written) - used, 0, NULL);
        assert_non_null(lines[i]);
        used = (size_t)(end - written) + 1;
    }
    assert_int_equal(used, written_size);
    assert_string_equal(json_string_value(json_object_get(lines[0], "event")), "batch");
    assert_int_equal(json_integer_value(json_object_get(lines[0], "batch")), 5);
    assert_true(json_real_value(json_object_get(lines[0], "loss")) == 1.25);
    assert_string_equal(json_string_value(json_object_get(lines[1], "event")), "epoch");
    assert_true(json_is_null(json_object_get(lines[1], "loss")));
    assert_true(json_is_true(json_object_get(lines[1], "best")));
    assert_true(json_real_value(json_object_get(json_object_get(lines[1], "metrics"), "quote\"d")) == 0.8012);
    json_decref(lines[0]);
    json_decref(lines[1]);
    free(written);
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

/* A second of batches, 1 ms each, at a width. */
static void live_second(int width, show_choice colour)
{
    FILE *file = memory();
    progress_config config = {.live = SHOW_ALWAYS, .show = {.width = width, .colour = colour}};
    progress_printer printer = progress_printer_on(file, &config);
    for (int batch = 1; batch <= 1000; batch++) {
        laco_progress p = batch_of(1, batch, 0.001 * batch);
        p.batches = 1000;
        tell(&printer, p);
    }
    fflush(file);
    assert_in_range(count_of(written, "\r"), 9, 11);
    assert_narrow(written, width - 1);
    progress_printer_clear(&printer);
    progress_printer_clear(&printer);
    fflush(file);
    assert_string_equal(written + written_size - 4, "\r\x1b[K");
    tell(&printer, batch_of(1, 1000, 1.02)); /* drawn anew at once */
    tell(&printer, epoch_of(1, 1.05, true));
    progress_printer_clear(&printer);
    fclose(file);
    assert_in_range(count_of(written, "\r"), 12, 14);
    assert_int_equal(count_of(written, "\n"), 1);
    assert_int_equal(written[written_size - 1], '\n');
    assert_int_equal(count_of(written, "\x1b[36m") > 0, colour == SHOW_ALWAYS && width > 40);
    free(written);
}

static void test_live_progress(void **state)
{
    (void)state;
    for (int width = 30; width <= 140; width += 5) {
        live_second(width, SHOW_NEVER);
        live_second(width, SHOW_ALWAYS);
    }
    FILE *file = memory();
    progress_printer printer = progress_printer_on(file, &(progress_config){.live = SHOW_ALWAYS, .show = {.width = 84}});
    tell(&printer, batch_of(1, 1, 0.1));
    tell(&printer, batch_of(1, 100, 1.1));
    progress_printer_clear(&printer);
    assert_written(file, "\repoch  1/15  ──────────────────────────────   0 %  loss 1.2500  1:15 left\x1b[K"
                         "\repoch  1/15  ━━━━━━━━━━━━╸────────────  50 %  loss 1.2500  6.34k names/s  1:15 left\x1b[K"
                         "\r\x1b[K");
}

/* What a batch and an epoch look like on a terminal of 62 columns, into text[4096]. */
static void on_terminal(char *text)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    FILE *file = fdopen(open(ptsname(master), O_RDWR | O_NOCTTY), "r+"); /* not ours: closing it would hang us up */
    assert_non_null(file);
    assert_int_equal(ioctl(master, TIOCSWINSZ, &(struct winsize){.ws_row = 24, .ws_col = 62}), 0);
    progress_printer printer = progress_printer_on(file, NULL);
    tell(&printer, batch_of(1, 100, 1));
    tell(&printer, epoch_of(1, 2, true));
    progress_printer_clear(&printer);
    assert_int_equal(fcntl(master, F_SETFL, O_NONBLOCK), 0);
    size_t size = 0;
    for (ssize_t got; (got = read(master, text + size, 4095 - size)) > 0;)
        size += (size_t)got;
    text[size] = '\0';
    fclose(file);
    close(master);
}

static void test_terminal(void **state)
{
    (void)state;
    char text[4096];
    setenv("TERM", "xterm", 1);
    on_terminal(text);
    assert_non_null(strstr(text, "\x1b[36m━"));
    assert_narrow(text, 61);
    assert_null(strstr(text, "valid")); /* does not fit */
    setenv("NO_COLOR", "1", 1);
    on_terminal(text);
    assert_string_equal(text, "\repoch  1/15  ━━━━━━━━━─────────  50 %  loss 1.2500  1:15 left\x1b[K"
                              "\r\x1b[Kepoch  1/15  loss 1.2500  accuracy 0.8012  ★ best    0:02\r\n");
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    on_terminal(text);
    assert_string_equal(text,
                        "epoch  1/15  loss 1.2500  accuracy 0.8012  macro-F1 0.5000  valid loss 12.346  ★ best    0:02\r\n");
    setenv("TERM", "xterm", 1);
}

/* ---- Tables ------------------------------------------------------------------------------------------------------------- */

#define MOST 50

static char names[MOST][64];
static laco_class_score classes[MOST];
static size_t confusion[MOST * MOST];

/* A score of k classes: the diagonal holds `right`, and each label is taken for the next one `wrong` times. */
static laco_classify_score score_of(int k, size_t right, size_t wrong)
{
    memset(confusion, 0, sizeof confusion);
    for (int i = 0; i < k; i++) {
        snprintf(names[i], sizeof names[i], "Label %d", i);
        classes[i] = (laco_class_score){names[i], right + wrong, 0.75, 0.5, 0.6};
        confusion[i * k + i] = right;
        confusion[i * k + (i + 1) % k] += wrong;
    }
    return (laco_classify_score){.count = (size_t)k * (right + wrong),
                                 .accuracy = 0.8,
                                 .macro_f1 = 0.6,
                                 .loss = 1.5,
                                 .class_count = k,
                                 .classes = classes,
                                 .confusion = confusion};
}

static void test_class_table(void **state)
{
    (void)state;
    laco_classify_score score = score_of(4, 3, 1);
    strcpy(names[0], "Português");
    strcpy(names[1], "中文");
    strcpy(names[2], "a\x1b[31m\tb\nc");
    strcpy(names[3], "e\xcc\x81t\xff"); /* é of two code points, and a byte that is not UTF-8 */
    classes[3].count = 0;
    FILE *file = memory();
    assert_int_equal(table_classes(file, &score, NULL), LACO_OK);
    assert_written(file, "label       count  precision  recall      F1\n"
                         "Português       4     0.7500  0.5000  0.6000  ██████\n"
                         "中文            4     0.7500  0.5000  0.6000  ██████\n"
                         "a [31m b c      4     0.7500  0.5000  0.6000  ██████\n"
                         "e\xcc\x81t�             0     0.7500       –       –\n"
                         "all            16  accuracy 0.8000  macro-F1 0.6000  loss 1.5000\n");
    show_config ascii = {.unicode = SHOW_NEVER, .colour = SHOW_AUTO};
    score.class_count = 1;
    memset(names[0], 'x', 40);
    file = memory();
    assert_int_equal(table_classes(file, &score, &ascii), LACO_OK);
    assert_written(file, "label                             count  precision  recall      F1\n"
                         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx~      4     0.7500  0.5000  0.6000\n"
                         "all                                  16  accuracy 0.8000  macro-F1 0.6000  loss 1.5000\n");
}

static void test_confusion_matrix(void **state)
{
    (void)state;
    laco_classify_score score = score_of(4, 12, 1);
    strcpy(names[0], "Polish");
    strcpy(names[1], "Portuguese");
    strcpy(names[2], "中文");
    strcpy(names[3], "?");
    FILE *file = memory();
    assert_int_equal(table_confusion(file, &score, NULL), LACO_OK);
    assert_written(file, "label         count  Po Pr 中  4\n"
                         "Polish     Po    13  12  1  ·  ·\n"
                         "Portuguese Pr    13   · 12  1  ·\n"
                         "中文       中    13   ·  · 12  1\n"
                         "?          4     13   1  ·  · 12\n"
                         "rows: right labels, columns: answers; numbers of examples\n");
    score = score_of(4, 999, 3); /* counts would need 33 columns */
    classes[0].count = 1000;
    confusion[1] = 0;
    confusion[2] = 1;
    file = memory();
    assert_int_equal(table_confusion(file, &score, &(show_config){.width = 31, .unicode = SHOW_NEVER}), LACO_OK);
    assert_written(file, "label      count  La Lb Le Ll\n"
                         "Label 0 La  1000  99  .  0  .\n"
                         "Label 1 Lb  1002   . 99  0  .\n"
                         "Label 2 Le  1002   .  . 99  0\n"
                         "Label 3 Ll  1002   0  .  . 99\n"
                         "rows: right labels, columns: answers; per cent of the row\n");
}

static void test_confusion_width(void **state)
{
    (void)state;
    show_config show = {.width = 100};
    for (int k = 1; k <= 26; k++) {
        laco_classify_score score = score_of(k, 800, 20);
        for (int i = 0; i < k; i++)
            snprintf(names[i], sizeof names[i], "%.*s%c", i % 24, "Same beginning for all of them", 'a' + i);
        for (int colour = SHOW_ALWAYS; colour <= SHOW_NEVER; colour++) {
            show.colour = (show_choice)colour;
            FILE *file = memory();
            assert_int_equal(table_confusion(file, &score, &show), LACO_OK);
            fclose(file);
            assert_int_equal(count_of(written, "\x1b") > 0, colour == SHOW_ALWAYS);
            if (k <= 24) {
                assert_int_equal(assert_narrow(written, 100), k + 2);
                assert_int_equal(strncmp(written + (colour == SHOW_ALWAYS ? 4 : 0), "label", 5), 0);
            }
            free(written);
        }
    }
}

static void test_codes_differ(void **state)
{
    (void)state;
    char *codes[40];
    laco_classify_score score = score_of(40, 5, 1);
    for (int i = 0; i < 40; i++)
        strcpy(names[i], i % 2 ? "aab" : "\"!\"");
    FILE *file = memory();
    assert_int_equal(table_confusion(file, &score, &(show_config){.width = 200}), LACO_OK);
    fclose(file);
    strtok(written, " \n");
    strtok(NULL, " \n"); /* label, count */
    for (int i = 0; i < 40; i++) {
        codes[i] = strtok(NULL, " \n");
        assert_non_null(codes[i]);
        assert_in_range(strlen(codes[i]), 1, 2);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(codes[i], codes[j]);
    }
    free(written);
}

static void test_confusion_list(void **state)
{
    (void)state;
    laco_classify_score score = score_of(45, 6, 0);
    strcpy(names[3], "中文");
    for (int i = 0; i < 44; i++)
        confusion[i * 45 + 44] = i == 3 ? 4 : i < 24 ? 1 : 0;
    confusion[7 * 45 + 8] = 2;
    FILE *file = memory();
    assert_int_equal(table_confusion(file, &score, &(show_config){.width = 300}), LACO_OK);
    fclose(file);
    static const char start[] = "count  of the label  right label    answer\n"
                                "    4        66.7 %  中文        →  Label 44\n"
                                "    2        33.3 %  Label 7     →  Label 8\n"
                                "    1        16.7 %  Label 0     →  Label 44\n";
    assert_int_equal(strncmp(written, start, strlen(start)), 0);
    assert_int_equal(count_of(written, "\n"), 21);
    free(written);
    score = score_of(45, 6, 0);
    file = memory();
    assert_int_equal(table_confusion(file, &score, NULL), LACO_OK);
    assert_written(file, "no confusions\n");
}

static void test_table_errors(void **state)
{
    (void)state;
    laco_classify_score score = score_of(3, 5, 1), none = {0};
    FILE *file = memory();
    assert_int_equal(table_classes(file, &none, NULL), LACO_INVALID);
    assert_int_equal(table_confusion(file, &none, NULL), LACO_INVALID);
    assert_written(file, "");
    file = fopen("/dev/full", "w");
    assert_non_null(file);
    assert_int_equal(table_classes(file, &score, NULL), LACO_IO);
    assert_non_null(strstr(failure(), "No space left"));
    assert_int_equal(table_confusion(file, &score, NULL), LACO_IO);
    fclose(file);
}

/* ---- Plots in the terminal ---------------------------------------------------------------------------------------------- */

static void test_plot_text(void **state)
{
    (void)state;
    static const double y[] = {0, 1, 2, 3, 4, 5, NAN, 5, 4}, x[] = {10, 100, 1000}, decades[] = {1, 0.1, 0.01};
    plot_line line = {.name = "up\x1b[31m", .y = y, .count = 9};
    plot_config config = {.title = "Title", .x_label = "x", .y_label = "y"};
    show_config show = {.width = 36, .height = 6, .unicode = SHOW_NEVER};
    FILE *file = memory();
    assert_int_equal(plot_text(file, &line, 1, &config, &show), LACO_OK);
    assert_written(file, "   Title\n"
                         "   * up [31m\n"
                         "   y\n"
                         "5 +                 ***       ***\n"
                         "  |              ***             **\n"
                         "  |          ****\n"
                         "  |      ****\n"
                         "  |  ****\n"
                         "0 +**\n"
                         "  +----+-------+------+-------+----\n"
                         "       2       4      6       8\n"
                         "                   x\n");
    show.unicode = SHOW_ALWAYS;
    file = memory();
    assert_int_equal(
        plot_text(file, &(plot_line){.x = x, .y = decades, .count = 3}, 1, &(plot_config){.log_x = true, .log_y = true}, &show),
        LACO_OK);
    assert_written(file, "   1 ┤⠉⠒⠤⢄⡀\n"
                         "     │    ⠈⠉⠒⠤⢄⡀\n"
                         " 0.1 ┤         ⠈⠉⠒⠤⢄⣀\n"
                         "     │              ⠈⠑⠒⠤⣀⡀\n"
                         "     │                   ⠈⠑⠒⠤⣀⡀\n"
                         "0.01 ┤                        ⠈⠑⠒⠤⣀\n"
                         "     └┴─────────────┴─────────────┴\n"
                         "     10            100         1000\n");
}

static void test_plot_text_bounds(void **state)
{
    (void)state;
    double x[300], y[300];
    for (int i = 0; i < 300; i++) {
        x[i] = 1e8 + 86400.0 * i;
        y[i] = i == 77 ? 1e300 : i % 50 == 0 ? -INFINITY : sin(i) * 1e-7;
    }
    plot_line lines[] = {{.name = "a", .x = x, .y = y, .count = 300},
                         {.name = "b", .x = x, .y = y, .low = x, .high = x, .count = 300},
                         {.x = x, .y = y, .count = 300, .style = PLOT_POINTS, .colour = 9},
                         {.low = x, .high = y, .count = 300, .style = PLOT_BAND}};
    for (int width = 20; width < 200; width += 13)
        for (int kind = 0; kind < 16; kind++) {
            plot_config config = {.log_x = kind & 1,
                                  .log_y = kind & 2,
                                  .x_time = kind & 4 ? "%Y-%m-%d %H:%M:%S and more" : NULL,
                                  .title = "A title that is longer than some of the plots that it stands over",
                                  .y_from = 1e-9,
                                  .y_to = kind & 8 ? 1 : 0,
                                  .x_label = "x"};
            show_config show = {.width = width, .height = width / 4, .colour = kind % 3 ? SHOW_NEVER : SHOW_ALWAYS};
            FILE *file = memory();
            assert_int_equal(plot_text(file, lines, 4, &config, &show), LACO_OK);
            fclose(file);
            assert_narrow(written, LARGER(width, 30));
            free(written);
        }
}

static void test_plot_text_errors(void **state)
{
    (void)state;
    static const double nothing[] = {NAN, INFINITY}, negative[] = {-1, 0};
    FILE *file = memory();
    plot_line line = {.y = nothing, .count = 2};
    assert_int_equal(plot_text(file, &line, 1, NULL, NULL), LACO_INVALID);
    assert_int_equal(plot_text(file, NULL, 0, NULL, NULL), LACO_INVALID);
    line.y = negative;
    assert_int_equal(plot_text(file, &line, 1, &(plot_config){.log_y = true}, NULL), LACO_INVALID);
    assert_non_null(strstr(failure(), "logarithmic"));
    line.low = negative;
    assert_int_equal(plot_text(file, &line, 1, NULL, NULL), LACO_INVALID);
    line = (plot_line){.count = 2};
    assert_int_equal(plot_text(file, &line, 1, NULL, NULL), LACO_INVALID);
    line = (plot_line){.y = negative, .count = 2, .style = (plot_style)9};
    assert_int_equal(plot_text(file, &line, 1, NULL, NULL), LACO_INVALID);
    assert_written(file, "");
}

/* ---- Pictures ------------------------------------------------------------------------------------------------------------- */

static bool has_gnuplot(void) { return system("gnuplot --version > /dev/null 2>&1") == 0; }

static char *contents_of(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = calloc(1, 4 << 20);
    *size = fread(bytes, 1, (4 << 20) - 1, file);
    fclose(file);
    return bytes;
}

static uint32_t big_endian(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void assert_png(const char *path, uint32_t width, uint32_t height)
{
    size_t size;
    char *bytes = contents_of(path, &size);
    assert_true(size > 1000);
    assert_memory_equal(bytes, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(big_endian(bytes + 16), width);
    assert_int_equal(big_endian(bytes + 20), height);
    free(bytes);
}

/* Well-formed as far as tags go: each that is opened is closed in turn; the text is returned for a closer look. */
static char *assert_svg(const char *path)
{
    size_t size;
    char *text = contents_of(path, &size), *open[64];
    int depth = 0;
    assert_int_equal(strlen(text), size);
    for (char *tag = strchr(text, '<'); tag; tag = strchr(tag + 1, '<')) {
        char *end = strncmp(tag, "<!--", 4) == 0 ? strstr(tag, "-->") : strchr(tag, '>');
        assert_non_null(end);
        size_t name = strcspn(tag + 1, " \t\r\n>/");
        if (tag[1] == '/') {
            assert_true(depth > 0);
            name = strcspn(tag + 2, " \t\r\n>");
            assert_memory_equal(open[--depth], tag + 2, name);
        } else if (tag[1] != '?' && tag[1] != '!' && end[-1] != '/') {
            assert_true(depth < 64 && name > 0);
            open[depth++] = tag + 1;
        }
        tag = end;
    }
    assert_int_equal(depth, 0);
    assert_non_null(strstr(text, "<svg"));
    return text;
}

static const char *const hostile[] = {"it's",
                                      "\"quoted\"",
                                      "back\\slash\\n",
                                      "a_b^c@d{e}",
                                      "line\nLACO_END\n",
                                      "`touch pwned`",
                                      "$(touch pwned); !touch pwned",
                                      "%d %s %n 100 %",
                                      "@macro",
                                      "<b>&amp;",
                                      "\xff\xfe",
                                      "",
                                      "';quit;'",
                                      "\x1b[31m",
                                      "#comment",
                                      "...",
                                      "very long indeed, longer than any label should ever be"};
#define HOSTILE ((int)(sizeof hostile / sizeof *hostile))

static void test_confusion_picture(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    for (int k = 1; k <= 45; k += k < 3 ? 1 : 21) {
        laco_classify_score score = score_of(k, 50, 3);
        const char *png = temporary_path("matrix.png"), *svg = temporary_path("matrix.SVG");
        assert_int_equal(plot_confusion(&score, NULL, png), LACO_OK);
        assert_png(png, 1200, 1100);
        assert_int_equal(plot_confusion(&score, "A title", svg), LACO_OK);
        char *text = assert_svg(svg);
        assert_int_equal(count_of(text, "Label 0<"), 2);
        assert_int_equal(count_of(text, "A title"), 1);
        assert_int_equal(count_of(text, ">50<") + count_of(text, "> 50<") + count_of(text, ">53<"), k);
        free(text);
    }
    laco_classify_score score = score_of(45, 87654, 3); /* too long for the cells */
    assert_int_equal(plot_confusion(&score, NULL, temporary_path("matrix.SVG")), LACO_OK);
    char *text = assert_svg(temporary_path("matrix.SVG"));
    assert_int_equal(count_of(text, "87654") + count_of(text, "87657"), 0);
    free(text);
    assert_int_equal(temporary_folder_count(), 2);
    assert_int_equal(unlink(temporary_path("matrix.png")) + unlink(temporary_path("matrix.SVG")), 0);
}

/* Digits behind a sign are digits still. */
static void test_numbers_in_labels(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    const double y[] = {1, 2, 3}, low[] = {0, 1, 2}, high[] = {2, 3, 4};
    const plot_line line = {.name = "PM-2.5, 10-year", .y = y, .low = low, .high = high, .band_name = "80% in 1,000", .count = 3};
    assert_int_equal(plot_lines(&line, 1, &(plot_config){.title = "1,000.5 of (2)3"}, temporary_path("n.svg")), LACO_OK);
    char *text = assert_svg(temporary_path("n.svg"));
    assert_true(count_of(text, "PM-2.5, 10-year") > 0);
    assert_true(count_of(text, "80% in 1,000") > 0);
    assert_true(count_of(text, "1,000.5 of (2)3") > 0);
    free(text);
    unlink(temporary_path("n.svg"));
}

static void test_hostile_labels(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    char here[1024];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(temporary_folder), 0);
    laco_classify_score score = score_of(HOSTILE, 20, 2);
    for (int i = 0; i < HOSTILE; i++)
        classes[i].name = hostile[i];
    for (int i = 0; i < HOSTILE; i++) {
        assert_int_equal(plot_confusion(&score, hostile[i], "a'b\"`touch pwned`$x.svg"), LACO_OK);
        if (i > 0)
            continue;
        char *text = assert_svg("a'b\"`touch pwned`$x.svg");
        assert_int_equal(count_of(text, "it's<"), 3);
        assert_int_equal(count_of(text, "back\\slash\\n<"), 2);
        assert_int_equal(count_of(text, "a_b^c@d{e}<"), 2);
        assert_int_equal(count_of(text, "line LACO_END <"), 2);
        assert_int_equal(count_of(text, "`touch pwned`<"), 2);
        assert_int_equal(count_of(text, "%d %s %n 100 %<"), 2);
        assert_int_equal(count_of(text, "��<"), 2);
        free(text);
    }
    static const double y[] = {3, 1, 2};
    for (int i = 0; i < HOSTILE; i++) {
        const char *t = hostile[i];
        plot_line line = {.name = t, .y = y, .count = 3};
        plot_config config = {.title = t, .x_label = t, .y_label = t, .shade_from = 1, .shade_to = 2, .shade_name = t};
        assert_int_equal(plot_lines(&line, 1, &config, "lines.png"), LACO_OK);
        config.x_time = t;
        assert_int_equal(plot_lines(&line, 1, &config, "lines.svg"), LACO_OK);
        free(assert_svg("lines.svg"));
    }
    assert_int_equal(temporary_folder_count(), 3);
    assert_int_equal(unlink("lines.png") + unlink("lines.svg") + unlink("a'b\"`touch pwned`$x.svg"), 0);
    assert_int_equal(chdir(here), 0);
}

static void test_line_pictures(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    double x[40], y[40], low[40], high[40];
    for (int i = 0; i < 40; i++) {
        x[i] = pow(1.3, i);
        y[i] = i % 7 == 3 ? NAN : i % 11 == 5 ? -1 : 1e-3 * i;
        low[i] = y[i] - 0.01;
        high[i] = y[i] + 0.01;
    }
    plot_line lines[5];
    for (int style = 0; style < 5; style++)
        lines[style] = (plot_line){.name = "line",
                                   .x = x,
                                   .y = y,
                                   .low = style % 2 ? NULL : low,
                                   .high = style % 2 ? NULL : high,
                                   .count = 40,
                                   .style = (plot_style)style,
                                   .colour = style == 1 ? 1000 : 0};
    const char *png = temporary_path("lines.png"), *svg = temporary_path("lines.svg");
    for (int kind = 0; kind < 16; kind++) {
        plot_config config = {.log_x = kind & 1,
                              .log_y = kind & 2,
                              .x_time = kind & 4 ? "%Y" : NULL,
                              .x_from = 2,
                              .x_to = kind & 8 ? 50 : 0,
                              .shade_from = -1e9,
                              .shade_to = 10,
                              .width = 640,
                              .height = 480};
        assert_int_equal(plot_lines(lines, 5, &config, png), LACO_OK);
        assert_png(png, 640, 480);
        assert_int_equal(plot_lines(lines, 5, &config, svg), LACO_OK);
        free(assert_svg(svg));
    }
    for (int count = 1; count < 5; count++) { /* each line alone, and one point alone */
        lines[count].count = count == 2 ? 1 : 40;
        assert_int_equal(plot_lines(&lines[count], 1, NULL, png), LACO_OK);
        assert_png(png, 1200, 700);
    }
    assert_int_equal(unlink(png) + unlink(svg), 0);
}

static void test_standard_input_closed(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    laco_classify_score score = score_of(3, 50, 3);
    int kept = dup(STDIN_FILENO);
    close(STDIN_FILENO);
    laco_status status = plot_confusion(&score, NULL, temporary_path("closed.png"));
    if (kept >= 0) {
        dup2(kept, STDIN_FILENO);
        close(kept);
    }
    assert_int_equal(status, LACO_OK);
    assert_png(temporary_path("closed.png"), 1200, 1100);
    unlink(temporary_path("closed.png"));
}

/* ---- Pictures that cannot be ------------------------------------------------------------------------------------------- */

/* Writes a script `gnuplot` into FOLDER/bin, and makes it the only one on the PATH. NULL: none. */
static void put_gnuplot(const char *script)
{
    char path[512];
    mkdir(temporary_path("bin"), 0755);
    unlink(temporary_path("bin/gnuplot"));
    if (script) {
        FILE *file = fopen(temporary_path("bin/gnuplot"), "w");
        assert_non_null(file);
        fprintf(file, "#!/bin/sh\n%s\n", script);
        fclose(file);
        assert_int_equal(chmod(temporary_path("bin/gnuplot"), 0755), 0);
    }
    snprintf(path, sizeof path, "%s", temporary_path("bin"));
    setenv("PATH", path, 1);
}

static void assert_no_picture(const char *script, const char *complaint)
{
    laco_classify_score score = score_of(3, 5, 1);
    const char *old = temporary_path("old.png"), *fresh = temporary_path("fresh.svg");
    size_t size;
    FILE *file = fopen(old, "w");
    fputs("old", file);
    fclose(file);
    put_gnuplot(script);
    assert_int_equal(plot_confusion(&score, NULL, old), LACO_IO);
    assert_non_null(strstr(failure(), complaint));
    assert_int_equal(plot_confusion(&score, NULL, fresh), LACO_IO);
    assert_non_null(strstr(failure(), complaint));
    assert_null(strchr(failure(), '\n'));
    char *bytes = contents_of(old, &size);
    assert_string_equal(bytes, "old");
    free(bytes);
    unlink(old);
    assert_int_equal(temporary_folder_count(), 1); /* bin */
}

static void test_no_picture(void **state)
{
    (void)state;
    char *path = strdup(getenv("PATH"));
    assert_no_picture(NULL, "gnuplot was not found: install it (apt-get install gnuplot-nox)");
    assert_no_picture("echo '         line 3: no such font' >&2; echo >&2; exit 1", "gnuplot failed: line 3: no such font");
    assert_no_picture("printf '\\211PNG\\r\\n\\032\\n and then the disk was full, or <svg> without its end'", "no whole picture");
    assert_no_picture("", "no whole picture");
    assert_no_picture("kill -9 $$", "signal 9");
    assert_no_picture("echo IEND1234; echo '</svg>'; exit 3", "gnuplot failed");
    unlink(temporary_path("bin/gnuplot"));
    assert_int_equal(rmdir(temporary_path("bin")), 0);
    setenv("PATH", path, 1);
    free(path);
}

/* What is put there is whole, and takes the place of what was there as a file that is saved does. */
static void test_picture_file(void **state)
{
    (void)state;
    char old[512], link[512];
    struct stat info;
    size_t size;
    FILE *picture = tmpfile(), *file;
    assert_non_null(picture);
    for (int i = 0; i < 50000; i++)
        fputc('a' + i % 26, picture);
    snprintf(old, sizeof old, "%s", temporary_path("old.png"));
    snprintf(link, sizeof link, "%s", temporary_path("link.png"));
    assert_non_null(file = fopen(old, "w"));
    fclose(file);
    assert_int_equal(chmod(old, 0640), 0);
    assert_int_equal(symlink("old.png", link), 0);
    assert_int_equal(picture_file_put(picture, link), LACO_OK);
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(lstat(old, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    char *bytes = contents_of(old, &size);
    assert_int_equal(size, 50000);
    assert_memory_equal(bytes + 26, "abcdefghijklmnopqrstuvwxyz", 26);
    free(bytes);
    assert_int_equal(picture_file_put(picture, temporary_path("fresh.png")), LACO_OK);
    assert_int_equal(picture_file_put(picture, temporary_folder), LACO_IO);
    assert_non_null(strstr(failure(), "s a directory"));
    assert_int_equal(picture_file_put(picture, temporary_path("no/such/folder.png")), LACO_IO);
    assert_int_equal(temporary_folder_count(), 3);
    fclose(picture);
    assert_int_equal(unlink(old) + unlink(link) + unlink(temporary_path("fresh.png")), 0);
}

static void test_picture_errors(void **state)
{
    (void)state;
    static const double y[] = {1, 2};
    laco_classify_score score = score_of(3, 5, 1), none = {0};
    plot_line line = {.y = y, .count = 2};
    static const char *const wrong[] = {"picture.jpg", "picture", ".png", "", "-", "png"};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(plot_confusion(&score, NULL, wrong[i]), LACO_INVALID);
        assert_non_null(strstr(failure(), ".png or .svg"));
        assert_int_equal(plot_lines(&line, 1, NULL, wrong[i]), LACO_INVALID);
    }
    assert_int_equal(plot_confusion(&none, NULL, temporary_path("a.png")), LACO_INVALID);
    score = score_of(3, 0, 0);
    assert_int_equal(plot_confusion(&score, NULL, temporary_path("a.png")), LACO_INVALID);
    score = score_of(3, 5, 1);
    assert_int_equal(plot_confusion(&score, NULL, temporary_path("no/such/folder.png")), LACO_IO);
    assert_int_equal(plot_lines(NULL, 0, NULL, temporary_path("a.png")), LACO_INVALID);
    assert_int_equal(plot_lines(&line, 1, &(plot_config){.width = 30000}, temporary_path("a.png")), LACO_INVALID);
    assert_int_equal(temporary_folder_count(), 0);
    if (!has_gnuplot())
        return;
    assert_int_equal(symlink("/dev/full", temporary_path("full.png")), 0);
    assert_int_equal(plot_lines(&line, 1, NULL, temporary_path("full.png")), LACO_IO);
    assert_non_null(strstr(failure(), "No space left"));
    assert_int_equal(unlink(temporary_path("full.png")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_progress),    cmocka_unit_test(test_ascii_progress),
        cmocka_unit_test(test_stop_and_quiet),    cmocka_unit_test(test_json_progress),
        cmocka_unit_test(test_live_progress),     cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_class_table),       cmocka_unit_test(test_confusion_matrix),
        cmocka_unit_test(test_confusion_width),   cmocka_unit_test(test_codes_differ),
        cmocka_unit_test(test_confusion_list),    cmocka_unit_test(test_table_errors),
        cmocka_unit_test(test_plot_text),         cmocka_unit_test(test_plot_text_bounds),
        cmocka_unit_test(test_plot_text_errors),  cmocka_unit_test(test_confusion_picture),
        cmocka_unit_test(test_numbers_in_labels), cmocka_unit_test(test_hostile_labels),
        cmocka_unit_test(test_line_pictures),     cmocka_unit_test(test_standard_input_closed),
        cmocka_unit_test(test_no_picture),        cmocka_unit_test(test_picture_file),
        cmocka_unit_test(test_picture_errors),
    };
    temporary_folder_make();
    int failed = cmocka_run_group_tests_name("report", tests, set_up, NULL);
    temporary_folder_remove();
    return failed;
}
