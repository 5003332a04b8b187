#ifndef PERCEPT_CLIENT_CLI_TRANSFER_LINE_H_
#define PERCEPT_CLIENT_CLI_TRANSFER_LINE_H_

#include <cstdint>
#include <string>

namespace percept::cli {

// What is known of a file on its way.
struct TransferView {
  std::string what;  // "sending".
  int64_t done_bytes = 0;
  int64_t total_bytes = 0;  // 0 when there is nothing to count.
};

// One line for a terminal of `width` columns: what is done, share, bar and sizes. What does not fit
// is left out, the bar first. One column stays free for the cursor. The bar is drawn in ASCII
// unless `utf8`.
std::string ProgressLine(const TransferView& view, int width, bool utf8);

// The same as a line of a log, with nothing left out.
std::string PlainProgressLine(const TransferView& view);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_TRANSFER_LINE_H_
