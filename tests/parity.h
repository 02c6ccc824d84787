/* Reading and comparing what torch computed: used by every parity test. */
#ifndef LACO_TESTS_PARITY_H
#define LACO_TESTS_PARITY_H

#include "base/tensor_file.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* ---- The files of a folder ---- */

typedef struct parity_list {
    char **path;
    size_t count;
} parity_list;

static inline int parity_order(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Every *.safetensors of the folder in $variable, or else of `fallback`, in order of name; fails where there is none. */
static inline parity_list parity_folder(const char *variable, const char *fallback)
{
    const char *folder = getenv(variable);
    if (!folder || !*folder)
        folder = fallback;
    parity_list list = {NULL, 0};
    DIR *stream = opendir(folder);
    if (!stream)
        fail_msg("%s cannot be opened", folder);
    for (struct dirent *entry; (entry = readdir(stream));) {
        const char *ending = strrchr(entry->d_name, '.');
        if (!ending || strcmp(ending, ".safetensors") != 0)
            continue;
        size_t size = strlen(folder) + strlen(entry->d_name) + 2;
        list.path = realloc(list.path, (list.count + 1) * sizeof *list.path);
        list.path[list.count] = malloc(size);
        snprintf(list.path[list.count++], size, "%s/%s", folder, entry->d_name);
    }
    closedir(stream);
    if (list.count == 0)
        fail_msg("%s holds no *.safetensors", folder);
    qsort(list.path, list.count, sizeof *list.path, parity_order);
    return list;
}

static inline void parity_list_free(parity_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->path[i]);
    free(list->path);
}

/* ---- Tensors ---- */

typedef struct parity_tensor {
    int ndim;
    int64_t shape[LACO_FILE_DIMS], count;
    laco_real *data; /* NULL: the file has no such tensor */
} parity_tensor;

static inline parity_tensor parity_read(const laco_tensor_file *file, const char *name)
{
    parity_tensor tensor = {0};
    const laco_tensor_entry *entry = laco_tensor_file_find(file, name);
    if (!entry)
        return tensor;
    tensor.ndim = entry->ndim;
    tensor.count = (int64_t)entry->count;
    memcpy(tensor.shape, entry->shape, sizeof tensor.shape);
    tensor.data = calloc(entry->count + 1, sizeof *tensor.data);
    assert_int_equal(laco_tensor_file_read_real(file, name, entry->ndim, entry->shape, tensor.data), LACO_OK);
    return tensor;
}

static inline void parity_free(parity_tensor *tensor) { free(tensor->data); }

/* ---- Comparing ---- */

/* The worst error as a share of what is allowed, over everything compared so far. */
static double parity_worst_share = 0;
static char parity_worst_place[400] = "nothing";

/* |ours − torch| ≤ tolerance · (1 + |torch|), or with `by_largest` tolerance · (1 + max|torch|). `ours` may be NULL where torch's
 * is all zero. Fails with the worst element, or where the file has no such tensor. */
static inline void parity_check(const laco_tensor_file *file, const char *name, const laco_real *ours, double tolerance,
                                bool by_largest)
{
    parity_tensor torch = parity_read(file, name);
    if (!torch.data)
        fail_msg("%s: has no tensor '%s'", laco_tensor_file_name(file), name);
    double largest = 0, worst = -1;
    int64_t place = 0;
    for (int64_t i = 0; i < torch.count; i++)
        largest = fmax(largest, fabs((double)torch.data[i]));
    for (int64_t i = 0; i < torch.count; i++) {
        double mine = ours ? (double)ours[i] : 0, wanted = (double)torch.data[i];
        double share = fabs(mine - wanted) / (tolerance * (1 + (by_largest ? largest : fabs(wanted))));
        if (isnan(mine) != isnan(wanted))
            share = INFINITY;
        if (share > worst) {
            worst = share;
            place = i;
        }
    }
    if (worst > 1)
        fail_msg("%s: %s[%lld] is %.9g, torch has %.9g: %.2f times the allowed error", laco_tensor_file_name(file), name,
                 (long long)place, ours ? (double)ours[place] : 0, (double)torch.data[place], worst);
    if (worst > parity_worst_share) {
        parity_worst_share = worst;
        snprintf(parity_worst_place, sizeof parity_worst_place, "%s of %s", name, laco_tensor_file_name(file));
    }
    parity_free(&torch);
}

static inline void parity_report(void)
{
    print_message("largest error: %.1f %% of the allowed, in %s\n", 100 * parity_worst_share, parity_worst_place);
}

#endif
