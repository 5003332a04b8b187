#include "server/training/examples.h"

namespace percept::training {

ml::Examples ExamplesOf(const data::Dataset& dataset, data::SplitKind kind) {
  const data::Split& split = dataset.split(kind);
  ml::Examples examples;
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

}  // namespace percept::training
