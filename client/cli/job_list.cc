#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "client/cli/commands.h"
#include "client/cli/format.h"
#include "client/cli/render_job.h"
#include "client/lib/names.h"
#include "client/lib/pages.h"

namespace percept::cli {
namespace {

struct Options {
  std::optional<v1::JobState> state;
  std::optional<std::string> owner;
  std::optional<std::string> dataset;
  std::optional<int64_t> limit;
};

// The server's filter language: conditions joined by AND.
std::string Filter(const Options& options) {
  std::vector<std::string> conditions;
  if (options.state) conditions.push_back(absl::StrCat("state=", EnumText(*options.state)));
  if (options.owner) conditions.push_back(absl::StrCat("owner=\"", *options.owner, "\""));
  if (options.dataset) conditions.push_back(absl::StrCat("dataset=", *options.dataset));
  return absl::StrJoin(conditions, " AND ");
}

// Said even when quiet: the list looks complete without them.
void NameUnreachable(const v1::ListJobsResponse& page) {
  for (const std::string& name : page.unreachable()) {
    std::fprintf(stderr, "percept: %s cannot be shown: its stored record is damaged\n",
                 Printable(name).c_str());
  }
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::ListJobsRequest request;
  request.set_filter(Filter(options));
  std::vector<v1::Job> jobs;
  const absl::Status status = client::ForEachInPages(
      request, options.limit.value_or(std::numeric_limits<int64_t>::max()),
      [&](const auto& page) {
        absl::StatusOr<v1::ListJobsResponse> listed = session.client().ListJobs(page);
        if (listed.ok()) NameUnreachable(*listed);
        return listed;
      },
      [](const auto& page) -> const auto& { return page.jobs(); },
      [&](const v1::Job& job) {
        if (session.json()) {
          session.PrintJson(job);
        } else {
          jobs.push_back(job);
        }
      });
  if (!status.ok()) return status;
  if (!session.json()) session.Print(RenderJobs(jobs, absl::Now()));
  return ExitCode::kOk;
}

}  // namespace

void AddJobList(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(parent, "list", "Lists the jobs, the newest first.",
                                 "percept job list --state running\n"
                                 "percept job list --dataset mnist --limit 20 --json");
  AddEnum(command, "--state", &options->state, "Only jobs in this state.");
  AddText(command, "--owner", &options->owner, "NAME", "Only jobs of this owner.");
  AddParsed(command, "--dataset", &options->dataset, "D", "Only jobs on this data set.",
            client::DatasetName);
  AddNumber(command, "--limit", &options->limit, "At most so many. Default all.");
  command->callback([options, chosen] {
    // A limit is the client's own affair, so it is judged here.
    if (options->limit.value_or(1) < 1) {
      throw CLI::ValidationError(
          absl::StrCat("--limit: must be at least 1, got ", *options->limit));
    }
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
