#include "tests/robustness/resource_usage.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace percept::testing {
namespace {

struct Resource {
  const char* name;
  int64_t ResourceUsage::*value;
  int64_t unit;       // That it is shown in.
  int64_t allowance;  // Growth that is no growth, beside a tenth; not of what is resident.
};

constexpr int64_t kMib = 1 << 20;
constexpr std::array<Resource, 4> kResources = {{
    {"resident MiB", &ResourceUsage::resident_bytes, kMib, 0},
    {"descriptors", &ResourceUsage::descriptors, 1, 16},
    {"threads", &ResourceUsage::threads, 1, 4},
    {"stored MiB", &ResourceUsage::stored_bytes, kMib, 64 * kMib},
}};

// The first number behind `key` in /proc/PID/status.
int64_t StatusFigure(const std::string& folder, absl::string_view key) {
  std::ifstream status(folder + "/status");
  for (std::string line; std::getline(status, line);) {
    absl::string_view rest = line;
    if (!absl::ConsumePrefix(&rest, key)) continue;
    const std::vector<absl::string_view> words =
        absl::StrSplit(rest, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    int64_t figure = 0;
    return !words.empty() && absl::SimpleAtoi(words.front(), &figure) ? figure : 0;
  }
  return 0;
}

int64_t CountEntries(const std::string& folder) {
  std::error_code ignored;
  const std::filesystem::directory_iterator entries(folder, ignored);
  return std::distance(begin(entries), end(entries));
}

// Files may come and go meanwhile.
int64_t BytesIn(const std::string& folder) {
  int64_t bytes = 0;
  std::error_code ignored;
  for (std::filesystem::recursive_directory_iterator entry(folder, ignored), end; entry != end;
       entry.increment(ignored)) {
    const uintmax_t size = entry->file_size(ignored);
    if (!ignored) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

// Reorders `values`.
int64_t Median(std::vector<int64_t>& values) {
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

ResourceUsage MeasureUsage(pid_t process, const std::string& data_dir) {
  const std::string folder = absl::StrCat("/proc/", process);
  return {.resident_bytes = StatusFigure(folder, "VmRSS:") * 1024,
          .descriptors = CountEntries(folder + "/fd"),
          .threads = StatusFigure(folder, "Threads:"),
          .stored_bytes = BytesIn(data_dir)};
}

UsageTrend TrendOf(const std::vector<ResourceUsage>& samples, int64_t ResourceUsage::*resource) {
  std::vector<int64_t> values;
  values.reserve(samples.size());
  for (const ResourceUsage& sample : samples) values.push_back(sample.*resource);
  const auto quarter = static_cast<int64_t>(values.size() / 4);
  std::vector<int64_t> first(values.begin(), values.begin() + quarter);
  std::vector<int64_t> last(values.end() - quarter, values.end());
  return {.first_median = Median(first),
          .first_maximum = *std::max_element(first.begin(), first.end()),
          .last_median = Median(last),
          .last_maximum = *std::max_element(last.begin(), last.end())};
}

Faults CheckFlat(const std::vector<ResourceUsage>& samples, int64_t resident_allowance) {
  Faults faults;
  for (const Resource& resource : kResources) {
    const UsageTrend trend = TrendOf(samples, resource.value);
    const bool is_resident = resource.value == &ResourceUsage::resident_bytes;
    const int64_t allowance = is_resident ? resident_allowance : resource.allowance;
    if (trend.last_median <= trend.first_median + trend.first_median / 10 + allowance) {
      continue;
    }
    faults.push_back(absl::StrCat(resource.name, ": grew from ", trend.first_median / resource.unit,
                                  " to ", trend.last_median / resource.unit));
  }
  return faults;
}

std::string DescribeTrends(const std::vector<ResourceUsage>& samples) {
  std::string table = absl::StrFormat("%-14s%22s%22s\n", "", "first quarter", "last quarter");
  absl::StrAppendFormat(&table, "%-14s%12s%10s%12s%10s\n", "", "median", "most", "median", "most");
  for (const Resource& resource : kResources) {
    const UsageTrend trend = TrendOf(samples, resource.value);
    absl::StrAppendFormat(&table, "%-14s%12d%10d%12d%10d\n", resource.name,
                          trend.first_median / resource.unit, trend.first_maximum / resource.unit,
                          trend.last_median / resource.unit, trend.last_maximum / resource.unit);
  }
  return table;
}

}  // namespace percept::testing
