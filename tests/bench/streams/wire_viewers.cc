#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "server/base/status.h"
#include "tests/bench/streams/viewers.h"
#include "tests/support/http2_bytes.h"

namespace percept::bench {
namespace {

namespace http2 = testing::http2;

constexpr char kMethod[] = "/percept.v1.SnapshotService/WatchSnapshots";
constexpr uint32_t kStream = 1;
constexpr uint8_t kAcknowledged = 1;
constexpr size_t kFrameHeaderBytes = 9;
constexpr size_t kMessageHeaderBytes = 5;

// As large as may be, so that no more need be granted.
constexpr uint32_t kWindowBytes = std::numeric_limits<int32_t>::max();
constexpr uint32_t kFirstWindowBytes = 65'535;

// How often they look for what has come. To be woken for each message would cost the server, on the
// same machine, more than sending it; viewers elsewhere cost it nothing of the kind.
constexpr absl::Duration kLookEvery = absl::Milliseconds(1);

uint32_t ReadBigEndian(absl::string_view bytes) {
  uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

// What a viewer says: all at once, and then nothing but what it is asked for.
std::string Request(const Watched& watched) {
  v1::WatchSnapshotsRequest request;
  request.set_name(watched.job);
  request.set_start_index(watched.start_index);
  const std::string bytes = request.SerializeAsString();
  const std::string window_setting(absl::string_view("\0\4", 2));  // INITIAL_WINDOW_SIZE
  return absl::StrCat(
      http2::kPreface,
      http2::Frame(http2::Type::kSettings, 0, 0,
                   absl::StrCat(window_setting, http2::BigEndian(kWindowBytes))),
      http2::Frame(http2::Type::kWindowUpdate, 0, 0,
                   http2::BigEndian(kWindowBytes - kFirstWindowBytes)),
      http2::Frame(http2::Type::kHeaders, http2::kEndHeaders, kStream,
                   http2::MethodHeaders(kMethod)),
      http2::Frame(http2::Type::kData, http2::kEndStream, kStream,
                   http2::Message(bytes, false, static_cast<uint32_t>(bytes.size()))));
}

absl::StatusOr<sockaddr_in> ParseAddress(absl::string_view server) {
  sockaddr_in address{.sin_family = AF_INET};
  const size_t colon = server.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(server.substr(colon + 1), &port) ||
      inet_pton(AF_INET, std::string(server.substr(0, colon)).c_str(), &address.sin_addr) != 1) {
    return absl::InvalidArgumentError(absl::StrCat("server must be ADDRESS:PORT, got ", server));
  }
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

class WireViewers final : public Viewers {
 public:
  explicit WireViewers(int count) : Viewers(count) {}

  ~WireViewers() override {
    for (const auto& viewer : viewers_) close(viewer->socket);
    if (poll_ >= 0) close(poll_);
  }

  absl::Status Begin(const std::string& server, const Watched& watched) {
    PERCEPT_ASSIGN_OR_RETURN(const sockaddr_in address, ParseAddress(server));
    poll_ = epoll_create1(0);
    if (poll_ < 0) return absl::ErrnoToStatus(errno, "epoll");
    const std::string request = Request(watched);
    for (int number = 0; number < watched.count; ++number) {
      PERCEPT_RETURN_IF_ERROR(Connect(address));
      PERCEPT_RETURN_IF_ERROR(Send(*viewers_.back(), request));
    }
    return absl::OkStatus();
  }

 private:
  struct Connection : Viewer {
    int socket = -1;
    std::string frames;   // Received, but for the last frame's end.
    std::string message;  // Likewise, of the message under way.
    bool is_over = false;
  };

  absl::Status Connect(const sockaddr_in& address) {
    auto viewer = std::make_unique<Connection>();
    viewer->socket = socket(AF_INET, SOCK_STREAM, 0);
    viewers_.push_back(std::move(viewer));
    Connection& added = *viewers_.back();
    if (connect(added.socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      return absl::ErrnoToStatus(errno, "connect");
    }
    const int yes = 1;
    setsockopt(added.socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &added}};
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, added.socket, &event) != 0) {
      return absl::ErrnoToStatus(errno, "epoll");
    }
    return absl::OkStatus();
  }

  static absl::Status Send(const Connection& viewer, absl::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(viewer.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return absl::ErrnoToStatus(errno, "send");
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return absl::OkStatus();
  }

  bool TakeNext(absl::Time deadline) override {
    std::array<epoll_event, 64> events;
    while (true) {
      const int count = epoll_wait(poll_, events.data(), events.size(), 0);
      for (int number = 0; number < count; ++number) {
        auto& viewer = *static_cast<Connection*>(events[number].data.ptr);
        if (viewer.is_over) continue;
        if (const absl::Status status = Read(viewer); !status.ok()) End(viewer, status);
      }
      if (count > 0) return true;
      const absl::Duration left = deadline - absl::Now();
      if (left <= absl::ZeroDuration()) return false;
      absl::SleepFor(std::min(left, kLookEvery));
    }
  }

  absl::Status Read(Connection& viewer) {
    const ssize_t size = recv(viewer.socket, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (size < 0) return absl::ErrnoToStatus(errno, "receive");
    if (size == 0) return absl::UnavailableError("the server has closed the connection");
    absl::string_view bytes(buffer_.data(), static_cast<size_t>(size));
    if (!viewer.frames.empty()) {
      viewer.frames.append(bytes.data(), bytes.size());
      bytes = viewer.frames;
    }
    while (bytes.size() >= kFrameHeaderBytes && !viewer.is_over) {
      const size_t payload_bytes = ReadBigEndian(bytes.substr(0, 3));
      if (bytes.size() < kFrameHeaderBytes + payload_bytes) break;
      const auto type = static_cast<http2::Type>(bytes[3]);
      const auto flags = static_cast<uint8_t>(bytes[4]);
      PERCEPT_RETURN_IF_ERROR(
          TakeFrame(viewer, type, flags, bytes.substr(kFrameHeaderBytes, payload_bytes)));
      bytes.remove_prefix(kFrameHeaderBytes + payload_bytes);
    }
    viewer.frames = std::string(bytes);
    return absl::OkStatus();
  }

  absl::Status TakeFrame(Connection& viewer, http2::Type type, uint8_t flags,
                         absl::string_view payload) {
    switch (type) {
      case http2::Type::kData:
        return TakeData(viewer, payload);
      case http2::Type::kHeaders:
        if ((flags & http2::kEndStream) == 0) return absl::OkStatus();
        End(viewer, http2::HasSucceeded(payload) ? absl::OkStatus()
                                                 : absl::UnknownError("a watch has failed"));
        return absl::OkStatus();
      case http2::Type::kSettings:
      case http2::Type::kPing:
        if ((flags & kAcknowledged) != 0) return absl::OkStatus();
        return Send(viewer, http2::Frame(type, kAcknowledged, 0,
                                         type == http2::Type::kPing ? payload : ""));
      case http2::Type::kReset:
      case http2::Type::kGoAway:
        return absl::UnavailableError("the server has ended a watch");
      default:
        return absl::OkStatus();
    }
  }

  absl::Status TakeData(Connection& viewer, absl::string_view payload) {
    absl::string_view bytes = payload;
    if (!viewer.message.empty()) {
      viewer.message.append(payload.data(), payload.size());
      bytes = viewer.message;
    }
    while (bytes.size() >= kMessageHeaderBytes) {
      const size_t size = ReadBigEndian(bytes.substr(1, 4));
      if (bytes.size() < kMessageHeaderBytes + size) break;
      if (!response_.ParseFromArray(bytes.data() + kMessageHeaderBytes, static_cast<int>(size))) {
        return absl::DataLossError("a message cannot be read");
      }
      NoteMessage(viewer, response_);
      bytes.remove_prefix(kMessageHeaderBytes + size);
    }
    viewer.message = std::string(bytes);
    return absl::OkStatus();
  }

  void End(Connection& viewer, const absl::Status& status) {
    viewer.is_over = true;
    epoll_ctl(poll_, EPOLL_CTL_DEL, viewer.socket, nullptr);
    NoteEnd(status);
  }

  int poll_ = -1;
  std::vector<std::unique_ptr<Connection>> viewers_;
  std::array<char, 64 << 10> buffer_;
  v1::WatchSnapshotsResponse response_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Viewers>> WatchByWire(const std::string& server,
                                                     const Watched& watched) {
  auto viewers = std::make_unique<WireViewers>(watched.count);
  PERCEPT_RETURN_IF_ERROR(viewers->Begin(server, watched));
  return std::unique_ptr<Viewers>(std::move(viewers));
}

}  // namespace percept::bench
