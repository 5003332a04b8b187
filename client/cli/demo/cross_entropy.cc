#include <memory>
#include <string>
#include <vector>

#include "client/cli/commands.h"
#include "client/cli/demo/cross_entropy_view.h"
#include "client/cli/parse.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

struct Options {
  std::vector<double> p;
  std::vector<double> q;
  std::string output;
};

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::CrossEntropyRequest request;
  request.mutable_p()->Assign(options.p.begin(), options.p.end());
  request.mutable_q()->Assign(options.q.begin(), options.q.end());
  const absl::StatusOr<v1::CrossEntropyResponse> response = session.client().CrossEntropy(request);
  if (!response.ok()) return response.status();
  return Show(
      session, options.output, *response,
      [&](const Page& page) { return RenderCrossEntropy(request, *response, page); },
      [&] { return DrawCrossEntropy(request, *response); });
}

}  // namespace

void AddDemoCrossEntropy(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(parent, "cross-entropy",
                 "Compares two distributions: their entropies, the cross-entropy and the "
                 "divergence.",
                 "percept demo cross-entropy --p 0.7,0.2,0.1 --q 0.4,0.4,0.2");
  AddParsed(command, "--p", &options->p, "F,F...", "The distribution that holds; its sum is 1.",
            ParseValues)
      ->required();
  AddParsed(command, "--q", &options->q, "F,F...", "The distribution that is assumed, as long.",
            ParseValues)
      ->required();
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
