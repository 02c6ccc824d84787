/* One step of L-BFGS as torch.optim.LBFGS (1.13) takes it. With x the parameters, g the gradient, and of each earlier
 * iteration s = the change of x, y = the change of g, ρ = 1 / (y·s):
 *
 *     q = −g;  newest to oldest: α_i = ρ_i·(s_i·q), q −= α_i·y_i
 *     r = (y·s / y·y of the newest)·q;  oldest to newest: r += (α_i − ρ_i·(y_i·r))·s_i
 *     x += t·r
 *
 * with t the learning rate, or what the line search finds from there. Dot products are in double, in one fixed order. */
#include "optim/lbfgs.h"

#include "optim/line_search.h"

#include <math.h>
#include <string.h>

#define LEAST_CURVATURE 1e-10 /* pairs with a smaller y·s are not remembered */

static double dot(const laco_lbfgs *lbfgs, const laco_real *x, const laco_real *y)
{
    return lbfgs->kernels->dot(lbfgs->size, x, y);
}

/* y += a·x */
static void add(const laco_lbfgs *lbfgs, double a, const laco_real *x, laco_real *y)
{
    lbfgs->kernels->axpy(lbfgs->size, (laco_real)a, x, y);
}

static void copy(const laco_lbfgs *lbfgs, const laco_real *from, laco_real *to)
{
    memcpy(to, from, (size_t)lbfgs->size * sizeof *to);
}

static void negate(const laco_lbfgs *lbfgs, const laco_real *from, laco_real *to)
{
    for (int64_t i = 0; i < lbfgs->size; i++)
        to[i] = -from[i];
}

/* The largest absolute value; NaN where there is one. */
static double largest(const laco_lbfgs *lbfgs, const laco_real *x)
{
    double most = 0;
    for (int64_t i = 0; i < lbfgs->size; i++) {
        double size = fabs((double)x[i]);
        most = size > most || isnan(size) ? size : most;
        if (isnan(most))
            break;
    }
    return most;
}

static double sum_of_sizes(const laco_lbfgs *lbfgs, const laco_real *x)
{
    double sum = 0;
    for (int64_t i = 0; i < lbfgs->size; i++)
        sum += fabs((double)x[i]);
    return sum;
}

static void get_params(const laco_lbfgs *lbfgs, laco_real *to)
{
    for (size_t i = 0; i < lbfgs->params; to += lbfgs->param[i++]->count)
        memcpy(to, lbfgs->param[i]->value, (size_t)lbfgs->param[i]->count * sizeof *to);
}

static void set_params(const laco_lbfgs *lbfgs, const laco_real *from)
{
    for (size_t i = 0; i < lbfgs->params; from += lbfgs->param[i++]->count) {
        memcpy(lbfgs->param[i]->value, from, (size_t)lbfgs->param[i]->count * sizeof *from);
        laco_param_changed(lbfgs->param[i]);
    }
}

static void move_params(const laco_lbfgs *lbfgs, double t)
{
    const laco_real *d = lbfgs->d;
    for (size_t i = 0; i < lbfgs->params; d += lbfgs->param[i++]->count) {
        lbfgs->kernels->axpy(lbfgs->param[i]->count, (laco_real)t, d, lbfgs->param[i]->value);
        laco_param_changed(lbfgs->param[i]);
    }
}

/* Loss and gradient where the parameters are. */
static laco_status evaluate(laco_lbfgs *lbfgs, laco_real *grad, double *loss)
{
    LACO_TRY(lbfgs->closure(lbfgs->user, loss));
    lbfgs->state.evaluations++;
    for (size_t i = 0; i < lbfgs->params; grad += lbfgs->param[i++]->count)
        memcpy(grad, lbfgs->param[i]->grad, (size_t)lbfgs->param[i]->count * sizeof *grad);
    return LACO_OK;
}

/* The same at x + t·d. */
static laco_status evaluate_at(void *user, double t, laco_real *grad, double *loss)
{
    laco_lbfgs *lbfgs = user;
    set_params(lbfgs, lbfgs->x);
    move_params(lbfgs, t);
    return evaluate(lbfgs, grad, loss);
}

/* Puts the pair that was written behind the others among them; where all places are taken the oldest gives way. */
static void keep_pair(laco_lbfgs *lbfgs)
{
    laco_lbfgs_pair *pair = lbfgs->pair, oldest = pair[0];
    if (lbfgs->state.history < lbfgs->config.history_size) {
        lbfgs->state.history++;
        return;
    }
    size_t kept = (size_t)lbfgs->state.history;
    memmove(pair, pair + 1, kept * sizeof *pair);
    pair[kept] = oldest; /* its memory serves for the next */
}

static laco_status remember(laco_lbfgs *lbfgs)
{
    LACO_TRY(laco_lbfgs_reserve(lbfgs, (size_t)lbfgs->state.history + 1));
    laco_lbfgs_pair *pair = &lbfgs->pair[lbfgs->state.history];
    laco_real t = (laco_real)lbfgs->state.t;
    for (int64_t i = 0; i < lbfgs->size; i++) {
        pair->dir[i] = lbfgs->grad[i] - lbfgs->prev_grad[i];
        pair->stp[i] = lbfgs->d[i] * t;
    }
    double curvature = dot(lbfgs, pair->dir, pair->stp);
    if (!(curvature > LEAST_CURVATURE))
        return LACO_OK;
    pair->rho = 1 / curvature;
    lbfgs->state.h_diag = curvature / dot(lbfgs, pair->dir, pair->dir);
    keep_pair(lbfgs);
    return LACO_OK;
}

static void find_rho(laco_lbfgs *lbfgs)
{
    for (int64_t i = 0; i < lbfgs->state.history; i++)
        lbfgs->pair[i].rho = 1 / dot(lbfgs, lbfgs->pair[i].dir, lbfgs->pair[i].stp);
    lbfgs->rho_unknown = false;
}

/* d = −H·g, H the approximation to the inverse Hessian that the pairs make. */
static void two_loops(laco_lbfgs *lbfgs)
{
    laco_real *d = lbfgs->d;
    negate(lbfgs, lbfgs->grad, d);
    for (int64_t i = lbfgs->state.history; i-- > 0;) {
        laco_lbfgs_pair *pair = &lbfgs->pair[i];
        pair->alpha = dot(lbfgs, pair->stp, d) * pair->rho;
        add(lbfgs, -pair->alpha, pair->dir, d);
    }
    lbfgs->kernels->scale(lbfgs->size, (laco_real)lbfgs->state.h_diag, d);
    for (int64_t i = 0; i < lbfgs->state.history; i++) {
        const laco_lbfgs_pair *pair = &lbfgs->pair[i];
        add(lbfgs, pair->alpha - dot(lbfgs, pair->dir, d) * pair->rho, pair->stp, d);
    }
}

static laco_status find_direction(laco_lbfgs *lbfgs)
{
    if (lbfgs->state.iterations > 1) {
        LACO_TRY(remember(lbfgs));
    } else {
        lbfgs->state.history = 0;
        lbfgs->state.h_diag = 1;
    }
    two_loops(lbfgs);
    return LACO_OK;
}

/* Goes along d, and says what is there; the last iteration of all, without line search, leaves loss and gradient as they are. */
static laco_status advance(laco_lbfgs *lbfgs, double slope, bool last, double *loss)
{
    if (lbfgs->config.line_search == LACO_NO_LINE_SEARCH) {
        move_params(lbfgs, lbfgs->state.t);
        return last ? LACO_OK : evaluate(lbfgs, lbfgs->grad, loss);
    }
    laco_line line = {
        .kernels = lbfgs->kernels,
        .size = lbfgs->size,
        .d = lbfgs->d,
        .grad = {lbfgs->line[0], lbfgs->line[1], lbfgs->line[2]},
        .evaluate = evaluate_at,
        .user = lbfgs,
    };
    laco_line_point point = {.loss = *loss, .slope = slope, .grad = lbfgs->grad};
    get_params(lbfgs, lbfgs->x);
    LACO_TRY(laco_strong_wolfe(&line, lbfgs->state.t, &point));
    lbfgs->state.t = point.t;
    *loss = point.loss;
    set_params(lbfgs, lbfgs->x);
    move_params(lbfgs, point.t);
    return LACO_OK;
}

static laco_status check_finite(laco_lbfgs *lbfgs, double loss)
{
    double steepest = largest(lbfgs, lbfgs->grad);
    if (isfinite(loss) && isfinite(steepest))
        return LACO_OK;
    return laco_fail(lbfgs->ctx, LACO_NUMERIC,
                     "LBFGS: loss %g with largest gradient %g: both must be finite; a smaller lr may help", loss, steepest);
}

/* The slope, the step or the change of the loss are so small that more iterations would bring nothing. */
static bool settled(const laco_lbfgs *lbfgs, double change)
{
    const laco_lbfgs_config *config = &lbfgs->config;
    return largest(lbfgs, lbfgs->grad) <= config->tolerance_grad ||
           largest(lbfgs, lbfgs->d) * fabs(lbfgs->state.t) <= config->tolerance_change || fabs(change) < config->tolerance_change;
}

static laco_status iterate(laco_lbfgs *lbfgs, double loss)
{
    const laco_lbfgs_config *config = &lbfgs->config;
    int64_t before = lbfgs->state.evaluations - 1;
    for (int64_t n = 1; n <= config->max_iter; n++) {
        double previous = loss;
        lbfgs->state.iterations++;
        LACO_TRY(find_direction(lbfgs));
        copy(lbfgs, lbfgs->grad, lbfgs->prev_grad);
        lbfgs->state.t = lbfgs->lr;
        if (lbfgs->state.iterations == 1)
            lbfgs->state.t *= fmin(1, 1 / sum_of_sizes(lbfgs, lbfgs->grad));
        double slope = dot(lbfgs, lbfgs->grad, lbfgs->d);
        if (slope > -config->tolerance_change)
            break;
        LACO_TRY(advance(lbfgs, slope, n == config->max_iter, &loss));
        LACO_TRY(check_finite(lbfgs, loss));
        if (lbfgs->state.evaluations - before >= config->max_eval || settled(lbfgs, loss - previous))
            break;
    }
    return LACO_OK;
}

static laco_status step_from(laco_lbfgs *lbfgs, double loss)
{
    get_params(lbfgs, lbfgs->start);
    laco_status status = iterate(lbfgs, loss);
    if (status < 0) {
        set_params(lbfgs, lbfgs->start);
        lbfgs->state.iterations = lbfgs->state.history = 0;
    }
    return status;
}

laco_status laco_lbfgs_step(laco_lbfgs *lbfgs, laco_closure closure, void *user, double *loss)
{
    double first;
    lbfgs->closure = closure;
    lbfgs->user = user;
    if (lbfgs->rho_unknown)
        find_rho(lbfgs);
    LACO_TRY(evaluate(lbfgs, lbfgs->grad, &first));
    LACO_TRY(check_finite(lbfgs, first));
    if (largest(lbfgs, lbfgs->grad) > lbfgs->config.tolerance_grad)
        LACO_TRY(step_from(lbfgs, first));
    if (loss)
        *loss = first;
    return LACO_OK;
}
