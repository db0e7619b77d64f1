/// Reads dates as days since the first of January 1970, in one order of year, month and day.
struct DateReader: Sendable, Hashable, Codable {
  /// How the three numbers of a date follow each other.
  enum Order: String, Sendable, Codable, CaseIterable { case yearMonthDay, dayMonthYear, monthDayYear }

  let order: Order

  init(_ order: Order) { self.order = order }

  /// The order as it is told.
  var words: String {
    switch order {
    case .yearMonthDay: "year-month-day"
    case .dayMonthYear: "day.month.year"
    case .monthDayYear: "month/day/year"
    }
  }

  /// The orders in which every cell is a date, the likeliest first: days before months, except between slashes.
  static func orders(of cells: [String]) -> [Order] {
    guard let first = cells.first else { return [] }
    let likely: [Order] =
      first.contains("/")
      ? [.yearMonthDay, .monthDayYear, .dayMonthYear] : [.yearMonthDay, .dayMonthYear, .monthDayYear]
    return likely.filter { order in cells.allSatisfy { DateReader(order).days($0) != nil } }
  }

  /// A date (`2024-02-29`, `29.02.2024`, `2/29/2024`), with a time of day behind a space or a T if there is one
  /// (`13:45`, `1:45 PM`, `13:45+02:00`); nil for any other text.
  func days(_ cell: String) -> Double? {
    let parts = cell.split(maxSplits: 1) { $0 == " " || $0 == "T" }
    guard let date = parts.first, let mark = date.first(where: { "-/.".contains($0) }) else { return nil }
    let numbers = date.split(separator: mark, omittingEmptySubsequences: false).map { text -> Int? in
      (1...4).contains(text.count) && text.allSatisfy(\.isASCII) && text.allSatisfy(\.isWholeNumber) ? Int(text) : nil
    }
    guard numbers.count == 3, let a = numbers[0], let b = numbers[1], let c = numbers[2] else { return nil }
    let (year, month, day) =
      switch order {
      case .yearMonthDay: (a, b, c)
      case .dayMonthYear: (c, b, a)
      case .monthDayYear: (c, a, b)
      }
    guard year >= 1000, (1...12).contains(month), (1...Self.length(month, year)).contains(day),
      let time = parts.count > 1 ? Self.time(String(parts[1])) : 0
    else { return nil }
    return Double(Self.dayNumber(year, month, day)) + time
  }

  /// A day since 1970-01-01 as `2024-02-29`: the year whose first day is not after it, and so on. The last minute of a
  /// day counts to the next one, for a day that went through single precision may have lost as much.
  static func text(ofDay day: Double) -> String {
    guard day.isFinite, day.magnitude < 1e7 else { return "\(day)" }
    let number = Int((day + 1 / 1440).rounded(.down))
    var year = 1970 + number / 366
    while dayNumber(year + 1, 1, 1) <= number { year += 1 }
    while dayNumber(year, 1, 1) > number { year -= 1 }
    let month = (1...12).last { dayNumber(year, $0, 1) <= number } ?? 1
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(year)-\(two(month))-\(two(number - dayNumber(year, month, 1) + 1))"
  }

  private static func length(_ month: Int, _ year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// Days since 1970-01-01 of a date of the Gregorian calendar, counted in years that begin with March.
  private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let years = month > 2 ? year : year - 1
    let months = (month + 9) % 12
    return 365 * years + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 1 - 719_468
  }

  /// `13:45`, `13:45:10.5`, `1:45 PM`, with a zone behind it (`Z`, `+02:00`, `-0530`) or not, as a part of a day; with
  /// a zone, of the day in Greenwich.
  private static func time(_ text: String) -> Double? {
    guard let (clock, zone) = zoned(text.uppercased()) else { return nil }
    let half = ["AM", "PM"].first { clock.hasSuffix($0) }
    let digits = half == nil ? clock : trimmedEnd(clock.dropLast(2))
    let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
    guard (half == nil ? 2 : 1)...3 ~= parts.count, var hour = Int(parts[0]),
      let minute = parts.count > 1 ? Int(parts[1]) : 0, let second = parts.count > 2 ? Double(parts[2]) : 0,
      (half == nil ? 0...23 : 1...12).contains(hour), (0..<60).contains(minute), second >= 0, second < 61
    else { return nil }
    if half != nil { hour = hour % 12 + (half == "PM" ? 12 : 0) }
    return (Double(hour) + (Double(minute) + second / 60) / 60) / 24 - zone
  }

  /// A time of day without its zone, and how far the zone is ahead of Greenwich, in days.
  private static func zoned(_ text: String) -> (clock: Substring, zone: Double)? {
    for name in ["Z", "UTC", "GMT"] where text.hasSuffix(name) { return (trimmedEnd(text.dropLast(name.count)), 0) }
    guard let sign = text.lastIndex(where: { "+-".contains($0) }) else { return (text[...], 0) }
    let digits = text[text.index(after: sign)...].filter { $0 != ":" }
    guard digits.count == 2 || digits.count == 4, let number = Int(digits), digits.allSatisfy(\.isWholeNumber) else {
      return nil
    }
    let (hours, minutes) = digits.count == 2 ? (number, 0) : (number / 100, number % 100)
    guard hours <= 14, minutes < 60 else { return nil }
    let days = (Double(hours) + Double(minutes) / 60) / 24
    return (trimmedEnd(text[..<sign]), text[sign] == "-" ? -days : days)
  }

  private static func trimmedEnd(_ text: Substring) -> Substring {
    var text = text
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
