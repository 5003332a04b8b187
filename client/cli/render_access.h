#ifndef PERCEPT_CLIENT_CLI_RENDER_ACCESS_H_
#define PERCEPT_CLIENT_CLI_RENDER_ACCESS_H_

#include <string>

#include "percept/v1/access_service.pb.h"

namespace percept::cli {

// Who one is to a server, in a line.
std::string RenderCaller(const v1::Caller& caller, const std::string& server);

// The class link and how to use it.
std::string RenderClassLink(const v1::OpenClassLinkResponse& link);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_ACCESS_H_
