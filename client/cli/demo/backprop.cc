#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/demo/backprop_view.h"
#include "client/cli/parse.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

// As the service's defaults, which the picture of what is given needs.
struct Options {
  Matrix inputs = {2, 2, {0.3, -0.5, -0.4, 1}};
  Matrix weights = {2, 2, {0.55, -0.12, -0.32, 0.5}};
  std::vector<double> biases = {0.4, -0.2};
  std::optional<std::vector<int32_t>> targets;
  std::optional<v1::DemoActivation> activation;
  std::optional<Matrix> output_gradient;
  std::string output;
};

// Throws a usage error where the rows of what belongs together differ in length; what else they
// must be is the server's to judge.
void CheckShapes(const Options& options) {
  if (options.weights.columns != options.inputs.columns) {
    throw CLI::ValidationError(
        "--weights", absl::StrCat("must have a column for each of the ", options.inputs.columns,
                                  " inputs, got ", options.weights.columns));
  }
  if (options.output_gradient && (options.output_gradient->rows != options.inputs.rows ||
                                  options.output_gradient->columns != options.weights.rows)) {
    throw CLI::ValidationError(
        "--output-gradient",
        absl::StrCat("must have ", options.inputs.rows, " rows of ", options.weights.rows,
                     " numbers, got ", options.output_gradient->rows, " of ",
                     options.output_gradient->columns));
  }
}

void Fill(const std::vector<double>& values, google::protobuf::RepeatedField<float>* field) {
  for (const double value : values) field->Add(static_cast<float>(value));
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::BackpropExampleRequest request;
  Fill(options.inputs.values, request.mutable_inputs());
  request.set_input_count(options.inputs.columns);
  Fill(options.weights.values, request.mutable_weights());
  Fill(options.biases, request.mutable_biases());
  // A gradient that is given stands in for the loss, and so for the targets.
  if (options.targets || !options.output_gradient) {
    const std::vector<int32_t> targets = options.targets.value_or(std::vector<int32_t>{1, 0});
    request.mutable_targets()->Assign(targets.begin(), targets.end());
  }
  if (options.activation) request.set_activation(*options.activation);
  if (options.output_gradient) {
    Fill(options.output_gradient->values, request.mutable_output_gradient());
  }
  const absl::StatusOr<v1::BackpropExampleResponse> response =
      session.client().BackpropExample(request);
  if (!response.ok()) return response.status();
  return Show(
      session, options.output, *response,
      [&](const Page& page) { return RenderBackprop(request, *response, page); },
      [&] { return DrawBackprop(request, *response); });
}

}  // namespace

void AddDemoBackprop(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "backprop",
      "Works one layer forwards and backwards with every intermediate shown. A matrix is rows of "
      "numbers with semicolons between.",
      "percept demo backprop\n"
      "percept demo backprop --activation step\n"
      "percept demo backprop --inputs '1,2;3,4' --weights '0.5,0;0,0.5' --targets 0,1");
  AddParsed(command, "--inputs", &options->inputs, "MATRIX",
            "Inputs x, a row for each example. Default '0.3,-0.5;-0.4,1'.", ParseMatrix);
  AddParsed(command, "--weights", &options->weights, "MATRIX",
            "Weights W, a row for each class. Default '0.55,-0.12;-0.32,0.5'.", ParseMatrix);
  AddParsed(command, "--biases", &options->biases, "F[,F...]",
            "Biases b, one for each class. Default 0.4,-0.2.", ParseValues);
  AddParsed(command, "--targets", &options->targets, "N[,N...]",
            "Label of each example. Default 1,0.", ParseNumbers);
  AddEnum(command, "--activation", &options->activation,
          "Function between the layer and the softmax; identity and step show perceptrons. "
          "Default tanh.");
  AddParsed(command, "--output-gradient", &options->output_gradient, "MATRIX",
            "Gradient at the softmax's output. Default that of the cross-entropy.", ParseMatrix);
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    CheckShapes(*options);
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
