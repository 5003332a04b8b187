#include <cstdlib>

#include "absl/synchronization/mutex.h"

#include "client/cli/cli.h"

int main(int argc, char** argv) {
  // What the transport logs is not for users; our errors say what they need.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  // Debian's Abseil looks for cycles of locks each time one is taken, which is for tests.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return percept::cli::Run(argc, argv);
}
