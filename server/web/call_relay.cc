#include "server/web/call_relay.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/web/grpc_web.h"

namespace percept::web {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace

asio::awaitable<bool> CallRelay::Relay(std::shared_ptr<void> owner, GrpcChannel* channel,
                                       GrpcCall::Request request, std::string head) {
  call_ = channel->Start(std::move(request), [this, owner] {
    asio::post(stream_->get_executor(), [this, owner] { OnNews(); });
  });
  // Whatever is thrown meanwhile, the call does not go on, nor hold its connection for ever.
  const auto end = absl::MakeCleanup([this] {
    Cancel();
    call_ = nullptr;
  });
  WatchForLeaving(owner);
  is_reached_ = true;
  const bool reached = co_await PassMessages(std::move(head));
  Cancel();
  call_ = nullptr;
  while (is_reading_ahead_) {
    error_code ignored;
    stream_->transport().socket().cancel(ignored);
    co_await AwaitNews();
  }
  co_return reached;
}

void CallRelay::Cancel() {
  if (call_ != nullptr) call_->Cancel();
}

asio::awaitable<bool> CallRelay::PassMessages(std::string head) {
  before_ = std::move(head);
  unsent_.clear();
  while (is_reached_) {
    WriteWhatFits();
    if (!unsent_.empty()) {
      is_reached_ = co_await stream_->Write(unsent_, write_timeout_);
      Forget();
    } else if (const std::optional<GrpcCall::End> end = call_->end()) {
      const std::string trailers = TrailersFrame(end->code, end->message, end->trailing_metadata);
      const std::string last =
          absl::StrCat(before_, absl::Hex(trailers.size()), "\r\n", trailers, "\r\n0\r\n\r\n");
      co_return co_await stream_->Write(asio::const_buffer(asio::buffer(last)), write_timeout_);
    } else if (is_reached_) {
      co_await AwaitNews();
    }
  }
  co_return false;
}

// News that came before has posted its call of OnNews, which cannot run before the wait.
asio::awaitable<void> CallRelay::AwaitNews() {
  error_code ignored;
  is_waiting_ = true;
  wakeup_.expires_at(std::chrono::steady_clock::time_point::max());
  co_await wakeup_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  is_waiting_ = false;
}

// A message that fits into the socket's buffer, as nearly all do, is written here and now; to wake
// up the coroutine would cost as much again.
void CallRelay::OnNews() {
  if (!is_waiting_) return;
  if (call_ != nullptr) {
    WriteWhatFits();
    if (is_reached_ && unsent_.empty() && !call_->end().has_value()) return;
  }
  is_waiting_ = false;
  wakeup_.cancel();
}

// A browser that leaves closes the connection, which is to be noticed while there is nothing to
// write. What comes instead is the next request, ahead of its turn; as much is taken as there is
// room for.
void CallRelay::WatchForLeaving(const std::shared_ptr<void>& owner) {
  const size_t room = std::min(kReadBytes, buffer_->max_size() - buffer_->size());
  if (room == 0) return;
  is_reading_ahead_ = true;
  stream_->transport().expires_never();
  stream_->async_read_some(buffer_->prepare(room),
                           [this, owner, call = call_](error_code error, size_t bytes) {
                             is_reading_ahead_ = false;
                             buffer_->commit(bytes);
                             if (call_ != call) {
                               OnNews();
                             } else if (error) {
                               call->Cancel();
                             } else {
                               WatchForLeaving(owner);
                             }
                           });
}

// Takes what messages have come and writes them. Stops at one that does not fit, the rest of which
// is then `unsent_`, and where the client is gone.
void CallRelay::WriteWhatFits() {
  while (is_reached_ && unsent_.empty()) {
    const std::optional<grpc::ByteBuffer> message = call_->Take();
    if (!message.has_value()) return;
    Frame(*message);
    // TLS has a buffer of its own, which only waits.
    if (!stream_->is_tls() && is_reached_) is_reached_ = WriteAtOnce();
  }
}

// Makes a message what is to be written, as one chunk.
void CallRelay::Frame(const grpc::ByteBuffer& message) {
  slices_.resize(1);
  if (!message.TrySingleSlice(&slices_.front()).ok() && !message.Dump(&slices_).ok()) {
    is_reached_ = false;
    return;
  }
  const auto header = MessageFrameHeader(static_cast<uint32_t>(message.Length()));
  absl::StrAppend(&before_, absl::Hex(message.Length() + header.size()), "\r\n",
                  absl::string_view(header.data(), header.size()));
  unsent_.push_back(asio::buffer(before_));
  for (const grpc::Slice& slice : slices_) unsent_.emplace_back(slice.begin(), slice.size());
  unsent_.push_back(asio::buffer("\r\n", 2));
}

// Writes what fits into the socket's buffer and takes it off the front of `unsent_`. That costs a
// call of the kernel; to wait for a write, with a time limit, costs several of those. Whether the
// client is still there.
bool CallRelay::WriteAtOnce() {
  asio::ip::tcp::socket& socket = stream_->transport().socket();
  error_code error;
  if (!socket.non_blocking()) socket.non_blocking(true, error);
  if (error) return false;
  size_t written = socket.write_some(unsent_, error);
  if (error && error != asio::error::would_block) return false;
  auto first = unsent_.begin();
  for (; first != unsent_.end() && written >= first->size(); ++first) written -= first->size();
  unsent_.erase(unsent_.begin(), first);
  if (unsent_.empty()) {
    Forget();
  } else {
    unsent_.front() += written;
  }
  return true;
}

void CallRelay::Forget() {
  unsent_.clear();
  before_.clear();
  slices_.clear();
}

}  // namespace percept::web
