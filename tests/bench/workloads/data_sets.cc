#include "tests/bench/workloads/data_sets.h"

#include <utility>

#include "server/base/status.h"
#include "server/data/generators/generator.h"
#include "server/data/mnist.h"
#include "server/data/transforms.h"

namespace percept::bench {
namespace {

absl::StatusOr<data::Dataset> FirstOf(data::Dataset dataset, int64_t train_examples) {
  data::Split& train = dataset.split(data::SplitKind::kTrain);
  if (train_examples > train.examples) {
    return InvalidField("train_examples", absl::StrCat("must be in [0, ", train.examples, "]"),
                        train_examples);
  }
  train.examples = train_examples;
  return dataset;
}

const data::Generator* FindGenerator(absl::string_view name) {
  for (const data::Generator& generator : data::Generators()) {
    if (generator.name == name) return &generator;
  }
  return nullptr;
}

// Examples come in the order of their classes, so that larger sets begin with the smaller.
absl::StatusOr<data::Dataset> Draw(const data::Generator& generator, int64_t train_examples) {
  data::GeneratorSource source{.generator = generator.kind};
  if (train_examples > 0) {
    const int64_t step = generator.classes * generator.points_divide_by;
    source.train_per_class = (train_examples + step - 1) / step * generator.points_divide_by;
  }
  FieldViolations violations;
  data::CheckGeneratorSource(source, generator.name, violations);
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
  if (const data::Generator* const generator = FindGenerator(name); generator != nullptr) {
    return Draw(*generator, train_examples);
  }
  if (train_examples > 0) {
    PERCEPT_ASSIGN_OR_RETURN(const data::Dataset* const whole, Get(name, 0));
    return FirstOf(*whole, train_examples);
  }
  if (name == "mnist") return data::LoadMnist(mnist_folder_, "script/bootstrap --assets");
  if (name == "mnist-1v0") {
    PERCEPT_ASSIGN_OR_RETURN(const data::Dataset* const mnist, Get("mnist", 0));
    return data::TakeTwoClasses(*mnist, /*positive_label=*/1, /*negative_label=*/0, "dataset");
  }
  return InvalidField("dataset", "must be mnist, mnist-1v0 or the name of a generator",
                      Quoted(name));
}

}  // namespace percept::bench
