#ifndef PERCEPT_SERVER_RPC_TOPIC_H_
#define PERCEPT_SERVER_RPC_TOPIC_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/rpc/wire_message.h"

namespace percept::rpc {

// What a viewer follows: nothing but a cursor, moved by what is sent. Not thread-safe.
class Topic {
 public:
  virtual ~Topic() = default;

  // The next message, if there is anything to send. May read the store, hence block. An error ends
  // the topic.
  virtual absl::StatusOr<std::optional<WireMessage>> Next() = 0;

  // Whether `Next` has something to send at once.
  virtual bool HasMore() const = 0;

  // Whether the last message has been sent.
  virtual bool IsOver() const = 0;

  // When `Next` will have something to send even without news.
  virtual absl::Time due() const = 0;

  // Says that what `Next` returned so far has been written.
  virtual void Settle() = 0;

  // How a client resumes after what has been written, such as "start_index 12".
  virtual std::string whereabouts() const = 0;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_TOPIC_H_
