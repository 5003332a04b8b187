#include "client/cli/transfer_line.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/format.h"
#include "client/cli/progress_bar.h"

namespace percept::cli {
namespace {

// "45 %".
std::string Percent(const TransferView& view) {
  if (view.total_bytes <= 0) return "";
  return absl::StrFormat("%.0f %%", std::floor(ShareDone(view.done_bytes, view.total_bytes) * 100));
}

// "21.1 MiB of 47.0 MiB".
std::string Sizes(const TransferView& view) {
  if (view.total_bytes <= 0) return "";
  return absl::StrCat(FormatBytes(view.done_bytes), " of ", FormatBytes(view.total_bytes));
}

}  // namespace

std::string ProgressLine(const TransferView& view, int width, bool utf8) {
  const int room = std::max(1, width - 1);
  const std::string without_bar = PlainProgressLine(view);
  const int bar = std::min(kBarWidth, room - DisplayWidth(without_bar) - 2);
  if (view.total_bytes <= 0 || bar < kLeastBarWidth) return Truncated(without_bar, room);
  const double done = ShareDone(view.done_bytes, view.total_bytes);
  return JoinFilled({view.what, Percent(view), ProgressBar(done, bar, utf8), Sizes(view)}, "  ");
}

std::string PlainProgressLine(const TransferView& view) {
  return JoinFilled({view.what, Percent(view), Sizes(view)}, "  ");
}

}  // namespace percept::cli
