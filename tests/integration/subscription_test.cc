// Subscriptions to a whole server: many topics on one stream, each with the promises of its own.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/support/rpc_client.h"
#include "tests/support/subscription_call.h"
#include "tests/support/test_server.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using grpc::StatusCode;

// The list that a client makes of the updates it is sent.
class FollowedList {
 public:
  void Apply(const v1::JobListUpdate& update) {
    if (update.complete()) jobs_.clear();
    for (const v1::Job& job : update.jobs()) jobs_[job.name()] = job;
    for (const std::string& name : update.removed_jobs()) jobs_.erase(name);
    total_size_ = update.total_size();
  }

  const std::map<std::string, v1::Job>& jobs() const { return jobs_; }
  int64_t total_size() const { return total_size_; }
  bool Shows(const std::string& name, v1::JobState state) const {
    const auto found = jobs_.find(name);
    return found != jobs_.end() && found->second.state() == state;
  }

 private:
  std::map<std::string, v1::Job> jobs_;
  int64_t total_size_ = 0;
};

class SubscriptionTest : public ::testing::Test {
 protected:
  SubscriptionTest() {
    v1::Dataset dataset;
    EXPECT_TRUE(
        client_.CreateDataset(GeneratedDataset("points", v1::GENERATOR_THREE_CLASS), &dataset)
            .ok());
  }

  v1::Job MustCreate(const v1::JobSpec& spec) {
    v1::Job job;
    const grpc::Status created = client_.CreateJob(spec, &job);
    EXPECT_TRUE(created.ok()) << created.error_message();
    return job;
  }

  v1::Job MustGet(const std::string& name) {
    v1::Job job;
    EXPECT_TRUE(client_.GetJob(name, &job).ok());
    return job;
  }

  // A job with a snapshot of every batch.
  v1::Job ShortJob(const std::string& label = "") {
    v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/20, /*batch_size=*/50);
    spec.mutable_training()->set_report_frequency(50);
    spec.set_label(label);
    return MustCreate(spec);
  }

  // A job that trains until it is cancelled, with thousands of snapshots a second.
  v1::Job EndlessJob() {
    v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/1000000, /*batch_size=*/50);
    spec.mutable_training()->set_report_frequency(50);
    spec.mutable_training()->set_no_evaluate(true);
    return MustCreate(spec);
  }

  v1::Job FinishedJob(const std::string& label = "") {
    const v1::Job job = ShortJob(label);
    EXPECT_TRUE(client_.Watch(job.name()).Ended().has_value());
    return MustGet(job.name());
  }

  // Reads until `list`, kept up to date on the way, is as wanted.
  template <typename IsWanted>
  void FollowUntil(SubscriptionCall& call, const std::string& topic_id, FollowedList& list,
                   IsWanted is_wanted) {
    if (is_wanted()) return;
    const v1::SubscribeResponse last = call.ReadUntil([&](const v1::SubscribeResponse& message) {
      if (message.topic_id() == topic_id) list.Apply(message.job_list());
      return is_wanted();
    });
    EXPECT_FALSE(last.topic_id().empty()) << "the stream ended first";
  }

  TestServer server_{/*workers=*/2};
  RpcClient client_{server_.address()};
};

bool Closes(const v1::SubscribeResponse& message, const std::string& topic_id) {
  return message.topic_id() == topic_id && message.has_closed();
}

// --- Snapshots ---

TEST_F(SubscriptionTest, BeginsWithItsIdAloneAndHeartbeatsWithoutTopics) {
  SubscriptionCall call(client_, {});
  v1::SubscribeResponse message;
  ASSERT_TRUE(call.Read(&message));
  EXPECT_TRUE(message.topic_id().empty());
  EXPECT_GE(message.opened().subscription_id().size(), 20);
  ASSERT_TRUE(call.Read(&message));
  EXPECT_GT(message.heartbeat().time().seconds(), 0);
}

TEST_F(SubscriptionTest, KeepsThePromisesOfAWatchForEachOfItsTopics) {
  std::vector<v1::Topic> topics = {JobListTopic("list")};
  std::vector<v1::Job> jobs;
  for (int number = 0; number < 6; ++number) {
    jobs.push_back(ShortJob());
    topics.push_back(SnapshotsTopic(absl::StrCat("job-", number), jobs.back().name(), 0,
                                    number % 2 == 0 ? v1::DELIVERY_EVERY : v1::DELIVERY_LATEST));
  }
  SubscriptionCall call(client_, topics);
  std::set<std::string> closed;
  call.ReadUntil([&](const v1::SubscribeResponse& message) {
    if (message.has_closed()) closed.insert(message.topic_id());
    return closed.size() == jobs.size();
  });
  ASSERT_EQ(closed.size(), jobs.size());
  for (size_t number = 0; number < jobs.size(); ++number) {
    WatchRecord record = call.Watched(absl::StrCat("job-", number));
    record.request.set_delivery(topics[number + 1].snapshots().delivery());
    EXPECT_TRUE(record.status.ok()) << record.status.error_message();
    EXPECT_THAT(CheckWatch({record}, MustGet(jobs[number].name())), IsEmpty());
  }
}

TEST_F(SubscriptionTest, SendsTheSameSnapshotsAsAWatchFromAnyIndex) {
  const v1::Job job = FinishedJob();
  const int64_t start = job.progress().snapshot_count() / 2;
  SubscriptionCall call(client_, {SnapshotsTopic("half", job.name(), start)});
  call.ReadUntil([](const auto& message) { return Closes(message, "half"); });
  const std::vector<v1::Snapshot> sent = call.Watched("half").Snapshots();
  const std::vector<v1::Snapshot> watched = client_.Watch(job.name(), start).Snapshots();
  ASSERT_EQ(sent.size(), watched.size());
  for (size_t place = 0; place < sent.size(); ++place) {
    EXPECT_EQ(sent[place].SerializeAsString(), watched[place].SerializeAsString());
  }
}

TEST_F(SubscriptionTest, LetsNoBusyTopicHoldUpTheOthers) {
  const v1::Job busy = EndlessJob();
  const v1::Job other = EndlessJob();
  SubscriptionCall call(client_, {SnapshotsTopic("busy", busy.name()), JobListTopic("list")});
  call.ReadUntil([](const auto& message) { return message.snapshots().snapshots_size() > 100; });
  v1::UpdateSubscriptionRequest changes;
  *changes.add_add_topics() = SnapshotsTopic("other", other.name());
  v1::UpdateSubscriptionResponse answer;
  ASSERT_TRUE(call.Update(changes, &answer).ok());
  // In turn: between two messages of one topic that has more there is one of each other.
  int64_t in_a_row = 0;
  int64_t most_in_a_row = 0;
  int64_t of_other = 0;
  call.ReadUntil([&](const v1::SubscribeResponse& message) {
    if (message.topic_id() == "other") of_other += message.snapshots().snapshots_size() > 0 ? 1 : 0;
    in_a_row = message.topic_id() == "busy" ? in_a_row + 1 : 0;
    if (of_other > 0) most_in_a_row = std::max(most_in_a_row, in_a_row);
    return of_other == 20;
  });
  EXPECT_EQ(of_other, 20);
  EXPECT_LT(most_in_a_row, 200);
  v1::Job job;
  EXPECT_TRUE(client_.CancelJob(busy.name(), &job).ok());
  EXPECT_TRUE(client_.CancelJob(other.name(), &job).ok());
}

TEST_F(SubscriptionTest, ClosesATopicByItsOwnErrorAndGoesOn) {
  const v1::Job job = FinishedJob();
  v1::Topic large = SnapshotsTopic("large", job.name());
  const v1::Job wide = MustCreate(MlpSpec("points", {1024, 1024}, /*epochs=*/1, 600));
  large.mutable_snapshots()->set_job(wide.name());
  large.mutable_snapshots()->set_view(v1::SNAPSHOT_VIEW_FULL);
  SubscriptionCall call(
      client_, {SnapshotsTopic("none", "jobs/none"), large, SnapshotsTopic("a", job.name())});
  call.ReadUntil([](const auto& message) { return Closes(message, "a"); });
  EXPECT_TRUE(call.Watched("a").Ended().has_value());
  const grpc::Status none = call.Watched("none").status;
  EXPECT_EQ(none.error_code(), StatusCode::NOT_FOUND);
  EXPECT_THAT(none.error_message(), HasSubstr("jobs/none"));
  EXPECT_EQ(DetailsOf(none).info.reason(), "JOB_NOT_FOUND");
  EXPECT_EQ(call.Watched("large").status.error_code(), StatusCode::FAILED_PRECONDITION);
}

// --- Changing topics ---

TEST_F(SubscriptionTest, AddsAndDropsTopicsWithoutReconnecting) {
  const v1::Job first = EndlessJob();
  const v1::Job second = FinishedJob();
  SubscriptionCall call(client_, {SnapshotsTopic("first", first.name())});
  call.ReadUntil([](const auto& message) { return message.snapshots().snapshots_size() > 0; });

  v1::UpdateSubscriptionRequest changes;
  *changes.add_add_topics() = SnapshotsTopic("second", second.name(), 3);
  changes.add_drop_topic_ids("first");
  changes.add_drop_topic_ids("never-there");
  v1::UpdateSubscriptionResponse answer;
  ASSERT_TRUE(call.Update(changes, &answer).ok());
  EXPECT_THAT(answer.topic_ids(), ElementsAre("second"));
  call.ReadUntil([](const auto& message) { return Closes(message, "second"); });
  EXPECT_EQ(call.Watched("second").Snapshots().front().index(), 3);

  // An id may be used again, also one that closed by itself.
  v1::UpdateSubscriptionRequest again;
  *again.add_add_topics() = SnapshotsTopic("second", second.name());
  *again.add_add_topics() = JobListTopic("first");
  ASSERT_TRUE(call.Update(again, &answer).ok());
  EXPECT_THAT(answer.topic_ids(), ElementsAre("first", "second"));
  call.ReadUntil([](const auto& message) { return Closes(message, "second"); });
  EXPECT_TRUE(call.Watched("second").Ended().has_value());
  v1::Job job;
  EXPECT_TRUE(client_.CancelJob(first.name(), &job).ok());
}

TEST_F(SubscriptionTest, SendsNothingOfADroppedTopicAfterTheAnswer) {
  const v1::Job busy = EndlessJob();
  SubscriptionCall call(client_, {SnapshotsTopic("busy", busy.name())});
  call.ReadUntil([](const auto& message) { return message.snapshots().snapshots_size() > 0; });
  v1::UpdateSubscriptionRequest changes;
  changes.add_drop_topic_ids("busy");
  *changes.add_add_topics() = JobListTopic("mark");
  v1::UpdateSubscriptionResponse answer;
  ASSERT_TRUE(call.Update(changes, &answer).ok());
  // What comes after the first of a topic that was added with the drop was sent after the answer.
  call.ReadUntil([](const auto& message) { return message.topic_id() == "mark"; });
  for (int messages = 0; messages < 5; ++messages) {
    v1::SubscribeResponse message;
    ASSERT_TRUE(call.Read(&message));
    EXPECT_NE(message.topic_id(), "busy");
  }
  v1::Job job;
  EXPECT_TRUE(client_.CancelJob(busy.name(), &job).ok());
}

TEST_F(SubscriptionTest, RefusesABadChangeAsAWhole) {
  const v1::Job job = FinishedJob();
  SubscriptionCall call(client_, {JobListTopic("list")});
  call.ReadUntil([](const auto& message) { return message.has_job_list(); });
  v1::UpdateSubscriptionResponse answer;

  v1::UpdateSubscriptionRequest taken;
  taken.add_drop_topic_ids("other");
  *taken.add_add_topics() = SnapshotsTopic("fresh", job.name());
  *taken.add_add_topics() = SnapshotsTopic("list", job.name());
  const grpc::Status exists = call.Update(taken, &answer);
  EXPECT_EQ(exists.error_code(), StatusCode::ALREADY_EXISTS);
  EXPECT_THAT(exists.error_message(), HasSubstr("\"list\" is followed already"));

  v1::UpdateSubscriptionRequest bad;
  *bad.add_add_topics() = SnapshotsTopic("fresh", job.name());
  *bad.add_add_topics() = SnapshotsTopic("worse", "jobs/x", -1);
  const grpc::Status invalid = call.Update(bad, &answer);
  EXPECT_EQ(invalid.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(invalid.error_message(),
              HasSubstr("add_topics[1].snapshots.start_index: must be at least 0, got -1"));

  v1::UpdateSubscriptionRequest many;
  for (int number = 0; number < 64; ++number) {
    *many.add_add_topics() = JobListTopic(absl::StrCat("list-", number));
  }
  const grpc::Status exhausted = call.Update(many, &answer);
  EXPECT_EQ(exhausted.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(exhausted.error_message(), HasSubstr("at most 64"));
  EXPECT_THAT(exhausted.error_message(), HasSubstr("would be 65"));

  ASSERT_TRUE(call.Update({}, &answer).ok());
  EXPECT_THAT(answer.topic_ids(), ElementsAre("list"));
}

TEST_F(SubscriptionTest, OfSomebodyElseOrOfNobodyIsNotFound) {
  SubscriptionCall call(client_, {});
  v1::SubscribeResponse opened;
  ASSERT_TRUE(call.Read(&opened));
  RpcClient eve(server_.address(), {{"percept-owner", "eve"}});
  SubscriptionCall eves(eve, {});
  ASSERT_TRUE(eves.Read(&opened));
  v1::UpdateSubscriptionRequest request;
  v1::UpdateSubscriptionResponse answer;
  request.set_subscription_id(call.id());
  const grpc::Status foreign = eves.Update(request, &answer);
  EXPECT_EQ(foreign.error_code(), StatusCode::NOT_FOUND);
  request.set_subscription_id("guessed");
  const grpc::Status unknown = eves.Update(request, &answer);
  EXPECT_EQ(unknown.error_code(), StatusCode::NOT_FOUND);
  EXPECT_THAT(unknown.error_message(), HasSubstr("\"guessed\" is no open subscription of yours"));
  EXPECT_EQ(DetailsOf(unknown).info.reason(), "SUBSCRIPTION_NOT_FOUND");
}

TEST_F(SubscriptionTest, WithBadTopicsIsRefusedNamingTheField) {
  struct Case {
    std::vector<v1::Topic> topics;
    std::string message;
  };
  v1::Topic nothing;
  nothing.set_topic_id("a");
  v1::Topic delivery = SnapshotsTopic("a", "jobs/x");
  delivery.mutable_snapshots()->set_delivery(static_cast<v1::Delivery>(7));
  const std::vector<Case> cases = {
      {{JobListTopic("")}, "topics[0].topic_id: must match [a-z0-9-]{1,63}, got \"\""},
      {{JobListTopic("UP")}, "topics[0].topic_id: must match [a-z0-9-]{1,63}, got \"UP\""},
      {{JobListTopic(std::string(64, 'a'))}, "topics[0].topic_id: must match"},
      {{JobListTopic("a"), JobListTopic("a")}, "topics[1].topic_id: must be unique, got \"a\""},
      {{nothing}, "topics[0].subject: must be set: job_list or snapshots"},
      {{delivery}, "topics[0].snapshots.delivery: must be one of the enumeration's values, got 7"},
      {{SnapshotsTopic("a", "x")}, "topics[0].snapshots.job: must be"},
      {{JobListTopic("a", "state=DONE")}, "topics[0].job_list.filter: a state must be one of"},
      {{JobListTopic("a", "", 1001)},
       "topics[0].job_list.max_jobs: must be in [0, 1000], got 1001"},
      {std::vector<v1::Topic>(65, JobListTopic("a")), "topics[1].topic_id: must be unique"},
  };
  for (const Case& each : cases) {
    SubscriptionCall call(client_, each.topics);
    const grpc::Status status = call.Finish();
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << each.message;
    EXPECT_THAT(status.error_message(), HasSubstr(each.message));
    EXPECT_TRUE(DetailsOf(status).parsed);
  }
}

// --- Lists of jobs ---

TEST_F(SubscriptionTest, ShowsAListOfJobsAndEachOfTheirTransitions) {
  const v1::Job before = FinishedJob();
  SubscriptionCall call(client_, {JobListTopic("list")});
  FollowedList list;
  const v1::SubscribeResponse first =
      call.ReadUntil([](const auto& message) { return message.has_job_list(); });
  EXPECT_TRUE(first.job_list().complete());
  list.Apply(first.job_list());
  EXPECT_EQ(list.jobs().at(before.name()).SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(list.total_size(), 1);

  const v1::Job job = EndlessJob();
  FollowUntil(call, "list", list, [&] { return list.Shows(job.name(), v1::JOB_STATE_RUNNING); });
  EXPECT_EQ(list.total_size(), 2);
  v1::Job answer;
  ASSERT_TRUE(client_.PauseJob(job.name(), &answer).ok());
  FollowUntil(call, "list", list, [&] { return list.Shows(job.name(), v1::JOB_STATE_PAUSED); });
  ASSERT_TRUE(client_.CancelJob(job.name(), &answer).ok());
  FollowUntil(call, "list", list, [&] { return list.Shows(job.name(), v1::JOB_STATE_CANCELLED); });
  EXPECT_EQ(list.jobs().at(job.name()).SerializeAsString(),
            MustGet(job.name()).SerializeAsString());
  ASSERT_TRUE(client_.DeleteJob(job.name()).ok());
  FollowUntil(call, "list", list, [&] { return !list.jobs().contains(job.name()); });
  EXPECT_EQ(list.total_size(), 1);
}

TEST_F(SubscriptionTest, SendsTheProgressOfARunningJobWithoutItsSnapshots) {
  const v1::Job job = EndlessJob();
  SubscriptionCall call(client_, {JobListTopic("list", "state=RUNNING")});
  std::vector<int64_t> instances;
  call.ReadUntil([&](const v1::SubscribeResponse& message) {
    for (const v1::Job& shown : message.job_list().jobs()) {
      instances.push_back(shown.progress().instances());
    }
    return instances.size() >= 3;
  });
  ASSERT_GE(instances.size(), 3);
  EXPECT_LT(instances[0], instances[1]);
  EXPECT_LT(instances[1], instances[2]);
  v1::Job cancelled;
  EXPECT_TRUE(client_.CancelJob(job.name(), &cancelled).ok());
  // It leaves a list of what runs.
  call.ReadUntil([&](const v1::SubscribeResponse& message) {
    const auto& removed = message.job_list().removed_jobs();
    return std::find(removed.begin(), removed.end(), job.name()) != removed.end();
  });
}

TEST_F(SubscriptionTest, ShowsTheNewestOfManyAndCountsAll) {
  std::vector<std::string> names;
  for (int number = 0; number < 5; ++number) names.push_back(FinishedJob("mine").name());
  FinishedJob("other");
  SubscriptionCall call(client_, {JobListTopic("list", "label=mine", 3)});
  FollowedList list;
  FollowUntil(call, "list", list, [&] { return list.total_size() > 0; });
  EXPECT_EQ(list.total_size(), 5);
  EXPECT_THAT(list.jobs(), SizeIs(3));
  EXPECT_FALSE(list.jobs().contains(names[1]));
  EXPECT_TRUE(list.jobs().contains(names[2]));
  // A new one pushes the oldest off the end; a deleted one lets it in again.
  const v1::Job newest = FinishedJob("mine");
  FollowUntil(call, "list", list, [&] { return list.jobs().contains(newest.name()); });
  EXPECT_FALSE(list.jobs().contains(names[2]));
  EXPECT_EQ(list.total_size(), 6);
  ASSERT_TRUE(client_.DeleteJob(newest.name()).ok());
  FollowUntil(call, "list", list, [&] { return list.jobs().contains(names[2]); });
  EXPECT_THAT(list.jobs(), SizeIs(3));
  EXPECT_EQ(list.total_size(), 5);
}

TEST_F(SubscriptionTest, KeepsManyFollowersOfOneListUpToDate) {
  constexpr int kFollowers = 20;
  std::vector<std::unique_ptr<SubscriptionCall>> calls;
  for (int number = 0; number < kFollowers; ++number) {
    calls.push_back(
        std::make_unique<SubscriptionCall>(client_, std::vector<v1::Topic>{JobListTopic("list")}));
  }
  std::set<std::string> names;
  for (int number = 0; number < 10; ++number) names.insert(ShortJob().name());
  for (const auto& call : calls) {
    FollowedList list;
    FollowUntil(*call, "list", list, [&] {
      for (const std::string& name : names) {
        if (!list.Shows(name, v1::JOB_STATE_SUCCEEDED)) return false;
      }
      return true;
    });
    EXPECT_EQ(list.total_size(), 10);
  }
}

// --- Ends ---

TEST_F(SubscriptionTest, EndsWithTheCursorsOfItsTopicsWhenTheServerStops) {
  const v1::Job job = EndlessJob();
  SubscriptionCall call(client_, {JobListTopic("list"), SnapshotsTopic("job", job.name())});
  call.ReadUntil([](const auto& message) { return message.snapshots().snapshots_size() > 0; });
  server_.server().Stop();
  v1::SubscribeResponse message;
  while (call.Read(&message)) {
  }
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  const int64_t next = call.Watched("job").Snapshots().back().index() + 1;
  EXPECT_EQ(status.error_message(),
            absl::StrCat("the server is stopping; subscribe again, with topic job at start_index ",
                         next));
  EXPECT_EQ(DetailsOf(status).info.reason(), "SERVER_STOPPING");
}

TEST_F(SubscriptionTest, OfADeletedJobIsNotFound) {
  const v1::Job job = FinishedJob();
  ASSERT_TRUE(client_.DeleteJob(job.name()).ok());
  SubscriptionCall call(client_, {SnapshotsTopic("gone", job.name())});
  call.ReadUntil([](const auto& message) { return Closes(message, "gone"); });
  EXPECT_EQ(call.Watched("gone").status.error_code(), StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace percept::testing
