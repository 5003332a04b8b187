#include <memory>
#include <string>

#include "client/cli/commands.h"
#include "client/cli/submit.h"
#include "client/cli/train_options.h"

namespace percept::cli {
namespace {

struct Options {
  FitOptions fit;
  JobOptions job;
};

absl::StatusOr<v1::JobSpec> Spec(const Options& options) {
  v1::JobSpec spec;
  FillJob(options.job, &spec);
  spec.mutable_multiperceptron();
  const absl::Status status = FillTraining(options.fit, spec.mutable_training());
  if (!status.ok()) return status;
  return spec;
}

}  // namespace

void AddTrainMultiperceptron(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "multiperceptron",
      "Trains a perceptron for each class at once, softmax(tanh(Wx + b)) from zero, and follows it "
      "to its end. Ctrl-C leaves the job running. The exit code is the job's outcome.",
      "percept train multiperceptron --dataset my-three --epochs 2 --batch-size 10\n"
      "percept train multiperceptron --dataset mnist --learning-rate 0.1 --epochs 2");
  AddJobOptions(command, &options->job);
  AddFitOptions(command, &options->fit);
  command->callback([options, chosen] {
    const absl::StatusOr<v1::JobSpec> spec = Spec(*options);
    if (!spec.ok()) throw CLI::ValidationError(std::string(spec.status().message()));
    *chosen = [options, spec = *spec](Session& session) {
      return SubmitAndFollow(session, spec, options->job);
    };
  });
}

}  // namespace percept::cli
