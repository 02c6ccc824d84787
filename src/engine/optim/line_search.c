/* Strong Wolfe line search as in torch.optim.LBFGS (1.13), where it comes from minFunc by way of lswolfe.lua; Nocedal and
 * Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6. With f and g the loss and the slope at t = 0, it looks for
 *
 *     f(t) ≤ f + C1·t·g      the loss falls enough
 *     |g(t)| ≤ −C2·g         and the slope flattens enough
 *
 * Where torch would go on with NaN (a loss that is none far out on the line), this goes back towards the start. */
#include "optim/line_search.h"

#include <math.h>

#define C1 1e-4
#define C2 0.9
#define MAX_TRIALS 25
#define SMALLEST_BRACKET 1e-9 /* of the largest element of t·d; torch passes no tolerance_change on */

typedef struct laco_search {
    const laco_line *line;
    laco_line_point start;      /* its gradient belongs to the caller */
    laco_line_point bracket[2]; /* the point looked for lies between them */
    laco_line_point trial;
    int low;       /* of the two the one with the lower loss */
    int trials;    /* behind the first */
    bool done;     /* bracket[low] satisfies both conditions */
    bool too_near; /* the last trial lay close to an end of the bracket */
} laco_search;

/* The minimum of the cubic through two points with their slopes, kept within low … high; the middle where there is none. */
static double cubic_minimum(const laco_line_point *a, const laco_line_point *b, double low, double high)
{
    if (a->t > b->t)
        return cubic_minimum(b, a, low, high);
    double d1 = a->slope + b->slope - 3 * (a->loss - b->loss) / (a->t - b->t);
    double square = d1 * d1 - a->slope * b->slope;
    double d2 = sqrt(square);
    double t = b->t - (b->t - a->t) * ((b->slope + d2 - d1) / (b->slope - a->slope + 2 * d2));
    if (isnan(t))
        return (low + high) / 2;
    return fmin(fmax(t, low), high);
}

static laco_status try_at(laco_search *search, double t)
{
    const laco_line *line = search->line;
    laco_line_point *trial = &search->trial;
    LACO_TRY(line->evaluate(line->user, t, trial->grad, &trial->loss));
    trial->t = t;
    trial->slope = line->kernels->dot(line->size, trial->grad, line->d);
    if (!isfinite(trial->slope))
        trial->loss = NAN; /* a point that nothing can start from */
    return LACO_OK;
}

static bool falls_enough(const laco_search *search)
{
    return search->trial.loss <= search->start.loss + C1 * search->trial.t * search->start.slope;
}

static bool flat_enough(const laco_search *search) { return fabs(search->trial.slope) <= -C2 * search->start.slope; }

/* The trial takes the place of a point, whose memory serves for the next trial. */
static void put_trial(laco_search *search, laco_line_point *place)
{
    laco_line_point old = *place;
    *place = search->trial;
    search->trial.grad = old.grad;
}

static void find_low(laco_search *search)
{
    const laco_line_point *b = search->bracket;
    search->low = b[0].loss <= b[1].loss || isnan(b[1].loss) ? 0 : 1;
}

static void copy_start(laco_search *search, laco_line_point *place)
{
    laco_real *grad = place->grad;
    *place = search->start;
    place->grad = grad;
    __builtin_memcpy(grad, search->start.grad, (size_t)search->line->size * sizeof *grad);
}

/* Goes outwards until a minimum must lie behind: bracket[0] is the trial before, bracket[1] the last. */
static laco_status find_bracket(laco_search *search, double t)
{
    laco_line_point *before = &search->bracket[0], *last = &search->bracket[1];
    copy_start(search, before);
    LACO_TRY(try_at(search, t));
    for (;; search->trials++) {
        bool up = !falls_enough(search) || (search->trials > 1 && search->trial.loss >= before->loss);
        if (search->trials == MAX_TRIALS) {
            copy_start(search, before);
            break;
        }
        search->done = !up && flat_enough(search);
        if (up || search->done || search->trial.slope >= 0)
            break;
        double near = search->trial.t + 0.01 * (search->trial.t - before->t), far = search->trial.t * 10;
        double next = cubic_minimum(before, &search->trial, near, far);
        put_trial(search, before);
        LACO_TRY(try_at(search, next));
    }
    put_trial(search, last);
    find_low(search);
    if (search->done)
        search->low = 1;
    return LACO_OK;
}

/* A trial that keeps creeping along one end of the bracket is moved a tenth inwards. */
static double move_inwards(laco_search *search, double t, double low, double high)
{
    double margin = 0.1 * (high - low);
    bool near = fmin(high - t, t - low) < margin;
    bool move = near && (search->too_near || t >= high || t <= low);
    search->too_near = near && !move;
    if (!move)
        return t;
    return fabs(t - high) < fabs(t - low) ? high - margin : low + margin;
}

static laco_status narrow_bracket(laco_search *search)
{
    const laco_line_point *b = search->bracket;
    double low_t = fmin(b[0].t, b[1].t), high_t = fmax(b[0].t, b[1].t);
    double t = cubic_minimum(&b[0], &b[1], low_t, high_t);
    LACO_TRY(try_at(search, move_inwards(search, t, low_t, high_t)));
    search->trials++;
    laco_line_point *low = &search->bracket[search->low], *high = &search->bracket[1 - search->low];
    if (!falls_enough(search) || search->trial.loss >= low->loss) {
        put_trial(search, high);
        find_low(search);
        return LACO_OK;
    }
    search->done = flat_enough(search);
    if (!search->done && search->trial.slope * (high->t - low->t) >= 0) {
        laco_line_point old = *low; /* the old low end becomes the high one */
        low->grad = high->grad;
        *high = old;
    }
    put_trial(search, low);
    return LACO_OK;
}

static double largest(int64_t n, const laco_real *x)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)x[i]));
    return most;
}

laco_status laco_strong_wolfe(const laco_line *line, double t, laco_line_point *point)
{
    laco_search search = {.line = line, .start = *point};
    search.bracket[0].grad = line->grad[0];
    search.bracket[1].grad = line->grad[1];
    search.trial.grad = line->grad[2];
    double reach = largest(line->size, line->d);
    LACO_TRY(find_bracket(&search, t));
    while (!search.done && search.trials < MAX_TRIALS &&
           fabs(search.bracket[1].t - search.bracket[0].t) * reach >= SMALLEST_BRACKET)
        LACO_TRY(narrow_bracket(&search));
    const laco_line_point *found = &search.bracket[search.low];
    __builtin_memcpy(point->grad, found->grad, (size_t)line->size * sizeof *found->grad);
    point->t = found->t;
    point->loss = found->loss;
    point->slope = found->slope;
    return LACO_OK;
}
