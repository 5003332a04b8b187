#ifndef PERCEPT_TESTS_BENCH_WORKLOADS_DATA_SETS_H_
#define PERCEPT_TESTS_BENCH_WORKLOADS_DATA_SETS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "server/data/dataset.h"

namespace percept::bench {

// The data sets that workloads train on, each made when it is first asked for and kept.
class DataSets {
 public:
  // `mnist_folder` holds the four IDX files.
  explicit DataSets(std::string mnist_folder) : mnist_folder_(std::move(mnist_folder)) {}

  // `name` is mnist (60,000 to train on, 10,000 to validate on), mnist-1v0 (the ones and zeros
  // among them; label 1 is a one) or a generator's, as xor (200 points of each class and 100).
  // `train_examples` other than 0 keeps the first so many training examples; of a generator's, more
  // are drawn. Lives as long as this object. InvalidArgument for another name or number; errors of
  // data::LoadMnist.
  absl::StatusOr<const data::Dataset*> Get(const std::string& name, int64_t train_examples);

 private:
  absl::StatusOr<data::Dataset> Make(const std::string& name, int64_t train_examples);

  const std::string mnist_folder_;
  std::map<std::pair<std::string, int64_t>, data::Dataset> made_;
};

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_WORKLOADS_DATA_SETS_H_
