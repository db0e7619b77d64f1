import ChainRuleCore
import ChainRuleTraining
import Foundation

/// Grey and colour images in the formats of Netpbm: P2, P3 (text), P5, P6 (bytes).
public enum PortableImage {
  /// Larger images are refused before memory is taken.
  static let mostPixels = 1 << 28

  /// Reads an image as `[channels, height, width]` between 0 (black) and 1.
  /// - Throws: a `FileError` for a file that is no such image, or ends before its last pixel.
  public static func read(_ path: String) throws -> Tensor {
    let file = try RandomAccessFile(path)
    var reader = NetpbmReader(bytes: try file.read(file.size, at: 0), path: path)
    return try reader.image()
  }

  /// Writes `[1, height, width]` as P5 or `[3, height, width]` as P6; values are held between 0 and 1.
  /// - Throws: a `FileError` for another shape, a value that is no number, and a file that cannot be written.
  public static func write(_ image: Tensor, to path: String) throws {
    if let error = image.error { throw error }
    guard image.shape.rank == 3, image.shape[0] == 1 || image.shape[0] == 3 else {
      throw FileError(path, "can hold images [1 or 3, height, width], not \(image.shape)")
    }
    let (channels, height, width) = (image.shape[0], image.shape[1], image.shape[2])
    let values = image.scalars
    guard !values.contains(where: \.isNaN) else { throw FileError(path, "can hold no pixel that is not a number") }
    let pixels = (0..<values.count).map { place in
      let (pixel, channel) = (place / channels, place % channels)
      return UInt8((Swift.min(Swift.max(values[channel * height * width + pixel], 0), 1) * 255).rounded())
    }
    try writeAtomically(Array("P\(channels == 1 ? 5 : 6)\n\(width) \(height)\n255\n".utf8) + pixels, to: path)
  }
}

private struct NetpbmReader {
  let bytes: [UInt8]
  let path: String
  private var position = 2

  init(bytes: [UInt8], path: String) { (self.bytes, self.path) = (bytes, path) }

  mutating func image() throws -> Tensor {
    guard bytes.count > 2, bytes[0] == UInt8(ascii: "P"), let kind = [50: 2, 51: 3, 53: 5, 54: 6][Int(bytes[1])] else {
      throw FileError(path, "is no PGM or PPM image: it must begin with P2, P3, P5 or P6")
    }
    let (width, height, most) = (try number(), try number(), try number())
    let channels = kind % 3 == 0 ? 3 : 1
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, pixels <= PortableImage.mostPixels, (1...65535).contains(most) else {
      throw FileError(path, "promises \(width)×\(height) pixels up to \(most), which cannot be read")
    }
    let count = pixels * channels, wide = most > 255
    var values: [Int] = []
    if kind < 4 {
      guard bytes.count - position >= count else { throw short(count) }
      values = try (0..<count).map { _ in try number() }
    } else {
      position += 1  // one white-space byte ends the header
      guard bytes.count - position >= count * (wide ? 2 : 1) else { throw short(count) }
      values = (0..<count).map { index in
        wide
          ? Int(bytes[position + 2 * index]) << 8 | Int(bytes[position + 2 * index + 1]) : Int(bytes[position + index])
      }
    }
    // From pixel after pixel to channel after channel.
    let floats = (0..<count).map { place in Float(values[place % pixels * channels + place / pixels]) / Float(most) }
    return Tensor(floats: floats, shape: [channels, height, width])
  }

  private func short(_ count: Int) -> FileError { FileError(path, "ends before its \(count) values") }

  /// The next whole number, behind white space and comments.
  private mutating func number() throws -> Int {
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "#") {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      } else if (9...13).contains(bytes[position]) || bytes[position] == 32 {
        position += 1
      } else {
        break
      }
    }
    let start = position
    while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
    guard let number = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw FileError(path, "has no number at byte \(start)")
    }
    return number
  }
}

/// Images in a folder, one sub-folder for each class, read when a batch asks for them. All have one size.
public struct ImageFolder: DataSource {
  /// The names of the sub-folders, in alphabetical order.
  public let classNames: [String]
  /// The paths of the images, class after class.
  public let files: [String]
  /// The class index of each image.
  public let labels: [Int]
  /// The shape of one image: `[channels, height, width]`.
  public let imageShape: Shape
  /// How many images there are.
  public var count: Int { files.count }
  /// Two batches are read ahead while the model trains.
  public var prefetchCount: Int { 2 }

  /// Classes are numbered in the order of their folders' names.
  /// - Throws: a `FileError` for a folder that cannot be listed, one without images, and a first image that is none.
  public init(_ path: String) throws {
    let manager = FileManager.default
    func contents(_ path: String) throws -> [String] {
      do { return try manager.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted() } catch {
        throw FileError(path, "cannot be listed")
      }
    }
    var isFolder: ObjCBool = false
    classNames = try contents(path).filter {
      manager.fileExists(atPath: "\(path)/\($0)", isDirectory: &isFolder) && isFolder.boolValue
    }
    var files: [String] = [], labels: [Int] = []
    for (label, name) in classNames.enumerated() {
      let images = try contents("\(path)/\(name)").filter {
        $0.hasSuffix(".pgm") || $0.hasSuffix(".ppm") || $0.hasSuffix(".pnm")
      }
      files += images.map { "\(path)/\(name)/\($0)" }
      labels += images.map { _ in label }
    }
    guard let first = files.first else {
      throw FileError(path, "holds no sub-folders with .pgm or .ppm images")
    }
    (self.files, self.labels) = (files, labels)
    imageShape = try PortableImage.read(first).shape
  }

  /// The images at the given positions: inputs `[positions, channels, height, width]` between 0 and 1, class indices.
  /// - Throws: a `FileError` for a position beyond the last image, and an image of another shape or none.
  public func examples(at positions: [Int]) throws -> Dataset {
    var pixels: [Float] = []
    for position in positions {
      guard files.indices.contains(position) else {
        throw FileError("image folder", "has \(count) images; there is no image \(position)")
      }
      let image = try PortableImage.read(files[position])
      guard image.shape == imageShape else {
        throw FileError(files[position], "has shape \(image.shape) where the first image has \(imageShape)")
      }
      pixels += image.floats
    }
    return try Dataset(
      inputs: Tensor(floats: pixels, shape: Shape([positions.count] + imageShape.dimensions)),
      targets: Tensor(indices: positions.map { labels[$0] }), classNames: classNames)
  }
}
