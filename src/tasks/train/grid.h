/* Who does what of a training that several processes share: the networks of an ensemble are dealt out to groups of processes, and the
 * shards of a batch to the processes of a group. Neither changes a number. */
#ifndef LACO_TRAIN_GRID_H
#define LACO_TRAIN_GRID_H

#include "laco/group.h"
#include "laco/module.h"

#include <stdbool.h>

/* Process r is number r % each of group r / each. */
typedef struct laco_grid {
    laco_group *group;       /* all processes; NULL: this one alone */
    int groups, each;        /* groups · each = all processes */
    int own_group, own_place;
    int64_t members, shards; /* of the ensemble; of a batch */
    const char *common;      /* what the names of parameters that all members share begin with; NULL: there are none */
} laco_grid;

/* Cuts `size` processes into groups, so that the busiest has as little to do as possible, and of equals into the most groups, which have
 * the least to tell each other. 0: they cannot share so much. */
int laco_grid_groups(int64_t members, int64_t shards, int size);

/* The members of a group, and the shards of each process in it: the first, and how many. */
static inline int64_t laco_grid_first_member(const laco_grid *grid, int group) { return grid->members * group / grid->groups; }
static inline int64_t laco_grid_members(const laco_grid *grid, int group)
{
    return laco_grid_first_member(grid, group + 1) - laco_grid_first_member(grid, group);
}
static inline int64_t laco_grid_shards(const laco_grid *grid) { return grid->shards / grid->each; }
static inline int64_t laco_grid_first_shard(const laco_grid *grid) { return laco_grid_shards(grid) * grid->own_place; }

/* The group that has a member. */
int laco_grid_group_of(const laco_grid *grid, int64_t member);

/* The process that has a shard of a member. */
static inline int laco_grid_process(const laco_grid *grid, int64_t member, int64_t shard)
{
    return laco_grid_group_of(grid, member) * grid->each + (int)(shard / laco_grid_shards(grid));
}

/* Whether all groups have a parameter, where there are several: its gradient is then added up by each for itself. */
bool laco_grid_is_common(const laco_grid *grid, const laco_param *param);

/* The group that a parameter belongs to; of those that all have, the first. */
int laco_grid_group_of_param(const laco_grid *grid, const laco_param *param);

/* Whether this process's group sums up the gradient of a parameter; whether it moves it. */
bool laco_grid_reduces(const laco_grid *grid, const laco_param *param);
bool laco_grid_moves(const laco_grid *grid, const laco_param *param);

#endif
