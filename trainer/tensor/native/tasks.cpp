#include "tasks.h"

#include <immintrin.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "profile.h"

namespace madx {
namespace {
constexpr int kSpins = 2000; // pauses, some 20 to 50 microseconds, before a worker sleeps

// A round of work. next hands out tasks; a worker counts itself in before it takes the first and out after the last.
class Workers {
public:
  explicit Workers(int n) {
    for (int i = 1; i < n; i++) threads_.emplace_back([this, i] { work(i); });
  }
  ~Workers() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
      round_++;
    }
    wake_.notify_all();
    for (auto &t : threads_) t.join();
  }
  int size() const { return int(threads_.size()) + 1; }

  void run(int64_t n, const std::function<void(int64_t, int)> &task) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      task_ = &task, n_ = n, next_ = 0, open_ = true, part_ = profile::current();
      round_.fetch_add(1, std::memory_order_release);
    }
    if (sleeping_.load() > 0) wake_.notify_all();
    take(0);
    Span span(Part::Waiting);
    // No worker may enter any more; those inside finish their tasks.
    std::unique_lock<std::mutex> lock(mutex_);
    open_ = false;
    for (int i = 0; i < kSpins && inside_ > 0; i++) {
      lock.unlock();
      _mm_pause();
      lock.lock();
    }
    done_.wait(lock, [this] { return inside_ == 0; });
  }

private:
  void take(int worker) {
    for (int64_t i; (i = next_.fetch_add(1)) < n_;) (*task_)(i, worker);
  }

  void work(int worker) {
    uint64_t seen = 0;
    for (;;) {
      for (int i = 0; i < kSpins && round_.load(std::memory_order_acquire) == seen; i++) _mm_pause();
      {
        std::unique_lock<std::mutex> lock(mutex_);
        sleeping_++;
        wake_.wait(lock, [&] { return round_.load() != seen; });
        sleeping_--;
        seen = round_.load();
        if (stop_) return;
        if (!open_) continue; // woke too late: the round is over
        inside_++;
      }
      {
        Span span(part_);
        take(worker);
      }
      {
        std::lock_guard<std::mutex> lock(mutex_);
        inside_--;
      }
      done_.notify_one();
    }
  }

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::atomic<uint64_t> round_{0};
  std::atomic<int> sleeping_{0};
  bool stop_ = false, open_ = false;
  int inside_ = 0;
  const std::function<void(int64_t, int)> *task_ = nullptr;
  int64_t n_ = 0;
  int part_ = profile::kNone; // the caller's, for the profile
  std::atomic<int64_t> next_{0};
};

// Never destroyed at exit: its threads would have to be joined while the process ends.
Workers *workers = nullptr;
} // namespace

void set_task_threads(int n) {
  if (n == task_threads()) return;
  delete workers;
  workers = n > 1 ? new Workers(n) : nullptr;
}

int task_threads() { return workers ? workers->size() : 1; }

void run_tasks(int64_t n, const std::function<void(int64_t, int)> &task) {
  if (!workers || n < 2) {
    for (int64_t i = 0; i < n; i++) task(i, 0);
    return;
  }
  workers->run(n, task);
}

void run_ranges(int64_t n, int64_t grain, const std::function<void(int64_t, int64_t)> &part) {
  run_tasks((n + grain - 1) / grain, [&](int64_t i, int) { part(i * grain, std::min(n, (i + 1) * grain)); });
}
} // namespace madx
