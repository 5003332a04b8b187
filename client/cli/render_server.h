#ifndef PERCEPT_CLIENT_CLI_RENDER_SERVER_H_
#define PERCEPT_CLIENT_CLI_RENDER_SERVER_H_

#include <string>

#include "percept/v1/server_service.pb.h"

namespace percept::cli {

// What the server at `address` says of itself, as text for people.
std::string RenderServerInfo(const v1::GetServerInfoResponse& info, const std::string& address);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_SERVER_H_
