#ifndef PERCEPT_CLIENT_CLI_ENUM_NAMES_H_
#define PERCEPT_CLIENT_CLI_ENUM_NAMES_H_

#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_enum_reflection.h>

namespace percept::cli {

// The value's name without its type: "RUNNING" for JOB_STATE_RUNNING.
std::string ShortEnumName(const google::protobuf::EnumValueDescriptor& value);

// As on the command line: "three-class" for GENERATOR_THREE_CLASS.
std::string EnumWord(const google::protobuf::EnumValueDescriptor& value);

// The words of all values but the unspecified one, in the order of the proto.
std::vector<std::string> EnumWords(const google::protobuf::EnumDescriptor& type);

// The value that a word stands for, in lower or upper case; null when there is none.
const google::protobuf::EnumValueDescriptor* FindEnumWord(
    const google::protobuf::EnumDescriptor& type, const std::string& word);

// The name of a value as received, or its number when this program does not know it.
template <typename Enum>
std::string EnumText(Enum value) {
  const auto* descriptor =
      google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(static_cast<int>(value));
  return descriptor == nullptr ? std::to_string(static_cast<int>(value))
                               : ShortEnumName(*descriptor);
}

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_ENUM_NAMES_H_
