#ifndef PERCEPT_CLIENT_CLI_PROGRESS_BAR_H_
#define PERCEPT_CLIENT_CLI_PROGRESS_BAR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace percept::cli {

// Parts of the lines that show how far something has come.

inline constexpr int kBarWidth = 24;
inline constexpr int kLeastBarWidth = 8;

// A bar of `width` columns of which the share `done`, in [0, 1], is filled; in ASCII unless `utf8`.
std::string ProgressBar(double done, int width, bool utf8);

// `done` out of `total` as a share in [0, 1]; 0 when there is nothing to do.
double ShareDone(int64_t done, int64_t total);

// The parts that are not empty, with `separator` between.
std::string JoinFilled(std::vector<std::string> parts, absl::string_view separator);

// At most `width` characters of `text`.
std::string Truncated(absl::string_view text, int width);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_PROGRESS_BAR_H_
