import Testing

@testable import ChainRuleTraining

@Suite struct RecentRecordings {
  @Test func theOneUsedLongestAgoGoes() {
    var cache = RecentlyUsed<Int, Int>(2)
    var made: [Int] = []
    func use(_ key: Int) -> Int {
      cache.value(key) {
        made.append(key)
        return 10 * key
      }
    }
    #expect([1, 2, 1, 3, 1, 2].map(use) == [10, 20, 10, 30, 10, 20])
    #expect(made == [1, 2, 3, 2])
    #expect(cache.count == 2)
    cache.removeAll()
    #expect(cache.count == 0)
  }
}
