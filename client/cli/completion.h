#ifndef PERCEPT_CLIENT_CLI_COMPLETION_H_
#define PERCEPT_CLIENT_CLI_COMPLETION_H_

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace percept::cli {

// What can be typed after a command, as the shells are told.
struct CompletionNode {
  std::string path;                // "percept job list".
  std::vector<std::string> words;  // Its commands, then its flags and those of all commands.
  struct Choice {
    std::string flag;
    std::vector<std::string> values;  // Empty when the flag takes a value that cannot be listed.
  };
  std::vector<Choice> choices;  // The flags that take a value.
};

// The tree of commands below `root`, parents first.
std::vector<CompletionNode> CompletionTree(const CLI::App& root);

// Scripts for `source` or for the shell's folder of completions.
std::string BashCompletion(const CLI::App& root);
std::string ZshCompletion(const CLI::App& root);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_COMPLETION_H_
