#ifndef PERCEPT_CLIENT_CLI_HELP_H_
#define PERCEPT_CLIENT_CLI_HELP_H_

#include <string>

#include <CLI/CLI.hpp>

namespace percept::cli {

// Writes a command's help page: what it does, how it is called, its options by group, the options
// that all commands share, an example.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* command, std::string name,
                        CLI::AppFormatMode mode) const override;
};

// The command as it is typed, such as "percept job watch".
std::string CommandPath(const CLI::App& command);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_HELP_H_
