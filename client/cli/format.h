#ifndef PERCEPT_CLIENT_CLI_FORMAT_H_
#define PERCEPT_CLIENT_CLI_FORMAT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

namespace percept::cli {

// Numbers and times as people read them. What is unset is shown as "-" by the callers.

// Three decimals: 0.951.
std::string FormatAccuracy(double accuracy);

// Three significant figures: 0.311, 2.30, 1.23e-05; `inf` and `nan` as such.
std::string FormatLoss(double loss);

// Digits in groups of three: 60,000.
std::string FormatCount(int64_t count);

// A speed with three significant figures: 312/s, 1.21M/s.
std::string FormatRate(double per_second);

// 1,024 bytes to the KiB: 39.2 MiB.
std::string FormatBytes(int64_t bytes);

// 0.81 s, 12 s, 3 min 05 s, 2 h 10 min, 3 d 4 h.
std::string FormatElapsed(absl::Duration duration);

// just now, 12 s ago, 3 min ago, 2 h ago, 3 d ago.
std::string FormatAgo(absl::Duration age);

absl::Duration ToDuration(const google::protobuf::Duration& duration);
absl::Time ToTime(const google::protobuf::Timestamp& timestamp);

// `text` with control characters replaced by "?", so that what others wrote cannot steer a
// terminal.
std::string Printable(absl::string_view text);

// Columns that `text` takes on a terminal: one per UTF-8 character, none for the sequences that set
// colours.
int DisplayWidth(absl::string_view text);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_FORMAT_H_
