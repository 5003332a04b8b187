#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "client/cli/commands.h"
#include "client/cli/submit.h"
#include "client/cli/train_options.h"

namespace percept::cli {
namespace {

struct Options {
  std::optional<int64_t> iterations;
  std::optional<double> learning_rate;
  bool no_shuffle = false;
  JobOptions job;
};

v1::JobSpec Spec(const Options& options) {
  v1::JobSpec spec;
  FillJob(options.job, &spec);
  v1::PerceptronSpec& perceptron = *spec.mutable_perceptron();
  if (options.iterations) perceptron.set_iterations(*options.iterations);
  if (options.learning_rate) perceptron.set_learning_rate(*options.learning_rate);
  return spec;
}

}  // namespace

void AddTrainPerceptron(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "perceptron",
      "Trains a perceptron on a data set of two classes and follows it to its end, with a snapshot "
      "for every change of its weights. Ctrl-C leaves the job running. The exit code is the job's "
      "outcome.",
      "percept train perceptron --dataset my-normals --iterations 200\n"
      "percept train perceptron --dataset ones --iterations 1000");
  AddJobOptions(command, &options->job);
  const auto group = [](CLI::Option* option) { option->group("Training"); };
  group(AddNumber(command, "--iterations", &options->iterations,
                  "Rounds, each of one positive and one negative example. Default 1000."));
  group(AddNumber(command, "--learning-rate", &options->learning_rate,
                  "Size of a change of the weights. Default 1."));
  group(command->add_flag("--no-shuffle", options->no_shuffle,
                          "Changes nothing: a perceptron takes the examples in their order."));
  command->callback([options, chosen] {
    *chosen = [options](Session& session) {
      return SubmitAndFollow(session, Spec(*options), options->job);
    };
  });
}

}  // namespace percept::cli
