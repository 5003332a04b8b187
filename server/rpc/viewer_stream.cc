#include "server/rpc/viewer_stream.h"

#include <pthread.h>

#include <limits>
#include <tuple>
#include <utility>

#include <grpc/grpc.h>

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/rpc/access/call_context.h"
#include "server/rpc/status_mapping.h"
#include "server/rpc/viewing_handler.h"

namespace percept::rpc {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// Messages to one viewer after which it is another's turn: a viewer who reads as fast as the past
// is sent would keep its thread from all others.
constexpr int kStepsInATurn = 4;

}  // namespace

// --- ViewerStreams ---

ViewerStreams::ViewerStreams(const Options& options, ThreadPool* pool, const Clock* clock)
    : options_(options), pool_(pool), clock_(clock) {
  ticker_ = std::thread([this] { Tick(); });
  pthread_setname_np(ticker_.native_handle(), "heartbeat");
}

ViewerStreams::~ViewerStreams() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  ticker_.join();
}

void ViewerStreams::EndAll() {
  is_ending_ = true;
  for (const std::shared_ptr<ViewerStream>& stream : Live()) stream->WakeSoon();
}

int64_t ViewerStreams::count() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int64_t>(streams_.size());
}

absl::Status ViewerStreams::Add(const std::shared_ptr<ViewerStream>& stream) {
  absl::MutexLock lock(&mutex_);
  const auto open = static_cast<int64_t>(streams_.size());
  if (open >= options_.max_streams) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrCat("streams: at most ", options_.max_streams,
                                                  " may be open at a time (--max-streams), ", open,
                                                  " are; try again when some viewers have left")),
        "TOO_MANY_STREAMS");
  }
  streams_.emplace(stream.get(), stream);
  return absl::OkStatus();
}

void ViewerStreams::Remove(const ViewerStream* stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(stream);
}

std::vector<std::shared_ptr<ViewerStream>> ViewerStreams::Live() const {
  std::vector<std::shared_ptr<ViewerStream>> live;
  absl::MutexLock lock(&mutex_);
  live.reserve(streams_.size());
  for (const auto& [key, held] : streams_) {
    if (std::shared_ptr<ViewerStream> stream = held.lock()) live.push_back(std::move(stream));
  }
  return live;
}

void ViewerStreams::Tick() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&is_stopping_), kTick)) return;
    }
    const absl::Time now = clock_->Now();
    for (const std::shared_ptr<ViewerStream>& stream : Live()) stream->Tick(now);
  }
}

// --- ViewerStream ---

ViewerStream::ViewerStream(ViewerStreams* streams, grpc::CallbackServerContext* context)
    : streams_(streams),
      completions_(CallOf(context).completions()),
      due_micros_(kNever),
      write_micros_(kNever),
      context_(context) {}

void ViewerStream::Start() {
  self_ = shared_from_this();
  const absl::Status added = streams_->Add(self_);
  is_added_ = added.ok();
  if (!added.ok()) {
    End(added);
    return;
  }
  WakeSoon();
}

void ViewerStream::Wake() {
  if (pump_.Notify()) Run();
}

void ViewerStream::WakeSoon() {
  if (pump_.Notify()) RunSoon();
}

void ViewerStream::Run() {
  const auto step = [this] {
    const CompletionsHere here(completions_);
    return Step();
  };
  if (pump_.Run(step, kStepsInATurn)) RunSoon();
}

void ViewerStream::RunSoon() {
  streams_->pool_->Submit([self = shared_from_this()] { self->Run(); });
}

void ViewerStream::OnWriteDone(bool ok) {
  write_micros_ = kNever;
  if (!ok) is_gone_ = true;
  if (!ok) std::ignore = pump_.Notify();  // False: `Settle` has the last word.
  if (pump_.Settle()) RunSoon();
}

void ViewerStream::OnCancel() {
  is_gone_ = true;
  WakeSoon();
}

void ViewerStream::OnDone() {
  {
    absl::MutexLock lock(&call_mutex_);
    context_ = nullptr;
  }
  if (is_added_) streams_->Remove(this);
  const std::shared_ptr<ViewerStream> last = std::move(self_);
}

void ViewerStream::Tick(absl::Time now) {
  if (due_micros_ <= absl::ToUnixMicros(now)) WakeSoon();
  if (!IsStalled(now) || !step_mutex_.TryLock()) return;
  if (IsStalled(now)) SendAway();
  step_mutex_.Unlock();
}

bool ViewerStream::IsStalled(absl::Time now) const {
  const int64_t write_micros = write_micros_;
  return write_micros != kNever &&
         now - absl::FromUnixMicros(write_micros) >= streams_->options_.stall_limit;
}

void ViewerStream::SendAway() {
  absl::MutexLock lock(&call_mutex_);
  if (context_ == nullptr || is_sent_away_) return;
  is_sent_away_ = true;
  const std::string message =
      absl::StrCat("the viewer left a message unread for ",
                   absl::FormatDuration(streams_->options_.stall_limit), "; ", whereabouts());
  CallContext& call = CallOf(context_);
  call.set_outcome(GRPC_STATUS_RESOURCE_EXHAUSTED);
  log::Info("a viewer was sent away", {{"why", message}, {"request_id", call.request_id()}});
  // Unlike `Finish`, whose status would wait behind the unread message, this drops that message and
  // is told at once.
  grpc_call_cancel_with_status(context_->c_call(), GRPC_STATUS_RESOURCE_EXHAUSTED, message.c_str(),
                               nullptr);
}

Pump::Next ViewerStream::Step() {
  absl::MutexLock lock(&step_mutex_);
  due_micros_ = kNever;
  if (is_gone_) return End(absl::CancelledError("the viewer went away"));
  Settle();
  if (IsOver()) return End(absl::OkStatus());
  if (streams_->is_ending_) {
    return End(
        WithReason(absl::UnavailableError(absl::StrCat("the server is stopping; ", whereabouts())),
                   "SERVER_STOPPING"));
  }
  absl::StatusOr<std::optional<WireMessage>> message = Next();
  if (!message.ok()) return End(message.status());
  if (message->has_value()) Write(**std::move(message));
  due_micros_ = absl::ToUnixMicros(due());
  if (!message->has_value()) return Pump::Next::kIdle;
  return HasMore() || IsOver() ? Pump::Next::kAwaitToGoOn : Pump::Next::kAwait;
}

void ViewerStream::Write(WireMessage message) {
  message_ = message.Release();
  write_micros_ = absl::ToUnixMicros(streams_->clock_->Now());
  StartWrite(&message_);
}

Pump::Next ViewerStream::End(const absl::Status& status) {
  const grpc::Status told = ToGrpcStatus(status);
  {
    absl::MutexLock lock(&call_mutex_);
    if (context_ != nullptr) CallOf(context_).set_outcome(told.error_code());
  }
  Finish(told);
  return Pump::Next::kOver;
}

}  // namespace percept::rpc
