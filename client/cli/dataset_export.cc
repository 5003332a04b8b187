#include <memory>
#include <string>

#include "client/cli/commands.h"
#include "client/cli/receive_file.h"

namespace percept::cli {
namespace {

struct Options {
  std::string name;
  std::string output;
  bool include_test = false;
};

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::ExportDatasetRequest request;
  request.set_name(options.name);
  request.set_include_test(options.include_test);
  return ReceiveFile(session, options.output, [&](client::FileSink sink) {
    return session.client().ExportDataset(request, sink);
  });
}

}  // namespace

void AddDatasetExport(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "export",
      "Writes a data set to an NPZ file, as numpy.load reads it: x_train, y_train and so on.",
      "percept dataset export my-xor -o my-xor.npz");
  AddDatasetArgument(command, &options->name);
  AddOutput(command, &options->output, "my-xor.npz");
  command->add_flag("--include-test", options->include_test,
                    "Adds the test split, which is otherwise left out. It is recorded.");
  command->callback([options, chosen] {
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
