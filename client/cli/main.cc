#include <cstdlib>

#include "client/cli/cli.h"

int main(int argc, char** argv) {
  // What the transport logs is not for users; our errors say what they need.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  return percept::cli::Run(argc, argv);
}
