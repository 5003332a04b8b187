#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/inspect/export/export.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/inspect/models.h"

namespace percept::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

template <typename T>
T Number(const std::string& file, size_t at) {
  T number;
  std::memcpy(&number, file.data() + at, sizeof number);
  return number;
}

struct Member {
  std::string name;
  std::string content;
};

// The members of a zip file that compresses none, by its local headers.
std::vector<Member> MembersOf(const std::string& file) {
  std::vector<Member> members;
  size_t at = 0;
  while (at + 30 <= file.size() && Number<uint32_t>(file, at) == 0x04034b50) {
    EXPECT_EQ(Number<uint16_t>(file, at + 8), 0) << "compressed";
    const size_t size = Number<uint32_t>(file, at + 22);
    const size_t name_size = Number<uint16_t>(file, at + 26);
    const size_t content = at + 30 + name_size + Number<uint16_t>(file, at + 28);
    members.push_back({file.substr(at + 30, name_size), file.substr(content, size)});
    at = content + size;
  }
  return members;
}

struct Array {
  std::string header;
  std::string numbers;
};

Array ArrayOf(const std::string& npy) {
  EXPECT_THAT(npy, StartsWith(std::string("\x93NUMPY\x01\x00", 8)));
  const size_t header_size = Number<uint16_t>(npy, 8);
  return {npy.substr(10, header_size), npy.substr(10 + header_size)};
}

TEST(ExportNpz, HoldsOneArrayPerTensorInOrder) {
  const TrainedModel model = RandomModel(MlpSpec({5}), {4, 3});
  ASSERT_OK_AND_ASSIGN(const std::string file, ExportNpz(model));
  std::vector<std::string> names;
  std::vector<std::string> headers;
  std::string numbers;
  for (const Member& member : MembersOf(file)) {
    const Array array = ArrayOf(member.content);
    names.push_back(member.name);
    headers.push_back(array.header);
    numbers += array.numbers;
  }
  EXPECT_THAT(names, ElementsAre("linear0.weight.npy", "linear0.bias.npy", "linear1.weight.npy",
                                 "linear1.bias.npy"));
  EXPECT_THAT(headers, ElementsAre(HasSubstr("'shape': (5, 4)"), HasSubstr("'shape': (5,)"),
                                   HasSubstr("'shape': (3, 5)"), HasSubstr("'shape': (3,)")));
  EXPECT_THAT(headers, ::testing::Each(HasSubstr("'descr': '<f4'")));
  EXPECT_EQ(numbers, *model.parameters);
}

TEST(ExportNpz, KeepsThePerceptronsDoubles) {
  const TrainedModel model = RandomModel(PerceptronSpec(), {4, 2});
  ASSERT_OK_AND_ASSIGN(const std::string file, ExportNpz(model));
  const std::vector<Member> members = MembersOf(file);
  ASSERT_EQ(members.size(), 1u);
  EXPECT_EQ(members[0].name, "weight.npy");
  EXPECT_THAT(ArrayOf(members[0].content).header, HasSubstr("'descr': '<f8'"));
  EXPECT_EQ(ArrayOf(members[0].content).numbers, *model.parameters);
}

}  // namespace
}  // namespace percept::inspect
