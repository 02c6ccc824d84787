/* laco/laco.h - the whole public interface of laço: recurrent neural networks in C. */
#ifndef LACO_LACO_H
#define LACO_LACO_H

#include "laco/context.h"
#include "laco/module.h"
#include "laco/tape.h"
#include "laco/nn.h"
#include "laco/optim.h"
#include "laco/data.h"
#include "laco/model.h"
#include "laco/train.h"
#include "laco/report.h"

#endif
