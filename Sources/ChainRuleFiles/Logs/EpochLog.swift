import ChainRuleCore
import ChainRuleTraining

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes a JSON object on a line of its own for each epoch, with the names that `History.csv` has; a number that is not
/// finite is null. The file may be read while it grows. A resumed run writes the epochs made before first.
///
/// ```swift
/// try training.run(on: examples, epochs: 20, callbacks: [EpochLog(to: "run.jsonl")])
/// ```
public final class EpochLog: Callback {
  /// The path of the file, which a run begins anew.
  public let path: String
  private var file: GrowingFile?

  /// A log in a file.
  public init(to path: String) { self.path = path }

  /// Complains before a run where the file cannot stand.
  /// - Throws: a `FileError` for a folder that there is not, and for what is no regular file.
  package func checkPlace() throws {
    let place = try OutputPlace(path)
    guard access(place.folder, W_OK) == 0 else {
      throw FileError(path, "cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  /// Begins the file with the epochs made before.
  /// - Throws: a `FileError` where the file cannot be written.
  public func trainingBegan(_ session: any TrainingSession) throws {
    file = try GrowingFile(path, startingWith: Array(session.history.map(Self.line).joined().utf8))
  }

  /// Writes the last epoch.
  /// - Throws: a `FileError` where the file cannot be written.
  public func epochEnded(_ session: any TrainingSession) throws {
    guard let epoch = session.history.last else { return }
    try file?.append(Array(Self.line(epoch).utf8))
  }

  private static func line(_ epoch: History.Epoch) -> String {
    let fields = epoch.fields.map { name, value in
      let number = value.rounded() == value && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
      return "\(quoted(name)):\(value.isFinite ? number : "null")"
    }
    return "{" + fields.joined(separator: ",") + "}\n"
  }

  private static func quoted(_ text: String) -> String {
    let letters = text.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "\"": return "\\\""
      case "\\": return "\\\\"
      case _ where scalar.value < 32:
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: return String(scalar)
      }
    }
    return "\"" + letters.joined() + "\""
  }
}
