#include "client/cli/follow.h"

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/best_snapshot.h"
#include "client/cli/format.h"
#include "client/cli/progress_display.h"
#include "client/cli/progress_line.h"
#include "client/cli/render_job.h"
#include "client/cli/render_snapshots.h"
#include "client/lib/names.h"
#include "client/lib/watch.h"

namespace percept::cli {
namespace {

// Shows what a watch sees.
class Follower : public client::WatchVisitor {
 public:
  Follower(const Session& session, const v1::Job& job, const FollowOptions& options)
      : session_(session),
        options_(options),
        rows_(job.spec()),
        display_(session.err(), session.quiet()) {
    view_.state = job.state();
    view_.progress = job.progress();
    view_.wait = job.wait().message();
    if (PrintsRows()) session_.Print(rows_.Titles());
  }

  void OnSnapshot(const v1::Snapshot& snapshot, int64_t skipped) override {
    best_.Consider(snapshot);
    if (session_.json()) {
      display_.Clear();
      session_.PrintJson(snapshot);
    } else if (PrintsRows()) {
      display_.Clear();
      if (skipped > 0)
        session_.Print(absl::StrCat("       (", FormatCount(skipped), " skipped)\n"));
      session_.Print(rows_.Row(snapshot));
    }
    NoteSnapshot(snapshot);
  }

  void OnHeartbeat(const v1::Heartbeat& heartbeat) override {
    const bool is_news = heartbeat.state() != view_.state;
    view_.state = heartbeat.state();
    view_.wait = heartbeat.wait().message();
    if (heartbeat.has_progress() &&
        heartbeat.progress().instances() >= view_.progress.instances()) {
      view_.progress = heartbeat.progress();
    }
    display_.Show(view_);
    if (is_news) display_.Flush();
  }

  void OnDisconnected(const absl::Status&, int64_t next_index) override {
    display_.Note(absl::StrCat("lost the server at ", session_.server(),
                               "; trying to reconnect, to go on from snapshot ", next_index));
  }

  void OnReconnected() override { display_.Note("reconnected"); }

  // Shows the outcome; to be called once, after the watch.
  void End(const v1::Job& job) {
    view_.state = v1::JOB_STATE_RUNNING;
    view_.progress = job.progress();
    display_.Show(view_);
    display_.Flush();
    display_.Clear();
    if (session_.json()) {
      session_.PrintJson(job);
      return;
    }
    if (PrintsRows()) session_.Print("\n");
    const bool saw_all = options_.start_index == 0 && options_.delivery != v1::DELIVERY_LATEST;
    session_.Print(RenderOutcome(job, saw_all ? best_ : BestSnapshot(), session_.out()));
    session_.Note(NextCommands(job));
  }

  void Clear() { display_.Clear(); }

 private:
  bool PrintsRows() const { return options_.print_snapshots && !session_.json(); }

  void NoteSnapshot(const v1::Snapshot& snapshot) {
    // A snapshot from the past says nothing about the progress that a heartbeat told already.
    if (snapshot.instances() < view_.progress.instances()) return;
    view_.state = v1::JOB_STATE_RUNNING;
    view_.progress.set_instances(snapshot.instances());
    view_.progress.set_step(snapshot.step());
    view_.progress.set_epoch(snapshot.epoch());
    view_.progress.set_snapshot_count(snapshot.index() + 1);
    *view_.progress.mutable_latest() = snapshot.metrics();
    display_.Show(view_);
  }

  std::string NextCommands(const v1::Job& job) const {
    const absl::string_view id = client::ShortName(job.name());
    return absl::StrCat("\nnext: ", session_.Command(absl::StrCat("job snapshots ", id)),
                        "\n      ", session_.Command(absl::StrCat("job get ", id)));
  }

  const Session& session_;
  const FollowOptions& options_;
  const SnapshotRows rows_;
  ProgressDisplay<ProgressView> display_;
  ProgressView view_;
  BestSnapshot best_;
};

std::string WayBack(const Session& session, const v1::Job& job) {
  return session.Command(absl::StrCat("job watch ", client::ShortName(job.name())));
}

}  // namespace

absl::StatusOr<ExitCode> FollowJob(Session& session, const v1::Job& job,
                                   const FollowOptions& options) {
  client::WatchOptions watch;
  watch.job = job.name();
  watch.start_index = options.start_index;
  watch.delivery = options.delivery;
  watch.view = options.view;
  Follower follower(session, job, options);
  const absl::StatusOr<v1::Job> ended = client::Watch(session.client(), watch, follower);
  if (ended.ok()) {
    follower.End(*ended);
    return ExitCodeFor(ended->state());
  }
  follower.Clear();
  if (absl::IsCancelled(ended.status()) && session.cancellation().cancelled()) {
    // Said even when quiet: the reader has no other way to learn of it.
    std::fprintf(stderr, "percept: %s goes on; come back with: %s\n", job.name().c_str(),
                 WayBack(session, job).c_str());
    return ExitCode::kInterrupted;
  }
  if (absl::IsUnavailable(ended.status())) {
    return absl::UnavailableError(absl::StrCat(
        ended.status().message(), "; the job is kept, come back with: ", WayBack(session, job)));
  }
  return ended.status();
}

}  // namespace percept::cli
