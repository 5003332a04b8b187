#ifndef PERCEPT_SERVER_WEB_BODY_RESERVATION_H_
#define PERCEPT_SERVER_WEB_BODY_RESERVATION_H_

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace percept::web {

// Room in the budget for requests' bodies, given back at the end.
class BodyReservation {
 public:
  static std::optional<BodyReservation> Make(std::atomic<size_t>* used, size_t limit,
                                             size_t bytes) {
    if (used->fetch_add(bytes) + bytes > limit) {
      used->fetch_sub(bytes);
      return std::nullopt;
    }
    return BodyReservation(used, bytes);
  }
  BodyReservation(BodyReservation&& other) noexcept
      : used_(std::exchange(other.used_, nullptr)), bytes_(other.bytes_) {}
  ~BodyReservation() {
    if (used_ != nullptr) used_->fetch_sub(bytes_);
  }
  BodyReservation(const BodyReservation&) = delete;
  BodyReservation& operator=(const BodyReservation&) = delete;

 private:
  BodyReservation(std::atomic<size_t>* used, size_t bytes) : used_(used), bytes_(bytes) {}

  std::atomic<size_t>* used_;
  size_t bytes_;
};

}  // namespace percept::web

#endif  // PERCEPT_SERVER_WEB_BODY_RESERVATION_H_
