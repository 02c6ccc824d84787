/* Learning rates over the epochs, as torch.optim.lr_scheduler's StepLR, CosineAnnealingLR and ReduceLROnPlateau; and over the
 * share of a run that is done. */
#include "laco/optim.h"

#include <math.h>

#define PI 3.14159265358979323846
#define RUN_PI 3.14159265358979 /* of shares: with more digits the rates of runs that were made with these would change */
#define LEAST_FALL 1e-8         /* torch's eps: a rate that would fall by less stays */

static void put_defaults(laco_schedule_config *config)
{
    config->gamma = config->gamma != 0 ? config->gamma : 0.1;
    config->step_size = config->step_size > 0 ? config->step_size : 1;
    config->t_max = config->t_max > 0 ? config->t_max : 1;
    config->patience = config->patience == 0 ? 10 : config->patience < 0 ? 0 : config->patience;
    config->threshold = config->threshold == 0 ? 1e-4 : config->threshold < 0 ? 0 : config->threshold;
    config->warmup = config->warmup > 0 ? config->warmup : 0;
}

static double warmup_rate(const laco_schedule_config *config, int64_t epoch)
{
    return config->lr * (double)(epoch + 1) / (double)(config->warmup + 1);
}

void laco_schedule_start(laco_schedule *schedule, const laco_schedule_config *config)
{
    *schedule = (laco_schedule){.config = *config, .best = config->maximise ? -INFINITY : INFINITY};
    put_defaults(&schedule->config);
    schedule->lr = warmup_rate(&schedule->config, 0);
}

/* Counts the epochs that have brought nothing; true: that was one too many. */
static bool stuck(laco_schedule *schedule, double metric)
{
    const laco_schedule_config *config = &schedule->config;
    bool better =
        config->maximise ? metric > schedule->best * (1 + config->threshold) : metric < schedule->best * (1 - config->threshold);
    if (better)
        schedule->best = metric;
    schedule->bad_epochs = better ? 0 : schedule->bad_epochs + 1;
    if (schedule->bad_epochs <= config->patience)
        return false;
    schedule->bad_epochs = 0;
    return true;
}

static double rate_after(laco_schedule *schedule, int64_t age, double metric)
{
    const laco_schedule_config *config = &schedule->config;
    double lr = schedule->lr, lower;
    switch (config->kind) {
    case LACO_STEP_LR:
        return age % config->step_size == 0 ? lr * config->gamma : lr;
    case LACO_COSINE_LR:
        return config->min_lr + (config->lr - config->min_lr) * (1 + cos(PI * (double)age / (double)config->t_max)) / 2;
    case LACO_PLATEAU_LR:
        lower = fmax(lr * config->gamma, config->min_lr);
        return stuck(schedule, metric) && lr - lower > LEAST_FALL ? lower : lr;
    default:
        return lr;
    }
}

double laco_schedule_step(laco_schedule *schedule, double metric)
{
    int64_t age = ++schedule->epoch - schedule->config.warmup;
    if (age > 0)
        schedule->lr = rate_after(schedule, age, metric);
    else
        schedule->lr = warmup_rate(&schedule->config, schedule->epoch);
    return schedule->lr;
}

double laco_schedule_at(const laco_schedule *schedule, double share)
{
    const laco_schedule_config *config = &schedule->config;
    double warmup = config->warmup_share, floor_share = config->min_share;
    if (share < warmup) /* the first step is not wasted on a rate of 0 */
        return config->lr * fmax(share, 0.1 * warmup) / warmup;
    switch (config->kind) {
    case LACO_COSINE_LR:
        return config->lr *
               (floor_share + (1 - floor_share) * 0.5 * (1 + cos(RUN_PI * (share - warmup) / fmax(1e-9, 1 - warmup))));
    case LACO_STEP_LR:
        return config->lr * pow(config->gamma, floor(3 * share));
    default:
        return schedule->lr;
    }
}
