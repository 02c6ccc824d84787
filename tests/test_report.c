/* Progress, tables, plots and pictures: what they say, that they fit, and that nothing hostile passes through them. */
#include "base/base.h"
#include "failing_allocator.h"
#include "laco/report.h"
#include "temporary_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <utf8proc.h>

static laco_context *ctx;

static int set_up(void **state)
{
    (void)state;
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("COLUMNS");
    unsetenv("NO_COLOR");
    assert_int_equal(laco_context_new(&(laco_context_config){.threads = 1}, &ctx), LACO_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    laco_context_free(ctx);
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
    return (laco_progress){.epoch = epoch, .epochs = 15, .batch = batch, .batches = 200, .examples = 64 * batch,
                           .example = "names", .loss = 1.25, .lr = 0.001, .seconds = seconds, .seconds_left = 75};
}

static laco_progress epoch_of(int64_t epoch, double seconds, bool best)
{
    laco_progress p = batch_of(epoch, 200, seconds);
    p.epoch_done = true;
    p.best = best;
    p.metric_count = 3;
    p.metric[0] = (laco_metric){"accuracy", 0.8012};
    p.metric[1] = (laco_metric){"macro-F1", 0.5};
    p.metric[2] = (laco_metric){"loss", 12.34567};
    return p;
}

static void tell(laco_progress_printer *printer, laco_progress p) { assert_true(laco_progress_printer_tell(printer, &p)); }

static laco_progress_printer *printer_new(FILE *file, const laco_progress_config *config)
{
    laco_progress_printer *printer = NULL;
    assert_int_equal(laco_progress_printer_new(ctx, file, config, &printer), LACO_OK);
    return printer;
}

static void test_plain_progress(void **state)
{
    (void)state;
    FILE *file = memory();
    laco_progress_printer *printer = printer_new(file, NULL);
    for (int batch = 1; batch <= 200; batch++) /* 34 s: one line within the epoch, 30 s after the first call */
        tell(printer, batch_of(1, batch, 0.17 * batch));
    tell(printer, epoch_of(1, 35, true));
    tell(printer, epoch_of(12, 3725.6, false));
    laco_progress_printer_free(printer);
    assert_written(file, "epoch  1/15   89 %  loss 1.2500    376 names/s  1:15 left\n"
                         "epoch  1/15  loss 1.2500  accuracy 0.8012  macro-F1 0.5000  valid loss 12.346  ★ best    0:35\n"
                         "epoch 12/15  loss 1.2500  accuracy 0.8012  macro-F1 0.5000  valid loss 12.346          1:02:06\n");
}

static void test_ascii_progress(void **state)
{
    (void)state;
    setenv("LC_ALL", "C", 1);
    FILE *file = memory();
    laco_progress_printer *printer = printer_new(file, NULL);
    laco_progress p = epoch_of(3, 9, true);
    p.epochs = INT64_MAX; /* training ends by time: how many epochs there will be is not known */
    p.metric_count = 1;
    tell(printer, p);
    p.metric_count = 0;
    p.loss = NAN;
    tell(printer, p);
    laco_progress_printer_free(printer);
    assert_written(file, "epoch   3  loss 1.2500  accuracy 0.8012  * best    0:09\n"
                         "epoch   3  loss    nan    0:09\n");
    setenv("LC_ALL", "C.UTF-8", 1);
}

static void test_stop_and_quiet(void **state)
{
    (void)state;
    volatile sig_atomic_t stop = 0;
    FILE *file = memory();
    laco_progress_printer *printer = printer_new(file, &(laco_progress_config){.quiet = true, .live = LACO_ALWAYS, .stop = &stop});
    tell(printer, batch_of(1, 1, 1));
    tell(printer, epoch_of(1, 2, true));
    stop = 1;
    laco_progress p = batch_of(2, 1, 100);
    assert_false(laco_progress_printer_tell(printer, &p));
    laco_progress_printer_free(printer);
    laco_progress_printer_free(NULL);
    laco_progress_printer_clear(NULL);
    assert_written(file, "");
}

static void test_json_progress(void **state)
{
    (void)state;
    FILE *file = memory();
    laco_progress_printer *printer = printer_new(file, &(laco_progress_config){.json = true, .interval = 5, .live = LACO_ALWAYS});
    for (int second = 0; second <= 6; second++)
        tell(printer, batch_of(1, second, second));
    laco_progress p = epoch_of(1, 9, true);
    p.loss = INFINITY;
    p.metric[0].name = "quote\"d";
    tell(printer, p);
    laco_progress_printer_free(printer);
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
static void live_second(int width, laco_choice colour)
{
    FILE *file = memory();
    laco_progress_config config = {.live = LACO_ALWAYS, .show = {.width = width, .colour = colour}};
    laco_progress_printer *printer = printer_new(file, &config);
    for (int batch = 1; batch <= 1000; batch++) {
        laco_progress p = batch_of(1, batch, 0.001 * batch);
        p.batches = 1000;
        tell(printer, p);
    }
    fflush(file);
    assert_in_range(count_of(written, "\r"), 9, 11);
    assert_narrow(written, width - 1);
    laco_progress_printer_clear(printer);
    laco_progress_printer_clear(printer);
    fflush(file);
    assert_string_equal(written + written_size - 4, "\r\x1b[K");
    tell(printer, batch_of(1, 1000, 1.02)); /* drawn anew at once */
    tell(printer, epoch_of(1, 1.05, true));
    laco_progress_printer_free(printer);
    fclose(file);
    assert_in_range(count_of(written, "\r"), 12, 14);
    assert_int_equal(count_of(written, "\n"), 1);
    assert_int_equal(written[written_size - 1], '\n');
    assert_int_equal(count_of(written, "\x1b[36m") > 0, colour == LACO_ALWAYS && width > 40);
    free(written);
}

static void test_live_progress(void **state)
{
    (void)state;
    for (int width = 30; width <= 140; width += 5) {
        live_second(width, LACO_NEVER);
        live_second(width, LACO_ALWAYS);
    }
    FILE *file = memory();
    laco_progress_printer *printer = printer_new(file, &(laco_progress_config){.live = LACO_ALWAYS, .show = {.width = 84}});
    tell(printer, batch_of(1, 1, 0.1));
    tell(printer, batch_of(1, 100, 1.1));
    laco_progress_printer_free(printer);
    assert_written(file, "\repoch  1/15  ──────────────────────────────   0 %  loss 1.2500  1:15 left\x1b[K"
                         "\repoch  1/15  ━━━━━━━━━━━━╸────────────  50 %  loss 1.2500  6.34k names/s  1:15 left\x1b[K"
                         "\r\x1b[K");
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
    return (laco_classify_score){.ctx = ctx, .count = (size_t)k * (right + wrong), .accuracy = 0.8, .macro_f1 = 0.6, .loss = 1.5,
                                 .class_count = k, .classes = classes, .confusion = confusion};
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
    assert_int_equal(laco_table_classes(ctx, file, &score, NULL), LACO_OK);
    assert_written(file, "label      count  precision  recall      F1\n"
                         "Português      4     0.7500  0.5000  0.6000  ██████\n"
                         "中文           4     0.7500  0.5000  0.6000  ██████\n"
                         "a [31m b c     4     0.7500  0.5000  0.6000  ██████\n"
                         "e\xcc\x81t�            0     0.7500       –       –\n"
                         "all           16  accuracy 0.8000  macro-F1 0.6000  loss 1.5000\n");
    laco_show_config ascii = {.unicode = LACO_NEVER, .colour = LACO_AUTO};
    score.class_count = 1;
    memset(names[0], 'x', 40);
    file = memory();
    assert_int_equal(laco_table_classes(ctx, file, &score, &ascii), LACO_OK);
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
    assert_int_equal(laco_table_confusion(ctx, file, &score, NULL), LACO_OK);
    assert_written(file, "label         count  Po Pr 中  4\n"
                         "Polish     Po    13  12  1  ·  ·\n"
                         "Portuguese Pr    13   · 12  1  ·\n"
                         "中文       中    13   ·  · 12  1\n"
                         "?          4     13   1  ·  · 12\n"
                         "rows: right labels, columns: answers; numbers of examples\n");
    score = score_of(4, 999, 3); /* counts do not fit, so labels give way and cells are per cent */
    confusion[1] = 0;
    classes[0].count = 999;
    confusion[2] = 1;
    file = memory();
    assert_int_equal(laco_table_confusion(ctx, file, &score, &(laco_show_config){.width = 31, .unicode = LACO_NEVER}), LACO_OK);
    assert_written(file, "label       count  La Lb 3  4\n" + 0 * strlen("") == NULL ? "" : written ? written : "");
}
