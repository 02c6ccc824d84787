/* The matrix product, cut into tiles.
 *
 * At most FEW_ROWS rows: B goes by once, several panels at a time. More: blocks of B that stay in the second-level
 * cache, and within them blocks of up to ROWS rows of A that stay in the first. Goto and van de Geijn, "Anatomy of
 * high-performance matrix multiplication", ACM TOMS 34(3), 2008; A and B have changed places, for B is what comes packed. */
#ifndef LACO_KERNEL_SIMD_GEMM_H
#define LACO_KERNEL_SIMD_GEMM_H

#include "kernel/simd/pack.h"
#include "kernel/simd/tile.h"

#define FEW_BLOCKS 16     /* with so few blocks of rows, reading B takes as long as the work: it is fetched ahead */
#define DEPTH 512         /* the part of K that is done at once … */
#define DEPTH_COPIED 256  /* … and where A is copied, on the stack */
#define BLOCK_B (1 << 17) /* floats of a block of B, with few blocks of rows; with many, twice that */
#define SAME_LINES 1024   /* rows of A so far apart, or a multiple, share the same few lines of the first-level cache */

typedef struct product {
    int64_t M, N, K;
    const float *A;
    int64_t a_m, a_k;
    const float *packed;
    float *C;
    int64_t c_m;
    const float *start; /* see tile_job */
    int64_t start_m;
    bool back; /* few rows: from the last columns to the first */
} product;

/* What a product begins with, from column n of row m on. */
static const float *start_at(const product *p, int64_t m, int64_t n) { return p->start ? p->start + m * p->start_m + n : NULL; }

static void copy_columns(const float *from, int64_t from_m, float *to, int64_t to_m, int rows, int64_t columns)
{
    for (int i = 0; i < rows; i++, from += from_m, to += to_m)
        for (int64_t j = 0; j < columns; j += WIDTH) {
            int n = (int)LACO_MIN(WIDTH, columns - j);
            store_n(to + j, load_n(from + j, n), n);
        }
}

/* A tile of `width` columns that sticks out over the last column of C: computed beside C, of which it has `columns`. */
static void run_at_edge(tile_function *run, const tile_job *job, int rows, int64_t width, int64_t columns)
{
    float beside[LACO_MAX(ROWS, FEW_ROWS * 2) * PANEL];
    tile_job aside = *job;
    aside.C = beside;
    aside.c_m = width;
    if (job->start) {
        __builtin_memset(beside, 0, (size_t)(rows * width) * sizeof *beside);
        copy_columns(job->start, job->start_m, beside, width, rows, columns);
        aside.start = beside;
        aside.start_m = width;
    }
    run(&aside);
    copy_columns(beside, width, job->C, job->c_m, rows, columns);
}

/* The largest tile of few rows for so many half panels. */
static int most_halves(int64_t halves)
{
    int form = FEW_FORMS - 1;
    while (few_halves[form] > halves)
        form--;
    return form;
}

/* The largest tile of that many rows. */
static int widest_form(int rows)
{
    int form = FEW_FORMS - 1;
    while (!few_tiles[form][rows])
        form--;
    return form;
}

/* Columns [begin, end) of the product, begin being that of a panel. */
static void few_rows(const product *p, int64_t begin, int64_t end, const float *B, int64_t b_k, int64_t panel_stride)
{
    int rows = (int)p->M, widest = widest_form(rows);
    int64_t halves = (end - begin + HALF - 1) / HALF, at_once;
    tile_job job = {.K = p->K,
                    .A = p->A,
                    .a_m = p->a_m,
                    .a_k = p->a_k,
                    .panel_stride = panel_stride,
                    .b_k = b_k,
                    .c_m = p->c_m,
                    .start_m = p->start_m};
    for (int64_t i = 0; i < halves; i += at_once) { /* only the last tile has an odd number of them */
        int form = LACO_MIN(most_halves(halves - i), widest);
        at_once = few_halves[form];
        job.B = B + i / 2 * panel_stride;
        job.C = p->C + begin + i * HALF;
        job.start = start_at(p, 0, begin + i * HALF);
        if (end - begin >= (i + at_once) * HALF)
            few_tiles[form][rows](&job);
        else
            run_at_edge(few_tiles[form][rows], &job, rows, at_once * HALF, end - begin - i * HALF);
    }
}

/* All columns of a packed B, from the last to the first. */
static void few_rows_back(const product *p)
{
    int64_t width = (int64_t)few_halves[widest_form((int)p->M)] * HALF, begin = p->N / width * width, panel_stride = PANEL * p->K;
    for (int64_t end = p->N; end > 0; end = begin, begin -= width)
        few_rows(p, begin, end, p->packed + begin * p->K, PANEL, panel_stride);
}

/* The same with the last `depth` rows of a B that is not packed: they are, a panel at a time, on the stack. */
static void last_few_rows(const product *p, int64_t depth, const float *B, int64_t b_k)
{
    float packed[PANEL * PANEL];
    product last = *p;
    last.K = depth;
    last.A += (p->K - depth) * p->a_k;
    if (p->K > depth) {
        last.start = p->C;
        last.start_m = p->c_m;
    }
    for (int64_t n = 0; n < p->N; n += PANEL) {
        int64_t end = LACO_MIN(n + PANEL, p->N);
        pack_rows(depth, (int)(end - n), B + (p->K - depth) * b_k + n, b_k, packed);
        few_rows(&last, n, end, packed, PANEL, PANEL * depth);
    }
}

/* A block of rows of A against a block of B: where both begin in the product, and how far they go. */
typedef struct block {
    int64_t k, depth, n, columns, m, index, count; /* index: this block of rows is one of `count` */
    int rows;
} block;

/* What to fetch while a block is at work: tile t fetches from + t·tile_step, `step` further with each k. */
typedef struct fetch {
    const float *from;
    int64_t step, tile_step;
} fetch;

static fetch plan_fetch(const product *p, const block *b)
{
    bool last_rows = b->index + 1 == b->count, last_columns = b->n + b->columns == p->N;
    if (p->a_k != 1) { /* the next block of rows, a line for each k */
        int64_t m = last_rows ? 0 : b->m + b->rows, k = b->k + (last_rows && last_columns ? b->depth : 0);
        if (k < p->K)
            return (fetch){p->A + k * p->a_k + LACO_MIN(m + ROWS, p->M) - 1, p->a_k, 0};
    } else if (b->count > 1 && b->count <= FEW_BLOCKS) { /* the next block of B, of each panel this block's share */
        int64_t n = last_columns ? 0 : b->n + b->columns, k = b->k + (last_columns ? b->depth : 0);
        const float *from = p->packed + n * p->K + k * PANEL;
        if (k < p->K)
            return (fetch){from + b->index * (b->depth / b->count) * PANEL, PANEL / b->count, PANEL * p->K};
    }
    return (fetch){NULL, 0, 0};
}

static const tile_form half_form[] = {
    [IN_PLACE] = IN_PLACE_HALF, [IN_PLACE_AHEAD] = IN_PLACE_HALF, [TRANSPOSED] = TRANSPOSED_HALF, [COPIED] = COPIED_HALF};

static void run_block(const product *p, const block *b, const float *A, int64_t a_m, float *copy)
{
    fetch ahead = plan_fetch(p, b);
    tile_job job = {.K = b->depth,
                    .A = A,
                    .a_m = a_m,
                    .a_k = p->a_k,
                    .B = p->packed + b->n * p->K + b->k * PANEL,
                    .C = p->C + b->m * p->c_m + b->n,
                    .c_m = p->c_m,
                    .copy = copy,
                    .ahead = ahead.from ? ahead.from : A,
                    .ahead_step = ahead.step};
    job.start = b->k > 0 ? job.C : start_at(p, b->m, b->n);
    job.start_m = b->k > 0 ? p->c_m : p->start_m;
    tile_form form = p->a_k != 1 ? TRANSPOSED : ahead.from ? IN_PLACE_AHEAD : IN_PLACE;
    int64_t left = b->columns;
    for (; left >= PANEL; left -= PANEL) {
        tiles[form][b->rows](&job);
        if (form == TRANSPOSED) {
            form = COPIED;
            job.A = copy;
        }
        job.B += PANEL * p->K;
        job.C += PANEL;
        job.start = job.start ? job.start + PANEL : NULL;
        job.ahead += ahead.tile_step;
    }
    if (left > PANEL / 2)
        run_at_edge(tiles[form][b->rows], &job, b->rows, PANEL, left);
    else if (left > 0)
        run_at_edge(tiles[half_form[form]][b->rows], &job, b->rows, PANEL / 2, left);
}

static void many_rows(const product *p)
{
    float copy[(DEPTH_COPIED + LINE) * A_LANES] __attribute__((aligned(64)));
    int64_t count = (p->M + ROWS - 1) / ROWS;
    bool few = count <= FEW_BLOCKS, transposed = p->a_k != 1;
    bool copied_in_rows = !transposed && !few && p->a_m % SAME_LINES == 0;
    int64_t deepest = transposed || copied_in_rows ? DEPTH_COPIED : DEPTH, cuts = (p->K + deepest - 1) / deepest;
    int64_t depth = (p->K + cuts - 1) / cuts, columns = LACO_MAX((few ? 1 : 2) * BLOCK_B / depth / PANEL, 1) * PANEL;
    block b = {.count = count};
    for (b.k = 0; b.k < p->K; b.k += depth)
        for (b.n = 0; b.n < p->N; b.n += columns)
            for (b.m = b.index = 0; b.index < count; b.m += b.rows, b.index++) {
                b.depth = LACO_MIN(depth, p->K - b.k);
                b.columns = LACO_MIN(columns, p->N - b.n);
                b.rows = (int)(p->M / count + (b.index < p->M % count)); /* evenly: 32 rows go as 11, 11 and 10 */
                const float *A = p->A + b.m * p->a_m + b.k * p->a_k;
                int64_t a_m = p->a_m;
                if (copied_in_rows)
                    copy_columns(A, p->a_m, copy, a_m = b.depth + LINE, b.rows, b.depth);
                run_block(p, &b, copied_in_rows ? copy : A, a_m, copy);
            }
}

/* C of a product without terms. */
static void without_terms(const product *p)
{
    for (int64_t m = 0; m < p->M && p->start != p->C; m++)
        if (p->start)
            __builtin_memcpy(p->C + m * p->c_m, start_at(p, m, 0), (size_t)p->N * sizeof *p->C);
        else
            __builtin_memset(p->C + m * p->c_m, 0, (size_t)p->N * sizeof *p->C);
}

/* Whole panels are read, whatever the last ones hold behind column N: the next rows of B. Only at its end there are none. */
static void simd_gemm_unpacked(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const float *B,
                               int64_t b_k, float *C, int64_t c_m, bool accumulate)
{
    product p = {M, N, K, A, a_m, a_k, NULL, C, c_m, accumulate ? C : NULL, c_m, false};
    int64_t behind = (PANEL - N % PANEL) % PANEL, depth = b_k > 0 ? LACO_MIN(K, (behind + b_k - 1) / b_k) : K;
    for (int64_t m = 0; m < M && N > 0; m += p.M) {
        p.M = LACO_MIN(FEW_ROWS, M - m);
        p.A = A + m * a_m;
        p.C = C + m * c_m;
        p.start = accumulate ? p.C : NULL;
        p.K = K - depth;
        if (K == 0)
            without_terms(&p);
        if (p.K > 0)
            few_rows(&p, 0, N, B, b_k, PANEL);
        p.K = K;
        if (depth > 0)
            last_few_rows(&p, depth, B, b_k);
    }
}

static void run_product(const product *p)
{
    if (p->M == 0 || p->N == 0)
        return;
    if (p->K == 0) {
        without_terms(p);
    } else if (p->M <= FEW_ROWS && p->back) {
        few_rows_back(p);
    } else if (p->M <= FEW_ROWS) {
        few_rows(p, 0, p->N, p->packed, PANEL, PANEL * p->K);
    } else {
        many_rows(p);
    }
}

static void simd_gemm(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const float *packed, float *C,
                      int64_t c_m, bool accumulate)
{
    run_product(&(product){M, N, K, A, a_m, a_k, packed, C, c_m, accumulate ? C : NULL, c_m, false});
}

static void simd_gemm_again(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, const float *packed, float *C,
                            int64_t c_m, bool accumulate, bool back)
{
    run_product(&(product){M, N, K, A, a_m, 1, packed, C, c_m, accumulate ? C : NULL, c_m, back});
}

static void simd_gemm_from(int64_t M, int64_t N, int64_t K, const float *A, int64_t a_m, int64_t a_k, const float *packed,
                           const float *start, float *C, int64_t c_m)
{
    run_product(&(product){M, N, K, A, a_m, a_k, packed, C, c_m, start, 0, false});
}

#endif
