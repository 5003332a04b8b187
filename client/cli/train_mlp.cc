#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/commands.h"
#include "client/cli/parse.h"
#include "client/cli/submit.h"
#include "client/cli/train_options.h"

namespace percept::cli {
namespace {

struct Options {
  std::vector<int32_t> hidden = {64};
  std::optional<v1::Activation> activation;
  std::optional<v1::Initialization> initialization;
  FitOptions fit;
  JobOptions job;
};

absl::StatusOr<v1::JobSpec> Spec(const Options& options) {
  v1::JobSpec spec;
  FillJob(options.job, &spec);
  v1::MlpSpec& mlp = *spec.mutable_mlp();
  mlp.mutable_hidden_units()->Assign(options.hidden.begin(), options.hidden.end());
  if (options.activation) mlp.set_activation(*options.activation);
  if (options.initialization) mlp.set_initialization(*options.initialization);
  const absl::Status status = FillTraining(options.fit, spec.mutable_training());
  if (!status.ok()) return status;
  return spec;
}

void AddModelOptions(CLI::App* command, Options* options) {
  const auto group = [](CLI::Option* option) { option->group("Model"); };
  group(AddParsed(command, "--hidden", &options->hidden, "N[,N...]",
                  "Width of each hidden layer, from the input on. Default 64.", ParseNumbers));
  group(AddEnum(command, "--activation", &options->activation,
                "Function after each hidden layer. Default tanh."));
  group(AddEnum(command, "--init", &options->initialization,
                "How the first weights are drawn. Default pytorch."));
}

}  // namespace

void AddTrainMlp(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "mlp",
      "Trains a multi-layer perceptron and follows it to its end. Ctrl-C leaves the job running. "
      "The exit code is the job's outcome.",
      "percept train mlp --dataset mnist --hidden 64 --learning-rate 0.1 --batch-size 100 --epochs "
      "5\n"
      "percept train mlp --dataset my-xor --hidden 8 --batch-size 5 --learning-rate 0.5 --detach");
  AddJobOptions(command, &options->job);
  AddModelOptions(command, options.get());
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
