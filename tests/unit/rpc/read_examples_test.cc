#include "server/rpc/read_examples.h"

#include <functional>
#include <string>

#include "gmock/gmock.h"

#include "server/base/status.h"
#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// Every input says where it stands: 1000 * split + 10 * row + column.
data::Dataset Dense(int64_t examples, int32_t inputs) {
  data::Dataset dataset;
  dataset.inputs = inputs;
  dataset.classes = 2;
  for (size_t number = 0; number < dataset.splits.size(); ++number) {
    data::Split& split = dataset.splits[number];
    split.examples = examples;
    for (int64_t row = 0; row < examples; ++row) {
      for (int32_t column = 0; column < inputs; ++column) {
        split.dense.push_back(static_cast<float>(1000 * number) + static_cast<float>(10 * row) +
                              static_cast<float>(column));
      }
      split.labels.push_back(static_cast<int32_t>(row % 2));
    }
  }
  return dataset;
}

v1::ReadExamplesRequest Request(v1::Split split = v1::SPLIT_UNSPECIFIED) {
  v1::ReadExamplesRequest request;
  request.set_name("datasets/points");
  request.set_split(split);
  return request;
}

TEST(ReadExamples, GivesTheFirstHundredTrainingExamplesByDefault) {
  const data::Dataset dataset = Dense(/*examples=*/150, /*inputs=*/2);
  ASSERT_OK_AND_ASSIGN(const ExampleSelection selection, SelectExamples(dataset, Request()));
  EXPECT_EQ(selection.split, data::SplitKind::kTrain);
  EXPECT_THAT(selection.rows, SizeIs(100));
  EXPECT_EQ(selection.next_start_index, 100);
  const v1::ReadExamplesResponse response = ToProto(dataset, selection);
  EXPECT_EQ(response.indices(99), 99);
  EXPECT_EQ(response.inputs(2 * 99 + 1), 991.0f);
  EXPECT_EQ(response.labels(99), 1);
  EXPECT_EQ(response.next_start_index(), 100);
}

TEST(ReadExamples, GivesARangeToTheEndOfTheSplit) {
  const data::Dataset dataset = Dense(/*examples=*/5, /*inputs=*/2);
  v1::ReadExamplesRequest request = Request(v1::SPLIT_VALIDATION);
  request.set_start_index(3);
  request.set_page_size(2);
  ASSERT_OK_AND_ASSIGN(const ExampleSelection last, SelectExamples(dataset, request));
  const v1::ReadExamplesResponse response = ToProto(dataset, last);
  EXPECT_THAT(response.indices(), ElementsAre(3, 4));
  EXPECT_THAT(response.inputs(), ElementsAre(1030, 1031, 1040, 1041));
  EXPECT_THAT(response.labels(), ElementsAre(1, 0));
  EXPECT_EQ(response.next_start_index(), 0);
  request.set_start_index(5);
  ASSERT_OK_AND_ASSIGN(const ExampleSelection past, SelectExamples(dataset, request));
  EXPECT_THAT(past.rows, IsEmpty());
  EXPECT_EQ(past.next_start_index, 0);
}

TEST(ReadExamples, GivesIndicesInTheOrderAsked) {
  const data::Dataset dataset = Dense(/*examples=*/5, /*inputs=*/1);
  v1::ReadExamplesRequest request = Request(v1::SPLIT_TRAIN);
  for (const int64_t index : {4, 0, 4}) request.add_indices(index);
  ASSERT_OK_AND_ASSIGN(const ExampleSelection selection, SelectExamples(dataset, request));
  EXPECT_THAT(ToProto(dataset, selection).inputs(), ElementsAre(40, 0, 40));
  request.set_page_size(2);
  EXPECT_THAT(SelectExamples(dataset, request)->rows, ElementsAre(4, 0));
}

TEST(ReadExamples, SendsPixelsAsTheModelsSeeThem) {
  data::Dataset dataset;
  dataset.inputs = 3;
  dataset.is_sparse = true;
  data::Split& split = dataset.split(data::SplitKind::kTrain);
  split.examples = 2;
  split.sparse.row_start = {0, 1, 3};
  split.sparse.columns = {1, 0, 2};
  split.sparse.values = {255, 51, 1};
  split.labels = {7, 8};
  ASSERT_OK_AND_ASSIGN(const ExampleSelection selection, SelectExamples(dataset, Request()));
  const v1::ReadExamplesResponse response = ToProto(dataset, selection);
  EXPECT_THAT(response.inputs(), ElementsAre(0, 1, 0, 0.2f, 0, 1.0f / 255.0f));
  EXPECT_THAT(response.labels(), ElementsAre(7, 8));
}

TEST(ReadExamples, SendsNoMoreThanAMebibyteOfInputs) {
  // 262,144 floats fill a mebibyte.
  v1::ReadExamplesRequest request = Request();
  const data::Dataset four_fit = Dense(/*examples=*/9, /*inputs=*/65'536);
  ASSERT_OK_AND_ASSIGN(const ExampleSelection page, SelectExamples(four_fit, request));
  EXPECT_THAT(page.rows, SizeIs(4));
  EXPECT_EQ(page.next_start_index, 4);
  request.add_indices(8);
  for (int number = 0; number < 8; ++number) request.add_indices(number);
  EXPECT_THAT(SelectExamples(four_fit, request)->rows, ElementsAre(8, 0, 1, 2));
}

TEST(ReadExamples, SendsAWiderExampleByItself) {
  const data::Dataset wide = Dense(/*examples=*/2, /*inputs=*/262'145);
  ASSERT_OK_AND_ASSIGN(const ExampleSelection selection, SelectExamples(wide, Request()));
  EXPECT_THAT(selection.rows, ElementsAre(0));
  EXPECT_EQ(selection.next_start_index, 1);
}

TEST(ReadExamples, OfTheTestSplitWantsToBeAskedFor) {
  const data::Dataset dataset = Dense(/*examples=*/2, /*inputs=*/1);
  v1::ReadExamplesRequest request = Request(v1::SPLIT_TEST);
  const auto refused = SelectExamples(dataset, request);
  EXPECT_THAT(refused,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("set include_test")));
  EXPECT_EQ(ReasonOf(refused.status()), "TEST_SPLIT_PROTECTED");
  request.set_include_test(true);
  ASSERT_OK_AND_ASSIGN(const ExampleSelection selection, SelectExamples(dataset, request));
  EXPECT_THAT(ToProto(dataset, selection).inputs(), ElementsAre(2000, 2010));
  // Allowed is not asked for.
  request.set_split(v1::SPLIT_TRAIN);
  EXPECT_EQ(SelectExamples(dataset, request)->split, data::SplitKind::kTrain);
}

TEST(ReadExamples, OfATestSplitWithoutExamplesIsAPrecondition) {
  v1::ReadExamplesRequest request = Request(v1::SPLIT_TEST);
  request.set_include_test(true);
  EXPECT_THAT(SelectExamples(Dense(/*examples=*/0, /*inputs=*/1), request),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("datasets/points has no examples in its test split")));
}

TEST(ReadExamples, RefusesEachFieldOutOfItsRange) {
  const data::Dataset dataset = Dense(/*examples=*/5, /*inputs=*/1);
  const struct {
    const char* message;
    std::function<void(v1::ReadExamplesRequest&)> change;
  } cases[] = {
      {"split: must be one of the enumeration's values, got 4",
       [](auto& r) { r.set_split(static_cast<v1::Split>(4)); }},
      {"start_index: must be in [0, 5], got -1", [](auto& r) { r.set_start_index(-1); }},
      {"start_index: must be in [0, 5], got 6", [](auto& r) { r.set_start_index(6); }},
      {"page_size: must be in [0, 1000], got -1", [](auto& r) { r.set_page_size(-1); }},
      {"page_size: must be in [0, 1000], got 1001", [](auto& r) { r.set_page_size(1001); }},
      {"indices[1]: must be in [0, 5), got 5",
       [](auto& r) {
         r.add_indices(4);
         r.add_indices(5);
       }},
      {"indices[0]: must be in [0, 5), got -1", [](auto& r) { r.add_indices(-1); }},
      {"indices: must be at most 1000, got 1001",
       [](auto& r) { r.mutable_indices()->Resize(1001, 0); }},
      {"start_index: must be unset where indices are given, got 2",
       [](auto& r) {
         r.set_start_index(2);
         r.add_indices(1);
       }},
  };
  for (const auto& bad : cases) {
    v1::ReadExamplesRequest request = Request();
    bad.change(request);
    EXPECT_THAT(SelectExamples(dataset, request), StatusIs(kInvalid, bad.message));
  }
}

}  // namespace
}  // namespace percept::rpc
