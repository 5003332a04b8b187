#ifndef PERCEPT_TESTS_BENCH_JOBS_LATENCY_SECTIONS_H_
#define PERCEPT_TESTS_BENCH_JOBS_LATENCY_SECTIONS_H_

namespace percept::bench {

// Each times one kind of thing that clients wait for, on servers of its own, and prints a table.
void ShowSubmissions();
void ShowStops();
void ShowStored();

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_JOBS_LATENCY_SECTIONS_H_
