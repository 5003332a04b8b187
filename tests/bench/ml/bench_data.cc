#include "tests/bench/ml/bench_data.h"

#include <utility>

#include "absl/types/span.h"

#include "server/base/status.h"
#include "server/data/generators/generator.h"
#include "server/data/mnist.h"
#include "server/data/transforms.h"

namespace percept::bench {
namespace {

data::Dataset ToDense(const data::Dataset& dataset, data::SplitKind kind) {
  data::Split split;
  split.examples = dataset.split(kind).examples;
  split.labels = dataset.split(kind).labels;
  data::VisitRows(dataset, kind, [&split](int64_t, absl::Span<const float> inputs) {
    split.dense.insert(split.dense.end(), inputs.begin(), inputs.end());
  });
  data::Dataset dense{.inputs = dataset.inputs, .classes = dataset.classes};
  dense.split(data::SplitKind::kTrain) = split;
  dense.split(data::SplitKind::kValidation) = std::move(split);
  return dense;
}

}  // namespace

absl::StatusOr<BenchData> LoadBenchData(const std::string& mnist_folder) {
  BenchData data;
  PERCEPT_ASSIGN_OR_RETURN(data.mnist, data::LoadMnist(mnist_folder, "script/bootstrap --assets"));
  data.dense_mnist = ToDense(data.mnist, data::SplitKind::kValidation);
  PERCEPT_ASSIGN_OR_RETURN(
      data.ones_and_zeros,
      data::TakeTwoClasses(data.mnist, /*positive_label=*/1, /*negative_label=*/0, "dataset"));
  data.xor_points = data::Generate({.generator = data::GeneratorKind::kXor});
  return data;
}

}  // namespace percept::bench
