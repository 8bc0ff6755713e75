// Parallel work without OpenMP. Its threads spin between regions and wait for one another at the end of each, which is
// ruinous when several trainers share a machine; here a thread that the system does not run is simply not waited for.
#ifndef MADX_TASKS_H
#define MADX_TASKS_H
#include <stdint.h>

#include <functional>

namespace madx {
// How many threads run_tasks uses, the caller among them.
void set_task_threads(int n);
int task_threads();

// Runs task(i, worker) for every i < n; worker < task_threads() tells threads apart. Which thread runs what is not
// fixed, so results must not depend on it. One caller at a time; tasks must not call it and must not throw.
void run_tasks(int64_t n, const std::function<void(int64_t, int)> &task);

// Runs part(begin, end) over [0, n) cut at multiples of grain.
void run_ranges(int64_t n, int64_t grain, const std::function<void(int64_t, int64_t)> &part);
} // namespace madx
#endif
