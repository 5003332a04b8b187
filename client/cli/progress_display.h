#ifndef PERCEPT_CLIENT_CLI_PROGRESS_DISPLAY_H_
#define PERCEPT_CLIENT_CLI_PROGRESS_DISPLAY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "client/cli/progress_line.h"
#include "client/cli/steps_line.h"
#include "client/cli/terminal.h"
#include "client/cli/transfer_line.h"

namespace percept::cli {

// Keeps the reader informed on stderr: on a terminal one line that is drawn over in place,
// elsewhere a line a second at most. A view is what `ProgressLine` and `PlainProgressLine` put into
// words: a job's ProgressView, a file's TransferView or a search's StepsView. Not thread-safe.
template <typename View>
class ProgressDisplay {
 public:
  // Shows nothing when `quiet`.
  ProgressDisplay(const Terminal& terminal, bool quiet);
  // Removes the line that is drawn over.
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  // Shows the progress, unless that was done a moment ago.
  void Show(const View& view);
  // Shows the last progress now, unless it was.
  void Flush();
  // Writes a line that stays.
  void Note(absl::string_view line);
  // Takes the drawn line away until the next Show, so that others may write to the terminal.
  void Clear();

 private:
  void Draw();

  const Terminal terminal_;
  const bool quiet_;
  View view_;
  bool drawn_ = false;    // Whether a line to be drawn over is on the screen.
  bool pending_ = false;  // Whether view_ is newer than what was shown.
  std::string last_line_;
  absl::Time last_draw_ = absl::InfinitePast();
};

extern template class ProgressDisplay<ProgressView>;
extern template class ProgressDisplay<StepsView>;
extern template class ProgressDisplay<TransferView>;

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_PROGRESS_DISPLAY_H_
