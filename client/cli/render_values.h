#ifndef PERCEPT_CLIENT_CLI_RENDER_VALUES_H_
#define PERCEPT_CLIENT_CLI_RENDER_VALUES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include <google/protobuf/generated_enum_reflection.h>
#include <google/protobuf/timestamp.pb.h>

#include "client/cli/enum_names.h"

namespace percept::cli {

// The parts that texts about resources are made of.

// Names and values, one a line; those without a value are left out.
using Fields = std::vector<std::pair<std::string, std::string>>;

// Adds `more` at the end.
void Append(Fields* fields, const Fields& more);

// Shown where there is no value.
inline constexpr absl::string_view kNone = "-";

// The last part of a resource's name.
std::string ShortText(const std::string& name);

// The value as on the command line: "three-class". kNone for one this program does not know.
template <typename Enum>
std::string Word(Enum value) {
  const auto* descriptor =
      google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(static_cast<int>(value));
  return descriptor == nullptr ? std::string(kNone) : EnumWord(*descriptor);
}

// Who may see something; empty when unset, as by a server of old.
inline std::string VisibilityText(v1::Visibility visibility) {
  return visibility == v1::VISIBILITY_UNSPECIFIED ? "" : Word(visibility);
}

// Figures that may be unset.
std::string AccuracyText(bool is_set, double value);
std::string LossText(bool is_set, double value);

// How long ago it was.
std::string AgoText(bool is_set, const google::protobuf::Timestamp& time, absl::Time now);
// When it was, and how long ago; empty when unset.
std::string WhenText(bool is_set, const google::protobuf::Timestamp& time, absl::Time now);

// A number as it was typed, without trailing zeros.
std::string PlainText(double value);

// "1 epoch", "5 epochs".
std::string CountText(int64_t count, absl::string_view singular, absl::string_view plural);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_VALUES_H_
