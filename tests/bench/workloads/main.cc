// percept_workload [--mnist=FOLDER]
//
// Reads workloads (tests/bench/workloads/workload.h) from standard input, one JSON object a line,
// trains each as the server does, and answers each with one line of JSON on standard output:
//
//   seconds             of training alone, without the reading of data
//   steps, instances    updates made, training examples seen
//   snapshots           made and thrown away
//   validation_accuracy, validation_loss, training_accuracy, training_loss
//                       of the last snapshot; null where they were not measured
//   parameters_crc32c   of the last snapshot: the same for the same bits
//   kernels             the instruction set, which PERCEPT_INSTRUCTION_SET chooses
//
// or with {"error": MESSAGE}. Bind it to a core to learn what one thread does.
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/strip.h"
#include <nlohmann/json.hpp>

#include "server/base/status.h"
#include "server/ml/kernels/kernels.h"
#include "tests/bench/workloads/data_sets.h"
#include "tests/bench/workloads/run_workload.h"
#include "tests/bench/workloads/workload.h"

namespace percept::bench {
namespace {

using Json = nlohmann::ordered_json;

Json FromMetric(const std::optional<double>& value) {
  return value.has_value() ? Json(*value) : Json(nullptr);
}

Json ToJson(const WorkloadResult& result, const ml::Kernels& kernels) {
  const storage::Metrics& metrics = result.last.metrics;
  return {{"seconds", result.seconds},
          {"steps", result.last.step},
          {"instances", result.last.instances},
          {"snapshots", result.snapshots},
          {"validation_accuracy", FromMetric(metrics.validation_accuracy)},
          {"validation_loss", FromMetric(metrics.validation_loss)},
          {"training_accuracy", FromMetric(metrics.training_accuracy)},
          {"training_loss", FromMetric(metrics.training_loss)},
          {"parameters_crc32c", result.last.parameters_crc32c},
          {"kernels", kernels.name}};
}

absl::StatusOr<WorkloadResult> Run(const std::string& line, DataSets& data_sets,
                                   const ml::Kernels& kernels) {
  PERCEPT_ASSIGN_OR_RETURN(const Workload workload, ParseWorkload(line));
  PERCEPT_ASSIGN_OR_RETURN(const data::Dataset* const dataset,
                           data_sets.Get(workload.job.dataset, workload.train_examples));
  return RunWorkload(workload.job, *dataset, kernels);
}

int AnswerLines(const std::string& mnist_folder) {
  const auto instruction_set = ml::ChosenInstructionSet();
  if (!instruction_set.ok()) {
    std::fprintf(stderr, "percept_workload: %s\n", instruction_set.status().ToString().c_str());
    return 2;
  }
  const ml::Kernels& kernels = ml::KernelsFor(*instruction_set);
  DataSets data_sets(mnist_folder);
  for (std::string line; std::getline(std::cin, line);) {
    const absl::StatusOr<WorkloadResult> result = Run(line, data_sets, kernels);
    const Json answer = result.ok() ? ToJson(*result, kernels)
                                    : Json{{"error", std::string(result.status().message())}};
    std::cout << answer.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace percept::bench

int main(int argc, char** argv) {
  std::string mnist = "build/assets/mnist";
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (!absl::ConsumePrefix(&argument, "--mnist=")) {
      std::fprintf(stderr, "percept_workload: unknown argument %s\n", argv[i]);
      return 2;
    }
    mnist = std::string(argument);
  }
  return percept::bench::AnswerLines(mnist);
}
