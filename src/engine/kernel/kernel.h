/* Kernels: pointers and sizes in, numbers out. They allocate nothing, check nothing and start no thread.
 *
 * One table of function pointers for each instruction set; src/engine/kernel/ref.c is the plain reading of every
 * entry and the judge of the others.
 *
 * The law of sums: each element of a product is one chain of multiply-adds over k = 0, 1, 2 … that starts
 * from what C holds (or from zero). So a result depends neither on how many rows or columns go in at once,
 * nor on how K is cut, nor on threads. */
#ifndef LACO_KERNEL_KERNEL_H
#define LACO_KERNEL_KERNEL_H

#include "base/base.h"

/* What happens behind the product of one step, by cell. */
typedef enum laco_gate_kind {
    LACO_GATES_TANH,
    LACO_GATES_RELU,
    LACO_GATES_GRU,
    LACO_GATES_LSTM,
    LACO_GATES_COUNT
} laco_gate_kind;

/* Rows of one time step on their way through the gates. Each matrix has `rows` rows of its own stride
 * (…_ld, in elements), H hidden units a row; matrices may be unaligned.
 *
 * gates, forward: sums in, activations out.        width   forward out            backward out
 *   RNN   [a]                                        H       (a is left alone)      [da]
 *   GRU   [r | z | nh | nx]                          4H      [r | z | nh | n]       [dr | dz | dnh | dnx]
 *         nh = W_hn h + b_hn, nx = W_in x + b_in
 *   LSTM  [i | f | g | o]                            4H      [i | f | g | o]        [di | df | dg | do]
 *
 * Forward:   RNN   h = tanh(a) or max(a, 0)
 *            GRU   r = σ(r), z = σ(z), n = tanh(nx + r·nh), h = (1 − z)·n + z·h_prev
 *            LSTM  i, f, o = σ(…), g = tanh(g), c = f·c_prev + i·g, h = o·tanh(c)
 * Backward:  with d = dy + dh (dy may be NULL: nothing arrives from above):
 *            RNN   da = d·(1 − h²), or d where h > 0 else 0;  dh is set to 0
 *            GRU   dn = d·(1 − z), dz = d·(h_prev − n)·z(1 − z), dnx = dn·(1 − n²), dnh = dnx·r,
 *                  dr = dnx·nh·r(1 − r);  dh = d·z
 *            LSTM  s = dc + d·o·(1 − tanh²c), do = d·tanh(c)·o(1 − o), di = s·g·i(1 − i),
 *                  df = s·c_prev·f(1 − f), dg = s·i·(1 − g²);  dc = s·f;  dh is set to 0
 * Behind backward the driver adds the step's product with W_hh to dh: the gradient of the previous step's h.
 * h may be the same memory as h_prev, c as c_prev (each element is read before it is written). */
typedef struct laco_gates {
    int64_t rows, H;
    int64_t units; /* work on the first so many of the H units; 0: on all. Pointers that begin at unit u make it units u … */
    laco_real *gates;
    int64_t gates_ld;
    bool inference; /* forward: nobody reads activations, and they need not be written back into `gates` */
    const laco_real *h_prev, *c_prev;
    int64_t h_prev_ld, c_prev_ld;
    laco_real *h, *c; /* backward only reads them */
    int64_t h_ld, c_ld;
    const laco_real *dy;
    int64_t dy_ld;
    laco_real *dh, *dc;
    int64_t dh_ld, dc_ld;
} laco_gates;

/* One step of one sequence through a layer: x and h in, h out. The sums of a gate row never leave the registers. Units go in groups of
 * at most step_vectors vectors of step_lanes lanes, as even as they can be; `packed` has for each group what its sums start from,
 * [width][units of the group], then for each of x_1 … x_I, h_1 … h_P a row of weights, [gates][units of the group]. */
typedef struct laco_step {
    int64_t I, P, H;
    const laco_real *x, *h, *packed; /* [I], [P], by laco_step_pack */
    laco_real *c;                    /* [H] in place; LSTM only */
    laco_real *out;                  /* [H] the new h; it may be h where there is one group. GRU: P is H */
    bool back;                       /* the last group first: every other step begins with weights that the caches still hold */
} laco_step;

/* Constants of one Adam or AdamW step: see optim/adam.c. */
typedef struct laco_adam_constants {
    laco_real step_size; /* lr / (1 − β1^t) */
    laco_real beta1, beta2;
    laco_real rest1, rest2;    /* 1 − β1, 1 − β2: rounded once, as torch does */
    laco_real sqrt_correction; /* sqrt(1 − β2^t) */
    laco_real epsilon;
    laco_real decay;  /* Adam: added to the gradient as decay·p */
    laco_real shrink; /* AdamW: p is multiplied by this first (1 − lr·decay); 1 for Adam */
} laco_adam_constants;

/* So few rows at most go against the whole of B at once: gemm reads B once, and as fast unpacked. */
#define LACO_FEW_ROWS 6

#define LACO_PARTIAL_SUMS 32 /* that squares and dot add to: element i to sum i mod 32 */

typedef struct laco_kernels {
    const char *name;
    int panel; /* columns of a packed panel */

    /* Packs B (K × N, element (k, n) at B[k·b_k + n·b_n]) into ceil(N / panel) panels of [K][panel], the last one
     * padded with zeros. `packed` holds laco_packed_size(K, N) elements. Packed memory is private to its table. */
    void (*pack)(int64_t K, int64_t N, const laco_real *B, int64_t b_k, int64_t b_n, laco_real *packed);

    /* C = A·B, or C += A·B where `accumulate`. A is M × K, element (m, k) at A[m·a_m + k·a_k], one of the two strides
     * being 1; C is M × N with row stride c_m; just N columns of C are read and written. M, N, K may be 0. */
    void (*gemm)(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, int64_t a_k, const laco_real *packed,
                 laco_real *C, int64_t c_m, bool accumulate);

    /* gemm of rows (a_k = 1) with a B that the product before and the one behind read too. Where rows are few and B does not fit the
     * caches, every other product should go `back`, from the last columns to the first: it begins with what they still hold. */
    void (*gemm_again)(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, const laco_real *packed, laco_real *C,
                       int64_t c_m, bool accumulate, bool back);

    /* C = start + A·B, where `start` has N elements: what each row begins with. It does not overlap C. */
    void (*gemm_from)(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, int64_t a_k, const laco_real *packed,
                      const laco_real *start, laco_real *C, int64_t c_m);

    /* `gemm` with B as it lies: element (k, n) at B[k·b_k + n]. For few rows, where packing would cost more than it brings. */
    void (*gemm_unpacked)(int64_t M, int64_t N, int64_t K, const laco_real *A, int64_t a_m, int64_t a_k, const laco_real *B,
                          int64_t b_k, laco_real *C, int64_t c_m, bool accumulate);

    void (*gates_forward[LACO_GATES_COUNT])(const laco_gates *g);
    void (*gates_backward[LACO_GATES_COUNT])(const laco_gates *g);

    int step_lanes, step_vectors[LACO_GATES_COUNT];
    void (*step[LACO_GATES_COUNT])(const laco_step *s); /* gives the bits of gemm over [x | h] and gates_forward */

    /* Element-wise over n elements; y may be x. Backward: dx += dy · f'(x), written with the output y. */
    void (*tanh)(int64_t n, const laco_real *x, laco_real *y);
    void (*sigmoid)(int64_t n, const laco_real *x, laco_real *y);
    void (*relu)(int64_t n, const laco_real *x, laco_real *y);
    void (*exp)(int64_t n, const laco_real *x, laco_real *y);
    void (*tanh_backward)(int64_t n, const laco_real *y, const laco_real *dy, laco_real *dx);
    void (*sigmoid_backward)(int64_t n, const laco_real *y, const laco_real *dy, laco_real *dx);
    void (*relu_backward)(int64_t n, const laco_real *y, const laco_real *dy, laco_real *dx);

    void (*add)(int64_t n, const laco_real *x, laco_real *y);                          /* y += x */
    void (*axpy)(int64_t n, laco_real a, const laco_real *x, laco_real *y);            /* y += a·x */
    void (*scale)(int64_t n, laco_real a, laco_real *y);                               /* y *= a */
    void (*multiply)(int64_t n, const laco_real *a, const laco_real *b, laco_real *y); /* y = a·b */
    /* Σ x², in double and in one fixed order: squares adds to partial sums, zero at first; what is cut at multiples of
     * LACO_PARTIAL_SUMS elements has the sums of the whole. squares_sum: their sum. */
    void (*squares)(int64_t n, const laco_real *x, double *sums);
    double (*squares_sum)(const double *sums);
    double (*dot)(int64_t n, const laco_real *x, const laco_real *y); /* likewise */

    /* sum[j] += Σ_r x[r][j], r = 0, 1, 2 …, over `columns` columns. */
    void (*column_sums)(int64_t rows, int64_t columns, const laco_real *x, int64_t x_ld, laco_real *sum);

    /* y = x − log Σ exp x along each row, stable; y may be x. Backward: dx += dy − exp(y)·Σ dy. */
    void (*log_softmax)(int64_t rows, int64_t n, const laco_real *x, int64_t x_ld, laco_real *y, int64_t y_ld);
    void (*log_softmax_backward)(int64_t rows, int64_t n, const laco_real *y, int64_t y_ld, const laco_real *dy, int64_t dy_ld,
                                 laco_real *dx, int64_t dx_ld);

    /* One Adam step over n parameters: m and v are the running moments (β1, β2); v holds squares. */
    void (*adam)(int64_t n, const laco_adam_constants *k, const laco_real *grad, laco_real *param, laco_real *m, laco_real *v);
} laco_kernels;

/* The table of this context. */
LACO_SHARED const laco_kernels *laco_kernels_of(const laco_context *ctx);

/* The table of an instruction set; NULL where this build or this machine has none. */
const laco_kernels *laco_kernels_for(laco_cpu cpu);

/* Elements that `pack` writes. */
static inline int64_t laco_packed_size(const laco_kernels *kernels, int64_t K, int64_t N)
{
    return K * ((N + kernels->panel - 1) / kernels->panel) * kernels->panel;
}

/* Groups of units of a step, and how the weights of a layer are packed for it: bias is [width·H], what a gate row starts from, and
 * w_ih [gates·H][I], w_hh [gates·H][P] as PyTorch lays them out. */
static inline int64_t laco_step_groups(const laco_kernels *kernels, laco_gate_kind kind, int64_t H)
{
    int64_t group = (int64_t)kernels->step_lanes * kernels->step_vectors[kind];
    return (H + group - 1) / group;
}
int64_t laco_step_size(const laco_kernels *kernels, laco_gate_kind kind, int64_t I, int64_t P, int64_t H);
void laco_step_pack(const laco_kernels *kernels, laco_gate_kind kind, int64_t I, int64_t P, int64_t H, const laco_real *bias,
                    const laco_real *w_ih, const laco_real *w_hh, laco_real *packed);

/* The tables themselves; those of other machines are not built. */
extern const laco_kernels laco_kernels_ref;
extern const laco_kernels laco_kernels_avx2;
extern const laco_kernels laco_kernels_avx512;
extern const laco_kernels laco_kernels_neon;

#endif
