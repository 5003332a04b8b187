#ifndef PERCEPT_CLIENT_CLI_RECEIVE_FILE_H_
#define PERCEPT_CLIENT_CLI_RECEIVE_FILE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <CLI/CLI.hpp>

#include "client/cli/exit_code.h"
#include "client/cli/session.h"
#include "client/lib/client.h"

namespace percept::cli {

// The path of a file to be written, or `-` for stdout. InvalidArgument for no name, and for stdout
// on a terminal, which is no place for the bytes of a file.
absl::StatusOr<std::string> ParseOutput(const std::string& path);

// The option that says where a received file goes; `example` ends its description. `target` must
// outlive the parsing.
CLI::Option* AddOutput(CLI::App* command, std::string* target, const std::string& example);

// Writes to `path`, or to stdout when it is `-`, the file that `receive` gives to its sink, and
// shows the progress. There is a file only when all of it has come; an interruption leaves none. A
// usage error for bytes on a terminal.
absl::StatusOr<ExitCode> ReceiveFile(
    Session& session, const std::string& path,
    absl::FunctionRef<absl::Status(client::FileSink sink)> receive);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RECEIVE_FILE_H_
