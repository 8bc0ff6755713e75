#include "pool.h"

#include <stdlib.h>
#include <sys/mman.h>

#include <new>

namespace madx {
namespace {
constexpr size_t kHuge = size_t(2) << 20, kLarge = 4 * kHuge;
constexpr uint64_t kPatience = 2000; // requests; a step makes a few hundred
// A free block serves a request that fills at least this part of it.
constexpr double kFit = 0.75;
} // namespace

Buffer::~Buffer() {
  if (p_) pool_->give(p_, size_);
}

Pool::~Pool() { forget(UINT64_MAX); }

const std::shared_ptr<Pool> &Pool::shared() {
  static const auto pool = std::make_shared<Pool>();
  return pool;
}

void Pool::forget(uint64_t before) {
  for (auto it = free_.begin(); it != free_.end();) {
    if (it->second.since < before) {
      free(it->second.p);
      it = free_.erase(it);
    } else {
      ++it;
    }
  }
}

Buffer Pool::bytes(size_t size) {
  const bool large = size >= kLarge;
  const size_t to = large ? kHuge : 64;
  size = (size + 64 + to - 1) / to * to; // vectors may be read a little past the end
  {
    std::lock_guard<std::mutex> lock(mutex_);
    gets_++;
    auto it = free_.lower_bound(size);
    if (it != free_.end() && double(size) >= kFit * double(it->first)) {
      Buffer b(shared_from_this(), it->second.p, it->first);
      free_.erase(it);
      return b;
    }
    if (gets_ > kPatience) forget(gets_ - kPatience);
  }
  void *p = aligned_alloc(to, size);
  if (!p) throw std::bad_alloc();
  if (large) madvise(p, size, MADV_HUGEPAGE); // best effort
  return Buffer(shared_from_this(), p, size);
}

void Pool::give(void *p, size_t size) {
  std::lock_guard<std::mutex> lock(mutex_);
  free_.emplace(size, Free{p, gets_});
}
} // namespace madx
