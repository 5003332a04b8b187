#include "client/cli/command.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "client/cli/parse.h"
#include "client/lib/names.h"

namespace percept::cli {

CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                     const std::string& example) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer(absl::StrCat("Example:\n  ", absl::StrReplaceAll(example, {{"\n", "\n  "}})));
  return command;
}

CLI::App* AddGroup(CLI::App& parent, const std::string& name, const std::string& description,
                   const std::string& example) {
  CLI::App* group = AddCommand(parent, name, description, example);
  group->require_subcommand(1);
  return group;
}

template <typename Number>
CLI::Option* AddNumber(CLI::App* command, const std::string& flag, std::optional<Number>* target,
                       const std::string& description) {
  return AddParsed(command, flag, target, std::is_floating_point_v<Number> ? "F" : "N", description,
                   ParseNumber<Number>);
}

template CLI::Option* AddNumber<int32_t>(CLI::App*, const std::string&, std::optional<int32_t>*,
                                         const std::string&);
template CLI::Option* AddNumber<int64_t>(CLI::App*, const std::string&, std::optional<int64_t>*,
                                         const std::string&);
template CLI::Option* AddNumber<uint64_t>(CLI::App*, const std::string&, std::optional<uint64_t>*,
                                          const std::string&);
template CLI::Option* AddNumber<double>(CLI::App*, const std::string&, std::optional<double>*,
                                        const std::string&);

CLI::Option* AddText(CLI::App* command, const std::string& flag, std::optional<std::string>* target,
                     const std::string& type, const std::string& description) {
  const auto take = [](const std::string& text) -> absl::StatusOr<std::string> { return text; };
  return AddParsed(command, flag, target, type, description, take);
}

absl::StatusOr<int> ParseEnumWord(const google::protobuf::EnumDescriptor& type,
                                  const std::string& word) {
  if (const auto* value = FindEnumWord(type, word)) return value->number();
  return absl::InvalidArgumentError(
      absl::StrCat("must be one of ", absl::StrJoin(EnumWords(type), ", "), ", got '", word, "'"));
}

std::string EnumWordList(const google::protobuf::EnumDescriptor& type) {
  return absl::StrJoin(EnumWords(type), "|");
}

CLI::Option* AddJobArgument(CLI::App* command, std::string* target) {
  return AddParsed(command, "JOB", target, "", "The job: ID or jobs/ID.", client::JobName)
      ->required();
}

CLI::Option* AddDatasetArgument(CLI::App* command, std::string* target) {
  return AddParsed(command, "NAME", target, "", "The data set: ID or datasets/ID.",
                   client::DatasetName)
      ->required();
}

void AddSnapshotOptions(CLI::App* command, SnapshotOptions* options) {
  AddJobArgument(command, &options->job);
  AddParsed(command, "--snapshot", &options->snapshot, "last|best|N",
            "Which snapshot; best is by validation accuracy. Default last.", ParseSnapshot);
}

std::string SnapshotName(const SnapshotOptions& options) {
  return absl::StrCat(options.job, "/snapshots/", options.snapshot);
}

}  // namespace percept::cli
