// Digits of MNIST, sent as pictures of every kind to a network that was trained on MNIST.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"

#include "percept/v1/inspect_service.grpc.pb.h"
#include "tests/integration/server_fixture.h"
#include "tests/integration/violations.h"
#include "tests/support/picture_files.h"

namespace percept::testing {
namespace {

using Code = grpc::StatusCode;

constexpr int kDigits = 100;
constexpr int kSide = 28;

class PictureTest : public ServerFixture {
 protected:
  void SetUp() override {
    v1::JobSpec spec = MlpSpec("mnist", {64}, /*epochs=*/3, /*batch_size=*/100);
    spec.mutable_training()->set_no_evaluate(true);
    snapshot_ = MustTrain(spec).job.name() + "/snapshots/last";
    v1::ReadExamplesRequest request;
    request.set_name("datasets/mnist");
    request.set_split(v1::SPLIT_VALIDATION);
    request.set_page_size(kDigits);
    ASSERT_TRUE(client().ReadExamples(request, &digits_).ok());
    ASSERT_EQ(digits_.labels_size(), kDigits);
  }

  grpc::Status Predict(const v1::PredictRequest& request, v1::PredictResponse* response) {
    grpc::ClientContext context;
    client().Prepare(context);
    return inspection_->Predict(&context, request, response);
  }

  v1::PredictResponse MustPredict(const v1::PredictRequest& request) {
    v1::PredictResponse response;
    const grpc::Status predicted = Predict(request, &response);
    EXPECT_TRUE(predicted.ok()) << predicted.error_message();
    return response;
  }

  v1::PredictRequest OfPicture(std::string file) const {
    v1::PredictRequest request;
    request.set_snapshot(snapshot_);
    request.mutable_image()->set_data(std::move(file));
    request.mutable_image()->set_inversion(v1::IMAGE_INVERSION_AUTOMATIC);
    return request;
  }

  // A digit's pixels, [28, 28].
  std::vector<uint8_t> Digit(int number) const {
    std::vector<uint8_t> pixels;
    for (int pixel = 0; pixel < kSide * kSide; ++pixel) {
      pixels.push_back(
          static_cast<uint8_t>(digits_.inputs(number * kSide * kSide + pixel) * 255.0f + 0.5f));
    }
    return pixels;
  }

  // How many of the digits are known by the pictures that `draw` makes of them.
  int CountKnown(const std::function<std::string(const std::vector<uint8_t>&)>& draw) {
    int known = 0;
    for (int number = 0; number < kDigits; ++number) {
      const v1::PredictResponse response = MustPredict(OfPicture(draw(Digit(number))));
      if (response.predictions_size() == 1 &&
          response.predictions(0).label() == digits_.labels(number)) {
        ++known;
      }
    }
    return known;
  }

  const std::unique_ptr<v1::InspectService::Stub> inspection_ =
      v1::InspectService::NewStub(client().channel());
  std::string snapshot_;
  v1::ReadExamplesResponse digits_;
};

// A digit `zoom` times as large on a canvas, its upper left corner at (left, top).
struct Canvas {
  int height;
  int width;
  int left;
  int top;
  int zoom;

  std::vector<uint8_t> Draw(const std::vector<uint8_t>& digit) const {
    std::vector<uint8_t> pixels(static_cast<size_t>(height * width));
    for (int row = 0; row < kSide * zoom; ++row) {
      for (int column = 0; column < kSide * zoom; ++column) {
        pixels[static_cast<size_t>((top + row) * width + left + column)] =
            digit[static_cast<size_t>(row / zoom * kSide + column / zoom)];
      }
    }
    return pixels;
  }
};

std::vector<uint8_t> Inverted(std::vector<uint8_t> pixels) {
  for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(255 - pixel);
  return pixels;
}

TEST_F(PictureTest, OfMnistItselfIsWhatTheRowIs) {
  v1::PredictRequest rows;
  rows.set_snapshot(snapshot_);
  rows.mutable_examples()->set_max_examples(kDigits);
  const v1::PredictResponse expected = MustPredict(rows);
  ASSERT_EQ(expected.predictions_size(), kDigits);
  for (int number = 0; number < kDigits; ++number) {
    const std::vector<uint8_t> digit = Digit(number);
    for (const std::string& file :
         {WriteGreyPng(kSide, kSide, digit), WriteGreyPng(kSide, kSide, Inverted(digit))}) {
      const v1::PredictResponse response = MustPredict(OfPicture(file));
      ASSERT_EQ(response.predictions_size(), 1);
      // Light ink to the bit; of dark ink 1 - (255 - v) / 255 is v / 255 but for rounding.
      for (size_t label = 0; label < 10; ++label) {
        EXPECT_NEAR(response.predictions(0).probabilities(static_cast<int>(label)),
                    expected.predictions(number).probabilities(static_cast<int>(label)), 1e-5)
            << "digit " << number;
      }
    }
  }
}

TEST_F(PictureTest, IsKnownLargeAndOffCentreInLightAndDarkInk) {
  v1::PredictRequest rows;
  rows.set_snapshot(snapshot_);
  rows.mutable_examples()->set_max_examples(kDigits);
  const v1::PredictResponse expected = MustPredict(rows);
  int known = 0;
  for (int number = 0; number < kDigits; ++number)
    known += expected.predictions(number).label() == digits_.labels(number) ? 1 : 0;
  // All but a few of what is known as a row.
  const int wanted = known - 3;
  EXPECT_GE(known, 90);

  const Canvas corner = {.height = 400, .width = 500, .left = 200, .top = 90, .zoom = 10};
  EXPECT_GE(
      CountKnown([&](const auto& digit) { return WriteGreyPng(400, 500, corner.Draw(digit)); }),
      wanted);
  EXPECT_GE(CountKnown([&](const auto& digit) {
              return WriteGreyPng(400, 500, Inverted(corner.Draw(digit)));
            }),
            wanted);
  EXPECT_GE(CountKnown([&](const auto& digit) {
              return WriteJpeg(400, 500, 1, Inverted(corner.Draw(digit)), 80);
            }),
            wanted);
  // Ink on a transparent ground, as drawing programs export it.
  EXPECT_GE(
      CountKnown([&](const auto& digit) {
        std::string pixels;
        for (const uint8_t ink : corner.Draw(digit)) {
          for (const uint8_t value : {uint8_t{20}, uint8_t{40}, uint8_t{90}, ink})
            pixels.push_back(static_cast<char>(value));
        }
        return WritePng(
            {.width = 500, .height = 400, .rows = pixels, .colour_type = PNG_COLOR_TYPE_RGBA});
      }),
      wanted);
  // A pixel of ink for each, in a corner of a wide picture.
  const Canvas small = {.height = 40, .width = 200, .left = 170, .top = 11, .zoom = 1};
  EXPECT_GE(CountKnown([&](const auto& digit) { return WriteGreyPng(40, 200, small.Draw(digit)); }),
            wanted);
}

TEST_F(PictureTest, ComesWithWhatTheModelSaw) {
  const Canvas canvas = {.height = 100, .width = 120, .left = 50, .top = 30, .zoom = 2};
  const std::vector<uint8_t> digit = Digit(0);
  const v1::PredictResponse response =
      MustPredict(OfPicture(WriteGreyPng(100, 120, Inverted(canvas.Draw(digit)))));
  EXPECT_EQ(response.image_shape().height(), kSide);
  EXPECT_EQ(response.image_shape().width(), kSide);
  ASSERT_EQ(response.image_inputs_size(), kSide * kSide);
  for (int pixel = 0; pixel < kSide * kSide; ++pixel)
    EXPECT_NEAR(response.image_inputs(pixel), digit[static_cast<size_t>(pixel)] / 255.0, 0.01);
  const v1::ImagePreparation& preparation = response.image_preparation();
  EXPECT_EQ(preparation.source().width(), 120);
  EXPECT_EQ(preparation.source().height(), 100);
  EXPECT_TRUE(preparation.inverted());
  EXPECT_EQ(preparation.left(), 50);
  EXPECT_EQ(preparation.top(), 30);
  EXPECT_EQ(preparation.width(), 56);
  EXPECT_EQ(preparation.height(), 56);
  EXPECT_GT(preparation.steps_size(), 0);
}

TEST_F(PictureTest, IsRefusedWhereItIsNone) {
  v1::PredictResponse response;
  const std::string png = WriteGreyPng(kSide, kSide, Digit(0));
  for (const std::string& file : {std::string(), std::string("no picture"), png.substr(0, 100)}) {
    ExpectViolation(Predict(OfPicture(file), &response), "image.data", "must be a");
  }
  MustGenerate("xor", v1::GENERATOR_XOR);
  v1::PredictRequest request = OfPicture(png);
  request.set_snapshot(MustTrain(MultiperceptronOn("xor", 1, 10)).job.name() + "/snapshots/last");
  EXPECT_EQ(Predict(request, &response).error_code(), Code::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace percept::testing
