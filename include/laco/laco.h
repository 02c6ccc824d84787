/* laco/laco.h - the whole public interface of laço: recurrent neural networks in C. */
#ifndef LACO_LACO_H
#define LACO_LACO_H

#include "laco/context.h"
#include "laco/module.h"
#include "laco/tape.h"
#include "laco/nn.h"
#include "laco/decoder.h"
#include "laco/stream.h"
#include "laco/optim.h"
#include "laco/data.h"
#include "laco/pairs.h"
#include "laco/sound.h"
#include "laco/model.h"
#include "laco/write.h"
#include "laco/generate.h"
#include "laco/train.h"
#include "laco/tagged.h"
#include "laco/captioned.h"
#include "laco/captioner.h"
#include "laco/caption.h"
#include "laco/tagger.h"
#include "laco/tag.h"
#include "laco/forecast.h"
#include "laco/transcriber.h"
#include "laco/transcribe.h"
#include "laco/transducer.h"
#include "laco/transduce.h"

#endif
