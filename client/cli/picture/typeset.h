#ifndef PERCEPT_CLIENT_CLI_PICTURE_TYPESET_H_
#define PERCEPT_CLIENT_CLI_PICTURE_TYPESET_H_

#include <string>

#include "absl/strings/string_view.h"

namespace percept::picture {

// A line as print has it: thousands that commas part are parted by thin spaces, a hyphen before a
// number is a minus sign, and control characters and what is no UTF-8 are question marks.
std::string Typeset(absl::string_view text);

}  // namespace percept::picture

#endif  // PERCEPT_CLIENT_CLI_PICTURE_TYPESET_H_
