#include "client/cli/render_text.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

#include "client/cli/enum_names.h"
#include "client/cli/format.h"
#include "client/lib/names.h"

namespace percept::cli {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

// Shown where there is no value.
constexpr absl::string_view kNone = "-";

std::string Short(const std::string& name) { return Printable(client::ShortName(name)); }

template <typename Enum>
std::string Word(Enum value) {
  const auto* descriptor =
      google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(static_cast<int>(value));
  return descriptor == nullptr ? std::string(kNone) : EnumWord(*descriptor);
}

std::string Accuracy(bool is_set, double value) {
  return is_set ? FormatAccuracy(value) : std::string(kNone);
}

std::string Loss(bool is_set, double value) {
  return is_set ? FormatLoss(value) : std::string(kNone);
}

std::string Ago(bool is_set, const google::protobuf::Timestamp& time, absl::Time now) {
  return is_set ? FormatAgo(now - ToTime(time)) : std::string(kNone);
}

// When it was, and how long ago.
std::string When(bool is_set, const google::protobuf::Timestamp& time, absl::Time now) {
  if (!is_set) return "";
  return absl::StrCat(absl::FormatTime("%Y-%m-%d %H:%M:%S", ToTime(time), absl::LocalTimeZone()),
                      "  (", FormatAgo(now - ToTime(time)), ")");
}

std::string Source(const v1::Dataset& dataset) {
  switch (dataset.source_case()) {
    case v1::Dataset::kGenerator:
      return Word(dataset.generator().generator());
    case v1::Dataset::kBinary:
      return absl::StrCat(Short(dataset.binary().dataset()), " ", dataset.binary().positive_label(),
                          " against ", dataset.binary().negative_label());
    case v1::Dataset::kDerived:
      return absl::StrCat("features of ", Short(dataset.derived().dataset()));
    case v1::Dataset::kNormalised:
      return absl::StrCat(Short(dataset.normalised().dataset()), ", normalised");
    case v1::Dataset::kUpload:
      return "upload";
    case v1::Dataset::kInstalled:
      return "installed";
    case v1::Dataset::SOURCE_NOT_SET:
      break;
  }
  return std::string(kNone);
}

std::string Examples(const v1::Dataset& dataset, v1::Split split) {
  for (const v1::SplitSummary& summary : dataset.splits()) {
    if (summary.split() == split) return FormatCount(summary.examples());
  }
  return "0";
}

// "10,000 examples; by class 980  1,135 …": the number of examples, and of each class.
std::string SplitText(const v1::SplitSummary& summary) {
  if (summary.examples() == 0) return "none";
  std::vector<std::string> counts;
  for (const int64_t count : summary.class_counts()) counts.push_back(FormatCount(count));
  return absl::StrCat(FormatCount(summary.examples()), " examples; by class ",
                      absl::StrJoin(counts, "  "));
}

std::string Inputs(const v1::Dataset& dataset) {
  if (!dataset.has_image_shape()) return FormatCount(dataset.inputs());
  const v1::ImageShape& shape = dataset.image_shape();
  return absl::StrFormat("%s  (%d x %d x %d)", FormatCount(dataset.inputs()), shape.height(),
                         shape.width(), shape.channels());
}

std::string Model(const v1::JobSpec& spec) {
  switch (spec.model_case()) {
    case v1::JobSpec::kPerceptron:
      return "perceptron";
    case v1::JobSpec::kMultiperceptron:
      return "multiperceptron";
    case v1::JobSpec::kMlp:
      return absl::StrCat("mlp ", absl::StrJoin(spec.mlp().hidden_units(), ","));
    case v1::JobSpec::MODEL_NOT_SET:
      break;
  }
  return std::string(kNone);
}

// A number as it was typed, without trailing zeros.
std::string Plain(double value) { return absl::StrFormat("%g", value); }

std::string Optimizer(const v1::TrainingSpec& training) {
  switch (training.optimizer_case()) {
    case v1::TrainingSpec::kMomentum:
      return absl::StrCat("momentum ", Plain(training.momentum().momentum()));
    case v1::TrainingSpec::kAdam:
      return "adam";
    default:
      return "sgd";
  }
}

std::string Schedule(const v1::TrainingSpec& training) {
  switch (training.schedule_case()) {
    case v1::TrainingSpec::kStep:
      return absl::StrCat("step:", Plain(training.step().gamma()), ",", training.step().sigma());
    case v1::TrainingSpec::kInverse:
      return absl::StrCat("inverse:", Plain(training.inverse().gamma()), ",",
                          Plain(training.inverse().rho()));
    default:
      return "constant";
  }
}

// "sgd, learning rate 0.1 (constant), batch 100, 5 epochs".
std::string Training(const v1::JobSpec& spec) {
  if (spec.model_case() == v1::JobSpec::kPerceptron || !spec.has_training()) return "";
  const v1::TrainingSpec& training = spec.training();
  std::string text =
      absl::StrCat(Optimizer(training), ", learning rate ", Plain(training.learning_rate()), " (",
                   Schedule(training), "), batch ", FormatCount(training.batch_size()), ", ",
                   FormatCount(training.epochs()), training.epochs() == 1 ? " epoch" : " epochs");
  if (training.weight_decay() != 0) {
    absl::StrAppend(&text, ", weight decay ", Plain(training.weight_decay()));
  }
  if (training.has_early_stopping()) {
    absl::StrAppend(&text, ", stops after ", training.early_stopping().patience(),
                    " epochs without gain");
  }
  return text;
}

std::string Network(const v1::Job& job) {
  std::string text = Model(job.spec());
  if (job.spec().has_mlp()) {
    absl::StrAppend(&text, ", ", Word(job.spec().mlp().activation()), ", ",
                    Word(job.spec().mlp().initialization()), " start");
  }
  if (job.parameter_count() > 0) {
    absl::StrAppend(&text, ", ", FormatCount(job.parameter_count()), " parameters");
  }
  return text;
}

std::string PercentDone(const v1::JobProgress& progress) {
  if (progress.total_instances() <= 0) return std::string(kNone);
  return absl::StrCat(progress.instances() * 100 / progress.total_instances(), " %");
}

std::string Epochs(const v1::JobProgress& progress) {
  if (progress.total_epochs() <= 0) return PercentDone(progress);
  return absl::StrCat(progress.epoch(), "/", progress.total_epochs());
}

std::string ProgressText(const v1::JobProgress& progress) {
  std::string text =
      absl::StrCat("epoch ", Epochs(progress), ", ", FormatCount(progress.instances()),
                   " instances, ", FormatCount(progress.step()), " steps");
  if (progress.instances_per_second() > 0) {
    absl::StrAppend(&text, ", ", FormatRate(progress.instances_per_second()));
  }
  return text;
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
    return {{"accuracy", FormatAccuracy(metrics.training_accuracy()) + "  (training)"},
            {"loss", Loss(metrics.has_training_loss(), metrics.training_loss()) + "  (training)"}};
  }
  if (!metrics.has_validation_accuracy()) return {};
  return {
      {"accuracy", FormatAccuracy(metrics.validation_accuracy()) + "  (validation)"},
      {"loss", Loss(metrics.has_validation_loss(), metrics.validation_loss()) + "  (validation)"}};
}

void Append(Fields* fields, const Fields& more) {
  fields->insert(fields->end(), more.begin(), more.end());
}

const std::vector<Column>& SnapshotColumns() {
  static const auto* const kColumns =
      new std::vector<Column>{{"INDEX", Align::kRight, 5},     {"EPOCH", Align::kRight, 5},
                              {"STEP", Align::kRight, 9},      {"INSTANCES", Align::kRight, 11},
                              {"ACCURACY", Align::kRight, 8},  {"LOSS", Align::kRight, 8},
                              {"TRAIN ACC", Align::kRight, 9}, {"TRAIN LOSS", Align::kRight, 10}};
  return *kColumns;
}

std::vector<std::string> SnapshotCells(const v1::Snapshot& snapshot) {
  const v1::Metrics& metrics = snapshot.metrics();
  return {FormatCount(snapshot.index()),
          absl::StrCat(snapshot.epoch()),
          FormatCount(snapshot.step()),
          FormatCount(snapshot.instances()),
          Accuracy(metrics.has_validation_accuracy(), metrics.validation_accuracy()),
          Loss(metrics.has_validation_loss(), metrics.validation_loss()),
          Accuracy(metrics.has_training_accuracy(), metrics.training_accuracy()),
          Loss(metrics.has_training_loss(), metrics.training_loss())};
}

}  // namespace

std::string RenderDataset(const v1::Dataset& dataset, absl::Time now) {
  Fields fields = {{"from", Source(dataset)},
                   {"inputs", Inputs(dataset)},
                   {"classes", absl::StrCat(dataset.classes())}};
  if (dataset.has_installed()) {
    fields.emplace_back("about", Printable(dataset.installed().description()));
  }
  if (dataset.has_generator()) {
    fields.emplace_back("seed", absl::StrCat(dataset.generator().seed()));
  }
  for (const v1::SplitSummary& summary : dataset.splits()) {
    fields.emplace_back(Word(summary.split()), SplitText(summary));
  }
  Append(&fields, {{"memory", FormatBytes(dataset.size_bytes())},
                   {"digest", Printable(dataset.digest())},
                   {"owner", Printable(dataset.owner())},
                   {"created", When(dataset.has_create_time(), dataset.create_time(), now)},
                   {"jobs", FormatCount(dataset.job_count())}});
  return absl::StrCat(Printable(dataset.name()), "\n", RenderFields(fields));
}

std::string RenderDatasets(const std::vector<v1::Dataset>& datasets) {
  const std::vector<Column> columns = {{"NAME"},
                                       {"FROM"},
                                       {"INPUTS", Align::kRight},
                                       {"CLASSES", Align::kRight},
                                       {"TRAIN", Align::kRight},
                                       {"VALIDATION", Align::kRight},
                                       {"TEST", Align::kRight},
                                       {"MEMORY", Align::kRight},
                                       {"JOBS", Align::kRight}};
  std::vector<std::vector<std::string>> rows;
  for (const v1::Dataset& dataset : datasets) {
    rows.push_back({Short(dataset.name()), Source(dataset), FormatCount(dataset.inputs()),
                    absl::StrCat(dataset.classes()), Examples(dataset, v1::SPLIT_TRAIN),
                    Examples(dataset, v1::SPLIT_VALIDATION), Examples(dataset, v1::SPLIT_TEST),
                    FormatBytes(dataset.size_bytes()), FormatCount(dataset.job_count())});
  }
  return RenderTable(columns, rows);
}

std::string RenderJob(const v1::Job& job, absl::Time now, const Terminal& terminal) {
  Fields fields = {{"why", Printable(job.wait().message())},
                   {"error", ErrorText(job)},
                   {"cancelling", job.cancel_requested() && !job.has_end_time() ? "yes" : ""},
                   {"label", Printable(job.spec().label())},
                   {"model", Network(job)},
                   {"data", Short(job.spec().dataset())},
                   {"training", Training(job.spec())},
                   {"start from", Printable(job.spec().init_from())},
                   {"seed", absl::StrCat(job.spec().seed())},
                   {"progress", ProgressText(job.progress())}};
  Append(&fields, LatestFields(job.progress().latest()));
  Append(&fields, {{"snapshots", FormatCount(job.progress().snapshot_count())},
                   {"memory", FormatBytes(job.memory_estimate_bytes())},
                   {"owner", Printable(job.owner())},
                   {"submitted", When(job.has_create_time(), job.create_time(), now)},
                   {"started", When(job.has_start_time(), job.start_time(), now)},
                   {"ended", When(job.has_end_time(), job.end_time(), now)},
                   {"run time", RunTime(job)},
                   {"attempts", job.attempt() > 1 ? absl::StrCat(job.attempt()) : ""},
                   {"kernels", Printable(job.instruction_set())}});
  return absl::StrCat(Printable(job.name()), "  ", StateText(job.state(), terminal), "\n",
                      RenderFields(fields));
}

std::string RenderJobs(const std::vector<v1::Job>& jobs, absl::Time now) {
  const std::vector<Column> columns = {{"JOB"},
                                       {"STATE"},
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
    const v1::Metrics& latest = job.progress().latest();
    rows.push_back({Short(job.name()), EnumText(job.state()), Model(job.spec()),
                    Short(job.spec().dataset()), Epochs(job.progress()),
                    Accuracy(latest.has_validation_accuracy(), latest.validation_accuracy()),
                    Loss(latest.has_validation_loss(), latest.validation_loss()),
                    Printable(job.owner()), Ago(job.has_create_time(), job.create_time(), now),
                    Printable(job.spec().label())});
  }
  return RenderTable(columns, rows);
}

std::string RenderOutcome(const v1::Job& job, const BestSnapshot& best, const Terminal& terminal) {
  Fields fields = {{"error", ErrorText(job)}};
  Append(&fields, LatestFields(job.progress().latest()));
  if (best.best().has_value()) {
    fields.emplace_back("best", absl::StrCat(FormatAccuracy(best.best()->accuracy), "  (snapshot ",
                                             FormatCount(best.best()->index), ")"));
  }
  Append(&fields, {{"epochs", Epochs(job.progress())},
                   {"instances", FormatCount(job.progress().instances())},
                   {"snapshots", FormatCount(job.progress().snapshot_count())},
                   {"run time", RunTime(job)}});
  return absl::StrCat(Printable(job.name()), "  ", StateText(job.state(), terminal), "\n",
                      RenderFields(fields));
}

std::string RenderSnapshots(const std::vector<v1::Snapshot>& snapshots) {
  std::vector<Column> columns = SnapshotColumns();
  for (Column& column : columns) column.min_width = 0;
  std::vector<std::vector<std::string>> rows;
  for (const v1::Snapshot& snapshot : snapshots) rows.push_back(SnapshotCells(snapshot));
  return RenderTable(columns, rows);
}

std::string SnapshotTitleLine() { return RenderTable(SnapshotColumns(), {}); }

std::string SnapshotLine(const v1::Snapshot& snapshot) {
  const std::vector<Column>& columns = SnapshotColumns();
  return TableLine(columns, ColumnWidths(columns, {}), SnapshotCells(snapshot)) + "\n";
}

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
      {"data sets", FormatCount(info.datasets())},
      {"memory", FormatBytes(info.resident_bytes())},
      {"gRPC", Printable(absl::StrJoin(info.grpc_addresses(), ", "))},
      {"HTTP", Printable(absl::StrJoin(info.http_addresses(), ", "))},
      {"limits", absl::StrCat("message ", FormatBytes(limits.max_message_bytes()), ", upload ",
                              FormatBytes(limits.max_upload_bytes()), ", memory of a job ",
                              FormatBytes(limits.max_job_memory_bytes()), ", queued jobs ",
                              FormatCount(limits.max_queued_jobs()))}};
  return absl::StrCat("perceptd at ", address, "\n", RenderFields(fields));
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
