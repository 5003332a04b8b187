#include "client/lib/grpc_log.h"

#include <cstdlib>

#include <grpc/support/log.h>

namespace percept::client {

void IgnoreGrpcLog() {
  if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function([](gpr_log_func_args*) {});
}

}  // namespace percept::client
