#include "server/rpc/path_requests.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/status.h"
#include "server/inspect/attack.h"
#include "server/inspect/explore.h"
#include "server/inspect/network.h"
#include "server/rpc/convert_dataset.h"

namespace percept::rpc {
namespace {

constexpr int32_t kMaxSteps = 100'000;
constexpr double kMaxRate = 1000.0;

// Multiplications of a whole path, some minutes; and of one message, some milliseconds, so that
// others have the thread in between.
constexpr double kMaxMultiplications = 4e11;
constexpr int64_t kMessageMultiplications = int64_t{1} << 24;

// Bytes of numbers in a message, a single step apart.
constexpr int64_t kMessageBytes = int64_t{64} << 10;

// There and back through the network.
int64_t MultiplicationsPerStep(const InspectSubject& subject) {
  return 2 * subject.found.job.parameter_count;
}

void CheckSteps(int32_t max_steps, FieldViolations& violations) {
  violations.CheckRange<int32_t>("max_steps", max_steps, 1, kMaxSteps);
}

void CheckRate(absl::string_view field, double rate, FieldViolations& violations) {
  if (!(rate > 0.0 && rate <= kMaxRate)) {
    violations.Add(field, absl::StrCat("must be in (0, ", kMaxRate, "]"), rate);
  }
}

absl::Status CheckCost(const InspectSubject& subject, int32_t max_steps) {
  const auto per_step = static_cast<double>(MultiplicationsPerStep(subject));
  if (per_step * max_steps <= kMaxMultiplications) return absl::OkStatus();
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          "max_steps: must be at most ", static_cast<int64_t>(kMaxMultiplications / per_step),
          " for a model of ", subject.found.job.parameter_count, " parameters, got ", max_steps)),
      "QUESTION_TOO_LARGE");
}

// Counts what goes into a message.
class MessageBudget {
 public:
  explicit MessageBudget(int64_t multiplications_per_step)
      : steps_(std::max<int64_t>(1, kMessageMultiplications / multiplications_per_step)) {}

  // Whether there is room left after a step of so many numbers.
  bool Spend(int64_t numbers) {
    bytes_ -= numbers * static_cast<int64_t>(sizeof(float));
    return --steps_ > 0 && bytes_ > 0;
  }

 private:
  int64_t steps_;
  int64_t bytes_ = kMessageBytes;
};

void AddFloats(absl::Span<const double> numbers, google::protobuf::RepeatedField<float>* to) {
  to->Reserve(static_cast<int>(numbers.size()));
  for (const double number : numbers) to->AddAlreadyReserved(static_cast<float>(number));
}

// What the messages of both streams have in common.
struct PathFacts {
  int64_t snapshot_index = 0;
  int64_t multiplications_per_step = 0;
  std::optional<data::ImageShape> image_shape;  // Until it is sent, with the first message.
  FileBudget::Reservation memory;               // Of the parameters.

  PathFacts(const InspectSubject& subject, FileBudget::Reservation reserved)
      : snapshot_index(subject.snapshot_index()),
        multiplications_per_step(MultiplicationsPerStep(subject)),
        image_shape(subject.dataset->image_shape),
        memory(std::move(reserved)) {}

  template <typename Response>
  void AddTo(Response& response) {
    response.set_snapshot_index(snapshot_index);
    if (image_shape.has_value()) *response.mutable_image_shape() = ToProto(*image_shape);
    image_shape.reset();
  }
};

class ExploreSource final : public StepSource<v1::ExploreResponse> {
 public:
  ExploreSource(PathFacts facts, inspect::Exploration path)
      : facts_(std::move(facts)), path_(std::move(path)) {}

  absl::StatusOr<bool> Fill(v1::ExploreResponse& response, GoesOn goes_on) override {
    facts_.AddTo(response);
    MessageBudget budget(facts_.multiplications_per_step);
    while (true) {
      if (has_begun_) PERCEPT_RETURN_IF_ERROR(path_.Advance());
      has_begun_ = true;
      const int64_t numbers = AddStep(response);
      if (path_.ended()) {
        AddResult(*response.mutable_result());
        return false;
      }
      if (!budget.Spend(numbers)) return true;
      if (!goes_on()) return inspect::AskerIsGone();
    }
  }

 private:
  int64_t AddStep(v1::ExploreResponse& response) const {
    v1::ExploreStep* step = response.add_steps();
    step->set_step(path_.step());
    AddFloats(path_.inputs(), step->mutable_inputs());
    AddFloats(path_.probabilities(), step->mutable_probabilities());
    AddFloats(path_.latent(), step->mutable_latent());
    return step->inputs_size() + step->probabilities_size() + step->latent_size();
  }

  void AddResult(v1::ExploreResult& result) const {
    if (path_.flip_step().has_value()) result.set_flip_step(*path_.flip_step());
    result.set_steps(path_.step());
    result.set_original_label(path_.original_label());
    result.set_final_label(path_.label());
  }

  PathFacts facts_;
  inspect::Exploration path_;
  bool has_begun_ = false;
};

class AttackSource final : public StepSource<v1::AttackResponse> {
 public:
  AttackSource(PathFacts facts, inspect::AttackSearch search, int32_t image_every)
      : facts_(std::move(facts)), search_(std::move(search)), image_every_(image_every) {}

  absl::StatusOr<bool> Fill(v1::AttackResponse& response, GoesOn goes_on) override {
    facts_.AddTo(response);
    MessageBudget budget(facts_.multiplications_per_step);
    while (true) {
      if (has_begun_) PERCEPT_RETURN_IF_ERROR(search_.Advance());
      has_begun_ = true;
      const int64_t numbers = AddStep(response);
      if (search_.ended()) {
        AddResult(*response.mutable_result());
        return false;
      }
      if (!budget.Spend(numbers)) return true;
      if (!goes_on()) return inspect::AskerIsGone();
    }
  }

 private:
  // What a step takes besides its picture, in floats.
  static constexpr int64_t kStepNumbers = 8;

  bool ShowsImage() const {
    const int32_t step = search_.step();
    return step == 0 || search_.ended() || (image_every_ > 0 && step % image_every_ == 0);
  }

  int64_t AddStep(v1::AttackResponse& response) const {
    v1::AttackStep* step = response.add_steps();
    step->set_step(search_.step());
    step->set_target_probability(static_cast<float>(search_.target_probability()));
    step->set_original_probability(static_cast<float>(search_.original_probability()));
    step->set_objective(search_.objective());
    if (ShowsImage()) AddFloats(search_.inputs(), step->mutable_inputs());
    return kStepNumbers + step->inputs_size();
  }

  void AddResult(v1::AttackResult& result) const {
    const absl::Span<const double> start = search_.start();
    std::vector<double> difference(search_.inputs().begin(), search_.inputs().end());
    double squares = 0.0;
    for (size_t i = 0; i < difference.size(); ++i) {
      difference[i] -= start[i];
      squares += difference[i] * difference[i];
    }
    result.set_succeeded(search_.succeeded());
    result.set_original_label(search_.original_label());
    result.set_final_label(search_.label());
    AddFloats(start, result.mutable_original_inputs());
    AddFloats(difference, result.mutable_difference());
    result.set_rms_difference(std::sqrt(squares / static_cast<double>(difference.size())));
    result.set_steps(search_.step());
  }

  PathFacts facts_;
  inspect::AttackSearch search_;
  const int32_t image_every_;
  bool has_begun_ = false;
};

inspect::ExploreOptions OptionsOf(const v1::ExploreRequest& request) {
  inspect::ExploreOptions options;
  options.target = request.target_label();
  if (request.has_step_size()) options.step_size = request.step_size();
  if (request.has_max_steps()) options.max_steps = request.max_steps();
  return options;
}

inspect::AttackOptions OptionsOf(const v1::AttackRequest& request) {
  inspect::AttackOptions options;
  options.target = request.target_label();
  if (request.has_distance_weight()) options.distance_weight = request.distance_weight();
  if (request.has_learning_rate()) options.learning_rate = request.learning_rate();
  if (request.has_max_steps()) options.max_steps = request.max_steps();
  if (request.has_clamp()) {
    options.lowest = request.clamp().min();
    options.highest = request.clamp().max();
  }
  return options;
}

}  // namespace

absl::Status CheckPath(const v1::ExploreRequest& request) {
  const inspect::ExploreOptions options = OptionsOf(request);
  FieldViolations violations;
  CheckRate("step_size", options.step_size, violations);
  CheckSteps(options.max_steps, violations);
  return violations.ToStatus();
}

absl::Status CheckPath(const v1::AttackRequest& request) {
  const inspect::AttackOptions options = OptionsOf(request);
  FieldViolations violations;
  if (!(options.distance_weight >= 0.0 && std::isfinite(options.distance_weight))) {
    violations.Add("distance_weight", "must be a finite number of at least 0",
                   options.distance_weight);
  }
  CheckRate("learning_rate", options.learning_rate, violations);
  CheckSteps(options.max_steps, violations);
  if (!std::isfinite(options.lowest)) {
    violations.Add("clamp.min", "must be finite", options.lowest);
  }
  if (!std::isfinite(options.highest)) {
    violations.Add("clamp.max", "must be finite", options.highest);
  } else if (!(options.highest > options.lowest)) {
    violations.Add("clamp.max", absl::StrCat("must be above min, ", options.lowest),
                   options.highest);
  }
  violations.CheckRange<int32_t>("image_every", request.image_every(), 0, kMaxSteps);
  return violations.ToStatus();
}

absl::StatusOr<std::unique_ptr<StepSource<v1::ExploreResponse>>> BeginPath(
    const v1::ExploreRequest& request, const InspectSubject& subject,
    FileBudget::Reservation memory) {
  const inspect::ExploreOptions options = OptionsOf(request);
  PERCEPT_ASSIGN_OR_RETURN(inspect::Network network, inspect::Network::Of(subject.model));
  PERCEPT_ASSIGN_OR_RETURN(std::vector<double> start, StartToAsk(request.start(), subject));
  PERCEPT_RETURN_IF_ERROR(CheckCost(subject, options.max_steps));
  PERCEPT_ASSIGN_OR_RETURN(
      inspect::Exploration path,
      inspect::Exploration::Begin(std::move(network), std::move(start), options));
  return std::make_unique<ExploreSource>(PathFacts(subject, std::move(memory)), std::move(path));
}

absl::StatusOr<std::unique_ptr<StepSource<v1::AttackResponse>>> BeginPath(
    const v1::AttackRequest& request, const InspectSubject& subject,
    FileBudget::Reservation memory) {
  const inspect::AttackOptions options = OptionsOf(request);
  PERCEPT_ASSIGN_OR_RETURN(inspect::Network network, inspect::Network::Of(subject.model));
  PERCEPT_ASSIGN_OR_RETURN(std::vector<double> start, StartToAsk(request.start(), subject));
  PERCEPT_RETURN_IF_ERROR(CheckCost(subject, options.max_steps));
  PERCEPT_ASSIGN_OR_RETURN(
      inspect::AttackSearch search,
      inspect::AttackSearch::Begin(std::move(network), std::move(start), options));
  return std::make_unique<AttackSource>(PathFacts(subject, std::move(memory)), std::move(search),
                                        request.image_every());
}

}  // namespace percept::rpc
