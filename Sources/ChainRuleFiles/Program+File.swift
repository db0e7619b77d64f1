import ChainRuleCore
import ChainRuleMathematics
import ChainRuleTransforming

extension Program {
  /// Writes the program into a file, with the present values of its parameters and of what lives in it, so that it can be
  /// run again without recording.
  ///
  /// ```swift
  /// try program.write(to: "step.program")
  /// let again = try Program(contentsOf: "step.program")
  /// ```
  /// The file holds what was recorded, not the plan: it is planned again for the machine that reads it, and computes the
  /// same bits there as here.
  /// - Throws: primitives of somebody's own, by name, since a file holds no code; a `FileError` where it cannot be written.
  public func write(to path: String) throws { try writeAtomically(try storedBytes(), to: path) }

  /// The program that a file holds. Its parameters and what lives in it are its own, with the values that were written.
  /// - Throws: a `FileError` for a file that cannot be read, is damaged, or is none that `write(to:)` made.
  public convenience init(contentsOf path: String) throws {
    let bytes = try bytes(ofFile: path)
    do { try self.init(stored: bytes, Self.storedPrimitives) } catch let error as ChainRuleError {
      throw FileError(path, error.description)
    }
  }

  /// What a file may name.
  static let storedPrimitives = StoredPrimitiveTable(storedMathematics + storedTransformations)
}
