/* The parts of each task's model: what the runtime's struct of that task holds, as the part "net". */
#ifndef LACO_EXPORT_TASK_PARTS_H
#define LACO_EXPORT_TASK_PARTS_H

#include "export/parts.h"

struct laco_classifier;
void laco_classify_parts(laco_parts *parts, const struct laco_classifier *model);

#endif
