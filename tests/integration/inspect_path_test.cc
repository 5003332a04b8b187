// Explore and Attack: paths through the space of inputs, their streams, rules.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/inspect_fixture.h"
#include "tests/integration/violations.h"

namespace percept::testing {
namespace {

using ::testing::HasSubstr;
using Code = grpc::StatusCode;

int LabelOf(const ml::oracle::Vector& p) {
  return static_cast<int>(std::max_element(p.begin(), p.end()) - p.begin());
}

class InspectPathTest : public InspectFixture {
 protected:
  // From an example of the validation split towards another class than the predicted one.
  v1::ExploreRequest ExploreFor(const Run& run, int64_t example) {
    v1::ExploreRequest request;
    request.set_snapshot(Last(run));
    request.mutable_start()->mutable_example()->add_indices(example);
    request.set_target_label(Predicted(run, example) == 0 ? 1 : 0);
    return request;
  }

  int Predicted(const Run& run, int64_t example) {
    v1::PredictRequest request;
    request.set_snapshot(Last(run));
    request.mutable_examples()->add_indices(example);
    v1::PredictResponse response;
    EXPECT_TRUE(client().Predict(request, &response).ok());
    return response.predictions(0).label();
  }

  v1::ExploreResponse MustExplore(const v1::ExploreRequest& request) {
    v1::ExploreResponse response;
    const grpc::Status explored = client().Explore(request, &response);
    EXPECT_TRUE(explored.ok()) << explored.error_message();
    return response;
  }
  v1::AttackResponse MustAttack(const v1::AttackRequest& request) {
    v1::AttackResponse response;
    const grpc::Status attacked = client().Attack(request, &response);
    EXPECT_TRUE(attacked.ok()) << attacked.error_message();
    return response;
  }

  grpc::Status Refused(const v1::ExploreRequest& request) {
    v1::ExploreResponse response;
    return client().Explore(request, &response);
  }
  grpc::Status Refused(const v1::AttackRequest& request) {
    v1::AttackResponse response;
    return client().Attack(request, &response);
  }

  // A 4 that the digits' model sees as one, to be seen as a 9.
  v1::AttackRequest FourToNine() {
    v1::PredictRequest predict;
    predict.set_snapshot(Last(Digits()));
    predict.mutable_examples();
    v1::PredictResponse predicted;
    EXPECT_TRUE(client().Predict(predict, &predicted).ok());
    int64_t four = 0;
    while (predicted.predictions(four).label() != 4 ||
           predicted.predictions(four).true_label() != 4) {
      ++four;
    }
    v1::AttackRequest request;
    request.set_snapshot(predict.snapshot());
    request.mutable_start()->mutable_example()->add_indices(four);
    request.set_target_label(9);
    return request;
  }
};

TEST_F(InspectPathTest, ExploreMatchesTheOracleAtEachStep) {
  const v1::ReadExamplesResponse xor_examples = (Xor(), MustReadAll("xor", v1::SPLIT_VALIDATION));
  const v1::ReadExamplesResponse three_examples =
      (Multiperceptron(), MustReadAll("three", v1::SPLIT_VALIDATION));
  const struct {
    const Run& run;
    const v1::ReadExamplesResponse& examples;
  } cases[] = {{Xor(), xor_examples}, {Multiperceptron(), three_examples}};
  for (const auto& c : cases) {
    for (const int64_t example : {0, 60, 120}) {
      const v1::ExploreRequest request = ExploreFor(c.run, example);
      const v1::ExploreResponse path = MustExplore(request);
      const ml::oracle::Network oracle = OracleOf(c.run, request.snapshot());
      const int target = request.target_label();
      ml::oracle::Vector x = {c.examples.inputs(2 * example), c.examples.inputs(2 * example + 1)};
      EXPECT_EQ(path.result().original_label(), LabelOf(oracle.Probabilities(x)));
      int flip = -1;
      for (int step = 0; step < path.steps_size(); ++step) {
        const v1::ExploreStep& sent = path.steps(step);
        ASSERT_EQ(sent.step(), step);
        const ml::oracle::Vector p = oracle.Probabilities(x);
        for (int i = 0; i < 2; ++i) ASSERT_NEAR(sent.inputs(i), x[i], 1e-5) << step;
        for (size_t k = 0; k < p.size(); ++k) ASSERT_NEAR(sent.probabilities(k), p[k], 1e-5);
        ASSERT_EQ(sent.latent_size(), c.run.job.spec().has_mlp() ? 3 : 0);
        if (flip < 0 && LabelOf(p) == target) flip = step;
        const ml::oracle::Vector gradient = oracle.InputGradient(x, target);
        for (int i = 0; i < 2; ++i) x[i] -= gradient[i];
      }
      const int last = path.steps_size() - 1;
      EXPECT_EQ(last, flip < 0 ? 100 : std::min(100, 2 * flip));
      EXPECT_EQ(path.result().steps(), last);
      EXPECT_EQ(path.result().has_flip_step(), flip >= 0);
      if (flip >= 0) {
        EXPECT_EQ(path.result().flip_step(), flip);
      }
    }
  }
}

TEST_F(InspectPathTest, ExploreFromValuesIsThatFromTheExample) {
  v1::ExploreRequest request = ExploreFor(Xor(), 3);
  const v1::ExploreResponse from_example = MustExplore(request);
  const v1::ReadExamplesResponse examples = MustReadAll("xor", v1::SPLIT_VALIDATION);
  request.mutable_start()->mutable_values()->add_values(examples.inputs(6));
  request.mutable_start()->mutable_values()->add_values(examples.inputs(7));
  EXPECT_EQ(MustExplore(request).SerializeAsString(), from_example.SerializeAsString());
  request.set_max_steps(1);
  EXPECT_EQ(MustExplore(request).steps_size(), 2);
}

TEST_F(InspectPathTest, ExploreOfPicturesComesInMessages) {
  v1::ExploreRequest request = ExploreFor(Digits(), 0);
  request.set_step_size(0.01);
  const auto inspect = v1::InspectService::NewStub(client().channel());
  grpc::ClientContext context;
  client().Prepare(context);
  const auto reader = inspect->Explore(&context, request);
  v1::ExploreResponse message;
  int messages = 0;
  int steps = 0;
  while (reader->Read(&message)) {
    EXPECT_EQ(message.has_image_shape(), messages == 0);
    EXPECT_LT(message.ByteSizeLong(), size_t{80} << 10);
    ++messages;
    for (const v1::ExploreStep& step : message.steps()) {
      EXPECT_EQ(step.step(), steps++);
      EXPECT_EQ(step.inputs_size(), 784);
      EXPECT_EQ(step.latent_size(), 16);
    }
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_TRUE(message.has_result());
  EXPECT_EQ(message.result().steps(), steps - 1);
  EXPECT_GT(messages, 2);
}

TEST_F(InspectPathTest, AttackMatchesTheOracleAtEachStep) {
  v1::AttackRequest request = FourToNine();
  request.set_image_every(10);
  const v1::AttackResponse path = MustAttack(request);
  const ml::oracle::Network oracle = OracleOf(Digits(), request.snapshot());
  const v1::AttackResult& result = path.result();
  EXPECT_EQ(result.original_label(), 4);
  ASSERT_EQ(result.original_inputs_size(), 784);
  ml::oracle::Vector start(result.original_inputs().begin(), result.original_inputs().end());
  ml::oracle::Vector x = start;
  const double at_start = oracle.Probabilities(start)[4];
  const int last = path.steps_size() - 1;
  ASSERT_EQ(result.steps(), last);
  for (int step = 0; step <= last; ++step) {
    const v1::AttackStep& sent = path.steps(step);
    ASSERT_EQ(sent.step(), step);
    const ml::oracle::Vector p = oracle.Probabilities(x);
    ASSERT_NEAR(sent.target_probability(), p[9], 1e-5) << step;
    ASSERT_NEAR(sent.original_probability(), p[4], 1e-5) << step;
    double squares = 0.0;
    for (size_t i = 0; i < 784; ++i) squares += std::pow(x[i] - start[i], 2);
    ASSERT_NEAR(sent.objective(), -std::log(p[9]) + 0.01 * squares, 1e-5) << step;
    const bool has_image = step == 0 || step == last || step % 10 == 0;
    ASSERT_EQ(sent.inputs_size(), has_image ? 784 : 0) << step;
    for (int i = 0; i < sent.inputs_size(); ++i) ASSERT_NEAR(sent.inputs(i), x[i], 1e-5);
    ASSERT_EQ(p[9] > at_start, result.succeeded() && step == last) << step;
    if (step == last) break;
    const ml::oracle::Vector gradient = oracle.InputGradient(x, 9);
    for (size_t i = 0; i < 784; ++i) {
      x[i] = std::clamp(x[i] - 0.01 * (gradient[i] + 0.02 * (x[i] - start[i])), 0.0, 1.0);
    }
  }
  EXPECT_TRUE(result.succeeded() || last == 1000);
  double squares = 0.0;
  for (size_t i = 0; i < 784; ++i) {
    EXPECT_NEAR(result.difference(i), x[i] - start[i], 1e-5);
    squares += std::pow(x[i] - start[i], 2);
  }
  EXPECT_NEAR(result.rms_difference(), std::sqrt(squares / 784), 1e-6);
  EXPECT_EQ(path.image_shape().height(), 28);
}

TEST_F(InspectPathTest, AttackWithLargerStepsSucceeds) {
  v1::AttackRequest request = FourToNine();
  request.set_learning_rate(1.0);
  request.set_distance_weight(0.0);
  const v1::AttackResponse path = MustAttack(request);
  EXPECT_TRUE(path.result().succeeded());
  EXPECT_EQ(path.result().final_label(), 9);
  for (const float input : path.steps(path.steps_size() - 1).inputs()) {
    EXPECT_GE(input, 0.0f);
    EXPECT_LE(input, 1.0f);
  }
}

TEST_F(InspectPathTest, FieldsThatBreakTheirRules) {
  const v1::ExploreRequest explore = ExploreFor(Xor(), 0);
  const int32_t predicted = 1 - explore.target_label();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const struct {
    const char* field;
    std::string description;
    std::function<void(v1::ExploreRequest&)> change;
  } explorations[] = {
      {"snapshot", "must be a name like", [](auto& r) { r.clear_snapshot(); }},
      {"start", "must be set; choose values or example", [](auto& r) { r.clear_start(); }},
      {"start.example.indices", "must be one index, got 0",
       [](auto& r) { r.mutable_start()->mutable_example()->clear_indices(); }},
      {"start.example.indices", "must be one index, got 2",
       [](auto& r) { r.mutable_start()->mutable_example()->add_indices(0); }},
      {"start.example.indices[0]", "must be in [0, 200), got 777",
       [](auto& r) { r.mutable_start()->mutable_example()->set_indices(0, 777); }},
      {"start.values.values", "must be the 2 inputs of one example, got 4 numbers",
       [](auto& r) { r.mutable_start()->mutable_values()->mutable_values()->Resize(4, 0.0f); }},
      {"start.values.values[0]", "must be finite, got inf",
       [](auto& r) {
         r.mutable_start()->mutable_values()->mutable_values()->Resize(
             2, std::numeric_limits<float>::infinity());
       }},
      {"target_label", "must be in [0, 2), got 2", [](auto& r) { r.set_target_label(2); }},
      {"target_label", "must be in [0, 2), got -1", [](auto& r) { r.set_target_label(-1); }},
      {"target_label",
       absl::StrCat("must be another class than the one predicted at the start, got ", predicted),
       [=](auto& r) { r.set_target_label(predicted); }},
      {"step_size", "must be in (0, 1000], got 0", [](auto& r) { r.set_step_size(0); }},
      {"step_size", "must be in (0, 1000], got 1001", [](auto& r) { r.set_step_size(1001); }},
      {"step_size", "must be in (0, 1000], got nan", [=](auto& r) { r.set_step_size(nan); }},
      {"max_steps", "must be in [1, 100000], got 0", [](auto& r) { r.set_max_steps(0); }},
      {"max_steps", "must be in [1, 100000], got 100001",
       [](auto& r) { r.set_max_steps(100'001); }},
  };
  for (const auto& c : explorations) {
    v1::ExploreRequest request = explore;
    c.change(request);
    ExpectViolation(Refused(request), c.field, c.description);
  }
  const struct {
    const char* field;
    const char* description;
    std::function<void(v1::AttackRequest&)> change;
  } attacks[] = {
      {"distance_weight", "must be a finite number of at least 0, got -1",
       [](auto& r) { r.set_distance_weight(-1); }},
      {"distance_weight", "must be a finite number of at least 0, got inf",
       [](auto& r) { r.set_distance_weight(std::numeric_limits<double>::infinity()); }},
      {"learning_rate", "must be in (0, 1000], got -0.5",
       [](auto& r) { r.set_learning_rate(-0.5); }},
      {"max_steps", "must be in [1, 100000], got -1", [](auto& r) { r.set_max_steps(-1); }},
      {"clamp.max", "must be above min, 1, got 0", [](auto& r) { r.mutable_clamp()->set_min(1); }},
      {"clamp.min", "must be finite, got nan", [=](auto& r) { r.mutable_clamp()->set_min(nan); }},
      {"image_every", "must be in [0, 100000], got -1", [](auto& r) { r.set_image_every(-1); }},
      {"target_label", "must be in [0, 2), got 5",
       [](auto& r) {
         r.set_target_label(5);
         r.mutable_clamp()->set_min(-100);
         r.mutable_clamp()->set_max(100);
       }},
      {"start", "input 0 must be in the range that inputs are kept in, [0, 1], got",
       [](auto& r) { r.mutable_start()->mutable_values()->mutable_values()->Resize(2, 7.0f); }},
  };
  for (const auto& c : attacks) {
    v1::AttackRequest request;
    request.set_snapshot(explore.snapshot());
    *request.mutable_start() = explore.start();
    request.set_target_label(explore.target_label());
    c.change(request);
    ExpectViolation(Refused(request), c.field, c.description);
  }
}

TEST_F(InspectPathTest, ModelsAndSplitsThatGiveNoPath) {
  v1::ExploreRequest request;
  request.set_snapshot(Last(Perceptron()));
  request.mutable_start()->mutable_example()->add_indices(0);
  const grpc::Status refused = Refused(request);
  EXPECT_EQ(refused.error_code(), Code::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(), HasSubstr("step function"));
  request = ExploreFor(Xor(), 0);
  request.mutable_start()->mutable_example()->set_split(v1::SPLIT_TEST);
  EXPECT_EQ(Refused(request).error_code(), Code::PERMISSION_DENIED);
}

TEST_F(InspectPathTest, WhatWouldTakeTooLongIsRefusedWithWhatWouldNot) {
  MustGenerate("wide", v1::GENERATOR_XOR);
  const Run run = MustTrain(MlpSpec("wide", {2048, 2048}, /*epochs=*/1, /*batch_size=*/400));
  v1::ExploreRequest request = ExploreFor(run, 0);
  request.set_max_steps(100'000);
  const grpc::Status refused = Refused(request);
  EXPECT_EQ(refused.error_code(), Code::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("max_steps: must be at most "));
}

TEST_F(InspectPathTest, MorePathsThanThereIsRoomForAreRefusedUntilOneEnds) {
  v1::AttackRequest request = FourToNine();
  request.set_max_steps(100'000);
  request.set_learning_rate(1e-9);
  request.set_image_every(1);  // 300 MB each, which nobody reads.
  RpcClient reader(server().address());
  const auto inspect = v1::InspectService::NewStub(reader.channel());
  struct Path {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::AttackResponse>> reader;
    v1::AttackResponse first;
  };
  std::vector<std::unique_ptr<Path>> paths;
  for (int number = 0; number < 32; ++number) {
    auto path = std::make_unique<Path>();
    path->reader = inspect->Attack(&path->context, request);
    ASSERT_TRUE(path->reader->Read(&path->first));
    paths.push_back(std::move(path));
  }
  const grpc::Status refused = Refused(request);
  EXPECT_EQ(refused.error_code(), Code::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(refused).info.reason(), "SERVER_BUSY");
  // Other questions are answered all the while.
  EXPECT_EQ(Predicted(Digits(), 0), Predicted(Digits(), 0));
  for (const auto& path : paths) {
    path->context.TryCancel();
    EXPECT_EQ(path->reader->Finish().error_code(), Code::CANCELLED);
  }
  request.set_max_steps(1);
  while (!Refused(request).ok()) std::this_thread::yield();
}

}  // namespace
}  // namespace percept::testing
