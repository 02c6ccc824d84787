/* How the state of a cell follows from the one before, and by how much that stretches or shrinks what is in it. */
#include "export/inspect/scene.h"

#include "base/json_text.h"
#include "nn/recurrent.h"

#include <math.h>
#include <string.h>

#define MOST_STEPS 16 /* that are looked at */
#define MOST_SIDE 768 /* of a matrix */
#define MOST_WORK 3e9 /* multiplications in all, roughly */

/* One step of a pass: gates by block, h and c before and after. */
typedef struct moment {
    const laco_rnn_trace *trace;
    const laco_cell_weights *weights;
    const laco_real *gates, *h, *c;       /* after */
    const laco_real *h_before, *c_before; /* NULL: zero */
    int64_t H, P;
} moment;

static double at(const moment *m, int block, int64_t u) { return (double)m->gates[block * m->H + u]; }

/* Row u of weight_hh of a gate, times a factor, added to row[P]. */
static void add_weights(const moment *m, int gate, int64_t u, double factor, double *row)
{
    const laco_real *w = m->weights->w_hh + (gate * m->H + u) * m->P;
    for (int64_t j = 0; j < m->P; j++)
        row[j] += factor * (double)w[j];
}

static void vanilla(const moment *m, double *J, int64_t n)
{
    for (int64_t u = 0; u < m->H; u++) {
        double h = (double)m->h[u];
        add_weights(m, 0, u, m->trace->nonlinearity == LACO_RELU ? h > 0 : 1 - h * h, J + u * n);
    }
}

/* h' = (1 − z)·n + z·h */
static void gru(const moment *m, double *J, int64_t n)
{
    for (int64_t u = 0; u < m->H; u++) {
        double r = at(m, 0, u), z = at(m, 1, u), hn = at(m, 2, u), N = at(m, 3, u);
        double before = m->h_before ? (double)m->h_before[u] : 0, inner = (1 - z) * (1 - N * N);
        J[u * n + u] += z;
        add_weights(m, 1, u, (before - N) * z * (1 - z), J + u * n);
        add_weights(m, 2, u, inner * r, J + u * n);
        add_weights(m, 0, u, inner * hn * r * (1 - r), J + u * n);
    }
}

/* Rows of raw = o·tanh(c') by c and h, through weight_hr where there is one. */
static void project(const moment *m, const double *raw, double *J, int64_t n)
{
    for (int64_t p = 0; p < m->P; p++)
        for (int64_t u = 0; u < m->H; u++) {
            double w = m->P == m->H ? p == u : (double)m->weights->w_hr[p * m->H + u];
            for (int64_t j = 0; w != 0 && j < n; j++)
                J[(m->H + p) * n + j] += w * raw[u * n + j];
        }
}

/* The state is c, then h. */
static void lstm(const moment *m, double *J, int64_t n, double *raw)
{
    for (int64_t u = 0; u < m->H; u++) {
        double i = at(m, 0, u), f = at(m, 1, u), g = at(m, 2, u), o = at(m, 3, u);
        double c = (double)m->c[u], before = m->c_before ? (double)m->c_before[u] : 0, squashed = tanh(c);
        double *row = J + u * n, *out = raw + u * n;
        row[u] += f;
        add_weights(m, 0, u, g * i * (1 - i), row + m->H);
        add_weights(m, 1, u, before * f * (1 - f), row + m->H);
        add_weights(m, 2, u, i * (1 - g * g), row + m->H);
        for (int64_t j = 0; j < n; j++)
            out[j] = o * (1 - squashed * squashed) * row[j];
        add_weights(m, 3, u, squashed * o * (1 - o), out + m->H);
    }
    project(m, raw, J, n);
}

static int64_t side_of(const laco_rnn_trace *trace) { return trace->P + (trace->cell == LACO_LSTM ? trace->H : 0); }

laco_status laco_inspect_jacobian(laco_arena *arena, const laco_rnn_trace *trace, int layer, int direction, int64_t t,
                                  double **out, int64_t *n)
{
    const laco_pass_trace *pass = &trace->pass[layer * trace->directions + direction];
    int64_t B = trace->B, H = trace->H, P = trace->P, before = direction ? t + 1 : t - 1;
    bool there = before >= 0 && before < trace->T;
    moment m = {.trace = trace,
                .weights = laco_rnn_weights(trace->rnn, layer, direction),
                .gates = pass->gates + t * B * trace->G * H,
                .h = pass->h + t * B * P,
                .c = pass->c ? pass->c + t * B * H : NULL,
                .h_before = there ? pass->h + before * B * P : NULL,
                .c_before = there && pass->c ? pass->c + before * B * H : NULL,
                .H = H,
                .P = P};
    *n = side_of(trace);
    double *J = laco_arena_zeroed(arena, (size_t)*n, (size_t)*n * sizeof *J);
    double *raw = J && pass->c ? laco_arena_zeroed(arena, (size_t)H, (size_t)*n * sizeof *raw) : NULL;
    if (!J || !raw != !pass->c)
        return LACO_NO_MEMORY;
    if (trace->cell == LACO_LSTM)
        lstm(&m, J, *n, raw);
    else
        (trace->cell == LACO_GRU ? gru : vanilla)(&m, J, *n);
    *out = J;
    return LACO_OK;
}

/* ---- Singular values ----------------------------------------------------------------------------------------------------------- */

/* Turns two rows until they are at right angles; true where they were not. */
static bool turn(double *a, double *b, int64_t n)
{
    double aa = 0, bb = 0, ab = 0;
    for (int64_t j = 0; j < n; j++) {
        aa += a[j] * a[j];
        bb += b[j] * b[j];
        ab += a[j] * b[j];
    }
    if (fabs(ab) <= 1e-12 * sqrt(aa * bb) || ab == 0)
        return false;
    double zeta = (bb - aa) / (2 * ab), t = (zeta >= 0 ? 1 : -1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
    double cosine = 1 / sqrt(1 + t * t), sine = cosine * t;
    for (int64_t j = 0; j < n; j++) {
        double x = a[j], y = b[j];
        a[j] = cosine * x - sine * y;
        b[j] = sine * x + cosine * y;
    }
    return true;
}

/* One-sided Jacobi: when all rows are at right angles, their lengths are the singular values. Golub and Van Loan, "Matrix
 * computations", 8.6.3. */
void laco_inspect_singular(double *matrix, int64_t n, double *out)
{
    bool moved = true;
    for (int sweep = 0; sweep < 40 && moved; sweep++) {
        moved = false;
        for (int64_t a = 0; a + 1 < n; a++)
            for (int64_t b = a + 1; b < n; b++)
                moved = turn(matrix + a * n, matrix + b * n, n) || moved;
    }
    for (int64_t a = 0; a < n; a++) {
        double sum = 0;
        for (int64_t j = 0; j < n; j++)
            sum += matrix[a * n + j] * matrix[a * n + j];
        double value = sqrt(sum);
        int64_t place = a;
        for (; place > 0 && out[place - 1] < value; place--)
            out[place] = out[place - 1];
        out[place] = value;
    }
}

/* ---- What is told --------------------------------------------------------------------------------------------------------------- */

static laco_status tell_pass(laco_scene *scene, const laco_view *view, const laco_rnn_trace *trace, int p, json_t **into)
{
    json_t *places = json_array(), *values = json_array();
    int64_t n = side_of(trace), steps = LACO_MIN(view->steps, trace->T);
    double each = 8 * pow((double)n, 3);
    int64_t count = LACO_MIN((int64_t)LACO_MAX(1, LACO_MIN((double)MOST_STEPS, MOST_WORK / each)), steps);
    double *singular = laco_scene_alloc(scene, n, sizeof *singular);
    laco_status status = singular && places && values ? LACO_OK : LACO_NO_MEMORY;
    for (int64_t i = 0; i < count && status == LACO_OK; i++) {
        int64_t t = count == 1 ? steps / 2 : (int64_t)llround((double)i * (double)(steps - 1) / (double)(count - 1));
        double *J;
        laco_arena arena;
        laco_arena_init(&arena, scene->ctx);
        status = laco_inspect_jacobian(&arena, trace, p / trace->directions, p % trace->directions, t, &J, &n);
        if (status == LACO_OK)
            status = laco_check_stop(scene->ctx);
        if (status == LACO_OK) {
            laco_inspect_singular(J, n, singular);
            laco_json_add(&places, json_integer((json_int_t)t + 1));
            laco_json_add(&values, laco_inspect_doubles(singular, n));
        }
        laco_arena_free(&arena);
    }
    laco_json_add(into, json_pack("{s:s, s:i, s:s, s:s, s:o, s:o}", "view", view->name, "layer", p / trace->directions + 1,
                                  "direction", p % trace->directions ? "backwards" : "forwards", "state",
                                  trace->cell == LACO_LSTM ? "c, h" : "h", "places", places, "singular", values));
    return status;
}

laco_status laco_inspect_jacobians(laco_scene *scene, json_t **into)
{
    json_t *passes = json_array();
    laco_status status = LACO_OK;
    for (int v = 0; v < scene->views && status == LACO_OK; v++) {
        const laco_rnn_trace *trace = laco_scene_trace(scene, &scene->view[v], 0);
        for (int p = 0; trace && side_of(trace) <= MOST_SIDE && p < trace->layers * trace->directions && status == LACO_OK; p++)
            status = tell_pass(scene, &scene->view[v], trace, p, &passes);
    }
    laco_json_put(into, "jacobians", passes);
    return status;
}
