// Who may call what of a server that asks for tokens.
#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.pb.h"
#include <grpcpp/generic/generic_stub.h>

#include "percept/v1/access_service.grpc.pb.h"
#include "server/rpc/access/permissions.h"
#include "tests/integration/access_fixture.h"
#include "tests/support/subscription_call.h"

namespace percept::testing {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;

// How a call with an empty request comes out, whatever the method streams.
grpc::Status CallWithNothing(const RpcClient& client, const std::string& method) {
  grpc::GenericStub stub(client.channel());
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  client.Prepare(context);
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  auto call = stub.PrepareCall(&context, method, &queue);
  call->StartCall(nullptr);
  wait();
  const grpc::Slice nothing("");
  call->WriteLast(grpc::ByteBuffer(&nothing, 1), grpc::WriteOptions(), nullptr);
  wait();
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  if (wait()) context.TryCancel();  // It was let in; a stream may go on for ever.
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
  return status;
}

bool IsRefused(const grpc::Status& status) {
  return status.error_code() == StatusCode::UNAUTHENTICATED ||
         status.error_code() == StatusCode::PERMISSION_DENIED;
}

bool IsOpened(SubscriptionCall& call) {
  v1::SubscribeResponse response;
  return call.Read(&response) && !call.id().empty();
}

class Access : public AccessTest {};

TEST_F(Access, IsAsTheTableSaysForEveryMethodAndRole) {
  const std::vector<std::pair<std::string, Role>> users = {{"vera", Role::kViewer},
                                                           {"stu", Role::kStudent},
                                                           {"ina", Role::kInstructor},
                                                           {"ada", Role::kAdmin}};
  for (const rpc::Permission& permission : rpc::Permissions()) {
    EXPECT_EQ(CallWithNothing(*WithToken(""), permission.method).error_code(),
              StatusCode::UNAUTHENTICATED)
        << permission.method;
    for (const auto& [name, role] : users) {
      const grpc::Status status = CallWithNothing(As(name), permission.method);
      if (role < permission.least) {
        EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED)
            << permission.method << " of " << name;
        EXPECT_THAT(status.error_message(), HasSubstr("needs at least"));
      } else {
        EXPECT_FALSE(IsRefused(status))
            << permission.method << " of " << name << ": " << status.error_message();
      }
    }
  }
}

TEST_F(Access, LeavesHealthOpen) {
  for (const char* method : {"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"}) {
    EXPECT_FALSE(IsRefused(CallWithNothing(*WithToken(""), method))) << method;
  }
}

TEST_F(Access, TellsStrangersNotEvenWhatThereIs) {
  const char* const unknown = "/percept.v1.JobService/Nonsense";
  EXPECT_EQ(CallWithNothing(*WithToken(""), unknown).error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(CallWithNothing(As("stu"), unknown).error_code(), StatusCode::UNIMPLEMENTED);
}

TEST_F(Access, TurnsAwayTokensThatAreForgedCutOrReplayedInAnotherForm) {
  const std::string token = TokenOf("ada");
  std::string forged = token;
  forged[forged.size() - 5] = forged[forged.size() - 5] == 'A' ? 'B' : 'A';
  for (const std::string& wrong : {forged, token.substr(0, token.size() - 1), token + token,
                                   token.substr(8), std::string("percept_"), std::string("null")}) {
    v1::GetServerInfoResponse info;
    EXPECT_EQ(WithToken(wrong)->GetServerInfo(&info).error_code(), StatusCode::UNAUTHENTICATED)
        << wrong;
  }
  RpcClient basic(server_->address(), {{"authorization", absl::StrCat("Basic ", token)}});
  v1::GetServerInfoResponse info;
  EXPECT_EQ(basic.GetServerInfo(&info).error_code(), StatusCode::UNAUTHENTICATED);
}

TEST_F(Access, TakesTheOwnerFromTheTokenAlone) {
  RpcClient liar(server_->address(), {{"authorization", absl::StrCat("Bearer ", TokenOf("stu"))},
                                      {"percept-owner", "ada"}});
  v1::Dataset dataset;
  ASSERT_TRUE(liar.CreateDataset(GeneratedDataset("points", v1::GENERATOR_XOR), &dataset).ok());
  EXPECT_EQ(dataset.owner(), "stu");
}

TEST_F(Access, EndsStreamsOfATokenThatIsTakenBack) {
  MustCreateDataset("stu", "points");
  const v1::Job job = MustCreateJob("stu", MlpSpec("points", {64}, 1'000'000, 10));
  std::promise<void> begun;
  std::future<WatchRecord> watched = std::async(std::launch::async, [&] {
    v1::WatchSnapshotsRequest request;
    request.set_name(job.name());
    request.set_delivery(v1::DELIVERY_LATEST);
    bool is_first = true;
    return As("vera").Watch(request, [&](const v1::WatchSnapshotsResponse&) {
      if (std::exchange(is_first, false)) begun.set_value();
      return true;
    });
  });
  begun.get_future().wait();
  SubscriptionCall subscription(As("ann"), {SnapshotsTopic("job", job.name())});
  ASSERT_TRUE(IsOpened(subscription));

  RemoveUser("vera");
  const WatchRecord record = watched.get();
  EXPECT_EQ(record.status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(record.status.error_message(), HasSubstr("taken back"));
  v1::GetServerInfoResponse info;
  EXPECT_EQ(As("vera").GetServerInfo(&info).error_code(), StatusCode::UNAUTHENTICATED);

  // Of another nothing ends.
  v1::SubscribeResponse response;
  EXPECT_TRUE(subscription.Read(&response));
  RemoveUser("ann");
  while (subscription.Read(&response)) {
  }
  EXPECT_EQ(subscription.Finish().error_code(), StatusCode::UNAUTHENTICATED);
  v1::Job cancelled;
  EXPECT_TRUE(As("stu").CancelJob(job.name(), &cancelled).ok());
}

TEST_F(Access, EndsStreamsOfATokenThatExpires) {
  MustCreateDataset("stu", "points");
  const v1::Job job = MustCreateJob("stu", MlpSpec("points", {64}, 1'000'000, 10));
  const std::string token = AddUser("eva", Role::kViewer, absl::Now() + absl::Seconds(2));
  absl::SleepFor(absl::Milliseconds(500));  // Until the file is read again.
  v1::WatchSnapshotsRequest request;
  request.set_name(job.name());
  request.set_delivery(v1::DELIVERY_LATEST);
  const WatchRecord record = WithToken(token)->Watch(request);
  EXPECT_EQ(record.status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(record.status.error_message(), HasSubstr("expired"));
  v1::Job cancelled;
  EXPECT_TRUE(As("ina").CancelJob(job.name(), &cancelled).ok());
}

TEST_F(Access, KeepsUsersAcrossARestart) {
  v1::GetServerInfoResponse info;
  ASSERT_TRUE(As("stu").GetServerInfo(&info).ok());
  server_->Restart();
  EXPECT_TRUE(WithToken(TokenOf("stu"))->GetServerInfo(&info).ok());
  EXPECT_EQ(WithToken("")->GetServerInfo(&info).error_code(), StatusCode::UNAUTHENTICATED);
}

app::Options WithLimits() {
  app::Options options;
  options.max_calls_per_second_per_caller = 2;
  options.max_streams_per_caller = 1;
  options.max_dataset_bytes_per_owner = 100'000;
  return options;
}

class CallerLimitsTest : public AccessTest {
 protected:
  CallerLimitsTest() : AccessTest(WithLimits()) {}
};

TEST_F(CallerLimitsTest, RefuseCallsBeyondTheRateOfOneCallerOnly) {
  v1::GetServerInfoResponse info;
  grpc::Status status;
  int calls = 0;
  while ((status = As("stu").GetServerInfo(&info)).ok() && calls < 1000) ++calls;
  EXPECT_GE(calls, 20);
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("--max-calls-per-second-per-caller"));
  EXPECT_EQ(DetailsOf(status).info.reason(), "TOO_MANY_CALLS");
  EXPECT_TRUE(As("ann").GetServerInfo(&info).ok());
  EXPECT_EQ(info.limits().max_calls_per_second_per_caller(), 2);
  EXPECT_EQ(info.limits().max_streams_per_caller(), 1);
}

TEST_F(CallerLimitsTest, RefuseAnotherStreamUntilOneIsClosed) {
  auto first =
      std::make_unique<SubscriptionCall>(As("stu"), std::vector<v1::Topic>{JobListTopic("jobs")});
  ASSERT_TRUE(IsOpened(*first));
  SubscriptionCall second(As("stu"), {JobListTopic("jobs")});
  EXPECT_FALSE(IsOpened(second));
  const grpc::Status refused = second.Finish();
  EXPECT_EQ(refused.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("at most 1 open at a time"));
  SubscriptionCall of_another(As("ann"), {JobListTopic("jobs")});
  EXPECT_TRUE(IsOpened(of_another));
  first = nullptr;
  bool is_open = false;
  for (int attempt = 0; attempt < 10 && !is_open; ++attempt) {
    absl::SleepFor(absl::Milliseconds(100));
    SubscriptionCall again(As("stu"), {JobListTopic("jobs")});
    is_open = IsOpened(again);
  }
  EXPECT_TRUE(is_open);
}

TEST_F(CallerLimitsTest, RefuseDataSetsBeyondAnOwnersBytesUntilSomeAreDeleted) {
  const v1::Dataset first = MustCreateDataset("stu", "first");
  ASSERT_GT(first.size_bytes(), 10'000 / 2);
  v1::Dataset dataset;
  const grpc::Status refused = As("stu").CreateDataset(
      GeneratedDataset("second", v1::GENERATOR_THREE_CLASS, /*points=*/10'000), &dataset);
  EXPECT_EQ(refused.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("--max-dataset-bytes-per-owner"));
  EXPECT_THAT(refused.error_message(), HasSubstr(absl::StrCat("stu has ", first.size_bytes())));
  MustCreateDataset("ann", "second");
}

class OwnersStoreTest : public AccessTest {
 protected:
  static app::Options WithOneByteEach() {
    app::Options options;
    options.max_stored_bytes_per_owner = 1;
    return options;
  }
  OwnersStoreTest() : AccessTest(WithOneByteEach()) {}
};

TEST_F(OwnersStoreTest, TakesNoJobOfWhoeverHasFilledItUntilOneIsDeleted) {
  MustCreateDataset("stu", "xor");
  const v1::Job first = MustTrain("stu", "xor");
  v1::Job job;
  const grpc::Status refused = As("stu").CreateJob(first.spec(), &job);
  EXPECT_EQ(refused.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("--max-stored-bytes-per-owner"));
  EXPECT_EQ(DetailsOf(refused).info.reason(), "OWNER_STORE_FULL");
  MustTrain("ann", "xor");
  ASSERT_TRUE(As("stu").DeleteJob(first.name()).ok());
  MustTrain("stu", "xor");
}

class FullStoreTest : public AccessTest {
 protected:
  static app::Options WithOneByteInAll() {
    app::Options options;
    options.max_store_bytes = 1;
    return options;
  }
  FullStoreTest() : AccessTest(WithOneByteInAll()) {}
};

TEST_F(FullStoreTest, TakesNoJob) {
  MustCreateDataset("stu", "xor");
  v1::Job job;
  const grpc::Status refused =
      As("stu").CreateJob(MlpSpec("xor", {3}, /*epochs=*/1, /*batch_size=*/50), &job);
  EXPECT_EQ(refused.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("--max-store-bytes"));
  EXPECT_EQ(DetailsOf(refused).info.reason(), "STORE_FULL");
}

}  // namespace
}  // namespace percept::testing
