#include "client/cli/help.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "client/cli/terminal.h"

namespace percept::cli {
namespace {

constexpr int kIndent = 2;
constexpr int kTermWidth = 30;  // Column where descriptions begin.

// `text` broken between words, each line after the first indented by `indent`.
std::string Wrapped(absl::string_view text, int indent, int width) {
  std::string wrapped;
  int column = indent;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const int length = static_cast<int>(word.size());
    if (column > indent && column + 1 + length > width) {
      absl::StrAppend(&wrapped, "\n", std::string(indent, ' '));
      column = indent;
    }
    if (column > indent) {
      wrapped += ' ';
      ++column;
    }
    absl::StrAppend(&wrapped, word);
    column += length;
  }
  return wrapped;
}

std::string Entry(const std::string& term, const std::string& description, int width) {
  std::string entry = std::string(kIndent, ' ') + term;
  if (entry.size() + 2 > kTermWidth) {
    entry += '\n';
    entry.append(kTermWidth, ' ');
  } else {
    entry.append(kTermWidth - entry.size(), ' ');
  }
  return absl::StrCat(entry, Wrapped(description, kTermWidth, width), "\n");
}

std::string FirstSentence(const std::string& description) {
  const size_t end = description.find(". ");
  return end == std::string::npos ? description : description.substr(0, end + 1);
}

// An argument's name; dots say that there may be several.
std::string Argument(const CLI::Option& option) {
  return absl::StrCat(option.get_name(true), option.get_items_expected_max() > 1 ? "..." : "");
}

std::string Term(const CLI::Option& option) {
  if (option.get_positional()) return Argument(option);
  const std::string value = option.get_type_size() == 0 ? "" : option.get_type_name();
  return absl::StrCat(option.get_name(false, true), value.empty() ? "" : " ", value);
}

std::string Usage(const CLI::App& command) {
  std::string usage = absl::StrCat("Usage: ", CommandPath(command));
  const auto all = command.get_options();
  for (const CLI::Option* option : all) {
    if (option->get_positional()) absl::StrAppend(&usage, " ", Argument(*option));
  }
  for (const CLI::Option* option : all) {
    if (!option->get_positional() && option->get_required()) {
      absl::StrAppend(&usage, " ", Term(*option));
    }
  }
  const bool has_commands = !command.get_subcommands({}).empty();
  return absl::StrCat(usage, has_commands ? " COMMAND" : "", " [OPTIONS]\n");
}

std::string Options(const CLI::App& command, int width) {
  std::string text;
  for (const std::string& group : command.get_groups()) {
    std::string entries;
    for (const CLI::Option* option : command.get_options()) {
      if (option->get_group() != group || group.empty()) continue;
      entries += Entry(Term(*option), option->get_description(), width);
    }
    if (!entries.empty()) absl::StrAppend(&text, "\n", group, ":\n", entries);
  }
  return text;
}

std::string Commands(const CLI::App& command, int width) {
  std::string text;
  for (const CLI::App* sub : command.get_subcommands({})) {
    text += Entry(sub->get_name(), FirstSentence(sub->get_description()), width);
  }
  return text.empty() ? text : absl::StrCat("\nCommands:\n", text);
}

}  // namespace

std::string CommandPath(const CLI::App& command) {
  if (command.get_parent() == nullptr) return command.get_name();
  return absl::StrCat(CommandPath(*command.get_parent()), " ", command.get_name());
}

std::string HelpFormatter::make_help(const CLI::App* command, std::string,
                                     CLI::AppFormatMode) const {
  const int width = std::min(TerminalWidth(STDOUT_FILENO), 100);
  const bool is_root = command->get_parent() == nullptr;
  const std::string shared =
      is_root ? "" : "\nShared options (see percept --help): --server, --token, --json, --quiet\n";
  const std::string footer = command->get_footer();
  return absl::StrCat(Wrapped(command->get_description(), 0, width), "\n\n", Usage(*command),
                      Commands(*command, width), Options(*command, width), shared,
                      footer.empty() ? "" : "\n", footer, footer.empty() ? "" : "\n");
}

}  // namespace percept::cli
