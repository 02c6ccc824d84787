/* laco/read.h - files into data: tables, lines of text, CoNLL-U, pictures, recordings. In liblaco-readers; all else needs none of
 * it.
 */
#ifndef LACO_READ_H
#define LACO_READ_H

#include "laco/captioned.h"
#include "laco/corpus.h"
#include "laco/labelled.h"
#include "laco/pairs.h"
#include "laco/series.h"
#include "laco/spoken.h"
#include "laco/tagged.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Labelled sequences ------------------------------------------------------------------------------------------------- */

/* Forms of labelled sequences, chosen by the path:
 *   a folder       one file per label, `Portuguese.txt` holding label "Portuguese", one text a line; hidden files
 *                  and files that do not end in .txt are passed over; files are read in byte order of their names
 *   *.csv          a table with a header (RFC 4180: quoted fields may hold delimiters, quotes and newlines). The delimiter
 *                  is the comma, semicolon or tab that the header line has most of
 *   -              standard input, as for any other file
 *   anything else  lines of label<TAB>text; where a column was named, a table with a header instead
 * All of it is UTF-8; a byte order mark at the start and CRLF line ends are allowed. Blank lines are skipped. A text
 * that is empty or white space is an error here, because nobody can learn its label from it.
 *
 * Sequences of numbers, T steps of F numbers each, are known by their content:
 *   a table        each row holds the numbers of one sequence, step by step, and its label last; *.csv, or any file where
 * `features` or `steps` is given. A header may stand above; a table whose header has the text column is text .ts            the
 * text form of the UCR and UEA archives (sktime): a header of @ lines, then for each sequence its dimensions with colons between
 * them and its label last. T may differ from one sequence to another IDX            the binary form of MNIST: a file of images, N
 * × rows × columns (× channels), one row a step; or N × steps. Its labels are an IDX file that is given behind it, or lies beside
 * it with "labels" and "idx1" in its name where that of the images has "images" and "idx3"
 */
/* Reads `path_count` paths, one after another, into one set. `config` may be NULL. Where config->labels is given
 * any other label is an error; where not, at least two different labels must be found.
 * *out is the caller's, for laco_labelled_free; nothing of `paths` or `config` is kept.
 * LACO_IO: a path cannot be read. LACO_FORMAT: the content is not as above, or one path holds texts and another numbers; the text
 * says file, line and what would be right. LACO_INVALID: no path, a label given twice, or `steps` of what is no table.
 * LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_labelled_load(laco_context *ctx, const char *const *paths, int path_count,
                                        const laco_labelled_config *config, laco_labelled **out);

/* The same of `size` bytes in memory, which are copied; `path` stands for them in messages, and says what they are where their
 * content does not (.csv, .ts). */
LACO_API laco_status laco_labelled_parse(laco_context *ctx, const char *path, const char *bytes, size_t size,
                                         const laco_labelled_config *config, laco_labelled **out);

/* ---- Tagged sentences --------------------------------------------------------------------------------------------------- */

/* Forms of tagged sentences, blank lines between sentences where not said otherwise:
 *   CoNLL-U    ten columns between tabs; comments, multi-word tokens (1-2) and empty nodes (1.1) are kept and passed through
 *   columns    as CoNLL-2003: a word and what belongs to it, between spaces or tabs; -DOCSTART- lines are passed through
 *   TSV        the same between single tabs, so that a word may hold spaces
 *   lines      one sentence a line: words between spaces, a tab, as many tags between spaces
 *   text       one sentence a line, without tags: cut into words as the data of a model are, or as LACO_TEXT_WORD says
 * All of it is UTF-8; a byte order mark at the start and CRLF line ends are allowed.
 */
/* Reads `path_count` files ("-": standard input) into one set. `config` may be NULL. Where config->labels is given, tags that are
 * not among them are numbered behind them; where not, at least two different tags must be found. *out is the caller's. LACO_IO: a
 * file cannot be read. LACO_FORMAT: the content is not as above; the text says file, line and what would be right. LACO_INVALID:
 * no path, or no such column. LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_tagged_load(laco_context *ctx, const char *const *paths, int path_count,
                                      const laco_tagged_config *config, laco_tagged **out);

/* The same of `size` bytes in memory, which are copied; `name` stands for them in messages. */
LACO_API laco_status laco_tagged_parse(laco_context *ctx, const char *name, const char *bytes, size_t size,
                                       const laco_tagged_config *config, laco_tagged **out);

/* The form that a text has, found out from its first sentence; LACO_TAGGED_TEXT where it has no columns. `tags` (ended by NULL;
 * or NULL) are those of a model: columns between spaces are taken for such only where the last one holds a tag in every line. */
LACO_API laco_tagged_form laco_tagged_guess(const char *name, const char *bytes, size_t size, const char *const *tags);

/* Writes the data as it was read, with tags[i] in the place of the tag of word i: in its column where the line has it, else as a
 * new last column; of text, lines of word<TAB>tag. LACO_IO. */
LACO_API laco_status laco_tagged_write(const laco_tagged *data, const char *const *tags, FILE *file);

/* ---- Series ------------------------------------------------------------------------------------------------------------- */

/* Reads a CSV file with a header, one time step a row ("-": standard input). The delimiter is the comma, semicolon or tab that
 * the header has most of; numbers have a decimal point or comma, whichever all of a column can have. Time stamps, in one form
 * over the whole column: YYYY-MM-DD, DD/MM/YYYY or MM/DD/YYYY (where a day above 12 or `date` says which), YYYY-MM, MM/YYYY,
 * Mon-YYYY, Mon-YY, DD-Mon-YYYY, Mon DD, YYYY, 2016Q1, 2016-W53 (weeks of ISO 8601), YYYYMM, YYYYMMDD and on to seconds, with - /
 * . or space between, days with [T ]HH:MM[:SS[.fraction]][ AM|PM][ UTC|Z|+01:00]; or numbers in a column called year, date, time,
 * timestamp, index, step, month, week, day, hour, ds or t. Fractions of a second are kept to the microsecond. Rows may rise or
 * fall in time: those that fall (newest first) are turned round. Missing is an empty field, NA, N/A, NaN, null or ?. LACO_IO: not
 * readable; LACO_FORMAT: text that is not UTF-8, no header, a column that is not there, text or an infinity in a column of
 * numbers, a missing value, a column of dates in no known form or in an unclear one, a date that is none (2021-02-29), rows out
 * of order, a time that stands twice: the text names file, line and value, and the option that helps. LACO_NO_MEMORY. On failure
 * *out is untouched. */
LACO_API laco_status laco_series_load(laco_context *ctx, const char *path, const laco_series_config *config, laco_series **out);

/* ---- Pairs -------------------------------------------------------------------------------------------------------------- */

/* Files of pairs hold lines of source<TAB>target in UTF-8, or of source ||| target throughout; a byte order mark at the start and
 * CRLF line ends are allowed, blank lines are skipped, as are comments (lines of # without a tab) and a header above them. "-" is
 * standard input. */
/* Reads `path_count` files, one after another, into one set. *out is the caller's. LACO_IO: a file cannot be read. LACO_FORMAT:
 * the content is not as above; the text says file, line and what would be right. LACO_INVALID: no path. LACO_NO_MEMORY. On
 * failure *out is untouched. */
LACO_API laco_status laco_pairs_load(laco_context *ctx, const char *const *paths, int path_count, laco_pairs **out);

/* The same of `size` bytes in memory; `name` stands for them in messages. Nothing of them is kept. */
LACO_API laco_status laco_pairs_parse(laco_context *ctx, const char *name, const char *bytes, size_t size, laco_pairs **out);

/* ---- Captioned pictures and vectors ------------------------------------------------------------------------------------- */

/* Forms of captioned pictures and vectors, known by their content:
 *   IDX          the binary form of MNIST: N × rows × columns (× channels), or N × numbers; the path behind it is a text file
 * with a caption on each line a table      of numbers, the caption in the last column, between commas, semicolons or tabs; a
 * header may stand above a list       lines of picture<TAB>caption; pictures are PNG or PGM files, their paths relative to the
 * folder of the list (of standard input: to the present one) a picture    a PNG or PGM file itself, which has no caption: for
 * answers only Text is UTF-8; a byte order mark at the start and CRLF line ends are allowed, blank lines of tables and lists are
 * skipped. Pictures are grey, from 0 (black) to 255 (white): colours by their luminance, transparency before white.
 */
/* Reads `path_count` paths ("-": standard input), one after another, into one set. `config` may be NULL. *out is the caller's.
 * LACO_IO: a path cannot be read. LACO_FORMAT: the content is not as above, pictures stand among vectors, or a picture has
 * another height (or size) than is needed; the text says file, line and what would be right. LACO_INVALID: no path.
 * LACO_NO_MEMORY. On failure *out is untouched. */
LACO_API laco_status laco_captioned_load(laco_context *ctx, const char *const *paths, int path_count,
                                         const laco_captioned_config *config, laco_captioned **out);

/* The same of `size` bytes in memory, of IDX without the captions behind it; nothing of them is kept. `path` stands for them in
 * messages, and the pictures of a list are relative to its folder. */
LACO_API laco_status laco_captioned_parse(laco_context *ctx, const char *path, const char *bytes, size_t size,
                                          const laco_captioned_config *config, laco_captioned **out);

/* ---- Recordings --------------------------------------------------------------------------------------------------------- */

/* Every format of libsndfile is read: WAV, FLAC, Ogg, AIFF … Channels are averaged into one; the samples are converted to another
 * rate where one is asked for. A library that was built without sound (-Dsound=disabled) says so of every file. */

/* Reads recordings and their texts. A path may be
 *   a recording   in a format of libsndfile, by its content; without a text, which config->untexted must allow
 *   a folder      NAME.wav (.flac, .ogg) and NAME.txt beside it, in byte order of names
 *   a list        lines of file<TAB>text, UTF-8; the file's path is relative to the list. Several files between spaces are joined
 * to one recording. Blank lines are skipped. "-" is standard input, paths then being relative to the working folder. `config` may
 * be NULL. *out is the caller's. LACO_IO, LACO_FORMAT: file, line and what is wrong there. LACO_INVALID: no path. LACO_NO_MEMORY.
 * On failure *out is untouched. */
LACO_API laco_status laco_spoken_load(laco_context *ctx, const char *const *paths, int path_count,
                                      const laco_spoken_config *config, laco_spoken **out);

/* The same of `size` bytes in memory, a recording or a list; nothing of them is kept. `path` stands for them in messages, and the
 * files of a list are relative to its folder. */
LACO_API laco_status laco_spoken_parse(laco_context *ctx, const char *path, const char *bytes, size_t size,
                                       const laco_spoken_config *config, laco_spoken **out);

/* ---- Text --------------------------------------------------------------------------------------------------------------- */

/* Reads `path_count` files ("-": standard input) one after another as one text; a line end is put between two of them where the
 * first lacks its last. They may be larger than memory. `config` says what they are cut into; NULL: characters. CRLF is read as
 * LF; a byte order mark is passed over. *out is the caller's. LACO_FORMAT: binary data or other encodings, with file, line and
 * byte; LACO_INVALID: nothing was in the files; LACO_IO: not readable, or no room for the tokens; LACO_NO_MEMORY. On failure *out
 * is untouched. */
LACO_API laco_status laco_corpus_load(laco_context *ctx, const laco_text_config *config, const char *const *paths, int path_count,
                                      laco_corpus **out);

#ifdef __cplusplus
}
#endif

#endif
