#ifndef PERCEPT_TESTS_BENCH_INSPECT_QUESTIONS_H_
#define PERCEPT_TESTS_BENCH_INSPECT_QUESTIONS_H_

#include <functional>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/bench/inspect/asked_models.h"
#include "tests/support/rpc_client.h"

namespace percept::bench {

// A question about a trained model. The sizes and defaults are those of numpy_questions.py.
struct Question {
  // Answers it in this process, for the last snapshot, and says what it found.
  std::function<nlohmann::json()> answer;
  // Has the server answer it, for any snapshot.
  std::function<void(const std::string& snapshot)> ask;
  const AskedModel* model = nullptr;
};

// By name. All must outlive them.
std::map<std::string, Question> Questions(const AskedModel& toy, const AskedModel& digits,
                                          testing::RpcClient& client);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_INSPECT_QUESTIONS_H_
