#include "server/web/grpc_call.h"

#include <chrono>
#include <utility>
#include <vector>

#include <grpcpp/support/channel_arguments.h>

namespace percept::web {
namespace {

// What one call may have on its way to a reader that does not read, apart from the message taken
// last; without the bound gRPC lets it grow to megabytes.
constexpr int kWindowBytes = 64 << 10;

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kWindowBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // The server's default would send us to a proxy that the environment names.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, "localhost");
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

GrpcCall::GrpcCall(GrpcChannel* channel, Request request, std::function<void()> wake)
    : channel_(channel), method_(std::move(request.method)), wake_(std::move(wake)) {
  for (auto& [name, value] : request.metadata) context_.AddMetadata(name, value);
  if (request.timeout.has_value()) {
    context_.set_deadline(std::chrono::system_clock::now() +
                          absl::ToChronoMicroseconds(*request.timeout));
  }
  const grpc::Slice slice(request.message);
  request_ = grpc::ByteBuffer(&slice, 1);
}

void GrpcCall::Begin(const std::shared_ptr<GrpcCall>& self) {
  {
    const absl::MutexLock lock(&mutex_);
    self_ = self;
    reading_ = true;
    AddHold();
    StartWriteLast(&request_, grpc::WriteOptions());
    StartRead(&incoming_);
  }
  StartCall();
}

std::optional<grpc::ByteBuffer> GrpcCall::Take() {
  const absl::MutexLock lock(&mutex_);
  if (!has_message_ || cancelled_) return std::nullopt;
  has_message_ = false;
  reading_ = true;
  std::optional<grpc::ByteBuffer> message(std::move(incoming_));
  incoming_.Clear();
  StartRead(&incoming_);
  return message;
}

std::optional<GrpcCall::End> GrpcCall::end() const {
  const absl::MutexLock lock(&mutex_);
  return end_;
}

void GrpcCall::Cancel() {
  bool release = false;
  {
    const absl::MutexLock lock(&mutex_);
    if (cancelled_ || end_.has_value()) return;
    cancelled_ = true;
    release = held_ && !reading_;
    if (release) held_ = false;
  }
  context_.TryCancel();
  if (release) RemoveHold();
}

void GrpcCall::OnReadDone(bool ok) {
  bool release = false;
  {
    const absl::MutexLock lock(&mutex_);
    reading_ = false;
    has_message_ = ok;
    release = held_ && (!ok || cancelled_);
    if (release) held_ = false;
  }
  if (release) RemoveHold();
  if (ok) wake_();
}

void GrpcCall::OnDone(const grpc::Status& status) {
  End end{.code = static_cast<int>(status.error_code()), .message = status.error_message()};
  for (const auto& [name, value] : context_.GetServerTrailingMetadata()) {
    end.trailing_metadata.emplace_back(std::string(name.data(), name.size()),
                                       std::string(value.data(), value.size()));
  }
  std::shared_ptr<GrpcCall> self;
  {
    const absl::MutexLock lock(&mutex_);
    end_ = std::move(end);
    self = std::move(self_);
  }
  wake_();
  channel_->Remove(this);
}

GrpcChannel::GrpcChannel(const std::string& target) : stub_(MakeChannel(target)) {}

GrpcChannel::~GrpcChannel() {
  std::vector<std::shared_ptr<GrpcCall>> calls;
  {
    const absl::MutexLock lock(&mutex_);
    for (const auto& [address, call] : calls_) {
      if (std::shared_ptr<GrpcCall> alive = call.lock()) calls.push_back(std::move(alive));
    }
  }
  for (const std::shared_ptr<GrpcCall>& call : calls) call->Cancel();
  const absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &GrpcChannel::IsIdle));
}

std::shared_ptr<GrpcCall> GrpcChannel::Start(GrpcCall::Request request,
                                             std::function<void()> wake) {
  std::shared_ptr<GrpcCall> call(new GrpcCall(this, std::move(request), std::move(wake)));
  {
    const absl::MutexLock lock(&mutex_);
    calls_[call.get()] = call;
  }
  stub_.PrepareBidiStreamingCall(&call->context_, call->method_, grpc::StubOptions(), call.get());
  call->Begin(call);
  return call;
}

void GrpcChannel::Remove(GrpcCall* call) {
  const absl::MutexLock lock(&mutex_);
  calls_.erase(call);
}

}  // namespace percept::web
