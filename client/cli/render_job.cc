#include "client/cli/render_job.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "client/cli/format.h"
#include "client/cli/render_spec.h"
#include "client/cli/render_values.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

// "3/5" epochs; in percent for a job without epochs.
std::string Position(const v1::JobProgress& progress) {
  if (progress.total_epochs() > 0) {
    return absl::StrCat(progress.epoch(), "/", progress.total_epochs());
  }
  if (progress.total_instances() <= 0) return std::string(kNone);
  return absl::StrCat(progress.instances() * 100 / progress.total_instances(), " %");
}

// The updates; the perceptron's are changes of its mind.
std::string Steps(const v1::Job& job) {
  const int64_t steps = job.progress().step();
  return job.spec().has_perceptron() ? CountText(steps, "change", "changes")
                                     : CountText(steps, "step", "steps");
}

std::string ProgressText(const v1::Job& job) {
  const v1::JobProgress& progress = job.progress();
  std::string text =
      absl::StrCat(progress.total_epochs() > 0 ? "epoch " : "", Position(progress), ", ",
                   CountText(progress.instances(), "instance", "instances"), ", ", Steps(job));
  if (progress.instances_per_second() > 0) {
    absl::StrAppend(&text, ", ", FormatRate(progress.instances_per_second()));
  }
  return text;
}

// "3/50  (stopped early)"; empty for a job without epochs.
std::string EpochsRun(const v1::Job& job) {
  const v1::JobProgress& progress = job.progress();
  if (progress.total_epochs() <= 0) return "";
  const bool stopped_early =
      job.state() == v1::JOB_STATE_SUCCEEDED && progress.epoch() < progress.total_epochs();
  return absl::StrCat(Position(progress), stopped_early ? "  (stopped early)" : "");
}

std::string RunTime(const v1::Job& job) {
  return job.has_run_time() ? FormatElapsed(ToDuration(job.run_time())) : "";
}

std::string ErrorText(const v1::Job& job) {
  if (!job.has_error()) return "";
  return absl::StrCat(Printable(job.error().message()), "  (", Word(job.error().reason()), ")");
}

// Accuracy and loss of the newest snapshot: on validation where it was measured, else in training.
Fields LatestFields(const v1::Metrics& metrics) {
  if (!metrics.has_validation_accuracy() && metrics.has_training_accuracy()) {
    return {
        {"accuracy", FormatAccuracy(metrics.training_accuracy()) + "  (training)"},
        {"loss", LossText(metrics.has_training_loss(), metrics.training_loss()) + "  (training)"}};
  }
  if (!metrics.has_validation_accuracy()) return {};
  return {{"accuracy", FormatAccuracy(metrics.validation_accuracy()) + "  (validation)"},
          {"loss",
           LossText(metrics.has_validation_loss(), metrics.validation_loss()) + "  (validation)"}};
}

// The newest accuracy and loss, as cells of a table.
std::vector<std::string> LatestCells(const v1::Metrics& metrics) {
  if (metrics.has_validation_accuracy() || !metrics.has_training_accuracy()) {
    return {AccuracyText(metrics.has_validation_accuracy(), metrics.validation_accuracy()),
            LossText(metrics.has_validation_loss(), metrics.validation_loss())};
  }
  return {absl::StrCat("train ", FormatAccuracy(metrics.training_accuracy())),
          LossText(metrics.has_training_loss(), metrics.training_loss())};
}

// The uses of the test split, each with its outcome where that can be read.
Fields TestFields(const v1::Job& job, absl::Time now) {
  if (job.test_evaluation_count() == 0) return {{"test used", "never"}};
  Fields fields = {{"test used", CountText(job.test_evaluation_count(), "time", "times")}};
  for (int i = 0; i < job.test_evaluations_size(); ++i) {
    const v1::TestEvaluation& evaluation = job.test_evaluations(i);
    fields.emplace_back(absl::StrCat("test ", i + 1),
                        absl::StrCat(FormatAccuracy(evaluation.accuracy()), " accuracy, ",
                                     FormatLoss(evaluation.loss()), " loss, snapshot ",
                                     FormatCount(evaluation.snapshot_index()), ", ",
                                     WhenText(evaluation.has_time(), evaluation.time(), now)));
  }
  return fields;
}

// "1,200,000, parameters of 800,000 kept".
std::string SnapshotsText(const v1::Job& job) {
  const std::string count = FormatCount(job.progress().snapshot_count());
  if (job.retention().thinned_snapshots() == 0) return count;
  return absl::StrCat(count, ", parameters of ", FormatCount(job.retention().kept_snapshots()),
                      " kept");
}

std::string KernelsText(const v1::Job& job) {
  std::string text = Printable(job.instruction_set());
  if (job.engine_revision() > 0)
    absl::StrAppend(&text, ", engine revision ", job.engine_revision());
  if (job.engine_changed()) {
    absl::StrAppend(&text, "; others before, so that a repetition need not have the same bits");
  }
  return text;
}

// What has been asked of a job that has not followed yet.
std::string RequestText(const v1::Job& job) {
  if (job.has_end_time()) return "";
  if (job.cancel_requested()) return "cancelling";
  return job.pause_requested() ? "pausing" : "";
}

// "3 min 05 s"; empty when unknown.
std::string TimeLeft(const v1::Job& job, absl::Time now) {
  if (!job.progress().has_estimated_end_time()) return "";
  const absl::Duration left = ToTime(job.progress().estimated_end_time()) - now;
  return FormatElapsed(std::max(left, absl::ZeroDuration()));
}

std::string HeartbeatText(const v1::Job& job, absl::Time now) {
  if (job.state() != v1::JOB_STATE_RUNNING || !job.progress().has_heartbeat_time()) return "";
  return FormatAgo(now - ToTime(job.progress().heartbeat_time()));
}

// The shortest answer to why a job is not finished.
std::string WaitText(const v1::Job& job, absl::Time now) {
  if (const std::string request = RequestText(job); !request.empty()) return request;
  if (job.state() == v1::JOB_STATE_QUEUED && job.wait().queue_position() > 0)
    return absl::StrCat("place ", FormatCount(job.wait().queue_position()));
  if (job.state() == v1::JOB_STATE_RUNNING && job.progress().has_estimated_end_time())
    return absl::StrCat(TimeLeft(job, now), " left");
  return "";
}

// Why a job is not as one would expect.
std::string WhyText(const v1::Job& job, absl::Time now) {
  const std::string wait = WaitText(job, now);
  if (job.damaged().empty()) return wait;
  return wait.empty() ? "damaged" : absl::StrCat(wait, ", damaged");
}

// What cannot be read of it, a field each.
Fields DamagedFields(const v1::Job& job) {
  Fields fields;
  for (const std::string& line : job.damaged()) fields.emplace_back("damaged", Printable(line));
  return fields;
}

std::string Heading(const v1::Job& job, const Terminal& terminal) {
  return absl::StrCat(Printable(job.name()), "  ", StateText(job.state(), terminal), "\n");
}

}  // namespace

std::string RenderJob(const v1::Job& job, absl::Time now, const Terminal& terminal) {
  Fields fields = {
      {"why", Printable(job.wait().message())}, {"error", ErrorText(job)},
      {"asked for", RequestText(job)},          {"heartbeat", HeartbeatText(job, now)},
      {"time left", TimeLeft(job, now)},        {"label", Printable(job.spec().label())}};
  Append(&fields, DamagedFields(job));
  Append(&fields, SpecFields(job));
  fields.emplace_back("progress", ProgressText(job));
  Append(&fields, LatestFields(job.progress().latest()));
  fields.emplace_back("snapshots", SnapshotsText(job));
  Append(&fields, TestFields(job, now));
  Append(&fields, {{"memory", FormatBytes(job.memory_estimate_bytes())},
                   {"owner", Printable(job.owner())},
                   {"visible to", VisibilityText(job.visibility())},
                   {"submitted", WhenText(job.has_create_time(), job.create_time(), now)},
                   {"started", WhenText(job.has_start_time(), job.start_time(), now)},
                   {"ended", WhenText(job.has_end_time(), job.end_time(), now)},
                   {"run time", RunTime(job)},
                   {"attempts", job.attempt() > 1 ? absl::StrCat(job.attempt()) : ""},
                   {"kernels", KernelsText(job)}});
  return absl::StrCat(Heading(job, terminal), RenderFields(fields));
}

std::string RenderJobs(const std::vector<v1::Job>& jobs, absl::Time now) {
  const std::vector<Column> columns = {{"JOB"},
                                       {"STATE"},
                                       {"WHY"},
                                       {"MODEL"},
                                       {"DATA"},
                                       {"EPOCH", Align::kRight},
                                       {"ACCURACY", Align::kRight},
                                       {"LOSS", Align::kRight},
                                       {"OWNER"},
                                       {"SUBMITTED", Align::kRight},
                                       {"LABEL"}};
  std::vector<std::vector<std::string>> rows;
  for (const v1::Job& job : jobs) {
    const std::vector<std::string> latest = LatestCells(job.progress().latest());
    rows.push_back({ShortText(job.name()), EnumText(job.state()), WhyText(job, now),
                    ModelText(job.spec()), ShortText(job.spec().dataset()),
                    Position(job.progress()), latest[0], latest[1], Printable(job.owner()),
                    AgoText(job.has_create_time(), job.create_time(), now),
                    Printable(job.spec().label())});
  }
  return RenderTable(columns, rows);
}

std::string JobSummary(const v1::Job& job) {
  return absl::StrCat(ModelText(job.spec()), " on ", ShortText(job.spec().dataset()), ", ",
                      CountText(job.progress().snapshot_count(), "snapshot", "snapshots"));
}

std::string RenderOutcome(const v1::Job& job, const BestSnapshot& best, const Terminal& terminal) {
  Fields fields = {{"error", ErrorText(job)}};
  Append(&fields, LatestFields(job.progress().latest()));
  if (best.best().has_value()) {
    fields.emplace_back("best", absl::StrCat(FormatAccuracy(best.best()->accuracy), "  (snapshot ",
                                             FormatCount(best.best()->index), ")"));
  }
  const bool is_perceptron = job.spec().has_perceptron();
  Append(&fields, {{"epochs", EpochsRun(job)},
                   {"changes", is_perceptron ? FormatCount(job.progress().step()) : ""},
                   {"instances", FormatCount(job.progress().instances())},
                   {"snapshots", FormatCount(job.progress().snapshot_count())},
                   {"run time", RunTime(job)}});
  return absl::StrCat(Heading(job, terminal), RenderFields(fields));
}

std::string StateText(v1::JobState state, const Terminal& terminal) {
  const std::string text = EnumText(state);
  switch (state) {
    case v1::JOB_STATE_SUCCEEDED:
      return Styled(text, Style::kGreen, terminal);
    case v1::JOB_STATE_FAILED:
      return Styled(text, Style::kRed, terminal);
    case v1::JOB_STATE_CANCELLED:
    case v1::JOB_STATE_PAUSED:
      return Styled(text, Style::kYellow, terminal);
    default:
      return Styled(text, Style::kBold, terminal);
  }
}

}  // namespace percept::cli
