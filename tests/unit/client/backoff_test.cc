#include "client/lib/backoff.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace percept::client {
namespace {

constexpr BackoffLimits kLimits = {absl::Milliseconds(100), absl::Seconds(1), 2.0};

TEST(Backoff, DoublesUpToTheMostAndStaysInTheUpperHalf) {
  std::mt19937_64 random(1);
  Backoff backoff(kLimits, random);
  for (const int limit_ms : {100, 200, 400, 800, 1000, 1000}) {
    const absl::Duration wait = backoff.Next();
    EXPECT_GE(wait, absl::Milliseconds(limit_ms) / 2);
    EXPECT_LE(wait, absl::Milliseconds(limit_ms));
  }
}

TEST(Backoff, StartsOverAfterReset) {
  std::mt19937_64 random(1);
  Backoff backoff(kLimits, random);
  for (int i = 0; i < 5; ++i) backoff.Next();
  backoff.Reset();
  EXPECT_LE(backoff.Next(), absl::Milliseconds(100));
}

TEST(Backoff, TwoClientsDoNotWaitAlike) {
  std::mt19937_64 one(1);
  std::mt19937_64 other(2);
  EXPECT_NE(Backoff(kLimits, one).Next(), Backoff(kLimits, other).Next());
}

}  // namespace
}  // namespace percept::client
