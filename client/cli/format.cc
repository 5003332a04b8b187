#include "client/cli/format.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace percept::cli {
namespace {

// Three significant figures without an exponent, for numbers in [0, 1000).
std::string ThreeFigures(double value) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return absl::StrFormat("%.*f", decimals, value);
}

// The number in its largest unit, such as "12" and "s ago".
std::string InOneUnit(absl::Duration age) {
  struct Unit {
    absl::Duration length;
    absl::string_view name;
  };
  const Unit units[] = {{absl::Hours(24), "d"}, {absl::Hours(1), "h"}, {absl::Minutes(1), "min"}};
  for (const Unit& unit : units) {
    if (age >= unit.length) return absl::StrCat(age / unit.length, " ", unit.name);
  }
  return absl::StrCat(age / absl::Seconds(1), " s");
}

}  // namespace

std::string FormatAccuracy(double accuracy) { return absl::StrFormat("%.3f", accuracy); }

std::string FormatLoss(double loss) {
  const double size = std::abs(loss);
  if (!std::isfinite(loss) || size >= 1e6 || (size < 1e-4 && size > 0)) {
    return absl::StrFormat("%.2e", loss);
  }
  return size < 99.95 ? absl::StrFormat("%#.3g", loss) : absl::StrFormat("%.0f", loss);
}

std::string FormatCount(int64_t count) {
  const std::string digits = absl::StrCat(count);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    const bool begins_group = (digits.size() - i) % 3 == 0 && i > 0 && digits[i - 1] != '-';
    if (begins_group) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string FormatRate(double per_second) {
  if (!(per_second > 0)) return "0/s";
  if (per_second < 999.5) return absl::StrCat(ThreeFigures(per_second), "/s");
  if (per_second < 999.5e3) return absl::StrCat(ThreeFigures(per_second / 1e3), "k/s");
  return absl::StrCat(ThreeFigures(per_second / 1e6), "M/s");
}

std::string FormatBytes(int64_t bytes) {
  constexpr absl::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  double size = static_cast<double>(bytes);
  absl::string_view unit;
  for (const absl::string_view larger : kUnits) {
    size /= 1024;
    unit = larger;
    if (size < 999.5) break;
  }
  return absl::StrCat(ThreeFigures(size), " ", unit);
}

std::string FormatElapsed(absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  if (seconds < 0.0005) return "0 s";
  if (seconds < 0.9995) return absl::StrFormat("%.0f ms", seconds * 1e3);
  if (seconds < 9.95) return absl::StrFormat("%.1f s", seconds);
  const int64_t whole = std::llround(seconds);
  if (whole < 60) return absl::StrCat(whole, " s");
  if (whole < 3600) return absl::StrFormat("%d min %02d s", whole / 60, whole % 60);
  if (whole < 86400) return absl::StrFormat("%d h %02d min", whole / 3600, whole / 60 % 60);
  return absl::StrFormat("%d d %d h", whole / 86400, whole / 3600 % 24);
}

std::string FormatAgo(absl::Duration age) {
  if (age < absl::Seconds(2)) return "just now";
  return absl::StrCat(InOneUnit(age), " ago");
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

std::string Printable(absl::string_view text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool is_c0 = c < 0x20 || c == 0x7F;
    // UTF-8 writes the controls of C1 as C2 80 to C2 9F.
    const bool is_c1 =
        c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    printable += is_c0 || is_c1 ? '?' : text[i];
    if (is_c1) ++i;
  }
  return printable;
}

int DisplayWidth(absl::string_view text) {
  int width = 0;
  bool in_sequence = false;
  for (const char c : text) {
    if (c == '\x1b') in_sequence = true;
    if (!in_sequence && (static_cast<unsigned char>(c) & 0xC0) != 0x80) ++width;
    if (c == 'm') in_sequence = false;
  }
  return width;
}

}  // namespace percept::cli
