#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/file_format.h"
#include "client/cli/receive_file.h"

namespace percept::cli {
namespace {

struct Options {
  SnapshotOptions snapshot;
  std::optional<v1::ModelFormat> format;
  std::string output;
};

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::ExportModelRequest request;
  request.set_name(SnapshotName(options.snapshot));
  request.set_format(*options.format);
  return ReceiveFile(session, options.output, [&](client::FileSink sink) {
    return session.client().ExportModel(request, sink);
  });
}

// The format that the file's name tells, unless it was given.
void SettleFormat(Options* options) {
  if (options->format) return;
  const absl::StatusOr<v1::ModelFormat> format = ModelFormatOf(options->output);
  if (!format.ok()) throw CLI::ValidationError("--format", std::string(format.status().message()));
  options->format = *format;
}

}  // namespace

void AddModelExport(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "export",
      "Writes the parameters of a trained model to a file, under PyTorch's names; ONNX (opset 17) "
      "goes from inputs to probabilities.",
      "percept model export 7f3k9m2p0q -o model.safetensors\n"
      "percept model export 7f3k9m2p0q --snapshot best --format onnx -o - | sha256sum");
  AddSnapshotOptions(command, &options->snapshot);
  AddEnum(command, "--format", &options->format,
          "Format of the file. Default by its name: .safetensors, .npz or .onnx.");
  AddOutput(command, &options->output, "model.safetensors");
  command->callback([options, chosen] {
    SettleFormat(options.get());
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
