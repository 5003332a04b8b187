#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/cli/commands.h"
#include "client/cli/demo/image_structure_view.h"
#include "client/cli/picture_file.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

struct Options {
  std::optional<std::string> photograph;
  std::optional<std::string> input;
  std::optional<uint64_t> seed;
  std::string output;
};

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  v1::ImageStructureRequest request;
  if (options.photograph) request.set_photograph(*options.photograph);
  if (options.input) {
    absl::StatusOr<std::string> picture = ReadPictureFile(*options.input);
    if (!picture.ok()) return picture.status();
    request.set_picture(*std::move(picture));
  }
  if (options.seed) request.set_seed(*options.seed);
  const absl::StatusOr<v1::ImageStructureResponse> response =
      session.client().ImageStructure(request);
  if (!response.ok()) return response.status();
  const absl::Status status = CheckImageStructure(*response);
  if (!status.ok()) return status;
  return Show(
      session, options.output, *response,
      [&](const Page& page) { return RenderImageStructure(*response, page); },
      [&] { return DrawImageStructure(*response); });
}

}  // namespace

void AddDemoImageStructure(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(parent, "image-structure",
                 "Shows a photograph beside noise, and beside itself with its values shuffled.",
                 "percept demo image-structure -o structure.png\n"
                 "percept demo image-structure --input mine.jpg");
  AddText(command, "--photograph", &options->photograph, "NAME",
          "Which of those the server has. Default the first.");
  AddText(command, "--input", &options->input, "FILE",
          "A picture of yours in its place, PNG or JPEG of at most 4 MiB.");
  AddNumber(command, "--seed", &options->seed, "Seed of noise and shuffling. Default 0.");
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    if (options->input && options->photograph) {
      throw CLI::ValidationError("--input", "does not go with --photograph");
    }
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
