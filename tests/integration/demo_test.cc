// The demonstrations, asked of a whole server.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "percept/v1/demo_service.grpc.pb.h"
#include "tests/integration/server_fixture.h"
#include "tests/integration/violations.h"
#include "tests/support/picture_files.h"

namespace percept::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Code = grpc::StatusCode;
using Demos = v1::DemoService::Stub;

class DemoTest : public ServerFixture {
 protected:
  template <typename Request, typename Response>
  grpc::Status Ask(grpc::Status (Demos::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request, Response* response) {
    grpc::ClientContext context;
    client().Prepare(context);
    return (demos_.get()->*method)(&context, request, response);
  }

  template <typename Request, typename Response>
  Response MustAsk(grpc::Status (Demos::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request) {
    Response response;
    const grpc::Status answered = Ask(method, request, &response);
    EXPECT_TRUE(answered.ok()) << answered.error_message();
    return response;
  }

 private:
  const std::unique_ptr<Demos> demos_ = v1::DemoService::NewStub(client().channel());
};

TEST_F(DemoTest, DescendsThePolynomialOfTheNotebook) {
  const auto plain = MustAsk(&Demos::OptimizeScalar, v1::OptimizeScalarRequest());
  ASSERT_EQ(plain.steps_size(), 31);
  EXPECT_FALSE(plain.diverged());
  EXPECT_EQ(plain.steps(0).x(), -2.0);
  EXPECT_EQ(plain.steps(0).value(), 16.0);
  EXPECT_EQ(plain.steps(0).gradient(), -9.0);
  EXPECT_EQ(plain.steps(0).velocity(), -9.0);
  EXPECT_NEAR(plain.steps(30).x(), 2.5 - 4.5 * std::pow(0.8, 30), 1e-12);

  v1::OptimizeScalarRequest request;
  request.set_steps(0);
  v1::OptimizeScalarResponse response;
  ExpectViolation(Ask(&Demos::OptimizeScalar, request, &response), "steps",
                  "must be in [1, 10000], got 0");
}

TEST_F(DemoTest, ComparesActivations) {
  v1::CompareActivationsRequest request;
  request.add_activations(v1::DEMO_ACTIVATION_RELU);
  request.add_activations(v1::DEMO_ACTIVATION_STEP);
  request.set_points(3);
  const auto response = MustAsk(&Demos::CompareActivations, request);
  EXPECT_THAT(response.x(), ElementsAre(-4, 0, 4));
  ASSERT_EQ(response.curves_size(), 2);
  EXPECT_EQ(response.curves(0).activation(), v1::DEMO_ACTIVATION_RELU);
  EXPECT_THAT(response.curves(0).values(), ElementsAre(0, 0, 4));
  EXPECT_THAT(response.curves(0).derivatives(), ElementsAre(0, 0, 1));
  EXPECT_THAT(response.curves(1).values(), ElementsAre(-1, 0, 1));
}

TEST_F(DemoTest, ComparesDistributionsUpToInfinity) {
  v1::CrossEntropyRequest request;
  for (const double p : {0.5, 0.5}) request.add_p(p);
  for (const double q : {1.0, 0.0}) request.add_q(q);
  const auto response = MustAsk(&Demos::CrossEntropy, request);
  EXPECT_NEAR(response.entropy_p(), std::log(2.0), 1e-15);
  EXPECT_EQ(response.entropy_q(), 0.0);
  EXPECT_EQ(response.cross_entropy(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(response.divergence(), std::numeric_limits<double>::infinity());
}

TEST_F(DemoTest, WorksTheBackpropExample) {
  const auto response = MustAsk(&Demos::BackpropExample, v1::BackpropExampleRequest());
  EXPECT_EQ(response.examples(), 2);
  EXPECT_EQ(response.classes(), 2);
  EXPECT_NEAR(response.loss(), 1.115665f, 1e-6f);
  EXPECT_THAT(response.positive_counts(), ElementsAre(1, 2));
}

TEST_F(DemoTest, ShowsTheScheduleThatTrainingFollows) {
  v1::ScheduleRequest request;
  request.mutable_step()->set_gamma(0.7);
  request.mutable_step()->set_sigma(1000);
  request.set_points(2801);
  const auto response = MustAsk(&Demos::Schedule, request);
  ASSERT_EQ(response.learning_rates_size(), 2801);
  EXPECT_EQ(response.learning_rates(999), 0.05);
  EXPECT_NEAR(response.learning_rates(1000), 0.035, 1e-15);
  request.mutable_step()->set_sigma(0);
  v1::ScheduleResponse refused;
  ExpectViolation(Ask(&Demos::Schedule, request, &refused), "step.sigma",
                  "must be at least 1, got 0");
}

TEST_F(DemoTest, ShowsGradientsVanish) {
  const auto response = MustAsk(&Demos::GradientFlow, v1::GradientFlowRequest());
  ASSERT_EQ(response.curves_size(), 2);
  const auto& sigmoid = response.curves(0).gradient_norms();
  const auto& relu = response.curves(1).gradient_norms();
  ASSERT_EQ(sigmoid.size(), 20);
  ASSERT_EQ(relu.size(), 20);
  EXPECT_LT(sigmoid[0], 1e-6 * sigmoid[19]);
  EXPECT_GT(relu[0], 1e-2 * relu[19]);
}

TEST_F(DemoTest, AnswersTheLargestGradientFlow) {
  v1::GradientFlowRequest request;
  for (int activation = v1::DEMO_ACTIVATION_IDENTITY; activation <= v1::DEMO_ACTIVATION_GELU;
       ++activation) {
    request.add_activations(static_cast<v1::DemoActivation>(activation));
  }
  request.set_layers(1000);
  request.set_units(64);
  request.set_examples(64);
  request.set_min_weight(-1);
  const auto response = MustAsk(&Demos::GradientFlow, request);
  ASSERT_EQ(response.curves_size(), 6);
  for (const auto& curve : response.curves()) EXPECT_EQ(curve.gradient_norms_size(), 1000);
}

TEST_F(DemoTest, ShowsAPhotographAndWhatItIsNot) {
  const auto first = MustAsk(&Demos::ImageStructure, v1::ImageStructureRequest());
  EXPECT_THAT(first.photographs(), ::testing::IsSupersetOf({"astronaut.png", "chelsea.png",
                                                            "coffee.png", "rocket.jpg"}));
  EXPECT_EQ(first.photograph(), first.photographs(0));
  for (const std::string& name : first.photographs()) {
    v1::ImageStructureRequest request;
    request.set_photograph(name);
    const auto shown = MustAsk(&Demos::ImageStructure, request);
    EXPECT_EQ(shown.photograph(), name);
    EXPECT_FALSE(shown.attribution().empty());
    EXPECT_EQ(shown.shape().height(), 256);
    EXPECT_EQ(shown.shape().width(), 256);
    EXPECT_EQ(shown.shape().channels(), 3);
    ASSERT_EQ(shown.photograph_pixels().size(), 196'608u);
    ASSERT_EQ(shown.random_pixels().size(), 196'608u);
    std::string sorted = shown.photograph_pixels();
    std::string sorted_shuffled = shown.shuffled_pixels();
    EXPECT_NE(sorted, sorted_shuffled);
    std::sort(sorted.begin(), sorted.end());
    std::sort(sorted_shuffled.begin(), sorted_shuffled.end());
    EXPECT_EQ(sorted, sorted_shuffled);
    // The same request, the same answer; another seed, other noise.
    EXPECT_EQ(MustAsk(&Demos::ImageStructure, request).SerializeAsString(),
              shown.SerializeAsString());
    request.set_seed(1);
    const auto reseeded = MustAsk(&Demos::ImageStructure, request);
    EXPECT_EQ(reseeded.photograph_pixels(), shown.photograph_pixels());
    EXPECT_NE(reseeded.random_pixels(), shown.random_pixels());
    EXPECT_NE(reseeded.shuffled_pixels(), shown.shuffled_pixels());
  }
}

TEST_F(DemoTest, NeighboursInThePhotographsAreAlikeAndElsewhereNot) {
  const auto mean_step = [](const std::string& pixels) {
    int64_t sum = 0;
    for (size_t place = 3; place < pixels.size(); ++place)
      sum +=
          std::abs(static_cast<uint8_t>(pixels[place]) - static_cast<uint8_t>(pixels[place - 3]));
    return static_cast<double>(sum) / static_cast<double>(pixels.size());
  };
  for (const char* const name : {"astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"}) {
    v1::ImageStructureRequest request;
    request.set_photograph(name);
    const auto shown = MustAsk(&Demos::ImageStructure, request);
    EXPECT_LT(mean_step(shown.photograph_pixels()), 15.0) << name;
    EXPECT_LT(mean_step(shown.photograph_pixels()), mean_step(shown.shuffled_pixels()) / 2) << name;
    // E|X - Y| of two uniform bytes: 85.3.
    EXPECT_NEAR(mean_step(shown.random_pixels()), 85.3, 1.0) << name;
  }
}

TEST_F(DemoTest, ShowsTheStructureOfAPictureThatIsSent) {
  v1::ImageStructureRequest request;
  request.set_picture(WriteGreyPng(40, 60, std::vector<uint8_t>(2400, 70)));
  const auto own = MustAsk(&Demos::ImageStructure, request);
  EXPECT_EQ(own.photograph_pixels(), std::string(196'608, 70));
  EXPECT_EQ(own.shuffled_pixels(), std::string(196'608, 70));
  EXPECT_EQ(own.photograph(), "");
  EXPECT_EQ(own.attribution(), "");
  const auto first = MustAsk(&Demos::ImageStructure, v1::ImageStructureRequest());
  EXPECT_EQ(own.random_pixels(), first.random_pixels());
  EXPECT_EQ(own.photographs_size(), first.photographs_size());

  v1::ImageStructureResponse response;
  for (const std::string& none : {std::string(), std::string("no picture")}) {
    request.set_picture(none);
    const grpc::Status refused = Ask(&Demos::ImageStructure, request, &response);
    EXPECT_EQ(refused.error_code(), Code::INVALID_ARGUMENT);
    EXPECT_THAT(refused.error_message(), StartsWith("picture: must be "));
  }
  request.set_photograph("coffee.png");
  const grpc::Status both = Ask(&Demos::ImageStructure, request, &response);
  EXPECT_EQ(both.error_code(), Code::INVALID_ARGUMENT);
  EXPECT_EQ(both.error_message(), "photograph: must be unset with picture, got coffee.png");
}

TEST_F(DemoTest, OpensNoFileButThePhotographs) {
  for (const char* const name : {"../mnist/sha256", "/etc/passwd", "attributions.txt", "nothing"}) {
    v1::ImageStructureRequest request;
    request.set_photograph(name);
    v1::ImageStructureResponse response;
    EXPECT_EQ(Ask(&Demos::ImageStructure, request, &response).error_code(), Code::NOT_FOUND)
        << name;
  }
}

TEST_F(DemoTest, MeasuresALineOnTheNotebooksPoints) {
  MustGenerate("points", v1::GENERATOR_TWO_NORMALS);
  v1::ManualClassifierRequest request;
  request.set_dataset("datasets/points");
  request.set_a(2);
  request.set_b(-5);
  request.set_c(2);
  const auto response = MustAsk(&Demos::ManualClassifier, request);
  // Against the points as any client reads them.
  const v1::ReadExamplesResponse points = MustReadAll("points", v1::SPLIT_TRAIN);
  std::vector<int64_t> counts(4);
  std::vector<int64_t> wrong;
  for (int row = 0; row < points.labels_size(); ++row) {
    const double side = 2.0 * points.inputs(3 * row) - 5.0 * points.inputs(3 * row + 1) + 2.0;
    const int taken_for = side >= 0 ? 1 : 0;
    ++counts[static_cast<size_t>(2 * points.labels(row) + taken_for)];
    if (taken_for != points.labels(row)) wrong.push_back(row);
  }
  EXPECT_THAT(response.counts(), ElementsAreArray(counts));
  EXPECT_THAT(response.wrong_indices(), ElementsAreArray(wrong));
  EXPECT_EQ(response.accuracy(), static_cast<double>(counts[0] + counts[3]) / points.labels_size());
  EXPECT_GT(response.accuracy(), 0.98);

  request.set_dataset("datasets/nothing");
  v1::ManualClassifierResponse refused;
  EXPECT_EQ(Ask(&Demos::ManualClassifier, request, &refused).error_code(), Code::NOT_FOUND);
  MustGenerate("three", v1::GENERATOR_THREE_CLASS);
  request.set_dataset("datasets/three");
  const grpc::Status three = Ask(&Demos::ManualClassifier, request, &refused);
  EXPECT_EQ(three.error_code(), Code::FAILED_PRECONDITION);
  EXPECT_THAT(three.error_message(), HasSubstr("datasets/three: must have two classes"));
  request.set_split(v1::SPLIT_TEST);
  const grpc::Status test_split = Ask(&Demos::ManualClassifier, request, &refused);
  EXPECT_EQ(test_split.error_code(), Code::PERMISSION_DENIED);
  EXPECT_EQ(DetailsOf(test_split).info.reason(), "TEST_SPLIT_PROTECTED");
}

// Servers that are started meanwhile have their assets elsewhere.
class OwnAssets {
 public:
  explicit OwnAssets(const std::string& folder) : installed_(AssetsDir()) {
    setenv(kVariable, folder.c_str(), 1);
  }
  ~OwnAssets() { setenv(kVariable, installed_.c_str(), 1); }

  const std::string& installed() const { return installed_; }

 private:
  static constexpr const char* kVariable = "PERCEPTD_ASSETS_DIR";
  const std::string installed_;
};

TEST(DemoWithoutPhotographs, SaysHowToInstallThemAndShowsAllElse) {
  const TempDir assets;
  const OwnAssets own(assets.path());
  const TestServer server;
  const RpcClient client(server.address());
  const auto demos = v1::DemoService::NewStub(client.channel());
  v1::ImageStructureResponse shown;
  const auto ask = [&] {
    grpc::ClientContext context;
    client.Prepare(context);
    return demos->ImageStructure(&context, v1::ImageStructureRequest(), &shown);
  };
  const grpc::Status none = ask();
  EXPECT_EQ(none.error_code(), Code::FAILED_PRECONDITION);
  EXPECT_THAT(none.error_message(), HasSubstr("run script/bootstrap --assets"));
  EXPECT_EQ(DetailsOf(none).info.reason(), "PHOTOGRAPHS_NOT_INSTALLED");
  {
    grpc::ClientContext context;
    client.Prepare(context);
    v1::ImageStructureRequest own_picture;
    own_picture.set_picture(WriteGreyPng(1, 1, {9}));
    ASSERT_TRUE(demos->ImageStructure(&context, own_picture, &shown).ok());
    EXPECT_EQ(shown.photographs_size(), 0);
  }
  {
    grpc::ClientContext context;
    client.Prepare(context);
    v1::ScheduleResponse response;
    EXPECT_TRUE(demos->Schedule(&context, v1::ScheduleRequest(), &response).ok());
  }
  // What is put there counts at once.
  std::filesystem::create_directory(assets.File("photographs"));
  std::filesystem::copy_file(absl::StrCat(own.installed(), "/photographs/coffee.png"),
                             assets.File("photographs/mine.png"));
  ASSERT_TRUE(ask().ok());
  EXPECT_THAT(shown.photographs(), ElementsAre("mine.png"));
  EXPECT_EQ(shown.attribution(), "mine.png, of this server's own photographs");
}

}  // namespace
}  // namespace percept::testing
