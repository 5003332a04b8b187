#include "client/cli/render_examples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::cli {
namespace {

using ::testing::HasSubstr;

v1::ReadExamplesResponse Answer(std::vector<int64_t> indices, int inputs) {
  v1::ReadExamplesResponse page;
  for (const int64_t index : indices) {
    page.add_indices(index);
    page.add_labels(static_cast<int32_t>(index % 2));
    for (int d = 0; d < inputs; ++d) page.add_inputs(0.1f * static_cast<float>(d + 1));
  }
  return page;
}

TEST(RenderExampleJson, GivesTheFloatsTheirOwnDigits) {
  EXPECT_EQ(RenderExampleJson(Answer({6, 7}, 2), 1), R"({"index":7,"label":1,"inputs":[0.1,0.2]})");
}

TEST(RenderExamples, JoinsPagesToOneTable) {
  EXPECT_EQ(RenderExamples({Answer({0}, 2), Answer({1}, 2)}, {}, Page{{}, 80}),
            "INDEX  LABEL   x0   x1\n"
            "    0      0  0.1  0.2\n"
            "    1      1  0.1  0.2\n");
}

TEST(RenderExamples, ShowsAsManyInputsAsFit) {
  const std::string text = RenderExamples({Answer({0}, 784)}, {}, Page{{}, 60});
  EXPECT_THAT(text, HasSubstr("x0   x1   x2  ... x783\n"));
  EXPECT_THAT(RenderExamples({Answer({0}, 784)}, {}, Page{{}, 1}), HasSubstr("x0  ... x783\n"));
}

TEST(RenderExamples, DrawsPicturesWhereTheirShapeFits) {
  v1::ImageShape shape;
  shape.set_height(2);
  shape.set_width(3);
  shape.set_channels(1);
  EXPECT_EQ(RenderExamples({Answer({4}, 6)}, shape, Page{{}, 80}), "4: label 0\n:-=\n");
  EXPECT_THAT(RenderExamples({Answer({4}, 6)}, shape, Page{{}, 2}), HasSubstr("INDEX"));
  EXPECT_THAT(RenderExamples({Answer({4}, 7)}, shape, Page{{}, 80}), HasSubstr("INDEX"));
}

TEST(RenderExamples, BearsAPageThatIsNotWhole) {
  v1::ReadExamplesResponse page = Answer({0, 1}, 2);
  page.mutable_inputs()->RemoveLast();
  page.mutable_labels()->RemoveLast();
  EXPECT_THAT(RenderExamples({page, Answer({5}, 1)}, {}, Page{{}, 80}),
              HasSubstr("    5      1  0.1\n"));
  EXPECT_EQ(RenderExamples({}, {}, Page{{}, 80}), "INDEX  LABEL\n");
}

}  // namespace
}  // namespace percept::cli
