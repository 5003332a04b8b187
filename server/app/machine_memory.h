#ifndef PERCEPT_SERVER_APP_MACHINE_MEMORY_H_
#define PERCEPT_SERVER_APP_MACHINE_MEMORY_H_

#include <cstdint>
#include <string>

namespace percept::app {

// Memory that this process may have, in bytes: the machine's, or what its control group leaves it.
// 0 where neither says. `proc` and `cgroup` are the folders of the two file systems.
int64_t MachineMemoryBytes(const std::string& proc = "/proc",
                           const std::string& cgroup = "/sys/fs/cgroup");

// Memory that one job may need so that all workers' jobs fit into the machine together, three
// quarters of which are for them; at most 2 GiB, and what is known of no machine.
int64_t DefaultJobMemoryBytes(int64_t machine_bytes, int workers);

}  // namespace percept::app

#endif  // PERCEPT_SERVER_APP_MACHINE_MEMORY_H_
