#include "base/content.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HEADER_LOOKED_AT ((size_t)1 << 20) /* of safetensors */
#define LOOKED_AT ((size_t)4096)           /* bytes, where something may stand anywhere at the front */

#define PICTURE "pictures are read as PNG or PGM, so convert it first: magick @ @.png"
#define RECORDING "recordings are read as WAV, FLAC or Ogg, so convert it first: ffmpeg -i @ @.wav"
#define SHEET "save it as CSV first: libreoffice --headless --convert-to csv @"
#define PROSE "save its text first: libreoffice --headless --convert-to txt:Text @"
#define WEIGHTS "laco import makes a model of it: laco import @ -o MODEL --task TASK"
#define PYTHON "save it as CSV first, in Python by "
#define PANDAS(reader) PYTHON "pandas: pandas." reader "('@').to_csv('@.csv', index=False)"
#define R_OBJECT "save it as CSV first: Rscript -e 'write.csv(get(load(\"@\")), \"@.csv\", row.names = FALSE)'"
#define R_ONE "save it as CSV first: Rscript -e 'write.csv(readRDS(\"@\"), \"@.csv\", row.names = FALSE)'"
#define XARRAY PYTHON "xarray: xarray.open_dataset('@').to_dataframe().to_csv('@.csv')"
#define MATLAB PYTHON "scipy.io.loadmat and numpy.savetxt, or in MATLAB by writematrix"
#define PICKLE PYTHON "pandas, where you trust it: pandas.read_pickle('@').to_csv('@.csv', index=False)"
#define NO_GRAPH "laco import reads checkpoints of PyTorch and safetensors, no graphs"

/* A kind by the bytes at one place. */
typedef struct signature {
    size_t at, size;
    const char *bytes;
    laco_content content;
} signature;

#define AT(place, bytes, what, right)                                                                                            \
    {                                                                                                                            \
        place, sizeof(bytes) - 1, bytes, { what, right }                                                                         \
    }
#define STARTS(bytes, what, right) AT(0, bytes, what, right)

static const signature signatures[] = {
    STARTS("\x1F\x8B", "is compressed", "gunzip it first: gunzip @"),
    STARTS("\xFD"
           "7zXZ",
           "is compressed", "unxz it first: unxz @"),
    AT(4, "1AY&SY", "is compressed", "bunzip2 it first: bunzip2 @"),
    STARTS("LZIP\x01", "is compressed", "unpack it first: lzip -d @"),
    STARTS("\x5D\0\0", "is compressed", "unlzma it first: unlzma @"),
    STARTS("\x28\xB5\x2F\xFD", "is compressed", "unzstd it first: unzstd @"),
    STARTS("\x04\x22\x4D\x18", "is compressed", "unlz4 it first: unlz4 @"),
    STARTS("\x1F\x9D", "is compressed", "uncompress it first: uncompress @"),
    STARTS("7z\xBC\xAF\x27\x1C", "is an archive", "unpack it first: 7z x @"),
    STARTS("Rar!\x1A", "is an archive", "unpack it first: unrar x @"),
    AT(257, "ustar", "is an archive", "unpack it first: tar xf @"),
    STARTS("\xD0\xCF\x11\xE0", "is a spreadsheet or document of an old office program", SHEET),
    STARTS("version https://git-lfs", "is a pointer of Git LFS and not the file itself", "fetch the file first: git lfs pull"),
    STARTS("PK\x05\x06", "is an empty zip archive", NULL),
    STARTS("%!PS-", "is PostScript", "take its text first: ps2ascii @"),
    STARTS("AT&TFORM", "is a DjVu document", "take its text first: djvutxt @"),
    STARTS("%PDF-", "is a PDF", "take its text first: pdftotext -enc UTF-8 @"),
    STARTS("{\\rtf", "is a document in RTF", PROSE),
    STARTS("\xFF\xD8\xFF", "is a JPEG picture", PICTURE),
    STARTS("\x89PNG\r\n\x1A\n", "is a PNG picture", "laco train caption reads lines of picture.png<TAB>caption"),
    STARTS("GIF89a", "is a GIF picture", PICTURE),
    STARTS("GIF87a", "is a GIF picture", PICTURE),
    STARTS("II*\0", "is a TIFF picture", PICTURE),
    STARTS("MM\0*", "is a TIFF picture", PICTURE),
    STARTS("8BPS\0", "is a PSD picture", PICTURE),
    STARTS("\x76\x2F\x31\x01", "is an EXR picture", PICTURE),
    STARTS("ID3\x03", "is an MP3 recording", RECORDING),
    STARTS("ID3\x04", "is an MP3 recording", RECORDING),
    STARTS("ID3\x02", "is an MP3 recording", RECORDING),
    STARTS("\xFF\xFB", "is an MP3 recording", RECORDING),
    STARTS("\xFF\xFA", "is an MP3 recording", RECORDING),
    STARTS("\xFF\xF3", "is an MP3 recording", RECORDING),
    STARTS("\xFF\xF2", "is an MP3 recording", RECORDING),
    STARTS("\xFF\xF1", "is an AAC recording", RECORDING),
    STARTS("\xFF\xF9", "is an AAC recording", RECORDING),
    STARTS("caff\0", "is a CAF recording", RECORDING),
    STARTS(".snd\0", "is an AU recording", RECORDING),
    STARTS("#!AMR", "is an AMR recording", RECORDING),
    STARTS("\x30\x26\xB2\x75\x8E\x66\xCF\x11", "is a WMA recording", RECORDING),
    STARTS("\x1A\x45\xDF\xA3", "is a Matroska or WebM film", RECORDING),
    STARTS("fLaC\0", "is a recording", "laco train transcribe reads lines of file<TAB>text"),
    STARTS("OggS\0", "is a recording", "laco train transcribe reads lines of file<TAB>text"),
    STARTS("\x93NUMPY", "is a NumPy array", PYTHON "numpy: numpy.savetxt('@.csv', numpy.load('@'), delimiter=',')"),
    STARTS("\x89HDF\r\n", "is an HDF5 file",
           PYTHON "h5py, or of a table by pandas: pandas.read_hdf('@').to_csv('@.csv', index=False)"),
    STARTS("CDF\x01", "is a NetCDF file", XARRAY),
    STARTS("CDF\x02", "is a NetCDF file", XARRAY),
    STARTS("CDF\x05", "is a NetCDF file", XARRAY),
    STARTS("PAR1\x15", "is a Parquet table", PANDAS("read_parquet")),
    STARTS("ARROW1\0", "is an Arrow table", PANDAS("read_feather")),
    STARTS("FEA1\0", "is a Feather table", PANDAS("read_feather")),
    STARTS("ORC\x08", "is an ORC table", PANDAS("read_orc")),
    STARTS("Obj\x01", "is an Avro table", PYTHON "fastavro"),
    STARTS("$FL2@(#)", "is an SPSS table", PANDAS("read_spss")),
    STARTS("$FL3@(#)", "is an SPSS table", PANDAS("read_spss")),
    STARTS("<stata_dta>", "is a Stata table", PANDAS("read_stata")),
    STARTS("\x71\x02\x01\0", "is a Stata table", PANDAS("read_stata")),
    STARTS("\x72\x02\x01\0", "is a Stata table", PANDAS("read_stata")),
    STARTS("\x73\x02\x01\0", "is a Stata table", PANDAS("read_stata")),
    AT(12, "\xC2\xEA\x81\x60", "is a SAS table", PANDAS("read_sas")),
    STARTS("HEADER RECORD*******", "is a SAS table", PANDAS("read_sas")),
    STARTS("RDX2\n", "is an R file", R_OBJECT),
    STARTS("RDX3\n", "is an R file", R_OBJECT),
    STARTS("X\n\0\0\0", "is an R file", R_ONE),
    STARTS("SQLite format 3", "is an SQLite database", "save a table of it as CSV first: sqlite3 -csv -header @ 'select …'"),
    STARTS("MATLAB 5.0 MAT-file", "is a MATLAB file", MATLAB),
    STARTS("MATLAB 7.3 MAT-file", "is a MATLAB file in HDF5", PYTHON "h5py and numpy.savetxt, or in MATLAB by writematrix"),
    STARTS("\0\0\x08\x01", "holds labels in the IDX form", NULL),
    STARTS("\0\0\x08\x03", "holds images in the IDX form", NULL),
    STARTS("\0\0\x0D\x02", "holds vectors in the IDX form", NULL),
    STARTS("\0\0\x0D\x03", "holds images in the IDX form", NULL),
    STARTS("\x7F"
           "ELF",
           "is a program", NULL),
    STARTS("MZ\x90\0", "is a program", NULL),
    STARTS("\xCF\xFA\xED\xFE", "is a program", NULL),
    STARTS("\xCA\xFE\xBA\xBE", "is a program", NULL),
    STARTS("\0asm", "is a program", NULL),
    STARTS("!<arch>\n", "is a library of a program", NULL),
    STARTS("GGUF\x02\0", "is a language model in GGUF", NULL),
    STARTS("GGUF\x03\0", "is a language model in GGUF", NULL),
    AT(1, "\0\0\0TFL3", "is a model of TensorFlow Lite", NO_GRAPH),
    STARTS("\x80\x02", "is a Python pickle, perhaps an old checkpoint of PyTorch", WEIGHTS),
    STARTS("\x80\x03", "is a Python pickle", PICKLE),
    STARTS("\x80\x04", "is a Python pickle", PICKLE),
    STARTS("\x80\x05", "is a Python pickle", PICKLE),
    STARTS("(dp0\n", "is a Python pickle", PICKLE),
    STARTS("(lp0\n", "is a Python pickle", PICKLE),
    STARTS("ccopy_reg\n", "is a Python pickle", PICKLE),
};

/* Kinds of zip archives, by a name at the front of what they hold, or by their beginning alone. */
static const signature archives[] = {
    STARTS("data.pkl", "is a checkpoint of PyTorch (.pt)", WEIGHTS),
    STARTS(".npy", "is an archive of NumPy arrays",
           PYTHON "numpy: numpy.savetxt('@.csv', numpy.load('@')['NAME'], delimiter=',')"),
    STARTS("opendocument.spreadsheet", "is a spreadsheet", SHEET),
    STARTS("opendocument.text", "is a document", PROSE),
    STARTS("word/", "is a document", PROSE),
    STARTS("xl/", "is a spreadsheet", SHEET),
    STARTS("", "is a zip archive or a spreadsheet", "unzip it first, or save the spreadsheet as CSV: unzip @"),
};

static bool holds(const char *bytes, size_t size, const char *wanted, size_t length)
{
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(bytes + i, wanted, length) == 0)
            return true;
    return false;
}

static const laco_content *find_archive(const char *bytes, size_t size)
{
    size_t i = 0, front = LACO_MIN(size, LOOKED_AT);
    while (!holds(bytes, front, archives[i].bytes, archives[i].size) &&
           !holds(bytes + size - front, front, archives[i].bytes, archives[i].size)) /* where its directory lies */
        i++;
    return &archives[i].content;
}

/* Safetensors begin with the length of a header, eight bytes, and the header in JSON. */
static const laco_content *find_tensors(const char *bytes, size_t size)
{
    static const laco_content model = {"is a model", "the model comes before the data: laco predict MODEL DATA"},
                              tensors = {"is a safetensors file", WEIGHTS};
    if (size < 10 || bytes[8] != '{' || bytes[7] || bytes[6] || bytes[5] || bytes[4])
        return NULL;
    return holds(bytes, LACO_MIN(size, HEADER_LOOKED_AT), "\"laco.format\"", 13) ? &model : &tensors;
}

/* Kinds of boxes: files in parts, the first of which says what they are. */
static const signature boxes[] = {
    AT(8, "WEBP", "is a WebP picture", PICTURE),
    AT(8, "WAVE", "is a recording", "laco train transcribe reads lines of file<TAB>text"),
    AT(8, "AVI ", "is a film", RECORDING),
    AT(8, "AIFF", "is an AIFF recording", RECORDING),
    AT(8, "AIFC", "is an AIFF recording", RECORDING),
    AT(4, "ftyphei", "is a HEIF picture", PICTURE),
    AT(4, "ftypmif1", "is a HEIF picture", PICTURE),
    AT(4, "ftypavif", "is an AVIF picture", PICTURE),
    AT(4, "ftyp", "is an MPEG-4 recording or film", RECORDING),
};

static const laco_content *find_signed(const signature *signatures_of, size_t count, const char *bytes, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        const signature *s = &signatures_of[i];
        if (size >= s->at + s->size && memcmp(bytes + s->at, s->bytes, s->size) == 0)
            return &s->content;
    }
    return NULL;
}

/* Numbers with white space between them, as many as are wanted, from the third byte on. */
static bool numbers_follow(const char *bytes, size_t size, int wanted)
{
    size_t i = 2;
    for (; wanted > 0 && i < size; wanted--) {
        size_t space = i;
        while (i < size && (bytes[i] == ' ' || bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t'))
            i++;
        size_t digits = i;
        while (i < size && bytes[i] >= '0' && bytes[i] <= '9')
            i++;
        if (digits == space || digits == i)
            return false;
    }
    return wanted == 0;
}

/* Digits and white space alone. */
static bool only_numbers(const char *bytes, size_t size)
{
    for (size_t i = 2; i < LACO_MIN(size, LOOKED_AT); i++)
        if (!strchr("0123456789 \t\r\n", bytes[i]) || !bytes[i])
            return false;
    return numbers_follow(bytes, size, 3);
}

/* A picture in the simplest of forms: P3 or P6 …, white space, its width, its height. P2 and P5, grey, are read. */
static const laco_content *find_portable(const char *bytes, size_t size)
{
    static const laco_content other = {"is a picture in the PBM, PPM or PAM form", PICTURE},
                              grey = {"is a PGM picture", "laco train caption reads lines of picture.pgm<TAB>caption"};
    if (size < 4 || bytes[0] != 'P' || bytes[1] < '1' || bytes[1] > '7')
        return NULL;
    bool binary = bytes[1] >= '4', fits = binary ? !laco_content_is_text(bytes, size) : only_numbers(bytes, size);
    if (!fits || (bytes[1] == '7' ? bytes[2] != '\n' : !numbers_follow(bytes, size, 2) && bytes[3] != '#'))
        return NULL;
    return bytes[1] == '2' || bytes[1] == '5' ? &grey : &other;
}

static const laco_content *find_bitmap(const char *bytes, size_t size)
{
    static const laco_content bitmap = {"is a BMP picture", PICTURE};
    return size >= 14 && bytes[0] == 'B' && bytes[1] == 'M' && !bytes[6] && !bytes[7] && !bytes[8] && !bytes[9] ? &bitmap : NULL;
}

/* A message of protobuf: the version of the form in field 1, behind it the producer, the domain or the graph. */
static const laco_content *find_onnx(const char *bytes, size_t size)
{
    static const laco_content graph = {"is a graph of ONNX", NO_GRAPH};
    return size >= 4 && bytes[0] == '\x08' && bytes[1] >= 1 && bytes[1] < ' ' && memchr("\x12\x1A\x22\x3A\x42", bytes[2], 5)
               ? &graph
               : NULL;
}

const laco_content *laco_content_find(const char *bytes, size_t size)
{
    const laco_content *found = find_tensors(bytes, size);
    if (!found)
        found = find_portable(bytes, size);
    if (!found)
        found = find_bitmap(bytes, size);
    if (!found)
        found = find_onnx(bytes, size);
    if (!found && size >= 4 && memcmp(bytes, "PK\x03\x04", 4) == 0)
        found = find_archive(bytes, size);
    if (!found && size >= 12 && (memcmp(bytes, "RIFF", 4) == 0 || memcmp(bytes, "FORM", 4) == 0 || bytes[0] == 0))
        found = find_signed(boxes, sizeof boxes / sizeof *boxes, bytes, size);
    return found ? found : find_signed(signatures, sizeof signatures / sizeof *signatures, bytes, size);
}

/* What a name says of a file whose first bytes do not: R compresses its files, and some kinds have no mark. */
const laco_content *laco_content_named(const char *name)
{
    static const struct {
        const char *end;
        laco_content content;
    } kinds[] = {
        {".rda", {"is by its name an R file", R_OBJECT}},
        {".rdata", {"is by its name an R file", R_OBJECT}},
        {".rds", {"is by its name an R file", R_ONE}},
        {".mat", {"is by its name a MATLAB file", MATLAB}},
        {".pkl", {"is by its name a Python pickle", PICKLE}},
        {".pickle", {"is by its name a Python pickle", PICKLE}},
        {".onnx", {"is by its name a graph of ONNX", NO_GRAPH}},
        {".joblib", {"is by its name a file of joblib", PYTHON "joblib.load"}},
        {".tfrecord", {"is by its name a file of TensorFlow", PYTHON "tensorflow.data.TFRecordDataset"}},
    };
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t end = strlen(kinds[i].end);
        if (length > end && strcasecmp(name + length - end, kinds[i].end) == 0)
            return &kinds[i].content;
    }
    return NULL;
}

const char *laco_name_in_command(const char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+-";
    return strlen(name) < 100 && *name != '-' && strspn(name, plain) == strlen(name) ? name : "FILE";
}

laco_status laco_content_refuse(laco_context *ctx, const char *name, const laco_content *content, const char *expected)
{
    char right[400] = "";
    size_t used = 0;
    const laco_content *named = strcmp(content->what, "is compressed") == 0 ? laco_content_named(name) : NULL;
    content = named ? named : content;
    for (const char *at = content->right; at && *at && used + 1 < sizeof right; at++)
        if (*at == '@') {
            int written = snprintf(right + used, sizeof right - used, "%s", laco_name_in_command(name));
            used = LACO_MIN(used + (size_t)LACO_MAX(written, 0), sizeof right - 1);
        } else {
            right[used++] = *at;
            right[used] = 0;
        }
    return laco_fail(ctx, LACO_FORMAT, "%s: %s%s%s%s%s", name, content->what, *expected ? ", " : "", expected, used ? "; " : "",
                     right);
}

bool laco_content_is_text(const char *bytes, size_t size)
{
    size_t front = LACO_MIN(size, LOOKED_AT);
    for (size_t i = 0; i < front; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if ((byte < ' ' && (byte < '\t' || byte > '\r')) || byte >= 0xFE) /* which no UTF-8 has */
            return false;
    }
    return front > 0;
}
