#ifndef PERCEPT_CLIENT_CLI_COMMAND_H_
#define PERCEPT_CLIENT_CLI_COMMAND_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include <CLI/CLI.hpp>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_enum_reflection.h>

#include "client/cli/enum_names.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"

namespace percept::cli {

// What a command does once the command line is read.
using Action = std::function<absl::StatusOr<ExitCode>(Session&)>;

// Adds a command. `description` begins with a sentence that lists show; `example` is one or more
// commands, one a line, as they are typed.
CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                     const std::string& example);

// Adds a command that only holds others.
CLI::App* AddGroup(CLI::App& parent, const std::string& name, const std::string& description,
                   const std::string& example);

// Options whose text is read while the command line is, so that what cannot be read is a usage
// error that names the option, the rule and the text. What the values mean is the server's to
// judge. `target` must outlive the parsing.
template <typename Number>
CLI::Option* AddNumber(CLI::App* command, const std::string& flag, std::optional<Number>* target,
                       const std::string& description);
CLI::Option* AddText(CLI::App* command, const std::string& flag, std::optional<std::string>* target,
                     const std::string& type, const std::string& description);

// An option read by `parse`: StatusOr<T>(const std::string&).
template <typename T, typename Parse>
CLI::Option* AddParsed(CLI::App* command, const std::string& flag, T* target,
                       const std::string& type, const std::string& description, Parse parse) {
  const auto read = [flag, target, parse](const std::string& text) {
    auto value = parse(text);
    if (!value.ok()) throw CLI::ValidationError(flag, std::string(value.status().message()));
    *target = *std::move(value);
  };
  return command->add_option_function<std::string>(flag, read, description)->type_name(type);
}

// The value of `type` that a word stands for; InvalidArgument with the words there are.
absl::StatusOr<int> ParseEnumWord(const google::protobuf::EnumDescriptor& type,
                                  const std::string& word);
// The words of a type as an option shows them: "tanh|sigmoid|relu|gelu".
std::string EnumWordList(const google::protobuf::EnumDescriptor& type);

// An option that takes one of the values of a proto's enum.
template <typename Enum>
CLI::Option* AddEnum(CLI::App* command, const std::string& flag, std::optional<Enum>* target,
                     const std::string& description) {
  const auto& type = *google::protobuf::GetEnumDescriptor<Enum>();
  const auto parse = [&type](const std::string& word) -> absl::StatusOr<Enum> {
    const absl::StatusOr<int> number = ParseEnumWord(type, word);
    if (!number.ok()) return number.status();
    return static_cast<Enum>(*number);
  };
  return AddParsed(command, flag, target, EnumWordList(type), description, parse);
}

// An option that takes several of them, with commas between.
template <typename Enum>
CLI::Option* AddEnums(CLI::App* command, const std::string& flag, std::vector<Enum>* target,
                      const std::string& description) {
  const auto& type = *google::protobuf::GetEnumDescriptor<Enum>();
  const auto parse = [&type](const std::string& text) -> absl::StatusOr<std::vector<Enum>> {
    std::vector<Enum> values;
    for (const absl::string_view word : absl::StrSplit(text, ',')) {
      const absl::StatusOr<int> number = ParseEnumWord(type, std::string(word));
      if (!number.ok()) return number.status();
      values.push_back(static_cast<Enum>(*number));
    }
    return values;
  };
  return AddParsed(command, flag, target, EnumWordList(type), description, parse);
}

// Arguments that name a resource; the target gets the full name.
CLI::Option* AddJobArgument(CLI::App* command, std::string* target);
CLI::Option* AddDatasetArgument(CLI::App* command, std::string* target);

// A snapshot of a job, by an argument JOB and an option --snapshot.
struct SnapshotOptions {
  std::string job;  // `jobs/{job}`.
  std::string snapshot = "last";
};
void AddSnapshotOptions(CLI::App* command, SnapshotOptions* options);
// `jobs/{job}/snapshots/{snapshot}`.
std::string SnapshotName(const SnapshotOptions& options);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_COMMAND_H_
