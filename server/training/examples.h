#ifndef PERCEPT_SERVER_TRAINING_EXAMPLES_H_
#define PERCEPT_SERVER_TRAINING_EXAMPLES_H_

#include "server/data/dataset.h"
#include "server/ml/examples.h"

namespace percept::training {

// A split as the models see it. Borrows from `dataset`, which must outlive the view.
ml::Examples ExamplesOf(const data::Dataset& dataset, data::SplitKind kind);

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_EXAMPLES_H_
