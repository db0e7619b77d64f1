import Synchronization

import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Ctrl-C and SIGTERM as a request: the first one lets training finish its step, save and return; the second one ends
/// the process as usual.
public enum Interruption {
  private static let requests = Atomic<Int>(0)
  private static let signalNumber = Atomic<Int32>(SIGINT)
  /// What a history gives as its `stopReason` after Ctrl-C.
  public static let reason = "interrupted"

  /// The number of the signal that asked last: 2 for Ctrl-C, 15 for SIGTERM. A program that ends because of it has the
  /// status 128 + this.
  public static var lastSignal: Int32 { signalNumber.load(ordering: .relaxed) }

  /// Whether Ctrl-C was pressed since `listen()`.
  public static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  /// Starts to listen; earlier requests are forgotten.
  public static func listen() {
    requests.store(0, ordering: .relaxed)
    // Whoever started the process may have left the signal blocked, as threads that work off queues do.
    var interrupt = sigset_t()
    sigemptyset(&interrupt)
    sigaddset(&interrupt, SIGINT)
    sigaddset(&interrupt, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interruption.signalNumber.store(number, ordering: .relaxed)
        Interruption.request()
        signal(number, SIG_DFL)
      }
    }
  }

  /// Back to the usual meaning of Ctrl-C.
  public static func stopListening() {
    signal(SIGINT, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
    requests.store(0, ordering: .relaxed)
  }

  /// As if Ctrl-C had been pressed.
  public static func request() { requests.add(1, ordering: .relaxed) }
}
