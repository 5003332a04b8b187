#include "server/rpc/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/descriptors.h"
#include "server/base/logging.h"

namespace percept::rpc {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

constexpr int kForever = -1;
// How long to accept nobody when there are no descriptors left.
constexpr int kPauseMillis = 100;

Addresses Resolve(const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found) != 0) {
    found = nullptr;
  }
  return {found, freeaddrinfo};
}

void Set(int socket, int level, int option, int value) {
  setsockopt(socket, level, option, &value, sizeof(value));
}

// Of IPv4 and IPv6, which have it at the same place.
in_port_t& PortOf(sockaddr* address) { return reinterpret_cast<sockaddr_in*>(address)->sin_port; }

// A listening socket, or -1. Connections inherit its options.
int Listen(const addrinfo& address) {
  const int made = socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return -1;
  Set(made, SOL_SOCKET, SO_REUSEADDR, 1);
  Set(made, IPPROTO_TCP, TCP_NODELAY, 1);
  if (address.ai_family == AF_INET6) Set(made, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (bind(made, address.ai_addr, address.ai_addrlen) == 0 && listen(made, SOMAXCONN) == 0) {
    return made;
  }
  close(made);
  return -1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Bind(const std::string& address) {
  std::unique_ptr<Listener> listener(new Listener);
  const Addresses addresses = Resolve(address);
  for (addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
    if (listener->port_ != 0) PortOf(each->ai_addr) = htons(static_cast<uint16_t>(listener->port_));
    const int socket = Listen(*each);
    if (socket < 0) continue;
    listener->sockets_.push_back(socket);
    sockaddr_storage bound{};
    socklen_t length = sizeof(bound);
    getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &length);
    listener->port_ = ntohs(PortOf(reinterpret_cast<sockaddr*>(&bound)));
  }
  listener->stop_event_ = eventfd(0, EFD_CLOEXEC);
  if (listener->sockets_.empty() || listener->stop_event_ < 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address,
                                               ": the address is in use or not this machine's"));
  }
  return listener;
}

Listener::~Listener() {
  Stop();
  if (stop_event_ >= 0) close(stop_event_);
}

void Listener::Start(Take take) {
  take_ = std::move(take);
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "grpc-accept");
}

void Listener::Stop() {
  if (thread_.joinable()) {
    eventfd_write(stop_event_, 1);
    thread_.join();
  }
  for (const int socket : sockets_) close(socket);
  sockets_.clear();
}

void Listener::Run() {
  std::vector<pollfd> watched;
  for (const int socket : sockets_) watched.push_back({socket, POLLIN, 0});
  watched.push_back({stop_event_, POLLIN, 0});
  while (poll(watched.data(), watched.size(), kForever) >= 0 || errno == EINTR) {
    if (watched.back().revents != 0) return;
    for (const int socket : sockets_) {
      if (!AcceptAll(socket) && WaitForStop(kPauseMillis)) return;
    }
  }
}

bool Listener::WaitForStop(int timeout_millis) const {
  pollfd stop = {stop_event_, POLLIN, 0};
  return poll(&stop, 1, timeout_millis) > 0;
}

bool Listener::AcceptAll(int socket) {
  for (;;) {
    const int accepted = accept4(socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0 && LeavesDescriptors(accepted)) {
      is_short_ = false;
      take_(accepted);
      continue;
    }
    if (accepted < 0 && errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) {
      // Nobody waits any more, or somebody has left already.
      if (errno == EAGAIN) return true;
      continue;
    }
    if (!std::exchange(is_short_, true)) {
      log::Warning("connections are turned away: too few descriptors are left (ulimit -n)");
    }
    if (accepted < 0) return false;
    close(accepted);
  }
}

}  // namespace percept::rpc
