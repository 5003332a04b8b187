#include "client/cli/show.h"

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "client/cli/command.h"
#include "client/cli/format.h"
#include "client/cli/output_file.h"
#include "client/cli/receive_file.h"

namespace percept::cli {
namespace {

absl::Status WritePicture(const Session& session, const std::string& path,
                          const picture::Canvas& canvas) {
  const absl::StatusOr<std::string> png = canvas.EncodePng();
  if (!png.ok()) return png.status();
  const absl::StatusOr<std::unique_ptr<OutputFile>> file = OutputFile::Create(path);
  if (!file.ok()) return file.status();
  absl::Status status = (*file)->Write(*png);
  if (status.ok()) status = (*file)->Commit();
  if (status.ok() && path != "-") {
    session.Note(
        absl::StrCat("wrote ", path, ", ", FormatBytes(static_cast<int64_t>(png->size()))));
  }
  return status;
}

}  // namespace

CLI::Option* AddPicture(CLI::App* command, std::string* target) {
  const auto parse = [](const std::string& path) -> absl::StatusOr<std::string> {
    const absl::StatusOr<std::string> output = ParseOutput(path);
    if (!output.ok() || path == "-" || absl::EndsWith(absl::AsciiStrToLower(path), ".png")) {
      return output;
    }
    return absl::InvalidArgumentError(
        absl::StrCat("must end in .png, since that is what is written, got '", path, "'"));
  };
  return AddParsed(command, "-o,--output", target, "FILE.png",
                   "Draws a picture of 1600 x 900 pixels into this file instead of text; - is "
                   "stdout. An existing file is replaced.",
                   parse);
}

absl::StatusOr<ExitCode> Show(Session& session, const std::string& output,
                              absl::FunctionRef<void()> print_json,
                              absl::FunctionRef<std::string(const Page&)> text,
                              absl::FunctionRef<picture::Canvas()> draw) {
  if (!output.empty()) {
    const absl::Status status = WritePicture(session, output, draw());
    if (!status.ok()) return status;
  }
  if (session.json() && output != "-") {
    print_json();
  } else if (output.empty()) {
    session.Print(text(PageOf(session.out())));
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Show(Session& session, const std::string& output,
                              const google::protobuf::Message& answer,
                              absl::FunctionRef<std::string(const Page&)> text,
                              absl::FunctionRef<picture::Canvas()> draw) {
  return Show(
      session, output, [&] { session.PrintJson(answer); }, text, draw);
}

}  // namespace percept::cli
