#include <memory>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include <grpcpp/grpcpp.h>

#include "percept/v1/snapshot_service.grpc.pb.h"
#include "tests/bench/streams/viewers.h"

namespace percept::bench {
namespace {

std::shared_ptr<grpc::Channel> OwnConnection(const std::string& server,
                                             const client::TlsOptions& tls) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return client::MakeChannel(server, tls, arguments);
}

class GrpcViewers final : public Viewers {
 public:
  GrpcViewers(const std::string& server, const client::TlsOptions& tls, const std::string& token,
              const Watched& watched)
      : Viewers(watched.count) {
    v1::WatchSnapshotsRequest request;
    request.set_name(watched.job);
    request.set_start_index(watched.start_index);
    for (int number = 0; number < watched.count; ++number) {
      auto viewer = std::make_unique<Client>();
      viewer->stub = v1::SnapshotService::NewStub(OwnConnection(server, tls));
      if (!token.empty()) viewer->context.AddMetadata("authorization", "Bearer " + token);
      viewer->reader =
          viewer->stub->AsyncWatchSnapshots(&viewer->context, request, &queue_, viewer.get());
      viewers_.push_back(std::move(viewer));
    }
  }

  ~GrpcViewers() override {
    for (const auto& viewer : viewers_) viewer->context.TryCancel();
    while (ended() < static_cast<int64_t>(viewers_.size())) TakeNext(absl::InfiniteFuture());
    queue_.Shutdown();
    void* tag;
    bool ok;
    while (queue_.Next(&tag, &ok)) {
    }
  }

 private:
  struct Client : Viewer {
    enum class State { kStarting, kReading, kFinishing, kDone };

    std::unique_ptr<v1::SnapshotService::Stub> stub;
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientAsyncReader<v1::WatchSnapshotsResponse>> reader;
    v1::WatchSnapshotsResponse message;
    grpc::Status status;
    State state = State::kStarting;
  };

  bool TakeNext(absl::Time deadline) override {
    void* tag;
    bool ok;
    if (queue_.AsyncNext(&tag, &ok, absl::ToChronoTime(deadline)) !=
        grpc::CompletionQueue::GOT_EVENT) {
      return false;
    }
    Take(*static_cast<Client*>(tag), ok);
    return true;
  }

  void Take(Client& viewer, bool ok) {
    using State = Client::State;
    if (viewer.state == State::kFinishing) {
      viewer.state = State::kDone;
      NoteEnd(absl::Status(static_cast<absl::StatusCode>(viewer.status.error_code()),
                           viewer.status.error_message()));
      return;
    }
    if (!ok) {
      viewer.state = State::kFinishing;
      viewer.reader->Finish(&viewer.status, &viewer);
      return;
    }
    if (viewer.state == State::kReading) NoteMessage(viewer, viewer.message);
    viewer.state = State::kReading;
    viewer.reader->Read(&viewer.message, &viewer);
  }

  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Client>> viewers_;
};

}  // namespace

std::unique_ptr<Viewers> WatchByLibrary(const std::string& server, const client::TlsOptions& tls,
                                        const std::string& token, const Watched& watched) {
  return std::make_unique<GrpcViewers>(server, tls, token, watched);
}

}  // namespace percept::bench
