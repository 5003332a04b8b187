#include "client/cli/steps_line.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "client/cli/format.h"
#include "client/cli/progress_bar.h"

namespace percept::cli {
namespace {

std::string StepsText(const StepsView& view) {
  return absl::StrCat("step ", FormatCount(view.steps), " of at most ",
                      FormatCount(view.most_steps));
}

}  // namespace

std::string ProgressLine(const StepsView& view, int width, bool utf8) {
  const int room = std::max(1, width - 1);
  const std::string without_bar = PlainProgressLine(view);
  const int bar = std::min(kBarWidth, room - DisplayWidth(without_bar) - 2);
  if (bar < kLeastBarWidth) return Truncated(without_bar, room);
  const double done = ShareDone(view.steps, view.most_steps);
  return JoinFilled({view.what, ProgressBar(done, bar, utf8), StepsText(view), view.note}, "  ");
}

std::string PlainProgressLine(const StepsView& view) {
  return JoinFilled({view.what, StepsText(view), view.note}, "  ");
}

}  // namespace percept::cli
