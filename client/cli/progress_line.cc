#include "client/cli/progress_line.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

#include "client/cli/enum_names.h"
#include "client/cli/format.h"
#include "client/cli/progress_bar.h"

namespace percept::cli {
namespace {

double Done(const v1::JobProgress& progress) {
  return ShareDone(progress.instances(), progress.total_instances());
}

// "epoch 2.4/5", or "37 %" for a job without epochs.
std::string Position(const v1::JobProgress& progress) {
  const double done = Done(progress);
  if (progress.total_epochs() <= 0) return absl::StrFormat("%.0f %%", std::floor(done * 100));
  const double epoch = std::floor(done * progress.total_epochs() * 10) / 10;
  return absl::StrFormat("epoch %.1f/%d", epoch, progress.total_epochs());
}

// On validation where it was measured, else in training, which the accuracy says for both.
std::string Accuracy(const v1::Metrics& metrics) {
  if (metrics.has_validation_accuracy()) {
    return absl::StrCat("accuracy ", FormatAccuracy(metrics.validation_accuracy()));
  }
  if (metrics.has_training_accuracy()) {
    return absl::StrCat("training accuracy ", FormatAccuracy(metrics.training_accuracy()));
  }
  return "";
}

std::string Loss(const v1::Metrics& metrics) {
  if (metrics.has_validation_loss()) {
    return absl::StrCat("loss ", FormatLoss(metrics.validation_loss()));
  }
  if (metrics.has_training_loss()) {
    return absl::StrCat(metrics.has_training_accuracy() ? "" : "training ", "loss ",
                        FormatLoss(metrics.training_loss()));
  }
  return "";
}

std::string Speed(const v1::JobProgress& progress) {
  if (!(progress.instances_per_second() > 0)) return "";
  return FormatRate(progress.instances_per_second());
}

// From the speed, not from the server's clock, which need not be ours.
std::string TimeLeft(const v1::JobProgress& progress) {
  const int64_t left = progress.total_instances() - progress.instances();
  if (left <= 0 || !(progress.instances_per_second() > 0)) return "";
  const double seconds = static_cast<double>(left) / progress.instances_per_second();
  if (seconds < 1) return "<1 s left";
  if (seconds < 60) return absl::StrCat(std::ceil(seconds), " s left");
  return absl::StrCat(FormatElapsed(absl::Seconds(std::ceil(seconds))), " left");
}

// "queued, 2nd of 5: both workers are busy"; for a job that has run before, also how far it is.
std::string Waiting(const ProgressView& view) {
  const std::string why =
      view.wait.empty() ? absl::AsciiStrToLower(EnumText(view.state)) : Printable(view.wait);
  return JoinFilled({why, view.progress.instances() > 0 ? Position(view.progress) : ""}, "  ");
}

bool IsWaiting(const ProgressView& view) {
  return view.state == v1::JOB_STATE_QUEUED || view.state == v1::JOB_STATE_PAUSED;
}

}  // namespace

std::string ProgressLine(const ProgressView& view, int width, bool utf8) {
  const int room = std::max(1, width - 1);
  if (IsWaiting(view)) return Truncated(Waiting(view), room);
  const v1::JobProgress& progress = view.progress;
  const std::string position = Position(progress);
  const std::string accuracy = Accuracy(progress.latest());
  const std::string loss = Loss(progress.latest());
  const std::string left = TimeLeft(progress);
  const auto line = [&](const std::string& bar, const std::string& speed) {
    return JoinFilled({position, bar, speed, accuracy, loss, left}, "  ");
  };
  for (const std::string& speed : {Speed(progress), std::string()}) {
    std::string text = line("", speed);
    const int bar = std::min(kBarWidth, room - DisplayWidth(text) - 2);
    if (bar >= kLeastBarWidth) return line(ProgressBar(Done(progress), bar, utf8), speed);
    if (DisplayWidth(text) <= room) return text;
  }
  return Truncated(JoinFilled({position, accuracy, left}, "  "), room);
}

std::string PlainProgressLine(const ProgressView& view) {
  if (IsWaiting(view)) return Waiting(view);
  const v1::JobProgress& progress = view.progress;
  return JoinFilled(
      {Position(progress), absl::StrCat(FormatCount(progress.instances()), " instances"),
       Speed(progress), Accuracy(progress.latest()), Loss(progress.latest()), TimeLeft(progress)},
      "  ");
}

}  // namespace percept::cli
