#include "server/training/evaluation_ring.h"

#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/training/gate.h"

namespace percept::training {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A "model" with one parameter, whose evaluation a test can hold up.
class FakeCopy final : public ml::ModelCopy {
 public:
  using OnEvaluate = std::function<void(int64_t value)>;

  explicit FakeCopy(const OnEvaluate* on_evaluate) : on_evaluate_(on_evaluate) {}

  bool OutputsWhile(const Examples&, int32_t, absl::Span<float>, GoesOn) override { return false; }
  bool ClassifyWhile(const Examples&, absl::Span<int32_t>, absl::Span<float>, GoesOn) override {
    return false;
  }
  std::optional<ml::Score> EvaluateWhile(const Examples& examples, GoesOn goes_on) override {
    if (*on_evaluate_ != nullptr) (*on_evaluate_)(value);
    if (!goes_on()) return std::nullopt;
    return ml::Score{.examples = examples.count, .correct = value, .loss_sum = 0.0};
  }
  void ExportParameters(absl::Span<char>) const override {}

  int64_t value = 0;

 private:
  const OnEvaluate* const on_evaluate_;
};

class FakeModel final : public ml::Model {
 public:
  explicit FakeModel(FakeCopy::OnEvaluate on_evaluate = nullptr)
      : on_evaluate_(std::move(on_evaluate)) {}

  ml::Score TrainBatch(const Examples&, absl::Span<const uint32_t>, double) override {
    ++value_;
    return {};
  }
  void ImportParameters(absl::Span<const char>) override {}
  std::unique_ptr<ml::ModelCopy> NewCopy() const override {
    return std::make_unique<FakeCopy>(&on_evaluate_);
  }
  void ExportState(absl::Span<char>) const override {}
  absl::Status ImportState(absl::Span<const char>) override { return absl::OkStatus(); }
  void CopyTo(ml::ModelCopy& copy) const override { static_cast<FakeCopy&>(copy).value = value_; }

 private:
  const FakeCopy::OnEvaluate on_evaluate_;
  int64_t value_ = 0;
};

constexpr Examples kValidation = {.count = 1000};

// Trains `model` and hands over moments until the ring stops or `moments` were handed over.
int64_t HandOver(FakeModel& model, EvaluationRing& ring, int64_t moments) {
  for (int64_t step = 0; step < moments; ++step) {
    Moment* const moment = ring.Acquire();
    if (moment == nullptr) return step;
    moment->position.step = step;
    model.CopyTo(*moment->copy);
    ring.Submit();
    model.TrainBatch({}, {}, 0.0);
  }
  return moments;
}

// What was decided, in order.
struct Decisions {
  std::vector<int64_t> steps;
  std::vector<int64_t> scores;

  EvaluationRing::Decide Collect(int64_t stop_at = -1) {
    return [this, stop_at](Moment& moment) {
      steps.push_back(moment.position.step);
      scores.push_back(moment.evaluation.has_value() ? moment.evaluation->correct : -1);
      return moment.position.step != stop_at;
    };
  }
};

std::vector<int64_t> UpTo(int64_t end) {
  std::vector<int64_t> numbers;
  for (int64_t number = 0; number < end; ++number) numbers.push_back(number);
  return numbers;
}

TEST(EvaluationRing, DecidesInOrderOfStepWhoeverEvaluates) {
  for (const bool threaded : {false, true}) {
    for (const int capacity : {1, 2, 4}) {
      FakeModel model([](int64_t value) {
        for (int64_t left = value * 7 % 5; left > 0; --left) std::this_thread::yield();
      });
      Decisions decisions;
      EvaluationRing ring(NewCopies(model, capacity), &kValidation, threaded, decisions.Collect());
      EXPECT_EQ(HandOver(model, ring, 300), 300);
      EXPECT_TRUE(ring.Drain());
      EXPECT_EQ(decisions.steps, UpTo(300));
      EXPECT_EQ(decisions.scores, UpTo(300));  // Each of its own copy.
    }
  }
}

TEST(EvaluationRing, TheTrainerHelpsWhenTheRingIsFull) {
  // The first evaluation ends only after the second, so that one thread alone would never end.
  Gate second_evaluated;
  FakeModel model([&](int64_t value) {
    if (value == 0) second_evaluated.Wait();
    if (value == 1) second_evaluated.Open();
  });
  Decisions decisions;
  EvaluationRing ring(NewCopies(model, 2), &kValidation, /*threaded=*/true, decisions.Collect());
  EXPECT_EQ(HandOver(model, ring, 3), 3);
  EXPECT_TRUE(ring.Drain());
  EXPECT_THAT(decisions.steps, ElementsAre(0, 1, 2));
}

TEST(EvaluationRing, InlineDecidesWithinSubmit) {
  FakeModel model;
  std::thread::id decided_on;
  EvaluationRing ring(NewCopies(model, 4), &kValidation, /*threaded=*/false, [&](Moment&) {
    decided_on = std::this_thread::get_id();
    return true;
  });
  ASSERT_NE(ring.Acquire(), nullptr);
  ring.Submit();
  EXPECT_EQ(decided_on, std::this_thread::get_id());
}

TEST(EvaluationRing, TrainingGoesOnWhileAnEvaluationIsUnderWay) {
  Gate handed_over;
  FakeModel model([&](int64_t value) {
    if (value == 0) handed_over.Wait();
  });
  Decisions decisions;
  EvaluationRing ring(NewCopies(model, 4), &kValidation, /*threaded=*/true, decisions.Collect());
  EXPECT_EQ(HandOver(model, ring, 4), 4);  // Would wait for the first, were there no thread.
  handed_over.Open();
  EXPECT_TRUE(ring.Drain());
  EXPECT_THAT(decisions.steps, ElementsAre(0, 1, 2, 3));
}

TEST(EvaluationRing, AStopDiscardsRunAhead) {
  for (const bool threaded : {false, true}) {
    FakeModel model;
    Decisions decisions;
    EvaluationRing ring(NewCopies(model, 4), &kValidation, threaded,
                        decisions.Collect(/*stop_at=*/5));
    const int64_t handed_over = HandOver(model, ring, 1000);
    EXPECT_GE(handed_over, 6);
    EXPECT_LE(handed_over, 6 + 4);
    EXPECT_EQ(ring.Acquire(), nullptr);
    EXPECT_FALSE(ring.Drain());
    EXPECT_EQ(decisions.steps, UpTo(6));
  }
}

TEST(EvaluationRing, DrainAfterNothingIsOk) {
  FakeModel model;
  Decisions decisions;
  EvaluationRing ring(NewCopies(model, 4), &kValidation, /*threaded=*/true, decisions.Collect());
  EXPECT_TRUE(ring.Drain());
  EXPECT_THAT(decisions.steps, IsEmpty());
}

TEST(EvaluationRing, WithoutValidationNothingIsEvaluated) {
  FakeModel model([](int64_t) { ADD_FAILURE() << "evaluated"; });
  Decisions decisions;
  EvaluationRing ring(NewCopies(model, 2), nullptr, /*threaded=*/false, decisions.Collect());
  EXPECT_EQ(HandOver(model, ring, 3), 3);
  EXPECT_TRUE(ring.Drain());
  EXPECT_THAT(decisions.scores, ElementsAre(-1, -1, -1));
}

TEST(EvaluationRing, AReusedMomentForgetsItsEvaluation) {
  FakeModel model;
  EvaluationRing ring(NewCopies(model, 1), &kValidation, /*threaded=*/false,
                      [&](Moment&) { return true; });
  for (int time = 0; time < 2; ++time) {
    Moment* const moment = ring.Acquire();
    ASSERT_NE(moment, nullptr);
    model.CopyTo(*moment->copy);
    model.TrainBatch({}, {}, 0.0);
    ring.Submit();
    EXPECT_EQ(moment->evaluation->correct, time);
  }
}

TEST(EvaluationRing, WhatAnEvaluationThrowsComesToTheTrainer) {
  for (const bool threaded : {false, true}) {
    FakeModel model([](int64_t value) {
      if (value == 3) throw std::bad_alloc();
    });
    Decisions decisions;
    EvaluationRing ring(NewCopies(model, 2), &kValidation, threaded, decisions.Collect());
    EXPECT_THROW(
        {
          HandOver(model, ring, 1000);
          ring.Drain();
        },
        std::bad_alloc);
    EXPECT_TRUE(ring.stopped());
    EXPECT_LE(decisions.steps.size(), 3u);
  }
}

TEST(EvaluationRing, WhatTheLastDecisionThrowsComesToTheTrainerThatWaits) {
  FakeModel model;
  EvaluationRing ring(NewCopies(model, 2), &kValidation, /*threaded=*/true,
                      [](Moment&) -> bool { throw std::bad_alloc(); });
  EXPECT_EQ(HandOver(model, ring, 1), 1);
  EXPECT_THROW(ring.Drain(), std::bad_alloc);
  EXPECT_TRUE(ring.stopped());
}

TEST(EvaluationRing, InlineThrowsWithinSubmit) {
  FakeModel model;
  EvaluationRing ring(NewCopies(model, 1), &kValidation, /*threaded=*/false,
                      [](Moment&) -> bool { throw std::bad_alloc(); });
  ASSERT_NE(ring.Acquire(), nullptr);
  EXPECT_THROW(ring.Submit(), std::bad_alloc);
  EXPECT_EQ(ring.Acquire(), nullptr);
  EXPECT_FALSE(ring.Drain());
}

TEST(EvaluationRing, AStopIsSeenWithoutTheLock) {
  FakeModel model;
  Decisions decisions;
  EvaluationRing ring(NewCopies(model, 2), &kValidation, /*threaded=*/false,
                      decisions.Collect(/*stop_at=*/1));
  EXPECT_EQ(HandOver(model, ring, 1), 1);
  EXPECT_FALSE(ring.stopped());
  HandOver(model, ring, 2);
  EXPECT_TRUE(ring.stopped());
}

// Evaluates until it is given up.
class EndlessCopy final : public ml::ModelCopy {
 public:
  explicit EndlessCopy(Gate* begun) : begun_(begun) {}

  std::optional<ml::Score> EvaluateWhile(const Examples&, GoesOn goes_on) override {
    begun_->Open();
    while (goes_on()) std::this_thread::yield();
    return std::nullopt;
  }
  bool OutputsWhile(const Examples&, int32_t, absl::Span<float>, GoesOn) override { return false; }
  bool ClassifyWhile(const Examples&, absl::Span<int32_t>, absl::Span<float>, GoesOn) override {
    return false;
  }
  void ExportParameters(absl::Span<char>) const override {}

 private:
  Gate* const begun_;
};

std::vector<std::unique_ptr<ml::ModelCopy>> EndlessCopies(int count, Gate* begun) {
  std::vector<std::unique_ptr<ml::ModelCopy>> copies;
  for (int number = 0; number < count; ++number) {
    copies.push_back(std::make_unique<EndlessCopy>(begun));
  }
  return copies;
}

TEST(EvaluationRing, ACancellationGivesUpTheEvaluationsUnderWay) {
  Gate begun;
  std::atomic<bool> cancelled{false};
  Decisions decisions;
  EvaluationRing ring(EndlessCopies(2, &begun), &kValidation, /*threaded=*/true,
                      decisions.Collect(), [&] { return cancelled.load(); });
  for (int moment = 0; moment < 2; ++moment) {
    ASSERT_NE(ring.Acquire(), nullptr);
    ring.Submit();
  }
  std::thread canceller([&] {
    begun.Wait();
    cancelled = true;
  });
  // The ring is full: the trainer evaluates too, or waits for the thread that does.
  EXPECT_EQ(ring.Acquire(), nullptr);
  EXPECT_FALSE(ring.Drain());
  EXPECT_TRUE(ring.stopped());
  EXPECT_THAT(decisions.steps, IsEmpty());
  canceller.join();
}

TEST(EvaluationRing, ACancellationGivesUpAnInlineEvaluation) {
  Gate begun;
  Decisions decisions;
  EvaluationRing ring(EndlessCopies(1, &begun), &kValidation, /*threaded=*/false,
                      decisions.Collect(), [] { return true; });
  ASSERT_NE(ring.Acquire(), nullptr);
  ring.Submit();
  EXPECT_TRUE(ring.stopped());
  EXPECT_THAT(decisions.steps, IsEmpty());
}

TEST(EvaluationRing, DestructionGivesUpTheEvaluationUnderWay) {
  Gate begun;
  Decisions decisions;
  EvaluationRing ring(EndlessCopies(2, &begun), &kValidation, /*threaded=*/true,
                      decisions.Collect());
  ASSERT_NE(ring.Acquire(), nullptr);
  ring.Submit();
  begun.Wait();
}

TEST(EvaluationRing, DestructionWaitsForTheEvaluationUnderWay) {
  Gate begun;
  Gate go_on;
  FakeModel model([&](int64_t value) {
    if (value != 0) return;
    begun.Open();
    go_on.Wait();
  });
  Decisions decisions;
  std::thread releaser;
  {
    EvaluationRing ring(NewCopies(model, 4), &kValidation, /*threaded=*/true, decisions.Collect());
    EXPECT_EQ(HandOver(model, ring, 3), 3);
    begun.Wait();
    EXPECT_THAT(decisions.steps, IsEmpty());
    releaser = std::thread([&] { go_on.Open(); });
  }
  releaser.join();
  // Whatever was decided before the end is a beginning.
  EXPECT_EQ(decisions.steps, UpTo(static_cast<int64_t>(decisions.steps.size())));
}

}  // namespace
}  // namespace percept::training
