#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/commands.h"
#include "client/cli/demo/gradient_flow_view.h"
#include "client/cli/parse.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

struct Options {
  std::vector<v1::DemoActivation> activations;
  std::optional<int32_t> layers;
  std::optional<int32_t> units;
  std::optional<int32_t> examples;
  std::optional<Interval> weights;
  std::optional<Matrix> output_gradient;
  std::optional<uint64_t> seed;
  std::string output;
};

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::GradientFlowRequest request;
  for (const v1::DemoActivation activation : options.activations) {
    request.add_activations(activation);
  }
  if (options.layers) request.set_layers(*options.layers);
  if (options.units) request.set_units(*options.units);
  if (options.examples) request.set_examples(*options.examples);
  if (options.weights) {
    request.set_min_weight(options.weights->min);
    request.set_max_weight(options.weights->max);
  }
  if (options.output_gradient) {
    request.mutable_output_gradient()->Assign(options.output_gradient->values.begin(),
                                              options.output_gradient->values.end());
  }
  if (options.seed) request.set_seed(*options.seed);
  const absl::StatusOr<v1::GradientFlowResponse> response = session.client().GradientFlow(request);
  if (!response.ok()) return response.status();
  return Show(
      session, options.output, *response,
      [&](const Page& page) { return RenderGradientFlow(*response, page); },
      [&] { return DrawGradientFlow(*response); });
}

}  // namespace

void AddDemoGradientFlow(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(parent, "gradient-flow",
                 "Measures each layer's weight gradient in deep networks: where it vanishes.",
                 "percept demo gradient-flow\n"
                 "percept demo gradient-flow --activation tanh,gelu --layers 50 --weights -0.5:0.5 "
                 "-o flow.png");
  AddEnums(command, "--activation", &options->activations,
           "Which to compare, with commas between. Default sigmoid,relu.");
  AddNumber(command, "--layers", &options->layers, "Layers. Default 20.");
  AddNumber(command, "--units", &options->units, "Units of each layer. Default 2.");
  AddNumber(command, "--examples", &options->examples, "Rows of the input. Default 3.");
  AddParsed(command, "--weights", &options->weights, "MIN:MAX",
            "Range that the weights are drawn from. Default 0:1.", ParseInterval);
  AddParsed(command, "--output-gradient", &options->output_gradient, "MATRIX",
            "Gradient at the output, a row for each example, such as '1,0;0,1;1,0', the default.",
            ParseMatrix);
  AddNumber(command, "--seed", &options->seed, "Seed of weights and inputs. Default 0.");
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
