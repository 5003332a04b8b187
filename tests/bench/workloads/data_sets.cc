#include "tests/bench/workloads/data_sets.h"

#include <utility>

#include "server/base/status.h"
#include "server/data/generators/generator.h"
#include "server/data/mnist.h"
#include "server/data/transforms.h"

namespace percept::bench {
namespace {

// Of each of the two classes of xor there is a multiple of this.
constexpr int64_t kXorPoints = 2;

absl::StatusOr<data::Dataset> FirstOf(data::Dataset dataset, int64_t train_examples) {
  data::Split& train = dataset.split(data::SplitKind::kTrain);
  if (train_examples > train.examples) {
    return InvalidField("train_examples", absl::StrCat("must be in [0, ", train.examples, "]"),
                        train_examples);
  }
  train.examples = train_examples;
  return dataset;
}

// Examples come in the order of their classes, so that larger sets begin with the smaller.
absl::StatusOr<data::Dataset> Xor(int64_t train_examples) {
  data::GeneratorSource source{.generator = data::GeneratorKind::kXor};
  if (train_examples > 0) {
    source.train_per_class = (train_examples + 2 * kXorPoints - 1) / (2 * kXorPoints) * kXorPoints;
  }
  FieldViolations violations;
  data::CheckGeneratorSource(source, "xor", violations);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  data::Dataset dataset = data::Generate(source);
  if (train_examples == 0) return dataset;
  return FirstOf(std::move(dataset), train_examples);
}

}  // namespace

absl::StatusOr<const data::Dataset*> DataSets::Get(const std::string& name,
                                                   int64_t train_examples) {
  const std::pair<std::string, int64_t> key(name, train_examples);
  auto found = made_.find(key);
  if (found == made_.end()) {
    PERCEPT_ASSIGN_OR_RETURN(data::Dataset dataset, Make(name, train_examples));
    found = made_.emplace(key, std::move(dataset)).first;
  }
  return &found->second;
}

absl::StatusOr<data::Dataset> DataSets::Make(const std::string& name, int64_t train_examples) {
  if (train_examples > 0 && name != "xor") {
    PERCEPT_ASSIGN_OR_RETURN(const data::Dataset* const whole, Get(name, 0));
    return FirstOf(*whole, train_examples);
  }
  if (name == "xor") return Xor(train_examples);
  if (name == "mnist") return data::LoadMnist(mnist_folder_, "script/bootstrap --assets");
  if (name == "mnist-1v0") {
    PERCEPT_ASSIGN_OR_RETURN(const data::Dataset* const mnist, Get("mnist", 0));
    return data::TakeTwoClasses(*mnist, /*positive_label=*/1, /*negative_label=*/0, "dataset");
  }
  return InvalidField("dataset", "must be mnist, mnist-1v0 or xor", Quoted(name));
}

}  // namespace percept::bench
