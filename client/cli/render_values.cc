#include "client/cli/render_values.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/format.h"
#include "client/lib/names.h"

namespace percept::cli {

void Append(Fields* fields, const Fields& more) {
  fields->insert(fields->end(), more.begin(), more.end());
}

std::string ShortText(const std::string& name) { return Printable(client::ShortName(name)); }

std::string AccuracyText(bool is_set, double value) {
  return is_set ? FormatAccuracy(value) : std::string(kNone);
}

std::string LossText(bool is_set, double value) {
  return is_set ? FormatLoss(value) : std::string(kNone);
}

std::string AgoText(bool is_set, const google::protobuf::Timestamp& time, absl::Time now) {
  return is_set ? FormatAgo(now - ToTime(time)) : std::string(kNone);
}

std::string WhenText(bool is_set, const google::protobuf::Timestamp& time, absl::Time now) {
  if (!is_set) return "";
  return absl::StrCat(absl::FormatTime("%Y-%m-%d %H:%M:%S", ToTime(time), absl::LocalTimeZone()),
                      "  (", FormatAgo(now - ToTime(time)), ")");
}

std::string PlainText(double value) { return absl::StrFormat("%g", value); }

std::string CountText(int64_t count, absl::string_view singular, absl::string_view plural) {
  return absl::StrCat(FormatCount(count), " ", count == 1 ? singular : plural);
}

}  // namespace percept::cli
