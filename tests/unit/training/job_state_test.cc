#include "server/training/job_state.h"

#include <map>
#include <set>

#include "gtest/gtest.h"

namespace percept::training {
namespace {

using enum storage::JobState;

constexpr storage::JobState kStates[] = {kQueued,    kRunning, kPaused,
                                         kSucceeded, kFailed,  kCancelled};

// The table of the design, row by row.
const std::map<storage::JobState, std::set<storage::JobState>>& Allowed() {
  static const auto* const allowed = new std::map<storage::JobState, std::set<storage::JobState>>{
      {kQueued, {kRunning, kPaused, kFailed, kCancelled}},
      {kRunning, {kQueued, kPaused, kSucceeded, kFailed, kCancelled}},
      {kPaused, {kQueued, kFailed, kCancelled}},
  };
  return *allowed;
}

TEST(JobState, EveryPairFollowsTheTable) {
  for (const storage::JobState from : kStates) {
    for (const storage::JobState to : kStates) {
      const auto row = Allowed().find(from);
      const bool allowed = row != Allowed().end() && row->second.contains(to);
      EXPECT_EQ(CanTransition(from, to), allowed)
          << storage::JobStateName(from) << " to " << storage::JobStateName(to);
    }
  }
}

TEST(JobState, FinalStatesAreThoseThatNothingLeaves) {
  for (const storage::JobState from : kStates) {
    EXPECT_EQ(storage::IsTerminal(from), !Allowed().contains(from)) << storage::JobStateName(from);
  }
}

}  // namespace
}  // namespace percept::training
