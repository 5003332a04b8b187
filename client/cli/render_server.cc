#include "client/cli/render_server.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

#include "client/cli/format.h"
#include "client/cli/render_values.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

// On average since the start.
std::string LoadText(const v1::GetServerInfoResponse& info) {
  const double uptime = absl::ToDoubleSeconds(ToDuration(info.uptime()));
  const double cpu = absl::ToDoubleSeconds(ToDuration(info.cpu_time()));
  return absl::StrFormat("%.2f of %d processors since the start", uptime > 0 ? cpu / uptime : 0.0,
                         info.processors());
}

}  // namespace

std::string RenderServerInfo(const v1::GetServerInfoResponse& info, const std::string& address) {
  const v1::ServerLimits& limits = info.limits();
  const Fields fields = {
      {"version", Printable(info.version())},
      {"kernels", absl::StrCat(Printable(info.instruction_set()), ", engine revision ",
                               info.engine_revision())},
      {"up for", FormatElapsed(ToDuration(info.uptime()))},
      {"jobs",
       absl::StrCat(FormatCount(info.running_jobs()), " running, ", FormatCount(info.queued_jobs()),
                    " queued, ", info.workers(), info.workers() == 1 ? " worker" : " workers")},
      {"viewers", absl::StrCat(FormatCount(info.open_streams()), " of at most ",
                               FormatCount(limits.max_streams()), " streams")},
      {"data sets", FormatCount(info.datasets())},
      {"load", LoadText(info)},
      {"memory", FormatBytes(info.resident_bytes())},
      {"disk", absl::StrCat(FormatBytes(info.store_bytes()), " of jobs and snapshots")},
      {"log level", Printable(info.log_level())},
      {"gRPC", Printable(absl::StrJoin(info.grpc_addresses(), ", "))},
      {"HTTP", Printable(absl::StrJoin(info.http_addresses(), ", "))},
      {"limits", absl::StrCat("message ", FormatBytes(limits.max_message_bytes()), ", upload ",
                              FormatBytes(limits.max_upload_bytes()), ", memory of a job ",
                              FormatBytes(limits.max_job_memory_bytes()))},
      {"queue",
       absl::StrCat(FormatCount(limits.max_queued_jobs()), " jobs at most, ",
                    FormatCount(limits.max_queued_jobs_per_owner()), " of one owner, who may run ",
                    FormatCount(limits.max_running_jobs_per_owner()), " at once")},
      {"kept of a job",
       absl::StrCat("parameters of ", FormatCount(limits.max_kept_snapshots_per_job()),
                    " snapshots, ", FormatBytes(limits.max_parameter_bytes_per_job()))}};
  return absl::StrCat("perceptd at ", address, "\n", RenderFields(fields));
}

}  // namespace percept::cli
