/* What files are, by their first bytes; notes on data and their summaries; tables and how they are written. */
#include "base/content.h"
#include "context_fixture.h"
#include "failing_allocator.h"
#include "laco/read.h"
#include "tag/bio.h"
#include "table/columns.h"
#include "table/decimal.h"
#include "temporary_folder.h"
#include "text/survey.h"
#include "text/text.h"

#include <string.h>

/* ---- Contents -------------------------------------------------------------------------------------------------------------- */

#define BYTES(text) text, sizeof(text) - 1

static void contents_are_known_by_their_first_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *what;
    } cases[] = {
        {BYTES("\x1F\x8B\x08"), "is compressed"},
        {BYTES("BZh91AY&SY"), "is compressed"},
        {BYTES("PK\3\4\24\0\0\0word/document.xml"), "is a document"},
        {BYTES("PK\3\4\24\0\0\0xl/workbook.xml"), "is a spreadsheet"},
        {BYTES("PK\3\4\24\0\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet"), "is a spreadsheet"},
        {BYTES("PK\3\4\24\0\0\0m/data.pkl"), "is a checkpoint of PyTorch (.pt)"},
        {BYTES("PK\3\4\24\0\0\0a.npy"), "is an archive of NumPy arrays"},
        {BYTES("PK\3\4"), "is a zip archive or a spreadsheet"},
        {BYTES("\xFF\xD8\xFF\xE0"), "is a JPEG picture"},
        {BYTES("RIFF\0\0\0\0WEBP"), "is a WebP picture"},
        {BYTES("RIFF\0\0\0\0WAVE"), "is a recording"},
        {BYTES("\0\0\0\x18"
               "ftypM4A "),
         "is an MPEG-4 recording or film"},
        {BYTES("\0\0\0\x18"
               "ftypheic"),
         "is a HEIF picture"},
        {BYTES("P6\n1 1\n255\n\1\2\3"), "is a picture in the PBM, PPM or PAM form"},
        {BYTES("P3 1 1 255 1 2 3"), "is a picture in the PBM, PPM or PAM form"},
        {BYTES("P2 1 1 255 1"), "is a PGM picture"},
        {BYTES("BM\x36\0\0\0\0\0\0\0\x36\0\0\0"), "is a BMP picture"},
        {BYTES("ID3\3\0"), "is an MP3 recording"},
        {BYTES("\0\0\x08\3\0\0\0\1"), "holds images in the IDX form"},
        {BYTES("\2\0\0\0\0\0\0\0{}"), "is a safetensors file"},
        {BYTES("\x30\0\0\0\0\0\0\0{\"__metadata__\":{\"laco.format\":\"1\"}}"), "is a model"},
        {BYTES("\x80\2"), "is a Python pickle, perhaps an old checkpoint of PyTorch"},
        {BYTES("(dp0\nS'a'"), "is a Python pickle"},
        {BYTES("\x08\x07\x12\x07pytorch"), "is a graph of ONNX"},
        {BYTES("RDX3\nX\n"), "is an R file"},
        {BYTES("FEA1\0\0"), "is a Feather table"},
        {BYTES("CDF\1\0"), "is a NetCDF file"},
        {BYTES("MATLAB 7.3 MAT-file, Platform"), "is a MATLAB file in HDF5"},
        {BYTES("$FL2@(#) SPSS"), "is an SPSS table"},
        {BYTES("<stata_dta><header>"), "is a Stata table"},
        {BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\xC2\xEA\x81\x60"), "is a SAS table"},
        {BYTES("FORM\0\0\0\0AIFF"), "is an AIFF recording"},
        {BYTES("\x1C\0\0\0TFL3"), "is a model of TensorFlow Lite"},
    };
    static const char *const texts[] = {
        "BM is short", "ID3 tags are read", "P2 3 bedrooms", "P6 1 1 of text",  "GIF8", "PAR1", "OggS", "fLaC", "x",
        "ab ftyp",     "abcdTFL3",          "FORM 12, AIFF", "(dp0) is a word", "RDX3", "MZ",   "PK",   "{}"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const laco_content *found = laco_content_find(cases[i].bytes, cases[i].size);
        assert_non_null(found);
        assert_string_equal(found->what, cases[i].what);
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_null(laco_content_find(texts[i], strlen(texts[i])));
    assert_null(laco_content_find("", 0));
    assert_true(laco_content_is_text("a\tb\n", 4) && !laco_content_is_text("a\1", 2) && !laco_content_is_text("", 0));
}

static void what_is_right_names_the_file(void **state)
{
    (void)state;
    const laco_content *zipped = laco_content_find("\x1F\x8B\x08", 3), *jpeg = laco_content_find("\xFF\xD8\xFF", 3);
    assert_int_equal(laco_content_refuse(ctx, "a.gz", zipped, "not UTF-8 text"), LACO_FORMAT);
    assert_string_equal(laco_error(ctx), "a.gz: is compressed, not UTF-8 text; gunzip it first: gunzip a.gz");
    laco_content_refuse(ctx, "a.rds", zipped, "not UTF-8 text"); /* as R writes it */
    assert_string_equal(laco_error(ctx), "a.rds: is by its name an R file, not UTF-8 text; save it as CSV first: Rscript -e "
                                         "'write.csv(readRDS(\"a.rds\"), \"a.rds.csv\", row.names = FALSE)'");
    laco_content_refuse(ctx, "my picture", jpeg, "");
    assert_string_equal(
        laco_error(ctx),
        "my picture: is a JPEG picture; pictures are read as PNG or PGM, so convert it first: magick FILE FILE.png");
}

static void encodings_are_guessed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"caf\xE9 noir", "ISO-8859-1"},
        {"\x93"
         "caf\xE9\x94",
         "WINDOWS-1252"},
        {"\xCF\xF0\xE8\xE2\xE5\xF2 \xEC\xE8\xF0", "WINDOWS-1251"},
        {"é é é é é é é é é é \xE9 é", "damaged here"},
        {"caf\xE9 noir\ncafé noir", "as where files were joined"},
        {"x \xED\xA0\xBD\xED\xB8\x80 y", "uconv -f CESU-8"},
        {"x \xED\xA0\xBD y \xED\xB8\x80", "half of a surrogate pair"},
        {"\xEF\xBB\xBF"
         "a\nb\n\xEF\xBB\xBF"
         "c",
         "f:3: a byte order mark stands here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(laco_text_check_part(ctx, "f", 1, cases[i][0], strlen(cases[i][0])), LACO_FORMAT);
        assert_non_null(strstr(laco_error(ctx), cases[i][1]));
    }
    size_t mark = 9;
    assert_int_equal(laco_text_check_start(ctx, "f", BYTES("\xFF\xFE\0\0a\0\0\0"), &mark), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "iconv -f UTF-32"));
    assert_int_equal(laco_text_check_start(ctx, "f", BYTES("\0a\0b\0c\0d\0e"), &mark), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "iconv -f UTF-16BE"));
    assert_int_equal(laco_text_check_start(ctx, "f", BYTES("a\0\0\0b\0\0\0\n\0\0\0"), &mark), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "iconv -f UTF-32LE"));
    assert_int_equal(laco_text_check_part(ctx, "a.mat", 1, BYTES("\0\0\0\0\3")), LACO_FORMAT);
    assert_non_null(strstr(laco_error(ctx), "by its name a MATLAB file"));
    assert_int_equal(laco_text_check_part(ctx, "f", 1, BYTES("\xEF\xBB\xBF of a line, and \xEF\xBB\xBF within")), LACO_OK);
    assert_int_equal(laco_text_check_start(ctx, "f",
                                           BYTES("\xEF\xBB\xBF"
                                                 "a"),
                                           &mark),
                     LACO_OK);
    assert_int_equal(mark, 3);
}

/* ---- Notes ----------------------------------------------------------------------------------------------------------------- */

static void summaries_put_notes_in_order(void **state)
{
    (void)state;
    laco_notes notes;
    laco_summary *summary;
    const char *key, *text;
    char *content;
    laco_notes_init(&notes, ctx);
    assert_int_equal(laco_notes_file(&notes, "a"), LACO_OK);
    assert_int_equal(laco_notes_file(&notes, "b"), LACO_OK);
    assert_int_equal(laco_notes_add(&notes, LACO_NOTE_WARNING, "odd", "odd"), LACO_OK);
    assert_int_equal(laco_notes_add(&notes, LACO_NOTE_TAKEN, "form", "lines"), LACO_OK);
    assert_int_equal(laco_notes_add(&notes, LACO_NOTE_TAKEN, "form", "lines"), LACO_OK); /* of the second file */
    assert_int_equal(laco_notes_add(&notes, LACO_NOTE_DOUBT, "label", "or\nnot"), LACO_OK);
    assert_int_equal(laco_summary_begin(&notes, &summary), LACO_OK);
    assert_int_equal(laco_notes_add(laco_summary_notes(summary), LACO_NOTE_TAKEN, "rows", "%d rows", 3), LACO_OK);
    assert_int_equal(laco_summary_end(summary, LACO_OK, &summary), LACO_OK);
    laco_notes_free(&notes);
    assert_string_equal(laco_summary_line(summary), "a and 1 more: lines; 3 rows; or not");
    assert_string_equal(laco_summary_doubts(summary), "or not");
    assert_int_equal(laco_summary_count(summary), 4);
    assert_int_equal(laco_summary_note(summary, 3, &key, &text), LACO_NOTE_WARNING);
    assert_string_equal(key, "odd");
    assert_int_equal(laco_summary_content(summary, &content), LACO_OK);
    assert_string_equal(content, "3 rows");
    laco_release(ctx, content);
    laco_summary_free(summary);
    laco_summary_free(NULL);
}

static bool says(const laco_notes *notes, const char *wanted)
{
    laco_summary *summary;
    const char *key, *text;
    bool found = false;
    assert_int_equal(laco_summary_begin(notes, &summary), LACO_OK);
    assert_int_equal(laco_summary_end(summary, LACO_OK, &summary), LACO_OK);
    for (size_t i = 0; i < laco_summary_count(summary); i++) {
        laco_summary_note(summary, i, &key, &text);
        found = found || strstr(text, wanted);
    }
    laco_summary_free(summary);
    return found;
}

static void surveys_warn(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c"};
    static const size_t counts[] = {990, 7, 3};
    static const char *const texts[] = {
        "one", "two", "one", "one", "\xEF\xBF\xBD", "caf\xC3\x83\xC2\xA9 \xC3\x83\xC2\xA9\xC3\x83\xC2\xA9 \xC3\x83\xC2\xA9"};
    static const int32_t labels[] = {0, 1, 0, 1, 0, 0};
    laco_notes notes;
    laco_text_survey survey;
    laco_notes_init(&notes, ctx);
    assert_int_equal(laco_survey_labels(&notes, true, "label", "texts", names, counts, 3, 1000), LACO_OK);
    assert_true(says(&notes, "3 labels: a, b, c") && says(&notes, "a 990, b 7, c 3") &&
                says(&notes, "1 label with fewer than 5 texts: c 3"));
    assert_true(says(&notes, "990 of 1000 texts have the label a, 3 the label c"));
    size_t lengths[] = {5000, 3, 4, 3};
    assert_int_equal(laco_survey_lengths(&notes, "texts", "words", lengths, 4), LACO_OK);
    assert_true(says(&notes, "texts of 3 to 5000 words, half of them up to 4") && says(&notes, "the longest has 5000 words"));
    assert_int_equal(laco_survey_lengths(&notes, "none", "words", NULL, 0), LACO_OK);
    assert_false(says(&notes, "none of"));
    assert_int_equal(laco_text_survey_begin(&survey, ctx), LACO_OK);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(laco_text_survey_add(&survey, texts[i], strlen(texts[i]), labels[i]), LACO_OK);
    assert_int_equal(laco_text_survey_end(&survey, "texts", &notes), LACO_OK);
    laco_text_survey_free(&survey);
    assert_true(says(&notes, "2 of 6 texts stand there more than once; the first again is number 3"));
    assert_true(says(&notes, "1 of these with another label than before, the first is number 4"));
    assert_true(says(&notes, "1 times U+FFFD") && says(&notes, "once read as Latin-1"));
    laco_notes_free(&notes);
}

/* ---- Tables ---------------------------------------------------------------------------------------------------------------- */

static void tables_are_opened(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool spaces;
        const char *between;
        size_t first_line;
        bool plain;
    } cases[] = {
        {"a,b\n1,2\n", false, "commas", 1, false},
        {"sep=;\na;b,c,d\n", false, "semicolons", 2, false},
        {"# by a logger\n# of two lines\na,b\n1,2\n", false, "commas", 3, false},
        {"#,name,kind\n1,a,b\n", false, "commas", 1, false},
        {"a\tb\n\"x\"\t\"y\"\"z\"\n", false, "tabs", 1, false},
        {"a\tb\nsay \"x\" now\ty\n", false, "tabs", 1, true},
        {"  1.5  2.5\n3.5\t4.5 \n", true, "spaces", 1, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        laco_csv csv;
        laco_columns columns;
        assert_int_equal(laco_csv_open(ctx, "t", cases[i].text, strlen(cases[i].text), cases[i].spaces, &csv), LACO_OK);
        assert_string_equal(laco_csv_between(&csv), cases[i].between);
        assert_int_equal(csv.first_line, cases[i].first_line);
        assert_int_equal(csv.plain, cases[i].plain);
        assert_int_equal(laco_columns_look(ctx, &csv, &columns), LACO_OK);
        assert_true(columns.count >= 2);
        laco_columns_close(&columns);
        laco_csv_close(ctx, &csv);
    }
}

static void columns_are_looked_at(void **state)
{
    (void)state;
    static const char text[] = ",x,name,\n0,1.5,a,\n1,\"2,5\",b,\n2,NA,b,\n";
    laco_csv csv;
    laco_columns columns;
    assert_int_equal(laco_csv_open(ctx, "t", text, sizeof text - 1, false, &csv), LACO_OK);
    assert_int_equal(laco_columns_look(ctx, &csv, &columns), LACO_OK);
    const laco_column *c = columns.column;
    assert_int_equal(columns.count, 4);
    assert_int_equal(columns.rows, 3);
    assert_true(laco_column_is_index(&c[0]) && !laco_column_is_index(&c[1]) && laco_column_is_empty(&c[3]) &&
                !laco_column_is_empty(&c[0]));
    assert_true(c[1].numbers == 2 && c[1].missing == 1 && c[1].commas && c[1].marks == 0);
    assert_true(c[2].texts == 3 && columns.first_values.count == 3 && columns.last_values.count == 1);
    laco_columns_close(&columns);
    laco_csv_close(ctx, &csv);
    assert_true(laco_field_missing(" n/a ", 5) && laco_field_missing("-", 1) && !laco_field_missing("0", 1));
    assert_true(laco_role_named(LACO_ROLE_TEXT, "Review", 6) && !laco_role_named(LACO_ROLE_TEXT, "Revie", 5));
    assert_true(laco_role_header(LACO_ROLE_LABEL, LACO_ROLE_TEXT, "\t", "label\ttext", 10) &&
                !laco_role_header(LACO_ROLE_LABEL, LACO_ROLE_TEXT, "\t", "text\tlabel", 10));
}

/* ---- Entities -------------------------------------------------------------------------------------------------------------- */

static void marks_of_entities(void **state)
{
    (void)state;
    static const char *const yes[][5] = {
        {"B-X", "I-X", "O"}, {"B-X", "L-X", "O", "U-Y"}, {"B", "I", "O"}, {"B-X", "M-X", "E-X", "S-X"}, {"I", "O"}};
    static const char *const no[][5] = {{"B", "S", "M", "E"}, {"O"}, {"B-X", "O", "NOUN"}, {"B", "B-X", "O"}, {"S", "O"}};
    for (size_t i = 0; i < 5; i++) {
        int count = 0, other = 0;
        while (count < 5 && yes[i][count])
            count++;
        while (other < 5 && no[i][other])
            other++;
        assert_true(laco_bio_detect(yes[i], count));
        assert_false(laco_bio_detect(no[i], other));
    }
    static const char *const names[] = {"O", "B-X", "L-X", "U-Y"};
    static const size_t starts[] = {0, 4};
    static const int32_t gold[] = {1, 2, 0, 3}, found[] = {1, 2, 3, 3};
    laco_bio_type *types;
    int count;
    assert_int_equal(laco_bio_count(ctx, names, 4, starts, 1, gold, found, &types, &count), LACO_OK);
    assert_int_equal(count, 2);
    assert_true(types[0].gold == 1 && types[0].right == 1 && types[1].gold == 1 && types[1].found == 2 && types[1].right == 1);
    laco_release(ctx, types);
}

/* ---- Memory ---------------------------------------------------------------------------------------------------------------- */

static laco_status attempt(laco_context *context, void *unused)
{
    (void)unused;
    laco_labelled *data;
    laco_summary *summary;
    const char *path = temporary_path("rows.csv");
    LACO_TRY(laco_labelled_load(context, &path, 1, NULL, &data));
    laco_status status = laco_labelled_summary(data, true, &summary);
    if (status == LACO_OK)
        laco_summary_free(summary);
    laco_labelled_free(data);
    return status;
}

static void without_memory(void **state)
{
    (void)state;
    FILE *file = fopen(temporary_path("rows.csv"), "w");
    fputs("label,p0,p1\na,1,2\nb,2,1\na,3,4\n", file);
    fclose(file);
    size_t n = fail_each_allocation(attempt, NULL);
    assert_true(n > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(contents_are_known_by_their_first_bytes),
                                       TEST(what_is_right_names_the_file),
                                       TEST(encodings_are_guessed),
                                       TEST(summaries_put_notes_in_order),
                                       TEST(surveys_warn),
                                       TEST(tables_are_opened),
                                       TEST(columns_are_looked_at),
                                       TEST(marks_of_entities),
                                       cmocka_unit_test(without_memory)};
    return cmocka_run_group_tests(tests, temporary_folder_setup, temporary_folder_teardown);
}
