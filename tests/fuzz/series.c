/* Any bytes as a table of series in time, and what is then said of them. The first byte says how the rest is read. */
#include "fuzz.h"

#include "laco/read.h"

#include <math.h>

static void use_one(const laco_series *series, size_t index)
{
    size_t rows = laco_series_rows(series, index);
    char time[48];
    require(rows > 0);
    fuzz_check_line(laco_series_id(series, index));
    for (size_t row = 0; row < rows; row++)
        for (int c = 0; c < laco_series_column_count(series); c++)
            require(isfinite(laco_series_value(series, index, row, c)));
    for (size_t row = 0; row < rows + 3; row++) { /* and as the step goes on */
        laco_series_time_text(series, index, row, time);
        fuzz_check_line(time);
        int32_t nanoseconds;
        laco_series_time(series, index, row, &nanoseconds);
        require(nanoseconds >= 0 && nanoseconds < 1000000000);
    }
}

static void use(const laco_series *series)
{
    laco_summary *summary = NULL;
    require(laco_series_count(series) > 0 && laco_series_column_count(series) > 0);
    for (size_t i = 0; i < laco_series_count(series); i++)
        use_one(series, i);
    laco_status status = laco_series_summary(series, true, &summary);
    fuzz_check_summary(status, summary);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const columns[] = {NULL, "a", "a,b", "v"}, *const times[] = {NULL, "none", "t", "date"};
    if (size < 2)
        return 0;
    laco_series *series;
    laco_context *ctx = fuzz_context();
    fuzz_file file = fuzz_open(bytes + 2, size - 2);
    laco_series_config config = {.missing = (laco_missing)(bytes[0] % 3),
                                 .date = (laco_date_order)(bytes[0] / 3 % 4),
                                 .date_unclear = (laco_date_order)(bytes[0] / 12 % 4),
                                 .decimal = (laco_decimal)(bytes[0] / 48 % 3),
                                 .column_list = columns[bytes[1] % 4],
                                 .time_column = times[bytes[1] / 4 % 4],
                                 .id_column = bytes[1] / 16 % 2 ? "id" : NULL};
    if (laco_series_load(ctx, file.path, &config, &series) < 0) {
        fuzz_check_error(ctx);
    } else {
        use(series);
        laco_series_free(series);
    }
    fuzz_close(&file);
    laco_context_free(ctx);
    return 0;
}
