#include "server/rpc/step_stream.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include <grpcpp/grpcpp.h>

#include "percept/v1/inspect_service.grpc.pb.h"

namespace percept::rpc {
namespace {

using Code = grpc::StatusCode;
using Response = v1::ExploreResponse;
using Stream = StepStream<Response>;

// Makes messages of so many bytes, numbered by their snapshot index.
class NumberSource final : public StepSource<Response> {
 public:
  NumberSource(int64_t count, size_t bytes, std::atomic<int64_t>* made, std::atomic<int>* alive)
      : count_(count), bytes_(bytes), made_(made), alive_(alive) {
    ++*alive_;
  }
  ~NumberSource() override { --*alive_; }

  absl::StatusOr<bool> Fill(Response& response, GoesOn) override {
    if (count_ < 0 && next_ == -count_) return absl::OutOfRangeError("step 3 leads nowhere");
    response.set_snapshot_index(next_++);
    response.add_steps()->mutable_inputs()->Resize(static_cast<int>(bytes_ / sizeof(float)), 1.0f);
    ++*made_;
    return next_ != count_;
  }

 private:
  const int64_t count_;  // Below 0: fails after as many.
  const size_t bytes_;
  std::atomic<int64_t>* const made_;
  std::atomic<int>* const alive_;
  int64_t next_ = 0;
};

// A service whose streams are what the test says, on a port of its own.
class StepServer final : public v1::InspectService::CallbackService {
 public:
  explicit StepServer(Stream::Begin begin, int slots = 10,
                      absl::Duration stall_limit = StallGuard::kLimit)
      : begin_(std::move(begin)), slots_(slots), stall_limit_(stall_limit) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    stub_ = v1::InspectService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }

  grpc::ServerWriteReactor<Response>* Explore(grpc::CallbackServerContext* context,
                                              const v1::ExploreRequest*) override {
    return Stream::Start(&pool_, &slots_, context, begin_, stall_limit_);
  }

  std::unique_ptr<grpc::ClientReader<Response>> Ask(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    return stub_->Explore(&context, {});
  }

 private:
  const Stream::Begin begin_;
  StreamSlots slots_;
  const absl::Duration stall_limit_;
  ThreadPool pool_{"inspect", 1, 10};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::InspectService::Stub> stub_;
};

class StepStreamTest : public ::testing::Test {
 protected:
  Stream::Begin Numbers(int64_t count, size_t bytes = 0) {
    return [=, this]() -> absl::StatusOr<std::unique_ptr<StepSource<Response>>> {
      return std::make_unique<NumberSource>(count, bytes, &made_, &alive_);
    };
  }

  void WaitUntilNoneIsLeft() const {
    while (alive_ > 0) std::this_thread::yield();
  }

  std::atomic<int64_t> made_{0};
  std::atomic<int> alive_{0};
};

TEST_F(StepStreamTest, SendsWhatItsSourceMakesInOrder) {
  StepServer server(Numbers(50));
  grpc::ClientContext context;
  const auto reader = server.Ask(context);
  Response response;
  int64_t next = 0;
  while (reader->Read(&response)) EXPECT_EQ(response.snapshot_index(), next++);
  EXPECT_EQ(next, 50);
  EXPECT_TRUE(reader->Finish().ok());
  WaitUntilNoneIsLeft();
}

TEST_F(StepStreamTest, EndsWithTheErrorOfItsBeginning) {
  StepServer server([]() -> absl::StatusOr<std::unique_ptr<StepSource<Response>>> {
    return absl::NotFoundError("no such job");
  });
  grpc::ClientContext context;
  const auto reader = server.Ask(context);
  Response response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), Code::NOT_FOUND);
}

TEST_F(StepStreamTest, EndsWithTheErrorOfAStepAfterThoseBeforeIt) {
  StepServer server(Numbers(-3));
  grpc::ClientContext context;
  const auto reader = server.Ask(context);
  Response response;
  int messages = 0;
  while (reader->Read(&response)) ++messages;
  EXPECT_EQ(messages, 3);
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), Code::OUT_OF_RANGE);
  EXPECT_EQ(status.error_message(), "step 3 leads nowhere");
}

TEST_F(StepStreamTest, ThatFindsNoSlotIsRefusedUntilAnotherEnds) {
  StepServer server(Numbers(1'000'000, 1 << 16), /*slots=*/1);
  Response response;
  grpc::ClientContext first_context;
  const auto first = server.Ask(first_context);
  ASSERT_TRUE(first->Read(&response));
  grpc::ClientContext second_context;
  const auto second = server.Ask(second_context);
  EXPECT_FALSE(second->Read(&response));
  EXPECT_EQ(second->Finish().error_code(), Code::RESOURCE_EXHAUSTED);
  first_context.TryCancel();
  EXPECT_EQ(first->Finish().error_code(), Code::CANCELLED);
  WaitUntilNoneIsLeft();
  bool taken = false;
  while (!taken) {
    grpc::ClientContext context;
    const auto reader = server.Ask(context);
    taken = reader->Read(&response);
    context.TryCancel();
    reader->Finish();
  }
}

TEST_F(StepStreamTest, MakesNoMoreThanItsClientReads) {
  StepServer server(Numbers(1'000'000, 1 << 16));
  grpc::ClientContext slow_context;
  const auto slow = server.Ask(slow_context);
  Response response;
  ASSERT_TRUE(slow->Read(&response));
  // The only thread is free for others, who read on.
  grpc::ClientContext context;
  const auto reader = server.Ask(context);
  for (int number = 0; number < 200; ++number) ASSERT_TRUE(reader->Read(&response));
  // Windows of HTTP/2 hold some messages of each; far less than were read.
  EXPECT_LT(made_, 2 * 200);
  for (auto* c : {&slow_context, &context}) c->TryCancel();
  EXPECT_EQ(slow->Finish().error_code(), Code::CANCELLED);
  EXPECT_EQ(reader->Finish().error_code(), Code::CANCELLED);
  WaitUntilNoneIsLeft();
}

TEST_F(StepStreamTest, SendsAClientAwayThatDoesNotRead) {
  StepServer server(Numbers(1'000'000, 1 << 16), /*slots=*/1,
                    /*stall_limit=*/absl::Milliseconds(50));
  grpc::ClientContext context;
  const auto reader = server.Ask(context);
  while (made_ == 0) std::this_thread::yield();
  WaitUntilNoneIsLeft();
  Response response;
  while (reader->Read(&response)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), Code::CANCELLED);
}

}  // namespace
}  // namespace percept::rpc
