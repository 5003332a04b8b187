#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/inspect/export/export.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/inspect/models.h"

namespace percept::inspect {
namespace {

using ::percept::testing::StatusIs;
using ::testing::HasSubstr;

template <typename T>
std::string BytesOf(const std::vector<T>& numbers) {
  return std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T));
}

TEST(ExportSafetensors, WritesExactlyTheseBytes) {
  const std::string numbers = BytesOf<float>({1, 2, 3, 4, -5, -6});
  const TrainedModel model{
      MultiperceptronSpec(), {2, 2}, std::make_shared<const std::string>(numbers)};
  ASSERT_OK_AND_ASSIGN(const std::string file, ExportSafetensors(model));

  const std::string header =
      R"({"__metadata__":{"format":"pt"},)"
      R"("linear0.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
      R"("linear0.bias":{"dtype":"F32","shape":[2],"data_offsets":[16,24]}})";
  ASSERT_EQ(header.size(), 167u);
  const std::string length("\xa8\0\0\0\0\0\0\0", 8);  // 168, the next multiple of 8.
  EXPECT_EQ(file, absl::StrCat(length, header, " ", numbers));
}

TEST(ExportSafetensors, KeepsThePerceptronsDoubles) {
  const std::string numbers = BytesOf<double>({0.1, -0.2, 0.3});
  const TrainedModel model{PerceptronSpec(), {3, 2}, std::make_shared<const std::string>(numbers)};
  ASSERT_OK_AND_ASSIGN(const std::string file, ExportSafetensors(model));
  EXPECT_THAT(file, HasSubstr(R"("weight":{"dtype":"F64","shape":[3],"data_offsets":[0,24]})"));
  EXPECT_EQ(file.substr(file.size() - 24), numbers);
}

TEST(ExportSafetensors, PlacesNumbersAtMultiplesOfEightWhateverTheHeader) {
  for (int32_t units = 1; units <= 11; ++units) {
    const TrainedModel model = RandomModel(MlpSpec({units, 3}), {4, 2});
    ASSERT_OK_AND_ASSIGN(const std::string file, ExportSafetensors(model));
    uint64_t length = 0;
    std::memcpy(&length, file.data(), sizeof length);
    EXPECT_EQ(length % 8, 0u);
    EXPECT_EQ(8 + length + model.parameters->size(), file.size());
    EXPECT_EQ(file.substr(8 + length), *model.parameters);
  }
}

TEST(Exports, RefuseParametersOfAnotherSize) {
  TrainedModel model = RandomModel(MlpSpec({7}), {4, 3});
  model.parameters = std::make_shared<const std::string>(*model.parameters + "x");
  for (const auto& result : {ExportSafetensors(model), ExportNpz(model), ExportOnnx(model)}) {
    EXPECT_THAT(result, StatusIs(absl::StatusCode::kInvalidArgument,
                                 HasSubstr("parameters: must have 236 bytes, got 237")));
  }
}

}  // namespace
}  // namespace percept::inspect
