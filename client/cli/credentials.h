#ifndef PERCEPT_CLIENT_CLI_CREDENTIALS_H_
#define PERCEPT_CLIENT_CLI_CREDENTIALS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace percept::cli {

// The text of a config file with some settings put in place of what it said, each on its line or on
// a new one; all else stays as it is. An empty value takes the setting out.
std::string WithSettings(absl::string_view text, const std::map<std::string, std::string>& values);

// Changes a config file so, which is made where it is not there, folder and all. Nobody but its
// owner can read it afterwards. DataLoss, naming the file, where that cannot be done.
absl::Status SaveSettings(const std::string& path,
                          const std::map<std::string, std::string>& values);

// A token from standard input: a line, typed unseen where it is a terminal. InvalidArgument where
// there is none.
absl::StatusOr<std::string> ReadToken();

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_CREDENTIALS_H_
