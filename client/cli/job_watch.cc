#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "client/cli/commands.h"
#include "client/cli/follow.h"
#include "client/cli/interrupt.h"

namespace percept::cli {
namespace {

struct Options {
  std::string name;
  std::optional<int64_t> start_index;
  bool latest = false;
  bool full = false;
};

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  const InterruptGuard guard(&session.cancellation());
  v1::GetJobRequest request;
  request.set_name(options.name);
  const absl::StatusOr<v1::Job> job = session.client().GetJob(request);
  if (!job.ok()) return job.status();
  FollowOptions follow;
  follow.start_index = options.start_index.value_or(0);
  follow.delivery = options.latest ? v1::DELIVERY_LATEST : v1::DELIVERY_EVERY;
  follow.view = options.full ? v1::SNAPSHOT_VIEW_FULL : v1::SNAPSHOT_VIEW_METRICS;
  follow.print_snapshots = true;
  return FollowJob(session, *job, follow);
}

}  // namespace

void AddJobWatch(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "watch",
      "Shows a job's snapshots, those there are and each as it comes, until the job ends. "
      "Reconnects by itself. The exit code is the job's outcome.",
      "percept job watch 7f3k9m2p0q\n"
      "percept job watch 7f3k9m2p0q --start-index 100 --json");
  AddJobArgument(command, &options->name);
  AddNumber(command, "--start-index", &options->start_index, "First snapshot to show. Default 0.");
  command->add_flag("--latest", options->latest,
                    "Leaves out snapshots rather than falling behind.");
  command->add_flag(
      "--full", options->full,
      "Asks for the parameters, too, which --json shows. Not for models above 2 MiB.");
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
