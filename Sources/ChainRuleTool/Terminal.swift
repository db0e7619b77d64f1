#if canImport(Darwin)
  @preconcurrency import Darwin
#elseif canImport(Glibc)
  @preconcurrency import Glibc
#elseif canImport(Musl)
  @preconcurrency import Musl
#endif

/// What the tool knows about where it prints.
enum Terminal {
  static var outputIsTerminal: Bool { isatty(1) == 1 }
  static var inputIsTerminal: Bool { isatty(0) == 1 }

  /// Colour is for terminals, unless NO_COLOR asks for none.
  static var wantsColor: Bool { outputIsTerminal && getenv("NO_COLOR") == nil }

  /// A limit on the size of files is an error of the writing, and no signal.
  static func prepare() { signal(SIGXFSZ, SIG_IGN) }

  /// The columns of the screen, where the output is one.
  static var width: Int? {
    var size = winsize()
    guard outputIsTerminal, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Ends the process; with a complaint where what was printed could not be written.
  static func exit(_ status: Int32) -> Never {
    var status = status
    if fflush(stdout) != 0 || ferror(stdout) != 0, errno != EPIPE {
      complain("standard output cannot be written: \(String(cString: strerror(errno)))")
      status = Swift.max(status, 1)
    }
    #if canImport(Darwin)
      Darwin.exit(status)
    #elseif canImport(Glibc)
      Glibc.exit(status)
    #elseif canImport(Musl)
      Musl.exit(status)
    #endif
  }

  /// A sentence to standard error.
  static func complain(_ message: String) {
    fflush(nil)
    let text = "chainrule: " + message + "\n"
    _ = text.withCString { write(2, $0, strlen($0)) }
  }

  /// Text to standard output at once.
  static func show(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
  }

  /// Waits for a key; nil at the end of the input. Keys that send several bytes (arrows) arrive as one answer.
  static func key() -> [UInt8]? {
    var before = termios()
    guard tcgetattr(0, &before) == 0 else { return nil }
    var raw = before
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(0, TCSANOW, &raw)
    defer { tcsetattr(0, TCSANOW, &before) }
    var bytes = [UInt8](repeating: 0, count: 8)
    let count = read(0, &bytes, bytes.count)
    return count > 0 ? Array(bytes.prefix(count)) : nil
  }
}
