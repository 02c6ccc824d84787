/* Labelled text from files of every form, good and bad. */
#include "table/csv.h"
#include "laco/read.h"
#include "classify/labelled.h"
#include "folder_fixture.h"

#include <fcntl.h>

static laco_labelled *data;

static int end_with_data(void **state)
{
    laco_labelled_free(data);
    data = NULL;
    return end_in_folder(state);
}

static const char *make_bytes(const char *name, const void *bytes, size_t size)
{
    const char *path = temporary_path(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

static const char *make(const char *name, const char *text) { return make_bytes(name, text, strlen(text)); }

static void load(const char *path, const laco_labelled_config *config)
{
    laco_labelled_free(data);
    data = NULL;
    laco_status status = laco_labelled_load(ctx, &path, 1, config, &data);
    if (status < 0)
        fail_msg("%s", laco_error(ctx));
}

/* All examples as LABEL=TEXT@LINE, one behind the other. */
static void assert_examples(const char *expected)
{
    char all[2048];
    size_t used = 0, line, length;
    for (size_t i = 0; i < laco_labelled_count(data); i++) {
        const char *text = laco_labelled_text(data, i, &length);
        const char *label = laco_labelled_label_names(data, NULL)[laco_labelled_label(data, i)];
        laco_labelled_place(data, i, &line);
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s=%.*s@%zu", i ? " | " : "", label, (int)length, text, line);
    }
    assert_string_equal(all, expected);
}

/* Loading fails with "PATH" + error, and leaves nothing behind. */
static void assert_refused(const char *path, const laco_labelled_config *config, laco_status expected, const char *error)
{
    char text[1024];
    laco_labelled *untouched = (laco_labelled *)&text;
    size_t blocks = memory.blocks;
    assert_int_equal(laco_labelled_load(ctx, &path, 1, config, &untouched), expected);
    snprintf(text, sizeof text, "%s%s", strcmp(path, "-") == 0 ? "standard input" : path, error);
    assert_string_equal(laco_error(ctx), text);
    assert_ptr_equal(untouched, &text);
    assert_int_equal(memory.blocks, blocks);
}

static void refuse_text(const char *name, const char *text, const char *error)
{
    assert_refused(make(name, text), NULL, LACO_FORMAT, error);
}

static void lines_are_label_tab_text(void **state)
{
    (void)state;
    load(make("a.tsv", "pt\tAraújo\npl\tKról\n\n  \npt\tde Sá\tx\n"), NULL);
    assert_examples("pt=Araújo@1 | pl=Król@2 | pt=de Sá\tx@5");
    assert_int_equal((int)data->labels.count, 2);
    assert_string_equal(laco_labelled_label_names(data, NULL)[0], "pl");
    assert_int_equal(laco_labelled_label_examples(data, 0), 1);
    assert_int_equal(laco_labelled_label_examples(data, 1), 2);
    static const int32_t labels[] = {1, 0, 1};
    assert_memory_equal(laco_labelled_labels(data), labels, sizeof labels);
}

static void marks_and_line_ends_of_other_systems_are_read(void **state)
{
    (void)state;
    load(make("a.txt", "\xEF\xBB\xBF"
                       "b\tum\r\na\tdois \r\n\r\na\ttrês"),
         NULL);
    assert_examples("b=um@1 | a=dois @2 | a=três@4");
    load(make("a.csv", "\xEF\xBB\xBF"
                       "label,text\r\nb,um\r\na,\"dois\r\nlinhas\"\r\n"),
         NULL);
    assert_examples("b=um@2 | a=dois\r\nlinhas@3");
}

static void labels_are_trimmed_and_composed(void **state)
{
    (void)state;
    load(make("a.tsv", " a\xCC\x83 \tum\nã\tdois\nz\ttrês\n<unk>\tquatro\n"), NULL);
    assert_examples("ã=um@1 | ã=dois@2 | z=três@3 | <unk>=quatro@4");
    assert_int_equal((int)data->labels.count, 3);
    assert_string_equal(laco_labelled_label_names(data, NULL)[0], "<unk>");
}

static void tables_are_read_by_column(void **state)
{
    (void)state;
    load(make("a.csv", "id,text,label\n1,\"a \"\"b\"\", c\",x\n2,  d  ,y\n\n3,\"e\nf\n\",x\n4,g,y"), NULL);
    assert_examples("x=a \"b\", c@2 | y=d@3 | x=e\nf\n@5 | y=g@8");
    laco_labelled_config columns = {.text_column = "review", .label_column = "star rating"};
    load(make("a.CSV", "\"review\";star rating;x\nsim, bom;5;1\nnão;1;2\n"), &columns);
    assert_examples("5=sim, bom@2 | 1=não@3");
}

static void delimiters_are_found_in_the_header(void **state)
{
    (void)state;
    laco_labelled_config columns = {.text_column = "t", .label_column = "l"};
    load(make("c.csv", "\"a,b,c,\";t;l\n1;sim, bom;x\n2;não;y\n"), &columns);
    assert_examples("x=sim, bom@2 | y=não@3");
    load(make("b.tsv", "l\tt\n5\tsim, bom\n1\tnão\n"), &columns);
    assert_examples("5=sim, bom@2 | 1=não@3");
    load(make("b.csv", "l,t\r5,sim\r1,não\r"), &columns);
    assert_examples("5=sim@1 | 1=não@1");
}

static void bad_tables_are_refused(void **state)
{
    (void)state;
    laco_labelled_config columns = {.text_column = "review"};
    assert_refused(make("a.csv", "\ntext,\"the\nlabel\",other\na,b,c\n"), &columns, LACO_FORMAT,
                   ":2: no column \"review\" (text column); the columns are: \"text\", \"the label\", \"other\"");
    refuse_text("b.csv", "text,kind,more\na,b,c\n",
                ":1: no column \"label\" (label column; another: --label COLUMN, or its number; of a column for each class make "
                "one); the columns are: \"text\", \"kind\", \"more\"");
    refuse_text("c.csv", "text,label,text\na,b,c\n", ":1: the column \"text\" stands there 2 times");
    refuse_text("d.csv", "text,label\na,x\nb, c,x\n",
                ":3: 3 fields where the header has 2; a field that holds the delimiter needs quotes");
    refuse_text("e.csv", "text,label\na,x\n\"b\nc\",\n", ":3: the label is empty");
    refuse_text("f.csv", "text,label\na,x\n\" \",y\n", ":3: the text of this \"y\" is empty");
    refuse_text("g.csv", "text,label\na,x\nb\"c,y\n",
                ":3: a quote within a field; put quotes around the whole field and double those inside");
    refuse_text("h.csv", "text,label\na,x\n\"b\"c,y\n",
                ":3: a quote within a field; put quotes around the whole field and double those inside");
    refuse_text("i.csv", "text,label\na,x\nb,\"y\nc,x\n", ":3: this row opens a quote that is never closed");
    refuse_text("j.csv", "text,label\na,\"x\ny\"\n", ":2: the label holds a control character (0x0A)");
    refuse_text("k.csv", "text,label\n", ": no example in it; it should hold a header and rows");
    refuse_text("l.csv", "", ": the file is empty; it should hold a header and rows");
}

static void many_columns_are_listed_in_part(void **state)
{
    (void)state;
    char header[4096], *at = header;
    for (int i = 0; i < 100; i++)
        at += sprintf(at, "%scolumn number %d", i ? "," : "", i);
    strcpy(at, "\nx\n");
    const char *path = make("a.csv", header);
    laco_labelled *untouched;
    assert_int_equal(laco_labelled_load(ctx, &path, 1, NULL, &untouched), LACO_FORMAT);
    const char *error = strstr(laco_error(ctx), "the columns are:");
    assert_non_null(error);
    assert_non_null(strstr(error, "\"column number 0\", "));
    assert_string_equal(error + strlen(error) - strlen(" … 100 in all"), " … 100 in all");
}

static void bad_lines_are_refused(void **state)
{
    (void)state;
    refuse_text("a.tsv", "", ": the file is empty; it should hold lines of label<TAB>text");
    refuse_text("b.tsv", "\xEF\xBB\xBF", ": the file is empty; it should hold lines of label<TAB>text");
    refuse_text("c.tsv", "\n \r\n\n", ": no example in it; it should hold lines of label<TAB>text");
    refuse_text("d.tsv", "a\tb\nc d\n", ":2: no tab in this line; it should be label<TAB>text");
    refuse_text("e.tsv", "a\tb\n\tc\n", ":2: the label is empty");
    refuse_text("f.tsv", "a\tb\n \tc\n", ":2: the label is empty");
    refuse_text("g.tsv", "a\tb\nç\t \n", ":2: the text of this \"ç\" is empty");
    refuse_text("h.tsv", "a\tb\na\tc\n", ": all 2 examples have the label \"a\"; a classifier needs at least two labels");
    refuse_text("i.tsv", "a\tb\nc\tS\xE3o Paulo\n",
                ":2: byte 4 (0xE3) is not UTF-8; convert the file, if it is Latin-1: iconv -f ISO-8859-1 -t UTF-8");
    refuse_text("j.tsv", "a\x7F\tb\n", ":1: the label holds a control character (0x7F)");
    assert_refused(make_bytes("k.tsv", "a\tb\0c\n", 6), NULL, LACO_FORMAT,
                   ":1: byte 4 is NUL: this is a binary file where UTF-8 text was expected");
}

static void what_cannot_be_read_is_refused(void **state)
{
    (void)state;
    const char *path = temporary_path("none.tsv");
    char error[600];
    laco_labelled *untouched = NULL;
    assert_int_equal(laco_labelled_load(ctx, &path, 1, NULL, &untouched), LACO_IO);
    snprintf(error, sizeof error, "cannot read %s: No such file or directory", path);
    assert_string_equal(laco_error(ctx), error);
    assert_int_equal(laco_labelled_load(ctx, &path, 0, NULL, &untouched), LACO_INVALID);
    assert_string_equal(laco_error(ctx), "no data was given; give a file, a folder or - for standard input");
    assert_null(untouched);
    laco_labelled_free(NULL);
}

static void long_labels_are_shown_in_part(void **state)
{
    (void)state;
    char text[300], error[300];
    int used = sprintf(text, "a\tb\nx");
    for (int i = 0; i < 100; i++)
        used += sprintf(text + used, "ã");
    strcpy(text + used, "\t\n");
    int shown = sprintf(error, ":2: the text of this \"x");
    for (int i = 0; i < 29; i++)
        shown += sprintf(error + shown, "ã");
    strcpy(error + shown, "\" is empty");
    refuse_text("a.tsv", text, error);
}

static void several_paths_are_one_set(void **state)
{
    (void)state;
    const char *paths[3] = {make("z.tsv", "b\tum\n"), make("a.csv", "text,label\ndois,a\n"), make("m.tsv", "b\ttrês\n")};
    assert_int_equal(laco_labelled_load(ctx, paths, 3, NULL, &data), LACO_OK);
    assert_examples("b=um@1 | a=dois@2 | b=três@1");
    size_t line;
    assert_string_equal(laco_labelled_place(data, 1, &line), paths[1]);
}

/* Puts a file in place of standard input; -1 brings the old one back. */
static int take_input(const char *path, int kept)
{
    int fresh = path ? open(path, O_RDONLY) : kept, old = path ? dup(STDIN_FILENO) : -1;
    assert_true(fresh >= 0 && dup2(fresh, STDIN_FILENO) == STDIN_FILENO);
    close(fresh);
    return old;
}

static void standard_input_is_read(void **state)
{
    (void)state;
    int kept = take_input(make("a.csv", "b\tum\na\tdois\n"), -1);
    load("-", NULL);
    assert_examples("b=um@1 | a=dois@2");
    take_input(NULL, kept);
    kept = take_input(make("b.csv", "b\tum\na dois\n"), -1);
    assert_refused("-", NULL, LACO_FORMAT, ":2: no tab in this line; it should be label<TAB>text");
    take_input(NULL, kept);
}

static void make_folder(const char *name) { assert_int_equal(mkdir(temporary_path(name), 0755), 0); }

static void a_folder_has_a_file_for_each_label(void **state)
{
    (void)state;
    make_folder("names");
    make("names/Portuguese.txt", "Araújo\r\nde\tSá\n\nSilva");
    make("names/Czech.txt", "Novák\n");
    make("names/Old German.TXT", "Ötzi\n");
    make("names/README.md", "read me");
    make("names/.hidden.txt", "no");
    make("names/Italian.txt~", "no");
    make_folder("names/more.txt");
    load(temporary_path("names"), NULL);
    assert_examples("Czech=Novák@1 | Old German=Ötzi@1 | Portuguese=Araújo@1 | Portuguese=de\tSá@2 | Portuguese=Silva@4");
    load(temporary_path("names/"), NULL);
    assert_int_equal(laco_labelled_count(data), 5);
    size_t line;
    assert_string_equal(laco_labelled_place(data, 0, &line), temporary_path("names/Czech.txt"));
}

static void bad_folders_are_refused(void **state)
{
    (void)state;
    make_folder("names");
    assert_refused(temporary_path("names"), NULL, LACO_FORMAT,
                   ": no .txt file in this folder; it should hold one for each label, such as Portuguese.txt (of a "
                   "folder for each label make such: cat LABEL/* > LABEL.txt, a text a line)");
    make("names/A.txt", "x\ny\n");
    assert_refused(temporary_path("names"), NULL, LACO_FORMAT,
                   "/A.txt: all 2 examples have the label \"A\"; a classifier needs at least two labels");
    make("names/B.txt", "");
    assert_refused(temporary_path("names"), NULL, LACO_FORMAT, "/B.txt: the file is empty; it should hold texts, one a line");
    make("names/B.txt", "\n\n");
    assert_refused(temporary_path("names"), NULL, LACO_FORMAT, "/B.txt: no example in it; it should hold texts, one a line");
    make("names/B.txt", "x\n\xE3\n");
    assert_refused(temporary_path("names"), NULL, LACO_FORMAT,
                   "/B.txt:2: byte 1 (0xE3) is not UTF-8; convert the file, if it is Latin-1: iconv -f ISO-8859-1 -t UTF-8");
    make("names/B.txt", "x\n");
    make("names/C\xE3.txt", "x\n");
    assert_refused(temporary_path("names"), NULL, LACO_FORMAT,
                   "/C\xE3.txt: the name of this file, which is the label, is not UTF-8");
}

static void labels_of_a_model_are_kept(void **state)
{
    (void)state;
    static const char *const labels[] = {"pt", "a\xCC\x83", "en"};
    laco_labelled_config known = {.labels = labels, .label_count = 3};
    load(make("a.tsv", "ã\tum\nã\tdois\n"), &known);
    assert_int_equal((int)data->labels.count, 3);
    assert_int_equal(laco_labelled_label(data, 1), 1);
    assert_int_equal(laco_labelled_label_examples(data, 0), 0);
    assert_string_equal(laco_labelled_label_names(data, NULL)[1], "ã");
    assert_refused(make("b.tsv", "pt\tum\nKlingon\tQapla'\n"), &known, LACO_FORMAT,
                   ":2: label \"Klingon\" was not seen in training; the labels are: pt, ã, en");
    make_folder("names");
    make("names/Klingon.txt", "\nQapla'\n");
    assert_refused(temporary_path("names"), &known, LACO_FORMAT,
                   "/Klingon.txt:2: label \"Klingon\" was not seen in training; the labels are: pt, ã, en");
    static const char *const many[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    assert_refused(make("b.tsv", "pt\tum\n"), &(laco_labelled_config){.labels = many, .label_count = 10}, LACO_FORMAT,
                   ":1: label \"pt\" was not seen in training; the labels are: a, b, c, d, e, f, g, h … 10 in all");
    static const char *const twice[] = {"a", "b", "a"};
    laco_labelled *untouched = NULL;
    const char *path = temporary_path("b.tsv");
    assert_int_equal(laco_labelled_load(ctx, &path, 1, &(laco_labelled_config){.labels = twice, .label_count = 3}, &untouched),
                     LACO_INVALID);
    assert_string_equal(laco_error(ctx), "label \"a\" is given twice");
    assert_null(untouched);
}

/* A megabyte in one text, as a line and as a quoted field with a quote in every other place. */
static void a_text_may_be_long(void **state)
{
    (void)state;
    size_t size = (size_t)1 << 20, length;
    char *text = malloc(2 * size + 64);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "a\tx\nb\t");
    memset(text + used, 'y', size);
    strcpy(text + used + size, "\n");
    load(make("a.tsv", text), NULL);
    assert_non_null(laco_labelled_text(data, 1, &length));
    assert_int_equal(length, size);
    used = (size_t)sprintf(text, "label,text\na,x\nb,\"");
    for (size_t i = 0; i < size; i++)
        memcpy(text + used + 2 * i, i % 2 ? "\"\"" : i % 3 ? "x\n" : "ã", 2);
    strcpy(text + used + 2 * size, "\"\nc,end\n");
    load(make("a.csv", text), NULL);
    const char *read = laco_labelled_text(data, 1, &length);
    assert_memory_equal(read, "ã\"x\n\"x\n\"ã", 11);
    assert_int_equal(length, size / 2 * 3);
    size_t line, newlines = 0;
    for (const char *at = text; *at; at++)
        newlines += *at == '\n';
    laco_labelled_place(data, 2, &line);
    assert_int_equal(line, newlines);
    used = (size_t)sprintf(text, "label,text\na,");
    memset(text + used, 'y', size);
    strcpy(text + used + size, "\nb,z\n");
    load(make("b.csv", text), NULL);
    laco_labelled_place(data, 1, &line);
    assert_int_equal(line, 3);
    free(text);
}

static void sets_become_vocabularies_and_ids(void **state)
{
    (void)state;
    load(make("a.tsv", "x\tbca\ny\tbcü\nx\tdd\n"), NULL);
    laco_text_config chars = {0};
    laco_vocabulary *v, *unseen;
    static const size_t subset[] = {0, 2};
    assert_int_equal(laco_labelled_vocabulary(data, subset, 2, &chars, NULL, &v), LACO_OK);
    assert_int_equal(laco_vocabulary_size(v), 5);
    assert_string_equal(laco_vocabulary_name(v, 1, NULL), "d");
    assert_int_equal(laco_vocabulary_new(ctx, &unseen), LACO_OK);
    laco_sequences sequences;
    laco_sequences_init(&sequences, ctx);
    assert_int_equal(laco_labelled_encode(data, &chars, v, unseen, &sequences), LACO_OK);
    static const int32_t expected[] = {3, 4, 2, 3, 4, 0, 1, 1};
    assert_memory_equal(sequences.ids, expected, sizeof expected);
    assert_int_equal(sequences.count, 3);
    assert_int_equal(laco_vocabulary_size(unseen), 2);
    assert_string_equal(laco_vocabulary_name(unseen, 1, NULL), "ü");
    laco_sequences_free(&sequences);
    laco_vocabulary_free(unseen);
    laco_vocabulary_free(v);
    assert_int_equal(laco_labelled_vocabulary(data, NULL, 0, &chars, NULL, &v), LACO_OK);
    assert_int_equal(laco_vocabulary_size(v), 6);
    laco_vocabulary_free(v);
}

static laco_status stop(void *user, const laco_csv_row *row)
{
    size_t *rows = user;
    assert_int_equal(row->line, ++*rows);
    return *rows == 2 ? LACO_INTERRUPTED : LACO_OK;
}

static void a_reader_of_rows_may_stop(void **state)
{
    (void)state;
    size_t rows = 0;
    assert_int_equal(laco_csv_read(ctx,
                                   &(laco_csv){.name = "x", .bytes = "a\nb\nc\n", .size = 6, .delimiter = ',', .first_line = 1},
                                   stop, &rows),
                     LACO_INTERRUPTED);
    assert_int_equal(rows, 2);
}

static void a_field_may_be_too_long_for_memory(void **state)
{
    (void)state;
    char *text = malloc(400000);
    memset(text, 'y', 400000);
    size_t rows = 0;
    memory.largest = 100000;
    assert_int_equal(laco_csv_read(ctx,
                                   &(laco_csv){.name = "x", .bytes = text, .size = 400000, .delimiter = ',', .first_line = 1},
                                   stop, &rows),
                     LACO_NO_MEMORY);
    assert_int_equal(rows, 0);
    assert_memory_equal(laco_error(ctx), "out of memory: ", 15);
    free(text);
}

static laco_status use(laco_context *context, laco_labelled *set)
{
    laco_text_config chars = {.level = LACO_TEXT_BYTE};
    laco_vocabulary *v, *unseen = NULL;
    laco_sequences sequences;
    laco_sequences_init(&sequences, context);
    LACO_TRY(laco_labelled_vocabulary(set, NULL, 0, &chars, &(laco_vocabulary_config){.max_size = 5}, &v));
    laco_status status = laco_vocabulary_new(context, &unseen);
    if (status == LACO_OK)
        status = laco_labelled_encode(set, &chars, v, unseen, &sequences);
    laco_sequences_free(&sequences);
    laco_vocabulary_free(unseen);
    laco_vocabulary_free(v);
    return status;
}

static laco_status try_loading(laco_context *context, void *paths)
{
    laco_labelled *set = NULL;
    static const char *const labels[] = {"<unk>", "a", "b", "c", "d", "ã"};
    laco_labelled_config known = {.labels = labels, .label_count = 6};
    LACO_TRY(laco_labelled_load(context, paths, 3, NULL, &set));
    laco_status status = use(context, set);
    laco_labelled_free(set);
    LACO_TRY(status);
    LACO_TRY(laco_labelled_load(context, paths, 3, &known, &set));
    laco_labelled_free(set);
    return LACO_OK;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    char table[200000];
    int used = sprintf(table, "text,label\n\"long: \"\"");
    memset(table + used, 'z', 150000);
    strcpy(table + used + 150000, "\",c\n\"x\ny\",d\n");
    make_folder("names");
    make("names/a\xCC\x83.txt", "um\ndois\n");
    make("names/b.txt", "três\n");
    const char *paths[] = {make("a.tsv", "a\tum\nb\tdois\n<unk>\ttrês\n"), make("b.csv", table), temporary_path("names")};
    assert_true(fail_each_allocation(try_loading, paths) > 60);
}

/* Where LACO_DATA_DIR says where the larger data is. */
static void the_names_of_eighteen_languages(void **state)
{
    (void)state;
    const char *folder = getenv("LACO_DATA_DIR");
    if (!folder)
        skip();
    char path[1024];
    snprintf(path, sizeof path, "%s/names", folder);
    load(path, NULL);
    assert_int_equal(laco_labelled_count(data), 16100);
    assert_int_equal((int)data->labels.count, 18);
    assert_string_equal(laco_labelled_label_names(data, NULL)[0], "Arabic");
    assert_string_equal(laco_labelled_label_names(data, NULL)[17], "Vietnamese");
    assert_int_equal(laco_labelled_label_examples(data, 13), 62);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_label_tab_text, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(marks_and_line_ends_of_other_systems_are_read, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(labels_are_trimmed_and_composed, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(tables_are_read_by_column, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(delimiters_are_found_in_the_header, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(bad_tables_are_refused, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(many_columns_are_listed_in_part, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(bad_lines_are_refused, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_refused, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(long_labels_are_shown_in_part, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(several_paths_are_one_set, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(standard_input_is_read, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(a_folder_has_a_file_for_each_label, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(bad_folders_are_refused, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(labels_of_a_model_are_kept, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(a_text_may_be_long, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(sets_become_vocabularies_and_ids, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(a_reader_of_rows_may_stop, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(a_field_may_be_too_long_for_memory, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, begin_in_folder, end_with_data),
        cmocka_unit_test_setup_teardown(the_names_of_eighteen_languages, begin_in_folder, end_with_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
