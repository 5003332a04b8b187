#include "tests/robustness/promises.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace percept::testing {
namespace {

// A request that is carried out later: `is` is how the job then stands, `requested` that it is
// going to. It may end by itself before.
void CheckRequest(absl::string_view what, Belief asked, bool is, bool requested, bool by_itself,
                  Faults& faults) {
  if (asked == Belief::kYes && !is && !requested && !by_itself) {
    faults.push_back(absl::StrCat(what, ": was acknowledged and is lost"));
  }
  if (asked == Belief::kNo && (is || requested)) {
    faults.push_back(absl::StrCat(what, ": nobody asked for it"));
  }
}

Faults CheckShown(const Promises& promises, const v1::Job& job) {
  Faults faults;
  if (promises.deleted == Belief::kYes) faults.push_back("deleted: is there again");
  if (job.spec().SerializeAsString() != promises.created.spec().SerializeAsString() ||
      job.create_time().SerializeAsString() != promises.created.create_time().SerializeAsString() ||
      job.owner() != promises.created.owner()) {
    faults.push_back("created: is not the job that was acknowledged");
  }
  const bool finished = IsFinal(job.state());
  CheckRequest("paused", promises.paused, job.state() == v1::JOB_STATE_PAUSED,
               job.pause_requested(), finished, faults);
  CheckRequest("cancelled", promises.cancelled, job.state() == v1::JOB_STATE_CANCELLED,
               job.cancel_requested(), finished, faults);
  if (finished && job.pause_requested()) faults.push_back("paused: still to come after the end");
  if (job.state() == v1::JOB_STATE_FAILED) {
    faults.push_back(absl::StrCat("failed: ", job.error().message()));
  }
  if (job.progress().snapshot_count() < promises.snapshots_sent) {
    faults.push_back(absl::StrCat("snapshots: a viewer was sent ", promises.snapshots_sent,
                                  ", the job has ", job.progress().snapshot_count()));
  }
  if (promises.ended.has_value() &&
      promises.ended->SerializeAsString() != job.SerializeAsString()) {
    faults.push_back(
        absl::StrCat("ended: was ", promises.ended->ShortDebugString(), " when it ended"));
  }
  return faults;
}

}  // namespace

Faults CheckPromises(const Promises& promises, const v1::Job* shown) {
  Faults faults;
  if (shown != nullptr) {
    faults = CheckShown(promises, *shown);
  } else if (promises.deleted == Belief::kNo) {
    faults = {"created: was acknowledged and is lost"};
  }
  for (std::string& fault : faults) {
    fault = absl::StrCat(
        promises.created.name(), ": ", fault,
        shown != nullptr ? absl::StrCat("; the server shows ", shown->ShortDebugString()) : "");
  }
  return faults;
}

}  // namespace percept::testing
