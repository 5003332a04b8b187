#ifndef PERCEPT_CLIENT_CLI_INSPECT_START_H_
#define PERCEPT_CLIENT_CLI_INSPECT_START_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include <CLI/CLI.hpp>

#include "client/cli/command.h"
#include "client/cli/session.h"
#include "percept/v1/inspect_service.pb.h"

namespace percept::cli {

// Where a search on the input begins, and which class it is to end in.
struct StartOptions {
  SnapshotOptions snapshot;
  std::optional<std::vector<double>> values;
  std::optional<int64_t> index;
  std::optional<v1::Split> split;
  std::optional<int32_t> target;
};

// Adds JOB, --snapshot, --values, --index, --split and --target. `options` must outlive the
// parsing.
void AddStartOptions(CLI::App* command, StartOptions* options);
// Throws a usage error for options that do not go together; to be called in the command's callback.
void CheckStart(const StartOptions& options);

// A start that is settled.
struct Start {
  std::string snapshot;  // With the index that `last` or `best` stood for.
  v1::StartingPoint point;
  int32_t target_label = 0;
};

// Asks the model about the start: without a target it is the class that comes second there. The
// server's errors.
absl::StatusOr<Start> SettleStart(Session& session, const StartOptions& options);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_INSPECT_START_H_
