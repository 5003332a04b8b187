// percept_questions FOLDER
//
// Starts a perceptd with two workers that keeps its data in FOLDER, trains the networks that
// questions are asked about, leaves what numpy_questions.py needs in FOLDER, and says
//
//   {"address": "HOST:PORT"}
//
// Then it reads JSON objects from standard input, one a line, and answers each with one line. Times
// are in seconds.
//
//   {"question": NAME, "rounds": N}  {"found": …, "here": [N times], "first": [N times],
//                                     "again": [N times]}: answered in this process; by the server,
//                                    of a snapshot it was not asked about before; and asked again
//   {"viewers": N}                   {"one": {"passed", "processor"}, "all": {…}}: a grid of a wide
//                                    network asked by one, and another's by so many at once
//   {"load": N}                      {"paths": P}: ends the load there is, which has followed P
//                                    paths, and puts on one of N clients
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/bench/inspect/asked_models.h"
#include "tests/bench/inspect/questions.h"
#include "tests/bench/inspect/viewers.h"
#include "tests/bench/jobs/timings.h"

namespace percept::bench {
namespace {

using Json = nlohmann::json;

void Answer(const Json& answer) { std::cout << answer.dump() << std::endl; }

class Bench {
 public:
  explicit Bench(const std::string& folder)
      : server_(folder + "/data"),
        address_(server_.life.WaitForAddress()),
        toy_(TrainToy(server_.client, folder)),
        digits_(TrainDigits(server_.client, folder)),
        wide_(TrainWide(server_.client)),
        questions_(Questions(toy_, digits_, server_.client)) {}

  const std::string& address() const { return address_; }

  Json Ask(const std::string& name, int rounds) {
    const Question& question = questions_.at(name);
    Json answer = {{"found", question.answer()}};
    for (int round = 0; round < rounds; ++round) {
      // From the end on, for there the networks are trained.
      const int64_t index = question.model->snapshots - 1 - asked_[name]++;
      if (index < 0) Must(absl::OutOfRangeError("there are too few snapshots for so many rounds"));
      const std::string snapshot = question.model->snapshot(index);
      answer["here"].push_back(Seconds([&] { question.answer(); }));
      answer["first"].push_back(Seconds([&] { question.ask(snapshot); }));
      answer["again"].push_back(Seconds([&] { question.ask(snapshot); }));
    }
    return answer;
  }

  Json AskTogether(int viewers) {
    const pid_t process = server_.life.process().id();
    const auto cost = [&](int64_t index, int number) {
      const Cost taken = bench::AskTogether(address_, process, wide_.snapshot(index), number);
      return Json{{"passed", absl::ToDoubleSeconds(taken.passed)},
                  {"processor", absl::ToDoubleSeconds(taken.processor)}};
    };
    return {{"one", cost(0, 1)}, {"all", cost(wide_.snapshots - 1, viewers)}};
  }

  Json Load(int clients) {
    const int64_t paths = load_ == nullptr ? 0 : load_->paths();
    load_.reset();
    if (clients > 0) load_ = std::make_unique<PathLoad>(address_, digits_, clients);
    return {{"paths", paths}};
  }

 private:
  static double Seconds(const std::function<void()>& what) {
    return absl::ToDoubleSeconds(Time(what));
  }

  Served server_;
  const std::string address_;
  const AskedModel toy_;
  const AskedModel digits_;
  const AskedModel wide_;
  const std::map<std::string, Question> questions_;
  std::map<std::string, int64_t> asked_;  // Snapshots, by the question's name.
  std::unique_ptr<PathLoad> load_;
};

int Run(const std::string& folder) {
  Bench bench(folder);
  Answer({{"address", bench.address()}});
  for (std::string line; std::getline(std::cin, line);) {
    const Json request = Json::parse(line);
    if (request.contains("question")) {
      Answer(bench.Ask(request["question"], request["rounds"]));
    } else if (request.contains("viewers")) {
      Answer(bench.AskTogether(request["viewers"]));
    } else {
      Answer(bench.Load(request.at("load")));
    }
  }
  return 0;
}

}  // namespace
}  // namespace percept::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: percept_questions FOLDER\n");
    return 2;
  }
  return percept::bench::Run(argv[1]);
}
