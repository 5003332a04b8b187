#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/format.h"
#include "client/cli/inspect/attack_view.h"
#include "client/cli/inspect/start.h"
#include "client/cli/interrupt.h"
#include "client/cli/parse.h"
#include "client/cli/progress_display.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

constexpr int kDefaultSteps = 1000;

struct Options {
  StartOptions start;
  std::optional<double> distance_weight;
  std::optional<double> learning_rate;
  int32_t max_steps = kDefaultSteps;
  std::optional<Interval> clamp;
  std::optional<int32_t> image_every;
  std::string output;
};

// Follows the attack to its end; with --json prints each message as it comes.
absl::Status Follow(Session& session, const v1::AttackRequest& request, v1::AttackResponse* all) {
  const InterruptGuard guard(&session.cancellation());
  ProgressDisplay<StepsView> display(session.err(), session.quiet());
  return session.client().Attack(request, [&](const v1::AttackResponse& response) {
    if (session.json()) {
      display.Clear();
      session.PrintJson(response);
    }
    all->MergeFrom(response);
    if (!response.steps().empty()) {
      const v1::AttackStep& step = response.steps(response.steps_size() - 1);
      display.Show({"attacking", step.step(), request.max_steps(),
                    absl::StrCat("probability ", FormatAccuracy(step.target_probability()))});
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  const absl::StatusOr<Start> start = SettleStart(session, options.start);
  if (!start.ok()) return start.status();
  v1::AttackRequest request;
  request.set_snapshot(start->snapshot);
  *request.mutable_start() = start->point;
  request.set_target_label(start->target_label);
  if (options.distance_weight) request.set_distance_weight(*options.distance_weight);
  if (options.learning_rate) request.set_learning_rate(*options.learning_rate);
  request.set_max_steps(options.max_steps);
  if (options.clamp) {
    request.mutable_clamp()->set_min(options.clamp->min);
    request.mutable_clamp()->set_max(options.clamp->max);
  }
  if (options.image_every) request.set_image_every(*options.image_every);
  AttackRun attack = {options.start.snapshot.job, start->target_label, {}};
  absl::Status status = Follow(session, request, &attack.response);
  if (status.ok()) status = CheckAttack(attack);
  if (!status.ok()) return status;
  // The lines of JSON were printed as they came.
  return Show(
      session, options.output, [] {}, [&](const Page& page) { return RenderAttack(attack, page); },
      [&] { return DrawAttack(attack); });
}

}  // namespace

void AddInspectAttack(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "attack",
      "Looks for the smallest change of an example that makes the model see another class. With "
      "--json each message of the stream is a line.",
      "percept inspect attack 7f3k9m2p0q --index 4 --target 9 -o attack.png");
  AddStartOptions(command, &options->start);
  AddNumber(command, "--distance-weight", &options->distance_weight,
            "Weight of the squared distance from the start. Default 0.01.");
  AddNumber(command, "--learning-rate", &options->learning_rate,
            "Factor of the gradient. Default 0.01.");
  AddParsed(command, "--max-steps", &options->max_steps, "N",
            absl::StrCat("Most steps. Default ", kDefaultSteps, "."), ParseNumber<int32_t>);
  AddParsed(command, "--clamp", &options->clamp, "MIN:MAX",
            "Range that the inputs are kept in. Default 0:1.", ParseInterval);
  AddNumber(command, "--image-every", &options->image_every,
            "Steps between the pictures that --json has. Default none but the first and the last.");
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    CheckStart(options->start);
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
