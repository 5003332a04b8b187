#ifndef PERCEPT_CLIENT_CLI_RENDER_JSON_H_
#define PERCEPT_CLIENT_CLI_RENDER_JSON_H_

#include <string>

#include <google/protobuf/message.h>

namespace percept::cli {

// The message as one line of JSON, without its end. Fields have the names of the proto and stand in
// its order; all are printed, but for the members of a oneof that are not set. Numbers of any width
// are numbers, zeros included; floats have the fewest digits that give them back; what is infinite
// or not a number is null. Unset optional fields and sub-messages are null. Enums are their values'
// names without the type ("RUNNING", "THREE_CLASS"), bytes are base64, durations are seconds, and
// timestamps are RFC 3339 in UTC.
std::string RenderJson(const google::protobuf::Message& message);

// A number as in RenderJson.
std::string RenderJsonNumber(float value);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_RENDER_JSON_H_
