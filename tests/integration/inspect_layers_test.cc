// Latent, WeightImages and Capacity: what is inside of a model.
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/inspect_fixture.h"
#include "tests/integration/violations.h"

namespace percept::testing {
namespace {

using ::testing::HasSubstr;
using Code = grpc::StatusCode;

class InspectLayersTest : public InspectFixture {
 protected:
  template <typename Request>
  static Request RequestFor(const Run& run) {
    Request request;
    request.set_snapshot(Last(run));
    return request;
  }

  v1::LatentResponse MustAsk(const v1::LatentRequest& request) {
    v1::LatentResponse response;
    const grpc::Status asked = client().Latent(request, &response);
    EXPECT_TRUE(asked.ok()) << asked.error_message();
    return response;
  }
  v1::WeightImagesResponse MustAsk(const v1::WeightImagesRequest& request) {
    v1::WeightImagesResponse response;
    const grpc::Status asked = client().WeightImages(request, &response);
    EXPECT_TRUE(asked.ok()) << asked.error_message();
    return response;
  }

  grpc::Status Refused(const v1::LatentRequest& request) {
    v1::LatentResponse response;
    return client().Latent(request, &response);
  }
  grpc::Status Refused(const v1::WeightImagesRequest& request) {
    v1::WeightImagesResponse response;
    return client().WeightImages(request, &response);
  }
  grpc::Status Refused(const v1::CapacityRequest& request) {
    v1::CapacityResponse response;
    return client().Capacity(request, &response);
  }
};

TEST_F(InspectLayersTest, LatentShowsTheLastHiddenLayerAndItsPlanes) {
  const Run& run = Xor();
  auto request = RequestFor<v1::LatentRequest>(run);
  for (const float value : {1.0f, 2.0f, -3.0f, 4.0f}) request.mutable_points()->add_values(value);
  const v1::LatentResponse latent = MustAsk(request);
  EXPECT_EQ(latent.layer(), 0);
  EXPECT_EQ(latent.units(), 3);
  ASSERT_EQ(latent.example_activations_size(), 3 * 200);
  ASSERT_EQ(latent.example_predictions_size(), 200);
  ASSERT_EQ(latent.point_activations_size(), 3 * 2);
  ASSERT_EQ(latent.point_predictions_size(), 2);
  EXPECT_EQ(latent.activation_range().min(), -1.0);
  EXPECT_EQ(latent.activation_range().max(), 1.0);
  EXPECT_FALSE(latent.has_projection());
  const ml::oracle::Network oracle = OracleOf(run, request.snapshot());
  const ml::oracle::Vector h = oracle.OutputsOf(0, {-3.0, 4.0});
  for (int unit = 0; unit < 3; ++unit) {
    EXPECT_NEAR(latent.point_activations(3 + unit), h[unit], 1e-6);
  }
  ASSERT_EQ(latent.planes_size(), 2);
  const ml::oracle::Vector scores = oracle.OutputsOf(1, {-3.0, 4.0});
  for (int k = 0; k < 2; ++k) {
    double score = latent.planes(k).offset();
    for (int unit = 0; unit < 3; ++unit) score += latent.planes(k).weights(unit) * h[unit];
    EXPECT_NEAR(score, scores[k], 1e-6);
  }
}

TEST_F(InspectLayersTest, WideLatentIsProjectedOnItsPrincipalComponents) {
  auto request = RequestFor<v1::LatentRequest>(Digits());
  request.mutable_examples()->set_max_examples(500);
  const v1::LatentResponse raw = MustAsk(request);
  request.set_components(3);
  for (int i = 0; i < 784; ++i) request.mutable_points()->add_values(i % 2 == 0 ? 0.5f : 0.0f);
  const v1::LatentResponse latent = MustAsk(request);
  EXPECT_EQ(latent.example_activations_size(), 0);
  EXPECT_EQ(latent.point_activations_size(), 0);
  const v1::Projection& projection = latent.projection();
  ASSERT_EQ(projection.mean_size(), 16);
  ASSERT_EQ(projection.axes_size(), 3 * 16);
  ASSERT_EQ(projection.variance_shares_size(), 3);
  ASSERT_EQ(projection.example_coordinates_size(), 3 * 500);
  ASSERT_EQ(projection.point_coordinates_size(), 3);
  EXPECT_GE(projection.variance_shares(0), projection.variance_shares(1));
  EXPECT_GT(projection.variance_shares(0), 0.1);
  std::vector<double> squares(3, 0.0);
  for (int n = 0; n < 500; ++n) {
    for (int c = 0; c < 3; ++c) {
      double coordinate = 0.0;
      for (int h = 0; h < 16; ++h) {
        coordinate += projection.axes(16 * c + h) *
                      (raw.example_activations(16 * n + h) - projection.mean(h));
      }
      ASSERT_NEAR(projection.example_coordinates(3 * n + c), coordinate, 1e-5);
      squares[c] += coordinate * coordinate;
    }
  }
  // Of the whole variance, as much as is said.
  double whole = 0.0;
  for (int i = 0; i < raw.example_activations_size(); ++i) {
    whole += std::pow(raw.example_activations(i) - projection.mean(i % 16), 2);
  }
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(squares[c] / whole, projection.variance_shares(c), 1e-5);
  }
  ASSERT_EQ(projection.planes_size(), 10);
  ASSERT_EQ(latent.planes_size(), 10);
  double offset = latent.planes(4).offset();
  for (int h = 0; h < 16; ++h) offset += latent.planes(4).weights(h) * projection.mean(h);
  EXPECT_NEAR(projection.planes(4).offset(), offset, 1e-5);
  // Asked again, the same.
  EXPECT_EQ(MustAsk(request).SerializeAsString(), latent.SerializeAsString());
}

TEST_F(InspectLayersTest, LatentOfAnyLayer) {
  MustGenerate("rings", v1::GENERATOR_BULLSEYE);
  v1::JobSpec spec = MlpSpec("rings", {6, 4}, 1, 20);
  spec.mutable_mlp()->set_activation(v1::ACTIVATION_RELU);
  const Run run = MustTrain(spec);
  auto request = RequestFor<v1::LatentRequest>(run);
  request.set_layer(0);
  request.mutable_examples()->add_indices(7);
  const v1::LatentResponse latent = MustAsk(request);
  EXPECT_EQ(latent.units(), 6);
  EXPECT_EQ(latent.example_activations_size(), 6);
  EXPECT_EQ(latent.planes_size(), 0);
  EXPECT_FALSE(latent.has_activation_range());
  for (const float activation : latent.example_activations()) EXPECT_GE(activation, 0.0f);
}

TEST_F(InspectLayersTest, LatentRefusals) {
  const Run& run = Xor();
  const struct {
    const char* field;
    const char* description;
    std::function<void(v1::LatentRequest&)> change;
  } cases[] = {
      {"layer", "must be in [0, 1), got 1", [](auto& r) { r.set_layer(1); }},
      {"layer", "must be in [0, 1), got -1", [](auto& r) { r.set_layer(-1); }},
      {"components", "must be in [0, 3], got 4", [](auto& r) { r.set_components(4); }},
      {"components", "must be in [0, 3], got -1", [](auto& r) { r.set_components(-1); }},
      {"examples.indices[0]", "must be in [0, 200), got 200",
       [](auto& r) { r.mutable_examples()->add_indices(200); }},
      {"points.values", "must be 1 to 10000 rows of 2 numbers, got 1 number",
       [](auto& r) { r.mutable_points()->add_values(1); }},
  };
  for (const auto& c : cases) {
    auto request = RequestFor<v1::LatentRequest>(run);
    c.change(request);
    ExpectViolation(Refused(request), c.field, c.description);
  }
  auto request = RequestFor<v1::LatentRequest>(run);
  request.mutable_examples()->set_split(v1::SPLIT_TEST);
  EXPECT_EQ(Refused(request).error_code(), Code::PERMISSION_DENIED);
  for (const Run* linear : {&Perceptron(), &Multiperceptron()}) {
    const grpc::Status refused = Refused(RequestFor<v1::LatentRequest>(*linear));
    EXPECT_EQ(refused.error_code(), Code::FAILED_PRECONDITION);
    EXPECT_THAT(refused.error_message(), HasSubstr("has no hidden layer"));
  }
}

TEST_F(InspectLayersTest, LatentThatWouldNotFitAMessageIsRefusedAndItsProjectionIsNot) {
  const Run run = MustTrain(MlpSpec("mnist", {512}, /*epochs=*/1, /*batch_size=*/10'000));
  auto request = RequestFor<v1::LatentRequest>(run);
  request.mutable_examples()->set_max_examples(3000);
  const grpc::Status refused = Refused(request);
  EXPECT_EQ(refused.error_code(), Code::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("principal components"));
  request.set_components(2);
  EXPECT_EQ(MustAsk(request).projection().example_coordinates_size(), 6000);
}

TEST_F(InspectLayersTest, WeightImagesOfTheFirstLayerArePictures) {
  auto request = RequestFor<v1::WeightImagesRequest>(Digits());
  const v1::WeightImagesResponse first = MustAsk(request);
  EXPECT_EQ(first.shape().height(), 28);
  EXPECT_EQ(first.shape().width(), 28);
  EXPECT_EQ(first.units(), 16);
  ASSERT_EQ(first.images_size(), 16);
  const std::vector<float> parameters = ParametersOf(request.snapshot());
  const v1::WeightImage& image = first.images(3);
  ASSERT_EQ(image.weights_size(), 784);
  EXPECT_EQ(image.weights(100), parameters[3 * 784 + 100]);
  EXPECT_EQ(image.bias(), parameters[16 * 784 + 3]);
  EXPECT_LT(image.range().min(), image.range().max());
  request.set_layer(1);
  request.set_start_unit(8);
  const v1::WeightImagesResponse second = MustAsk(request);
  EXPECT_EQ(second.shape().height(), 4);
  EXPECT_EQ(second.shape().width(), 4);
  ASSERT_EQ(second.images_size(), 2);
  EXPECT_EQ(second.images(0).unit(), 8);
  EXPECT_EQ(second.images(0).weights(5), parameters[16 * 784 + 16 + 8 * 16 + 5]);
}

TEST_F(InspectLayersTest, WeightImagesOfThePerceptronAreOne) {
  const v1::WeightImagesResponse images =
      MustAsk(RequestFor<v1::WeightImagesRequest>(Perceptron()));
  EXPECT_EQ(images.shape().height(), 1);
  EXPECT_EQ(images.shape().width(), 3);
  ASSERT_EQ(images.images_size(), 1);
  EXPECT_EQ(images.images(0).weights_size(), 3);
  EXPECT_FALSE(images.images(0).has_bias());
}

TEST_F(InspectLayersTest, WeightImagesRefusals) {
  const Run& run = Xor();
  const struct {
    const char* field;
    const char* description;
    std::function<void(v1::WeightImagesRequest&)> change;
  } cases[] = {
      {"layer", "must be in [0, 2), got 2", [](auto& r) { r.set_layer(2); }},
      {"start_unit", "must be in [0, 3), got 3", [](auto& r) { r.set_start_unit(3); }},
      {"start_unit", "must be in [0, 3), got -1", [](auto& r) { r.set_start_unit(-1); }},
      {"max_units", "must be in [0, 1024], got 1025", [](auto& r) { r.set_max_units(1025); }},
      {"max_units", "must be in [0, 1024], got -1", [](auto& r) { r.set_max_units(-1); }},
  };
  for (const auto& c : cases) {
    auto request = RequestFor<v1::WeightImagesRequest>(run);
    c.change(request);
    ExpectViolation(Refused(request), c.field, c.description);
  }
}

TEST_F(InspectLayersTest, CapacityOfAJobAndOfASpecAreTheSame) {
  v1::CapacityRequest by_job;
  by_job.set_job(Digits().job.name());
  v1::CapacityRequest by_spec;
  *by_spec.mutable_spec() = MlpSpec("mnist", {16}, 1, 100);
  by_spec.mutable_spec()->mutable_training()->set_learning_rate(-1.0);  // Not looked at.
  v1::CapacityResponse of_job;
  v1::CapacityResponse of_spec;
  ASSERT_TRUE(client().Capacity(by_job, &of_job).ok());
  ASSERT_TRUE(client().Capacity(by_spec, &of_spec).ok());
  EXPECT_EQ(of_job.SerializeAsString(), of_spec.SerializeAsString());
  ASSERT_EQ(of_job.layers_size(), 2);
  EXPECT_EQ(of_job.layers(0).name(), "linear0");
  EXPECT_EQ(of_job.layers(0).weights(), 784 * 16);
  EXPECT_EQ(of_job.layers(0).biases(), 16);
  EXPECT_EQ(of_job.layers(0).activation(), "tanh");
  EXPECT_EQ(of_job.parameter_count(), Digits().job.parameter_count());
  EXPECT_EQ(of_job.parameter_bytes(), 4 * of_job.parameter_count());
  EXPECT_EQ(of_job.training_examples(), 60'000);
  EXPECT_EQ(of_job.image_shape().width(), 28);
}

TEST_F(InspectLayersTest, CapacityRefusalsAreThoseOfAdmission) {
  ExpectViolation(Refused(v1::CapacityRequest()), "model", "must be set; choose job or spec");
  v1::CapacityRequest request;
  request.set_job("x");
  ExpectViolation(Refused(request), "job", "must be a name like jobs/ID, got \"x\"");
  request.set_job("jobs/none");
  EXPECT_EQ(Refused(request).error_code(), Code::NOT_FOUND);
  *request.mutable_spec() = MlpSpec("mnist", {0}, 1, 100);
  ExpectViolation(Refused(request), "mlp.hidden_units[0]", "must be in [1, 4096], got 0");
  *request.mutable_spec() = PerceptronOn("mnist");
  ExpectViolation(Refused(request), "dataset", "must have two classes for a perceptron, got 10");
  *request.mutable_spec() = MlpSpec("nowhere", {3}, 1, 100);
  EXPECT_EQ(Refused(request).error_code(), Code::NOT_FOUND);
  *request.mutable_spec() = MlpSpec("mnist", std::vector<int32_t>(16, 4096), 1, 100);
  EXPECT_EQ(Refused(request).error_code(), Code::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace percept::testing
