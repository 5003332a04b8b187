#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/demo/gradient_descent_view.h"
#include "client/cli/parse.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

// More side by side than these nobody could read.
constexpr size_t kMostDescents = 4;

struct Options {
  std::vector<double> coefficients = {2, -5, 1};
  // One for each descent, or one for all.
  std::vector<double> starts = {-2};
  std::vector<double> learning_rates = {0.1};
  std::vector<double> momenta = {0};
  int32_t steps = 30;
  std::string output;
};

size_t DescentCount(const Options& options) {
  return std::max({options.starts.size(), options.learning_rates.size(), options.momenta.size()});
}

// Throws a usage error unless each list has one number, or as many as there are descents.
void CheckCounts(const Options& options) {
  const size_t count = DescentCount(options);
  if (count > kMostDescents) {
    throw CLI::ValidationError(
        absl::StrCat("at most ", kMostDescents, " descents can be shown, got ", count));
  }
  const std::pair<const char*, const std::vector<double>*> lists[] = {
      {"--start", &options.starts},
      {"--learning-rate", &options.learning_rates},
      {"--momentum", &options.momenta}};
  for (const auto& [flag, values] : lists) {
    if (values->size() != 1 && values->size() != count) {
      throw CLI::ValidationError(flag, absl::StrCat("must have one number, or one for each of the ",
                                                    count, " descents, got ", values->size()));
    }
  }
}

v1::OptimizeScalarRequest Request(const Options& options, size_t index) {
  const auto pick = [index](const std::vector<double>& values) {
    return values.size() == 1 ? values[0] : values[index];
  };
  v1::OptimizeScalarRequest request;
  request.mutable_coefficients()->Assign(options.coefficients.begin(), options.coefficients.end());
  request.set_start(pick(options.starts));
  request.set_learning_rate(pick(options.learning_rates));
  request.set_momentum(pick(options.momenta));
  request.set_steps(options.steps);
  return request;
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  std::vector<Descent> descents;
  for (size_t i = 0; i < DescentCount(options); ++i) {
    Descent descent = {Request(options, i), {}};
    absl::StatusOr<v1::OptimizeScalarResponse> response =
        session.client().OptimizeScalar(descent.request);
    if (!response.ok()) return response.status();
    descent.response = *std::move(response);
    descents.push_back(std::move(descent));
  }
  return Show(
      session, options.output,
      [&] {
        for (const Descent& descent : descents) session.PrintJson(descent.response);
      },
      [&](const Page& page) { return RenderDescents(descents, page); },
      [&] { return DrawDescents(descents); });
}

}  // namespace

void AddDemoGradientDescent(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "gradient-descent",
      "Descends a polynomial of one variable, with or without momentum. Several numbers for an "
      "option make several descents side by side, with --json a line each.",
      "percept demo gradient-descent --start -2 --learning-rate 0.1\n"
      "percept demo gradient-descent --start -2,7 --learning-rate 0.15 --momentum 0,0.4 "
      "-o descent.png");
  AddParsed(command, "--coefficients", &options->coefficients, "F[,F...]",
            "Coefficients of the polynomial, that of the constant first. Default 2,-5,1: "
            "x^2 - 5x + 2.",
            ParseValues);
  AddParsed(command, "--start", &options->starts, "F[,F...]", "Where to start. Default -2.",
            ParseValues);
  AddParsed(command, "--learning-rate", &options->learning_rates, "F[,F...]",
            "Factor of each update. Default 0.1.", ParseValues);
  AddParsed(command, "--momentum", &options->momenta, "F[,F...]",
            "Share of the velocity that is kept. Default 0.", ParseValues);
  AddParsed(command, "--steps", &options->steps, "N", "Updates to make. Default 30.",
            ParseNumber<int32_t>);
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    CheckCounts(*options);
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
