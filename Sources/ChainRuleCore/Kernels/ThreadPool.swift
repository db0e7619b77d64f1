import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Workers that share out the parts of one job at a time. A worker that has nothing to do spins for a moment, in case
/// the next step of a program is about to begin, and then sleeps.
///
/// Results do not depend on the number of threads: sums are cut by sizes alone, other work anywhere. A job that finds
/// the pool taken by another program runs on its own thread alone.
final class ThreadPool: Sendable {
  static let shared = ThreadPool(workers: Swift.max(0, processorCount - 1))

  /// A part of a job: its number, and the thread that runs it (0 is the caller's).
  typealias Body = (_ part: Int, _ thread: Int) -> Void

  let workers: Int
  private let isTaken = Atomic<Bool>(false)
  /// Counts jobs; a worker that sees a new number joins.
  private let generation = Atomic<Int>(0)
  private let nextPart = Atomic<Int>(0)
  private let partCount = Atomic<Int>(0)
  /// Workers that may join, and those that are done with the present job.
  private let joining = Atomic<Int>(0)
  private let finished = Atomic<Int>(0)
  private let sleeping = Atomic<Int>(0)
  private let job = Job()
  private let wakeUp = Condition()

  /// The body of the present job.
  ///
  /// Unchecked Sendable: whoever took the pool writes it before `joining` says (releasing) that helpers are wanted, and
  /// again after the last of them has counted itself finished; a helper reads it only between joining and finishing.
  private final class Job: @unchecked Sendable { var body: UnsafePointer<Body>? }

  static let processorCount = Kernels.processorCount

  init(workers: Int) {
    self.workers = workers
    for worker in 0..<workers { startThread { [unowned self] in work(as: worker + 1) } }
  }

  /// Runs every part once, on at most so many threads; returns when all are done.
  func run(parts: Int, threads: Int, _ body: Body) {
    let helpers = Swift.min(workers, threads - 1, parts - 1)
    guard helpers > 0, !isTaken.exchange(true, ordering: .acquiring) else {
      for part in 0..<parts { body(part, 0) }
      return
    }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        job.body = pointer
        partCount.store(parts, ordering: .relaxed)
        nextPart.store(0, ordering: .relaxed)
        finished.store(0, ordering: .relaxed)
        joining.store(helpers, ordering: .releasing)
        generation.add(1, ordering: .sequentiallyConsistent)
        if sleeping.load(ordering: .sequentiallyConsistent) > 0 { wakeUp.signal() }
        takeParts(pointer, thread: 0)
        // Those that have not begun yet need not begin; the others are waited for.
        let absent = joining.exchange(0, ordering: .acquiringAndReleasing)
        var spins = 0
        while finished.load(ordering: .acquiring) < helpers - Swift.max(0, absent) {
          spins += 1
          pause(spins)
        }
        job.body = nil
      }
    }
    isTaken.store(false, ordering: .releasing)
  }

  private func takeParts(_ body: UnsafePointer<Body>, thread: Int) {
    let count = partCount.load(ordering: .relaxed)
    while true {
      let part = nextPart.add(1, ordering: .relaxed).oldValue
      if part >= count { return }
      body.pointee(part, thread)
    }
  }

  private func work(as thread: Int) {
    var seen = 0
    while true {
      seen = nextJob(after: seen)
      // Join only while the job still wants helpers: its caller waits for exactly those that joined.
      var wanted = joining.load(ordering: .acquiring)
      while wanted > 0 {
        let (joined, present) = joining.compareExchange(
          expected: wanted, desired: wanted - 1, ordering: .acquiringAndReleasing)
        if joined {
          if let body = job.body { takeParts(body, thread: thread) }
          finished.add(1, ordering: .releasing)
          break
        }
        wanted = present
      }
    }
  }

  /// Waits for a job other than the last: spinning first, then asleep.
  private func nextJob(after seen: Int) -> Int {
    for spin in 0..<4_000 {
      let present = generation.load(ordering: .acquiring)
      if present != seen { return present }
      pause(spin)
    }
    sleeping.add(1, ordering: .sequentiallyConsistent)
    wakeUp.wait { generation.load(ordering: .sequentiallyConsistent) == seen }
    sleeping.subtract(1, ordering: .sequentiallyConsistent)
    return generation.load(ordering: .acquiring)
  }

  /// A breath between two looks; now and then the processor is offered to others.
  @inline(__always)
  private func pause(_ spins: Int) {
    if spins & 1023 == 1023 { sched_yield() } else { Kernels.pause() }
  }
}

/// Where workers sleep for as long as a condition holds; a signal wakes all of them to look again.
///
/// Unchecked Sendable: the two pointers never change, and what they point to is made to be used by several threads.
private final class Condition: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  func signal() {
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  func wait(while isHolding: () -> Bool) {
    pthread_mutex_lock(mutex)
    while isHolding() { pthread_cond_wait(condition, mutex) }
    pthread_mutex_unlock(mutex)
  }
}

/// Starts a detached thread that runs for as long as the process.
private func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  let box = Unmanaged.passRetained(Box(body)).toOpaque()
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  pthread_attr_setstacksize(&attributes, 8 << 20)
  #if canImport(Darwin)
    var thread: pthread_t?
    let entry: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { box in
      Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body()
      return nil
    }
  #else
    var thread = pthread_t()
    let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { box in
      if let box { Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body() }
      return nil
    }
  #endif
  if pthread_create(&thread, &attributes, entry, box) != 0 { Unmanaged<Box>.fromOpaque(box).release() }
  pthread_attr_destroy(&attributes)
}
