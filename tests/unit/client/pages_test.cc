#include "client/lib/pages.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/v1/job_service.pb.h"

namespace percept::client {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// A server with `total` jobs that sends at most `most` a page.
class Pages {
 public:
  Pages(int total, int most) : total_(total), most_(most) {}

  absl::StatusOr<v1::ListJobsResponse> List(const v1::ListJobsRequest& request) {
    sizes_.push_back(request.page_size());
    int next = request.page_token().empty() ? 0 : std::stoi(request.page_token());
    v1::ListJobsResponse page;
    for (int i = 0; i < std::min(most_, request.page_size()) && next < total_; ++i, ++next) {
      page.add_jobs()->set_name(std::to_string(next));
    }
    if (next < total_) page.set_next_page_token(std::to_string(next));
    return page;
  }

  std::vector<std::string> Names(int64_t limit) {
    std::vector<std::string> names;
    const absl::Status status = ForEachInPages(
        v1::ListJobsRequest(), limit, [this](const auto& request) { return List(request); },
        [](const auto& page) -> const auto& { return page.jobs(); },
        [&](const v1::Job& job) { names.push_back(job.name()); });
    EXPECT_TRUE(status.ok());
    return names;
  }

  const std::vector<int>& sizes() const { return sizes_; }

 private:
  const int total_;
  const int most_;
  std::vector<int> sizes_;
};

TEST(ForEachInPages, ShowsAllInOrder) {
  Pages pages(5, 2);
  EXPECT_THAT(pages.Names(1000), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_THAT(pages.sizes(), SizeIs(3));
}

TEST(ForEachInPages, StopsAtTheLimitAndAsksForNoMore) {
  Pages pages(500, 1000);
  EXPECT_THAT(pages.Names(103), SizeIs(103));
  EXPECT_THAT(pages.sizes(), ElementsAre(100, 3));
}

TEST(ForEachInPages, ShowsNothingOfAnEmptyList) { EXPECT_THAT(Pages(0, 10).Names(10), SizeIs(0)); }

TEST(ForEachInPages, StopsWithTheFirstError) {
  int calls = 0;
  const absl::Status status = ForEachInPages(
      v1::ListJobsRequest(), 10,
      [&](const auto&) -> absl::StatusOr<v1::ListJobsResponse> {
        ++calls;
        return absl::NotFoundError("gone");
      },
      [](const auto& page) -> const auto& { return page.jobs(); }, [](const v1::Job&) {});
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace percept::client
