/* laco/laco.h - the whole public interface of laço: recurrent neural networks in C. */
#ifndef LACO_LACO_H
#define LACO_LACO_H

#include "laco/context.h"
#include "laco/module.h"
#include "laco/tape.h"
#include "laco/nn.h"
#include "laco/stream.h"
#include "laco/optim.h"
#include "laco/data.h"
#include "laco/model.h"
#include "laco/generate.h"
#include "laco/train.h"
#include "laco/tagged.h"
#include "laco/tagger.h"
#include "laco/tag.h"
#include "laco/forecast.h"
#include "laco/report.h"
#include "laco/bench.h"

#endif
