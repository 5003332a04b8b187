#ifndef PERCEPT_SERVER_DATA_EXAMPLES_H_
#define PERCEPT_SERVER_DATA_EXAMPLES_H_

#include "server/base/examples.h"
#include "server/data/dataset.h"

namespace percept::data {

// A split as the models see it. Borrows from `dataset`, which must outlive the view.
Examples ExamplesOf(const Dataset& dataset, SplitKind kind);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_EXAMPLES_H_
