#include "profile.h"

#include <chrono>

#include "native.h"
#include "tasks.h"

namespace madx {
namespace profile {
std::atomic<bool> on{false};

namespace {
std::atomic<int64_t> spent[Part::Count]; // nanoseconds of all threads
int64_t began = 0;
thread_local int part = kNone;
thread_local int64_t since = 0;

int64_t now() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
} // namespace

int enter(int next) {
  const int64_t t = now();
  if (part != kNone) spent[part].fetch_add(t - since, std::memory_order_relaxed);
  const int before = part;
  part = next, since = t;
  return before;
}

int current() { return part; }
} // namespace profile
} // namespace madx

using namespace madx;

extern "C" {

void madx_profile_start(void) {
  for (auto &s : profile::spent) s = 0;
  profile::began = profile::now();
  profile::on = true;
  profile::enter(Part::Other);
}

void madx_profile_stop(double *seconds) {
  profile::enter(profile::kNone);
  profile::on = false;
  const double threads = task_threads(), all = 1e-9 * double(profile::now() - profile::began);
  double busy = 0;
  for (int i = 0; i < Part::Count; i++) {
    seconds[i] = 1e-9 * double(profile::spent[i].load()) / threads;
    busy += i == Part::Waiting ? 0 : seconds[i];
  }
  seconds[Part::Waiting] = all > busy ? all - busy : 0;
}

int madx_profile_enter(int part) { return profile::on ? profile::enter(part) : profile::kNone; }

void madx_profile_leave(int before) {
  if (before != profile::kNone) profile::enter(before);
}

} // extern "C"
