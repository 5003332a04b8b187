#ifndef PERCEPT_SERVER_BASE_DESCRIPTORS_H_
#define PERCEPT_SERVER_BASE_DESCRIPTORS_H_

namespace percept {

// Whether the process keeps enough descriptors for its files beside this one, which it has just
// been given. Whoever accepts connections closes those that do not, or clients could keep it from
// opening what it stores.
bool LeavesDescriptors(int descriptor);

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_DESCRIPTORS_H_
