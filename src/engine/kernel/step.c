/* How the weights of a layer are laid out for one step at a time: see laco_step. */
#include "kernel/kernel.h"

static const struct {
    int gates, width;
} cells[LACO_GATES_COUNT] = {
    [LACO_GATES_TANH] = {1, 1}, [LACO_GATES_RELU] = {1, 1}, [LACO_GATES_GRU] = {3, 4}, [LACO_GATES_LSTM] = {4, 4}};

int64_t laco_step_size(const laco_kernels *kernels, laco_gate_kind kind, int64_t I, int64_t P, int64_t H)
{
    int64_t lanes = kernels->step_lanes, units = (H + lanes - 1) / lanes * lanes;
    return units * (cells[kind].width + cells[kind].gates * (I + P));
}

/* `units` units from `first` on of each of `count` blocks of H, `stride` apart in memory; zeros behind unit H. */
static laco_real *spread(int count, int64_t H, int64_t first, int64_t units, const laco_real *from, int64_t stride,
                         laco_real *out)
{
    for (int block = 0; block < count; block++)
        for (int64_t j = first; j < first + units; j++)
            *out++ = j < H ? from[(block * H + j) * stride] : 0;
    return out;
}

void laco_step_pack(const laco_kernels *kernels, laco_gate_kind kind, int64_t I, int64_t P, int64_t H, const laco_real *bias,
                    const laco_real *w_ih, const laco_real *w_hh, laco_real *packed)
{
    int64_t lanes = kernels->step_lanes, first = 0, vectors = (H + lanes - 1) / lanes;
    for (int64_t groups = laco_step_groups(kernels, kind, H); groups > 0; groups--) {
        int64_t most = (vectors + groups - 1) / groups, units = most * lanes;
        packed = spread(cells[kind].width, H, first, units, bias, 1, packed);
        for (int64_t k = 0; k < I; k++)
            packed = spread(cells[kind].gates, H, first, units, w_ih + k, I, packed);
        for (int64_t k = 0; k < P; k++)
            packed = spread(cells[kind].gates, H, first, units, w_hh + k, P, packed);
        vectors -= most;
        first += units;
    }
}
