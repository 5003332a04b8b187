// percept_bare_server
//
// As little as a server of gRPC's can do for viewers, for streams.py: it has perceptd's methods and
// its settings that save memory, and answers every watch with one message, after which it holds the
// stream. Prints {"address": HOST:PORT} for a line of standard input and ends with that.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

#include "percept/v1/access_service.grpc.pb.h"
#include "percept/v1/dataset_service.grpc.pb.h"
#include "percept/v1/demo_service.grpc.pb.h"
#include "percept/v1/inspect_service.grpc.pb.h"
#include "percept/v1/job_service.grpc.pb.h"
#include "percept/v1/server_service.grpc.pb.h"
#include "percept/v1/snapshot_service.grpc.pb.h"
#include "percept/v1/subscription_service.grpc.pb.h"

namespace percept::bench {
namespace {

class HeldStream final : public grpc::ServerWriteReactor<v1::WatchSnapshotsResponse> {
 public:
  HeldStream() {
    message_.add_snapshots();
    StartWrite(&message_);
  }

  void OnWriteDone(bool) override { message_.Clear(); }
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  v1::WatchSnapshotsResponse message_;
};

class SnapshotService final : public v1::SnapshotService::CallbackService {
 public:
  grpc::ServerWriteReactor<v1::WatchSnapshotsResponse>* WatchSnapshots(
      grpc::CallbackServerContext*, const v1::WatchSnapshotsRequest*) override {
    return new HeldStream;
  }
};

int Run() {
  v1::AccessService::CallbackService access;
  v1::DatasetService::CallbackService datasets;
  v1::DemoService::CallbackService demos;
  v1::InspectService::CallbackService inspections;
  v1::JobService::CallbackService jobs;
  v1::ServerService::CallbackService servers;
  SnapshotService snapshots;
  v1::SubscriptionService::CallbackService subscriptions;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  builder.AddChannelArgument(GRPC_ARG_TCP_READ_CHUNK_SIZE, 1024);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.RegisterService(&access);
  builder.RegisterService(&datasets);
  builder.RegisterService(&demos);
  builder.RegisterService(&inspections);
  builder.RegisterService(&jobs);
  builder.RegisterService(&servers);
  builder.RegisterService(&snapshots);
  builder.RegisterService(&subscriptions);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::cout << "{\"address\": \"127.0.0.1:" << port << "\"}" << std::endl;
  }
  server->Shutdown(std::chrono::system_clock::now());
  server->Wait();
  return 0;
}

}  // namespace
}  // namespace percept::bench

int main() {
  setenv("GRPC_EXPERIMENTS", "-tcp_read_chunks", /*overwrite=*/1);
  return percept::bench::Run();
}
