// Tells ThreadSanitizer what Abseil's locks order. The distribution's Abseil is compiled without
// it, so it would see no lock at all and report races everywhere. Linked into the tests under the
// preset `tsan` only, where the linker (--wrap) sends our calls through here.
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);

// A status that threads share counts its users in code that is instrumented and in code that is
// not.
const char* __tsan_default_suppressions() { return "race:absl::*::Status::Unref\n"; }
}

namespace {

// Abseil evaluates the conditions of waiting threads in whichever thread unlocks. It holds the lock
// then, but for the sanitizer it has given it back: nothing to report.
class IgnoreConditions {
 public:
  IgnoreConditions() { AnnotateIgnoreReadsBegin(__FILE__, __LINE__); }
  ~IgnoreConditions() { AnnotateIgnoreReadsEnd(__FILE__, __LINE__); }
};

}  // namespace

// REAL_AND_WRAP(RETURN, NAME, SYMBOL, PARAMETERS): the function `SYMBOL` as RealNAME, and our own
// in its place as WrapNAME, which follows.
#define REAL_AND_WRAP(result, name, symbol, ...)            \
  result Real##name(__VA_ARGS__) __asm__("__real_" symbol); \
  result Wrap##name(__VA_ARGS__) __asm__("__wrap_" symbol); \
  result Wrap##name(__VA_ARGS__)

// A function that takes the lock.
#define LOCKS(name, symbol)                               \
  REAL_AND_WRAP(void, name, symbol, absl::Mutex* mutex) { \
    const IgnoreConditions ignore;                        \
    Real##name(mutex);                                    \
    __tsan_acquire(mutex);                                \
  }

// One that gives it back.
#define UNLOCKS(name, symbol)                             \
  REAL_AND_WRAP(void, name, symbol, absl::Mutex* mutex) { \
    __tsan_release(mutex);                                \
    const IgnoreConditions ignore;                        \
    Real##name(mutex);                                    \
  }

// One that may give it back for a while and holds it at its end.
#define AWAITS(result, name, symbol, until)                                                 \
  REAL_AND_WRAP(result, name, symbol, absl::Mutex* mutex, const absl::Condition& condition, \
                until limit) {                                                              \
    __tsan_release(mutex);                                                                  \
    const IgnoreConditions ignore;                                                          \
    const result held = Real##name(mutex, condition, limit);                                \
    __tsan_acquire(mutex);                                                                  \
    return held;                                                                            \
  }
#define AWAITS_FOREVER(name, symbol)                                                        \
  REAL_AND_WRAP(void, name, symbol, absl::Mutex* mutex, const absl::Condition& condition) { \
    __tsan_release(mutex);                                                                  \
    const IgnoreConditions ignore;                                                          \
    Real##name(mutex, condition);                                                           \
    __tsan_acquire(mutex);                                                                  \
  }

LOCKS(Lock, "_ZN4absl7debian35Mutex4LockEv")
LOCKS(ReaderLock, "_ZN4absl7debian35Mutex10ReaderLockEv")
UNLOCKS(Unlock, "_ZN4absl7debian35Mutex6UnlockEv")
UNLOCKS(ReaderUnlock, "_ZN4absl7debian35Mutex12ReaderUnlockEv")
AWAITS_FOREVER(Await, "_ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE")
AWAITS(bool, AwaitWithTimeout,
       "_ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE", absl::Duration)
AWAITS(bool, AwaitWithDeadline,
       "_ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE", absl::Time)

REAL_AND_WRAP(void, LockWhen, "_ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE",
              absl::Mutex* mutex, const absl::Condition& condition) {
  const IgnoreConditions ignore;
  RealLockWhen(mutex, condition);
  __tsan_acquire(mutex);
}

REAL_AND_WRAP(bool, TryLock, "_ZN4absl7debian35Mutex7TryLockEv", absl::Mutex* mutex) {
  const bool locked = RealTryLock(mutex);
  if (locked) __tsan_acquire(mutex);
  return locked;
}

REAL_AND_WRAP(void, Wait, "_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE", absl::CondVar* variable,
              absl::Mutex* mutex) {
  __tsan_release(mutex);
  const IgnoreConditions ignore;
  RealWait(variable, mutex);
  __tsan_acquire(mutex);
}

REAL_AND_WRAP(bool, WaitWithTimeout,
              "_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE",
              absl::CondVar* variable, absl::Mutex* mutex, absl::Duration timeout) {
  __tsan_release(mutex);
  const IgnoreConditions ignore;
  const bool timed_out = RealWaitWithTimeout(variable, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

namespace {

// HasBeenNotified is inline and loads the flag that stands behind the notification's mutex.
void* FlagOf(const absl::Notification* notification) {
  return reinterpret_cast<char*>(const_cast<absl::Notification*>(notification)) +
         sizeof(absl::Mutex);
}

}  // namespace

REAL_AND_WRAP(void, Notify, "_ZN4absl7debian312Notification6NotifyEv",
              absl::Notification* notification) {
  __tsan_release(FlagOf(notification));
  RealNotify(notification);
}

REAL_AND_WRAP(void, WaitForNotification, "_ZNK4absl7debian312Notification19WaitForNotificationEv",
              const absl::Notification* notification) {
  RealWaitForNotification(notification);
  __tsan_acquire(FlagOf(notification));
}

REAL_AND_WRAP(bool, WaitForNotificationWithTimeout,
              "_ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE",
              const absl::Notification* notification, absl::Duration timeout) {
  const bool notified = RealWaitForNotificationWithTimeout(notification, timeout);
  if (notified) __tsan_acquire(FlagOf(notification));
  return notified;
}
