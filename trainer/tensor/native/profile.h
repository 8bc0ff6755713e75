// Where the time of a step goes. Each thread is in one part at a time; a part entered inside another one interrupts it,
// so nothing is counted twice. While no profile is taken, all this costs is looking at one flag.
#ifndef MADX_PROFILE_H
#define MADX_PROFILE_H
#include <stdint.h>

#include <atomic>

namespace madx {
// The parts, in the order of package tensor's names for them. The backward pass has its own: part + kBackward.
struct Part {
  enum : int { Other, Embeddings, Coupling, Projections, Attention, FeedForward, Norms, Adapters, Head, Words, Optimiser, Waiting, Backward, Count = 2 * Backward };
};

namespace profile {
extern std::atomic<bool> on;
// Puts this thread into a part and returns the one it was in; kNone: none.
constexpr int kNone = -1;
int enter(int part);
int current();
} // namespace profile

class Span {
public:
  explicit Span(int part) : in_(profile::on.load(std::memory_order_relaxed)), before_(in_ ? profile::enter(part) : profile::kNone) {}
  ~Span() {
    if (in_) profile::enter(before_);
  }
  Span(const Span &) = delete;
  Span &operator=(const Span &) = delete;
  // The next part of the same stretch of work.
  void next(int part) {
    if (in_) profile::enter(part);
  }

private:
  bool in_;
  int before_;
};
} // namespace madx
#endif
