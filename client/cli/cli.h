#ifndef PERCEPT_CLIENT_CLI_CLI_H_
#define PERCEPT_CLIENT_CLI_CLI_H_

#include <memory>

#include <CLI/CLI.hpp>

#include "client/cli/command.h"
#include "client/cli/settings.h"

namespace percept::cli {

// The flags of all commands.
struct SharedFlags {
  SettingsFlags settings;
  bool json = false;
  bool quiet = false;
};

// The whole command line: parsing it fills `*flags` and `*chosen`, which must outlive it.
std::unique_ptr<CLI::App> BuildCommandLine(SharedFlags* flags, Action* chosen);

// Runs the program; what it returns is the exit status.
int Run(int argc, const char* const* argv);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_CLI_H_
