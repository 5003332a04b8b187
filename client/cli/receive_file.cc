#include "client/cli/receive_file.h"

#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"

#include "client/cli/command.h"
#include "client/cli/format.h"
#include "client/cli/interrupt.h"
#include "client/cli/output_file.h"
#include "client/cli/progress_display.h"

namespace percept::cli {

absl::StatusOr<std::string> ParseOutput(const std::string& path) {
  if (path.empty()) return absl::InvalidArgumentError("must be the name of a file, or -");
  if (path == "-" && isatty(STDOUT_FILENO) == 1) {
    return absl::InvalidArgumentError("the file is not for a terminal: send stdout elsewhere");
  }
  return path;
}

CLI::Option* AddOutput(CLI::App* command, std::string* target, const std::string& example) {
  return AddParsed(command, "-o,--output", target, "FILE",
                   absl::StrCat("Where to write it, such as ", example,
                                "; - is stdout. An existing file is replaced."),
                   ParseOutput)
      ->required();
}

absl::StatusOr<ExitCode> ReceiveFile(
    Session& session, const std::string& path,
    absl::FunctionRef<absl::Status(client::FileSink sink)> receive) {
  const InterruptGuard guard(&session.cancellation());
  const absl::StatusOr<std::unique_ptr<OutputFile>> file = OutputFile::Create(path);
  if (!file.ok()) return file.status();
  ProgressDisplay<TransferView> display(session.err(), session.quiet());
  TransferView view{"receiving"};
  const auto take = [&](absl::string_view data, int64_t total_bytes) {
    view.done_bytes += static_cast<int64_t>(data.size());
    view.total_bytes = total_bytes;
    if (view.done_bytes < total_bytes) display.Show(view);
    return (*file)->Write(data);
  };
  absl::Status status = receive(take);
  if (status.ok()) status = (*file)->Commit();
  display.Clear();
  if (session.cancellation().cancelled() && !status.ok()) {
    return absl::CancelledError(absl::StrCat("interrupted; ", path, " was not written"));
  }
  if (!status.ok()) return status;
  if (path != "-") session.Note(absl::StrCat("wrote ", path, ", ", FormatBytes(view.done_bytes)));
  return ExitCode::kOk;
}

}  // namespace percept::cli
