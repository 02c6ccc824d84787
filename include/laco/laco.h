/* laco/laco.h - the whole public interface of laço: recurrent neural networks in C. */
#ifndef LACO_LACO_H
#define LACO_LACO_H

/* liblaco: the engine. */
#include "laco/context.h"
#include "laco/module.h"
#include "laco/tape.h"
#include "laco/nn.h"
#include "laco/decoder.h"
#include "laco/stream.h"
#include "laco/trace.h"
#include "laco/optim.h"
#include "laco/group.h"
/* liblaco-tasks: data in memory, models, asking and training them. */
#include "laco/summary.h"
#include "laco/text.h"
#include "laco/labelled.h"
#include "laco/tagged.h"
#include "laco/series.h"
#include "laco/corpus.h"
#include "laco/captioned.h"
#include "laco/pairs.h"
#include "laco/spoken.h"
#include "laco/options.h"
#include "laco/model.h"
#include "laco/decode.h"
#include "laco/train.h"
#include "laco/classifier.h"
#include "laco/classify.h"
#include "laco/tagger.h"
#include "laco/tag.h"
#include "laco/forecaster.h"
#include "laco/forecast.h"
#include "laco/generator.h"
#include "laco/generate.h"
#include "laco/captioner.h"
#include "laco/caption.h"
#include "laco/transducer.h"
#include "laco/transduce.h"
#include "laco/transcriber.h"
#include "laco/transcribe.h"
#include "laco/model_data.h"
#include "laco/model_stream.h"
/* liblaco-export: models as C, graphs and pages. */
#include "laco/export.h"
#include "laco/inspect.h"
/* liblaco-readers: files into data. */
#include "laco/read.h"
#include "laco/import.h"

#endif
