#include "client/cli/progress_display.h"

#include <unistd.h>

#include <cstdio>

#include "absl/time/clock.h"

namespace percept::cli {
namespace {

constexpr absl::Duration kRedrawEvery = absl::Milliseconds(50);
constexpr absl::Duration kLineEvery = absl::Seconds(1);

}  // namespace

template <typename View>
ProgressDisplay<View>::ProgressDisplay(const Terminal& terminal, bool quiet)
    : terminal_(terminal), quiet_(quiet) {}

template <typename View>
ProgressDisplay<View>::~ProgressDisplay() {
  Clear();
}

template <typename View>
void ProgressDisplay<View>::Show(const View& view) {
  view_ = view;
  pending_ = true;
  const absl::Duration interval = terminal_.is_terminal ? kRedrawEvery : kLineEvery;
  if (absl::Now() - last_draw_ >= interval) Draw();
}

template <typename View>
void ProgressDisplay<View>::Flush() {
  if (pending_) Draw();
}

template <typename View>
void ProgressDisplay<View>::Draw() {
  pending_ = false;
  last_draw_ = absl::Now();
  if (quiet_) return;
  if (terminal_.is_terminal) {
    const std::string line = ProgressLine(view_, TerminalWidth(STDERR_FILENO), terminal_.utf8);
    std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
    drawn_ = true;
  } else {
    const std::string line = PlainProgressLine(view_);
    if (line == last_line_) return;
    std::fprintf(stderr, "%s\n", line.c_str());
    last_line_ = line;
  }
  std::fflush(stderr);
}

template <typename View>
void ProgressDisplay<View>::Note(absl::string_view line) {
  if (quiet_) return;
  Clear();
  std::fprintf(stderr, "%s\n", std::string(line).c_str());
}

template <typename View>
void ProgressDisplay<View>::Clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

template class ProgressDisplay<ProgressView>;
template class ProgressDisplay<StepsView>;
template class ProgressDisplay<TransferView>;

}  // namespace percept::cli
