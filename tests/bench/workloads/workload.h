#ifndef PERCEPT_TESTS_BENCH_WORKLOADS_WORKLOAD_H_
#define PERCEPT_TESTS_BENCH_WORKLOADS_WORKLOAD_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/storage/records.h"

namespace percept::bench {

// One training, as the peers of script/bench do it too.
struct Workload {
  storage::JobSpec job;
  int64_t train_examples = 0;  // The first of its data set; 0: all.
};

// Reads a JSON object. Fields, all optional, with the defaults of JobSpec where none is given here:
//
//   dataset           "mnist" (default), "mnist-1v0" or the name of a generator, as "xor"
//   train_examples    integer; the first of the data set, 0 for all
//   model             "perceptron", "multiperceptron" or "mlp" (default)
//   hidden            array of integers, for an mlp
//   activation        "tanh", "sigmoid", "relu" or "gelu"
//   optimizer         "sgd", "momentum" or "adam"
//   learning_rate     number
//   iterations        integer, for a perceptron
//   epochs, batch_size, evaluate_every, report_frequency, seed: integers
//   evaluate, shuffle booleans
//
// InvalidArgument, naming all that is wrong, for anything else.
absl::StatusOr<Workload> ParseWorkload(absl::string_view line);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_WORKLOADS_WORKLOAD_H_
