#ifndef PERCEPT_CLIENT_CLI_SHOW_H_
#define PERCEPT_CLIENT_CLI_SHOW_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include <CLI/CLI.hpp>
#include <google/protobuf/message.h>

#include "client/cli/exit_code.h"
#include "client/cli/page.h"
#include "client/cli/picture/canvas.h"
#include "client/cli/session.h"

namespace percept::cli {

// The option that asks for a picture: a PNG of 1600 x 900 pixels in a file, or on stdout for `-`.
// `target` must outlive the parsing; it stays empty without the option.
CLI::Option* AddPicture(CLI::App* command, std::string* target);

// Shows an answer: as JSON with --json; else, unless a picture is asked for, as `text`. The picture
// goes to `output` as well, when that is not empty; with `-` it is all that stdout gets.
absl::StatusOr<ExitCode> Show(Session& session, const std::string& output,
                              const google::protobuf::Message& answer,
                              absl::FunctionRef<std::string(const Page&)> text,
                              absl::FunctionRef<picture::Canvas()> draw);

// The same for several answers, each a line of JSON.
absl::StatusOr<ExitCode> Show(Session& session, const std::string& output,
                              absl::FunctionRef<void()> print_json,
                              absl::FunctionRef<std::string(const Page&)> text,
                              absl::FunctionRef<picture::Canvas()> draw);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_SHOW_H_
