// Predict on pictures: what is read, how it is prepared, and what is refused.
#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "tests/integration/inspect_fixture.h"
#include "tests/integration/violations.h"
#include "tests/support/picture_files.h"

namespace percept::testing {
namespace {

using ::testing::ElementsAre;
using Code = grpc::StatusCode;

class InspectPictureTest : public InspectFixture {
 protected:
  // The first digit of the validation split as bytes.
  std::vector<uint8_t> FirstDigit() {
    v1::ReadExamplesRequest request;
    request.set_name("datasets/mnist");
    request.set_split(v1::SPLIT_VALIDATION);
    request.set_page_size(1);
    v1::ReadExamplesResponse example;
    EXPECT_TRUE(client().ReadExamples(request, &example).ok());
    std::vector<uint8_t> bytes;
    for (const float input : example.inputs()) {
      bytes.push_back(static_cast<uint8_t>(input * 255.0f + 0.5f));
    }
    return bytes;
  }

  v1::PredictRequest RequestFor(const std::string& picture) {
    v1::PredictRequest request;
    request.set_snapshot(Last(Digits()));
    request.mutable_image()->set_data(picture);
    return request;
  }

  v1::PredictResponse MustPredict(const v1::PredictRequest& request) {
    v1::PredictResponse response;
    const grpc::Status predicted = client().Predict(request, &response);
    EXPECT_TRUE(predicted.ok()) << predicted.error_message();
    return response;
  }

  grpc::Status Refused(const v1::PredictRequest& request) {
    v1::PredictResponse response;
    return client().Predict(request, &response);
  }
};

TEST_F(InspectPictureTest, ADigitOfMnistIsSeenAsTheExampleIs) {
  const v1::PredictResponse picture = MustPredict(RequestFor(WriteGreyPng(28, 28, FirstDigit())));
  v1::PredictRequest request;
  request.set_snapshot(Last(Digits()));
  request.mutable_examples()->add_indices(0);
  const v1::PredictResponse example = MustPredict(request);
  ASSERT_EQ(picture.predictions_size(), 1);
  ASSERT_EQ(picture.image_inputs_size(), 784);
  EXPECT_EQ(picture.image_shape().width(), 28);
  EXPECT_EQ(picture.predictions(0).label(), example.predictions(0).label());
  for (int k = 0; k < 10; ++k) {
    EXPECT_NEAR(picture.predictions(0).probabilities(k), example.predictions(0).probabilities(k),
                1e-6);
  }
  EXPECT_FALSE(picture.predictions(0).has_true_label());
  const v1::ImagePreparation& preparation = picture.image_preparation();
  EXPECT_FALSE(preparation.inverted());
  EXPECT_EQ(preparation.framing(), v1::IMAGE_FRAMING_CONTENT);
  EXPECT_THAT(preparation.steps(),
              ElementsAre("28 x 28 grey picture",
                          "its ink's centre of mass in the middle of 28 x 28 grey"));
}

TEST_F(InspectPictureTest, InkOnPaperIsTurnedAboutAndCentred) {
  const std::vector<uint8_t> digit = FirstDigit();
  // Twice as large, dark on light, off the middle.
  std::vector<uint8_t> paper(90 * 120, 255);
  for (size_t row = 0; row < 56; ++row) {
    for (size_t column = 0; column < 56; ++column) {
      paper[(row + 30) * 120 + column + 60] =
          static_cast<uint8_t>(255 - digit[row / 2 * 28 + column / 2]);
    }
  }
  v1::PredictRequest request = RequestFor(WriteGreyPng(90, 120, paper));
  request.mutable_image()->set_inversion(v1::IMAGE_INVERSION_AUTOMATIC);
  const v1::PredictResponse automatic = MustPredict(request);
  EXPECT_TRUE(automatic.image_preparation().inverted());
  EXPECT_EQ(automatic.image_preparation().source().width(), 120);
  EXPECT_GT(automatic.image_preparation().left(), 30);
  const v1::PredictResponse plain = MustPredict(RequestFor(WriteGreyPng(28, 28, digit)));
  EXPECT_EQ(automatic.predictions(0).label(), plain.predictions(0).label());

  request.mutable_image()->clear_inversion();
  EXPECT_FALSE(MustPredict(request).image_preparation().inverted());
  request.mutable_image()->set_invert(true);
  EXPECT_EQ(MustPredict(request).image_inputs(400), automatic.image_inputs(400));
  request.mutable_image()->set_framing(v1::IMAGE_FRAMING_CROP);
  EXPECT_EQ(MustPredict(request).image_preparation().framing(), v1::IMAGE_FRAMING_CROP);
  EXPECT_EQ(MustPredict(request).image_preparation().width(), 90);
  request.mutable_image()->set_framing(v1::IMAGE_FRAMING_WHOLE);
  EXPECT_EQ(MustPredict(request).image_preparation().width(), 120);
}

TEST_F(InspectPictureTest, FieldsThatBreakTheirRules) {
  const std::string picture = WriteGreyPng(28, 28, FirstDigit());
  const struct {
    const char* field;
    const char* description;
    std::function<void(v1::InputImage&)> change;
  } cases[] = {
      {"image.data", "must be a PNG or JPEG file, got", [](auto& i) { i.clear_data(); }},
      {"image.data", "must be a PNG or JPEG file, got", [](auto& i) { i.set_data("GIF89a"); }},
      {"image.inversion", "must be one of the enumeration's values, got 7",
       [](auto& i) { i.set_inversion(static_cast<v1::ImageInversion>(7)); }},
      {"image.framing", "must be one of the enumeration's values, got -2",
       [](auto& i) { i.set_framing(static_cast<v1::ImageFraming>(-2)); }},
      {"image.invert", "must be unset with image.inversion",
       [](auto& i) {
         i.set_invert(true);
         i.set_inversion(v1::IMAGE_INVERSION_AUTOMATIC);
       }},
  };
  for (const auto& c : cases) {
    v1::PredictRequest request = RequestFor(picture);
    c.change(*request.mutable_image());
    ExpectViolation(Refused(request), c.field, c.description);
  }
  v1::PredictRequest request = RequestFor(picture);
  request.set_snapshot(Last(Xor()));
  EXPECT_EQ(Refused(request).error_code(), Code::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace percept::testing
