#include "tests/bench/streams/viewers.h"

#include <utility>

#include "absl/time/clock.h"

namespace percept::bench {
namespace {

std::shared_ptr<grpc::Channel> OwnConnection(const std::string& server,
                                             const client::TlsOptions& tls) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return client::MakeChannel(server, tls, arguments);
}

}  // namespace

struct Viewers::Viewer {
  enum class State { kStarting, kReading, kFinishing, kDone };

  std::unique_ptr<v1::SnapshotService::Stub> stub;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientAsyncReader<v1::WatchSnapshotsResponse>> reader;
  v1::WatchSnapshotsResponse message;
  grpc::Status status;
  State state = State::kStarting;
  bool has_begun = false;
};

Viewers::Viewers(const std::string& server, const client::TlsOptions& tls, const std::string& token,
                 const std::string& job, int count, int64_t start_index) {
  v1::WatchSnapshotsRequest request;
  request.set_name(job);
  request.set_start_index(start_index);
  for (int number = 0; number < count; ++number) {
    auto viewer = std::make_unique<Viewer>();
    viewer->stub = v1::SnapshotService::NewStub(OwnConnection(server, tls));
    if (!token.empty()) viewer->context.AddMetadata("authorization", "Bearer " + token);
    viewer->reader =
        viewer->stub->AsyncWatchSnapshots(&viewer->context, request, &queue_, viewer.get());
    viewers_.push_back(std::move(viewer));
  }
}

Viewers::~Viewers() {
  for (const auto& viewer : viewers_) viewer->context.TryCancel();
  Take(absl::InfiniteFuture(),
       [this] { return received_.ended == static_cast<int64_t>(viewers_.size()); });
  queue_.Shutdown();
  void* tag;
  bool ok;
  while (queue_.Next(&tag, &ok)) {
  }
}

bool Viewers::AwaitFirst(absl::Duration limit) {
  const auto all = static_cast<int64_t>(viewers_.size());
  Take(absl::Now() + limit, [&] { return begun_ == all; });
  return begun_ == all;
}

Viewers::Received Viewers::Run(absl::Duration duration) {
  const int64_t ended = received_.ended;
  received_ = {.ended = ended};
  Take(absl::Now() + duration,
       [this] { return received_.ended == static_cast<int64_t>(viewers_.size()); });
  return received_;
}

template <typename IsEnough>
void Viewers::Take(absl::Time end, IsEnough is_enough) {
  void* tag;
  bool ok;
  const auto deadline = absl::ToChronoTime(end);
  while (!is_enough() &&
         queue_.AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::GOT_EVENT) {
    Note(*static_cast<Viewer*>(tag), ok);
  }
}

void Viewers::Note(Viewer& viewer, bool ok) {
  using State = Viewer::State;
  if (viewer.state == State::kFinishing) {
    viewer.state = State::kDone;
    ++received_.ended;
    if (!viewer.status.ok() && received_.fault.ok()) {
      received_.fault = absl::Status(static_cast<absl::StatusCode>(viewer.status.error_code()),
                                     viewer.status.error_message());
    }
    return;
  }
  if (!ok) {
    viewer.state = State::kFinishing;
    viewer.reader->Finish(&viewer.status, &viewer);
    return;
  }
  if (viewer.state == State::kReading && viewer.message.snapshots_size() > 0) {
    const auto& time = viewer.message.snapshots().rbegin()->create_time();
    received_.ages.push_back(absl::Now() - absl::FromUnixSeconds(time.seconds()) -
                             absl::Nanoseconds(time.nanos()));
    ++received_.messages;
    received_.snapshots += viewer.message.snapshots_size();
    if (!std::exchange(viewer.has_begun, true)) ++begun_;
  }
  viewer.state = State::kReading;
  viewer.reader->Read(&viewer.message, &viewer);
}

}  // namespace percept::bench
