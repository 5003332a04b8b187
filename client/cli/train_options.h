#ifndef PERCEPT_CLIENT_CLI_TRAIN_OPTIONS_H_
#define PERCEPT_CLIENT_CLI_TRAIN_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <CLI/CLI.hpp>

#include "percept/v1/job.pb.h"

namespace percept::cli {

enum class OptimizerChoice { kSgd, kMomentum, kAdam };

// How a model is fitted by minibatches.
struct FitOptions {
  std::optional<OptimizerChoice> optimizer;
  std::optional<double> learning_rate;
  std::optional<double> momentum;
  std::optional<double> weight_decay;
  std::optional<v1::TrainingSpec> schedule;
  std::optional<int32_t> early_stopping;
  std::optional<int32_t> epochs;
  std::optional<int32_t> batch_size;
  std::optional<int64_t> report_frequency;
  std::optional<int64_t> evaluate_every;
  bool no_evaluate = false;
  bool no_shuffle = false;
};

// What all jobs have in common.
struct JobOptions {
  std::string dataset;  // `datasets/{dataset}`.
  std::optional<uint64_t> seed;
  std::optional<std::string> init_from;
  std::optional<v1::TrainOn> train_on;
  std::optional<std::string> label;
  std::optional<int32_t> priority;
  std::optional<absl::Duration> time_limit;
  std::optional<std::string> request_id;
  std::optional<v1::Visibility> visibility;
  bool detach = false;
};

// Adds the flags. `options` must outlive the parsing.
void AddFitOptions(CLI::App* command, FitOptions* options);
void AddJobOptions(CLI::App* command, JobOptions* options);

// Writes what was given into the spec and leaves the rest to the server's defaults. Nothing is
// judged here but what contradicts itself: InvalidArgument when `momentum` is given to another
// optimizer.
absl::Status FillTraining(const FitOptions& options, v1::TrainingSpec* training);
void FillJob(const JobOptions& options, v1::JobSpec* spec);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_TRAIN_OPTIONS_H_
