#include "client/lib/names.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace percept::client {
namespace {

absl::StatusOr<std::string> FullName(absl::string_view collection, absl::string_view text) {
  absl::string_view id = text;
  absl::ConsumePrefix(&id, collection);
  if (id.empty() || absl::StrContains(id, '/')) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be ID or ", collection, "ID, got '", text, "'"));
  }
  return absl::StrCat(collection, id);
}

}  // namespace

absl::StatusOr<std::string> JobName(absl::string_view text) { return FullName("jobs/", text); }

absl::StatusOr<std::string> DatasetName(absl::string_view text) {
  return FullName("datasets/", text);
}

absl::StatusOr<std::string> JobOrSnapshotName(absl::string_view text) {
  constexpr absl::string_view kSnapshots = "/snapshots/";
  absl::string_view job = text;
  absl::string_view snapshot;
  bool has_snapshot = false;
  for (const absl::string_view separator : {kSnapshots, absl::string_view(":")}) {
    const size_t at = text.find(separator);
    if (at == absl::string_view::npos) continue;
    job = text.substr(0, at);
    snapshot = text.substr(at + separator.size());
    has_snapshot = true;
    break;
  }
  absl::StatusOr<std::string> name = JobName(job);
  if (!name.ok() || snapshot.empty() == has_snapshot || absl::StrContains(snapshot, '/')) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be JOB or JOB:SNAPSHOT, got '", text, "'"));
  }
  if (has_snapshot) absl::StrAppend(&*name, kSnapshots, snapshot);
  return name;
}

absl::string_view ShortName(absl::string_view name) {
  return name.substr(name.rfind('/') + 1);  // npos + 1 is 0.
}

}  // namespace percept::client
