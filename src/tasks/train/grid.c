#include "train/grid.h"

#include "model/ensemble.h"

#include <string.h>

int laco_grid_groups(int64_t members, int64_t shards, int size)
{
    int best = 0;
    int64_t least = 0;
    for (int groups = 1; groups <= size && groups <= members; groups++) {
        int64_t load = (members + groups - 1) / groups * (shards / (size / groups));
        if (size % groups != 0 || shards % (size / groups) != 0 || (best > 0 && load > least))
            continue;
        best = groups;
        least = load;
    }
    return best;
}

int laco_grid_group_of(const laco_grid *grid, int64_t member)
{
    int group = (int)(member * grid->groups / grid->members); /* or the next one */
    return member < laco_grid_first_member(grid, group + 1) ? group : group + 1;
}

bool laco_grid_is_common(const laco_grid *grid, const laco_param *param)
{
    return grid->groups > 1 && grid->common && strncmp(param->name, grid->common, strlen(grid->common)) == 0;
}

int laco_grid_group_of_param(const laco_grid *grid, const laco_param *param)
{
    return grid->groups > 1 ? laco_grid_group_of(grid, laco_member_number(param->name)) : 0;
}

bool laco_grid_reduces(const laco_grid *grid, const laco_param *param)
{
    return !laco_grid_is_common(grid, param) && laco_grid_group_of_param(grid, param) == grid->own_group;
}

bool laco_grid_moves(const laco_grid *grid, const laco_param *param)
{
    return laco_grid_is_common(grid, param) || laco_grid_reduces(grid, param);
}
