/// Recomputation under a memory limit: values that lie idle where a plan needs most are given up and made again right
/// before they are read next.
///
/// | step | rule |
/// |---|---|
/// | where | the unit during which most memory is alive |
/// | what | a value that is alive there, and neither read nor written: by bytes · length of its idleness / cost |
/// | from what | values that are alive there anyway; what is not is made again too, or kept if that takes less |
/// | whether | what exceeds the threshold, summed over the run, must shrink |
///
/// So elementwise values go first, products after them, and chains of products become segments. Only a real plan tells
/// what is needed: the caller makes one whenever the threshold is reached.
struct Recomputation {
  /// A unit, or what makes values of one again in front of a unit.
  struct Event {
    let time: Int
    /// The time of the unit in front of which it stands; its own for a unit.
    let slot: Int
    let isAgain: Bool
    /// Its number in the log.
    let work: Int32
  }

  /// From the unit that computes it to the last that reads it.
  private struct Version {
    let value: Int32
    let start: Int
    var end: Int
    /// The last read before the peak and the first after it.
    var before = -1, after = -1
  }

  private struct Profile {
    var peak = 0, place = 0, excess = 0
    var versions: [Version] = []
  }

  let model: RecomputationModel
  private(set) var events: [Event]
  private var log = WorkLog()
  /// More events than this are not planned.
  private let mostEvents: Int

  init(_ model: RecomputationModel) {
    self.model = model
    events = []
    for (time, work) in model.works.enumerated() {
      events.append(Event(time: time, slot: time, isAgain: false, work: log.append(work)))
    }
    mostEvents = 4 * events.count + 64
  }

  /// The most memory that is alive at once, by the model.
  var peak: Int { profile(of: events, threshold: .max).peak }

  /// The order of the units, with those that are computed again.
  var planned: PlannedUnits {
    PlannedUnits(
      model.plan,
      events.map { event in
        PlannedUnits.Event(
          unit: model.order[event.time], nodes: log[event.work].nodes,
          again: event.isAgain ? log[event.work].writes.map { model.values[Int($0)].root } : [])
      })
  }

  // MARK: Lowering

  /// Gives up values until no more than the threshold is alive at once.
  /// - Returns: whether anything was given up.
  mutating func lower(to threshold: Int) -> Bool {
    let before = events.count
    var isStuck = false
    while !isStuck, events.count < mostEvents {
      let profile = profile(of: events, threshold: threshold)
      if profile.peak <= threshold { break }
      isStuck = !giveUp(at: profile, threshold)
    }
    return events.count > before
  }

  /// So many candidates are looked at more closely, the best first.
  private static let mostCandidates = 32
  /// So many are given up before the fullest moment is looked for again.
  private static let mostAtOnce = 8

  private mutating func giveUp(at profile: Profile, _ threshold: Int) -> Bool {
    var alive: [Int: [Bool]] = [:], trials: [Trial] = []
    for candidate in candidates(profile).prefix(Self.mostCandidates) {
      let there = alive[candidate.reader] ?? versionsAlive(at: candidate.reader, profile)
      alive[candidate.reader] = there
      let small = trial(candidate, from: there, keepsSmall: true)
      if let small { trials.append(small) }
      // Where nothing small was kept the other is the same one.
      if small?.keepsAny != false, let whole = trial(candidate, from: there, keepsSmall: false) {
        trials.append(whole)
      }
    }
    var (excess, taken) = (profile.excess, [Trial]())
    for trial in trials.sorted(by: { $0.score > $1.score }) where taken.count < Self.mostAtOnce {
      // What was put in before stands in front of the reader now.
      let reader = taken.reduce(trial.reader) { $1.reader <= trial.reader ? $0 + $1.added.count : $0 }
      let events = Array(events[..<reader]) + trial.added + Array(events[reader...])
      let new = self.profile(of: events, threshold: threshold, findingReads: false)
      if new.excess < excess {
        (self.events, excess) = (events, new.excess)
        taken.append(trial)
      }
      if excess == 0 { break }
    }
    return !taken.isEmpty
  }

  /// What makes a candidate again, all that it takes included.
  private struct Trial {
    let added: [Event]
    let reader: Int
    let score: Double
    /// Whether what is small is kept for it.
    let keepsAny: Bool
  }

  private struct Candidate {
    var wanted: Set<Int32>
    let time: Int
    /// The event that reads it next.
    var reader: Int
    /// Bytes · length of the idleness.
    var gain = 0.0
  }

  /// Values that are alive at the peak and idle there, those of one unit together.
  private func candidates(_ profile: Profile) -> [Candidate] {
    var byTime: [Int: Candidate] = [:], all: [Candidate] = []
    func add(_ candidate: Candidate, bytes: Int, idle: Int) {
      var candidate = candidate
      candidate.gain = Double(bytes) * Double(idle)
      all.append(candidate)
    }
    for version in profile.versions
    where version.start < profile.place && version.end > profile.place && version.after > profile.place {
      let value = model.values[Int(version.value)]
      guard value.isRepeatable, version.before < profile.place else { continue }
      let slot = events[version.after].slot
      guard slot <= model.deadlines[value.time] else { continue }
      let one = Candidate(wanted: [version.value], time: value.time, reader: version.after)
      add(one, bytes: value.bytes, idle: version.after - Swift.max(version.before, version.start))
      var together = byTime[value.time] ?? one
      together.wanted.insert(version.value)
      together.reader = Swift.min(together.reader, version.after)
      byTime[value.time] = together
    }
    for (_, candidate) in byTime where candidate.wanted.count > 1 {
      let bytes = candidate.wanted.reduce(0) { $0 + model.values[Int($1)].bytes }
      add(candidate, bytes: bytes, idle: candidate.reader - profile.place)
    }
    return all.sorted { ($0.gain, $1.time, $1.wanted.count) > ($1.gain, $0.time, $0.wanted.count) }
  }

  /// Longer chains are not made again.
  private static let longestChain = 64

  /// What makes a candidate again in front of its reader; what it reads and is not there is made again too, or kept if
  /// it is small and that is asked for.
  private mutating func trial(_ candidate: Candidate, from alive: [Bool], keepsSmall: Bool) -> Trial? {
    let slot = events[candidate.reader].slot
    var chain: [Int: Set<Int32>] = [candidate.time: candidate.wanted], open = [candidate.time]
    var works: [Int: RecomputationModel.Work] = [:], keepsAny = false
    let bytes = candidate.wanted.reduce(0) { $0 + model.values[Int($1)].bytes }
    while let time = open.popLast() {
      guard chain.count <= Self.longestChain, let wanted = chain[time], slot <= model.deadlines[time] else {
        return nil
      }
      let work = model.work(again: wanted, time: time, from: alive)
      works[time] = work
      for read in work.reads where !alive[Int(read)] {
        let value = model.values[Int(read)]
        let isSmall = keepsSmall && 2 * value.bytes <= bytes
        guard value.isRepeatable, slot <= model.deadlines[value.time] else { continue }
        if isSmall {
          keepsAny = true
        } else if chain[value.time, default: []].insert(read).inserted {
          open.append(value.time)
        }
      }
    }
    let all = works.sorted { $0.key < $1.key }
    let cost = all.reduce(0) { $0 + $1.value.cost }
    let added = all.map { Event(time: $0.key, slot: slot, isAgain: true, work: log.append($0.value)) }
    return Trial(added: added, reader: candidate.reader, score: candidate.gain / cost, keepsAny: keepsAny)
  }

  /// By value: whether its latest version before an event is read there or later anyway, or only written later.
  private func versionsAlive(at place: Int, _ profile: Profile) -> [Bool] {
    var alive = [Bool](repeating: false, count: model.values.count)
    for version in profile.versions where version.start < place && version.end >= place {
      alive[Int(version.value)] = true
    }
    return alive
  }

  // MARK: Giving back

  /// Takes out what turned out not to be needed, the most expensive first.
  mutating func takeBack(within threshold: Int) {
    var isOpen = true
    while isOpen {
      isOpen = false
      let again = events.indices.filter { events[$0].isAgain }
        .map { (index: $0, cost: log[events[$0].work].cost) }.sorted { $0.cost > $1.cost }
      for (index, _) in again {
        if profile(of: events, without: index, threshold: threshold, findingReads: false).peak <= threshold {
          events.remove(at: index)
          isOpen = true
          break
        }
      }
    }
  }

  // MARK: What is alive

  /// - Parameters:
  ///   - left: an event that is left out.
  ///   - findingReads: whether the reads around the peak are asked for; no event is left out then.
  private func profile(
    of events: [Event], without left: Int = -1, threshold: Int, findingReads: Bool = true
  ) -> Profile {
    var profile = Profile()
    var current = [Int32](repeating: -1, count: model.values.count)
    var versions: [Version] = []
    var reuses: [(event: Int, written: Int32, version: Int32)] = []
    versions.reserveCapacity(model.values.count + model.values.count / 2)
    for place in events.indices where place != left {
      let (work, isAgain) = (events[place].work, events[place].isAgain)
      for index in log.reads(of: work) {
        let version = current[Int(log.reads[index])]
        if version >= 0 { versions[Int(version)].end = place }
      }
      for index in log.overwrites(of: work) {
        let (written, read) = log.overwrites[index]
        if current[Int(read)] >= 0 { reuses.append((place, written, current[Int(read)])) }
      }
      for index in log.writes(of: work) {
        let written = log.writes[index]
        if !isAgain, current[Int(written)] >= 0 {
          versions[Int(current[Int(written)])].end = place  // a part of it is there already
        } else {
          current[Int(written)] = Int32(versions.count)
          versions.append(Version(value: written, start: place, end: place))
        }
      }
    }
    measure(&profile, &versions, reuses, count: events.count, threshold)
    profile.versions = versions
    if findingReads { findReads(&profile, events) }
    return profile
  }

  /// The peak, its place and the excess of what is alive.
  private func measure(
    _ profile: inout Profile, _ versions: inout [Version],
    _ reuses: [(event: Int, written: Int32, version: Int32)], count: Int, _ threshold: Int
  ) {
    var changes = [Int](repeating: 0, count: count + 1)
    for index in versions.indices {
      let value = model.values[Int(versions[index].value)]
      if value.isKept { versions[index].end = count - 1 }
      changes[versions[index].start] += value.bytes
      changes[versions[index].end + 1] -= value.bytes
    }
    var used = (written: Int32(-1), event: -1)
    for (place, written, version) in reuses
    where versions[Int(version)].end == place && used != (written, place) {
      used = (written, place)
      let bytes = model.values[Int(written)].bytes
      changes[place] -= bytes
      changes[place + 1] += bytes
    }
    var sum = 0
    for place in 0..<count {
      sum += changes[place]
      if sum > profile.peak { (profile.peak, profile.place) = (sum, place) }
      if sum > threshold { profile.excess += sum - threshold }
    }
  }

  /// The reads around the peak.
  private func findReads(_ profile: inout Profile, _ events: [Event]) {
    var current = [Int32](repeating: -1, count: model.values.count)
    var next: Int32 = 0
    for (place, event) in events.enumerated() {
      for index in log.reads(of: event.work) where current[Int(log.reads[index])] >= 0 {
        let version = Int(current[Int(log.reads[index])])
        if place <= profile.place {
          profile.versions[version].before = place
        } else if profile.versions[version].after < 0 {
          profile.versions[version].after = place
        }
      }
      for index in log.writes(of: event.work) {
        let written = Int(log.writes[index])
        guard event.isAgain || current[written] < 0 else { continue }
        current[written] = next
        next += 1
      }
    }
  }
}
