#include "server/data/examples.h"

namespace percept::data {

Examples ExamplesOf(const Dataset& dataset, SplitKind kind) {
  const Split& split = dataset.split(kind);
  Examples examples;
  examples.count = split.examples;
  examples.inputs = dataset.inputs;
  examples.labels = split.labels.data();
  if (dataset.is_sparse) {
    examples.sparse.row_start = split.sparse.row_start.data();
    examples.sparse.columns = split.sparse.columns.data();
    examples.sparse.values = split.sparse.values.data();
  } else {
    examples.dense = split.dense.data();
  }
  return examples;
}

}  // namespace percept::data
