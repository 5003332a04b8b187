#include <memory>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/enum_names.h"

namespace percept::cli {
namespace {

struct Options {
  std::string name;
  std::optional<v1::Visibility> visibility;
};

// `Share` shares what `Resource` is, and returns it.
template <typename Resource, typename Share>
absl::StatusOr<ExitCode> Run(Session& session, const Share& share) {
  const absl::StatusOr<Resource> resource = share(session.client());
  if (!resource.ok()) return resource.status();
  if (session.json()) {
    session.PrintJson(*resource);
  } else {
    session.Print(absl::StrCat(resource->name(), " ",
                               absl::AsciiStrToLower(EnumText(resource->visibility())), "\n"));
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ShareJob(Session& session, const Options& options) {
  return Run<v1::Job>(session, [&](client::Client& client) {
    v1::ShareJobRequest request;
    request.set_name(options.name);
    request.set_visibility(*options.visibility);
    return client.ShareJob(request);
  });
}

absl::StatusOr<ExitCode> ShareDataset(Session& session, const Options& options) {
  return Run<v1::Dataset>(session, [&](client::Client& client) {
    v1::ShareDatasetRequest request;
    request.set_name(options.name);
    request.set_visibility(*options.visibility);
    return client.ShareDataset(request);
  });
}

using Work = absl::StatusOr<ExitCode> (*)(Session&, const Options&);

void Add(CLI::App* command, const std::shared_ptr<Options>& options, Work work, Action* chosen) {
  AddEnum(command, "WITH", &options->visibility,
          "private: yourself and instructors; class: everybody with a token; public: guests of the "
          "class link, too.")
      ->required();
  command->callback([options, work, chosen] {
    *chosen = [options, work](Session& session) { return work(session, *options); };
  });
}

}  // namespace

void AddJobShare(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(parent, "share", "Says who may see a job besides its owner.",
                                 "percept job share 7f3k9m2p0q public");
  AddJobArgument(command, &options->name);
  Add(command, options, ShareJob, chosen);
}

void AddDatasetShare(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(parent, "share", "Says who may see a data set besides its owner.",
                                 "percept dataset share my-xor private");
  AddDatasetArgument(command, &options->name);
  Add(command, options, ShareDataset, chosen);
}

}  // namespace percept::cli
