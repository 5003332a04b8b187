# What tests link under ThreadSanitizer, so that it knows of Abseil's locks.
add_library(percept_thread_sanitizer OBJECT support/thread_sanitizer_locks.cc)
target_include_directories(percept_thread_sanitizer PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(percept_thread_sanitizer PRIVATE absl::synchronization)
set(mutex _ZN4absl7debian35Mutex)
set(variable _ZN4absl7debian37CondVar)
foreach(symbol
    ${mutex}4LockEv
    ${mutex}6UnlockEv
    ${mutex}7TryLockEv
    ${mutex}10ReaderLockEv
    ${mutex}12ReaderUnlockEv
    ${mutex}8LockWhenERKNS0_9ConditionE
    ${mutex}5AwaitERKNS0_9ConditionE
    ${mutex}16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE
    ${mutex}17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE
    ${variable}4WaitEPNS0_5MutexE
    ${variable}15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE
    _ZN4absl7debian312Notification6NotifyEv
    _ZNK4absl7debian312Notification19WaitForNotificationEv
    _ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE)
  target_link_options(percept_thread_sanitizer INTERFACE "-Wl,--wrap=${symbol}")
endforeach()
