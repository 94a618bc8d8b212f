// Things made ahead on threads: in order, bounded, with their failures, and stopped early without harm.

#include "core/base/error.h"
#include "core/base/read_ahead.h"

#include <QTest>

#include <atomic>
#include <memory>
#include <random>
#include <set>

using scalescope::ReadAhead;

class ReadAheadTest : public QObject {
  Q_OBJECT
 private slots:
  void hands_out_in_order() {
    // Things that take unequally long are made by several threads, so that later ones are ready first.
    ReadAhead<std::unique_ptr<std::size_t>> squares(500, 4, 16, [](std::size_t i) {
      std::mt19937 random(static_cast<unsigned>(i));
      std::size_t steps = random() % 10000;
      while (steps-- > 0)
        (void)random();
      return std::make_unique<std::size_t>(i * i);
    });
    for (std::size_t i = 0; i < 500; ++i)
      QCOMPARE(*squares.next(), i * i);
  }

  void is_never_further_ahead_than_asked() {
    std::atomic<std::size_t> taken = 0;
    std::atomic<std::size_t> furthest = 0;
    ReadAhead<std::size_t> things(300, 3, 5, [&](std::size_t i) {
      const std::size_t ahead = i - taken;
      for (std::size_t seen = furthest; ahead > seen && !furthest.compare_exchange_weak(seen, ahead);) {
      }
      return i;
    });
    for (std::size_t i = 0; i < 300; ++i) {
      taken = i; // before the thing is taken, so that it is never counted too high
      (void)things.next();
    }
    QVERIFY2(furthest <= 6, qPrintable(QString::number(furthest)));
    QVERIFY(furthest >= 1); // it does work ahead
  }

  void a_failure_stands_at_its_place() {
    ReadAhead<int> things(10, 2, 10, [](std::size_t i) {
      if (i == 4)
        throw scalescope::Error("the fifth");
      return static_cast<int>(i);
    });
    for (int i = 0; i < 4; ++i)
      QCOMPARE(things.next(), i);
    QVERIFY_THROWS_EXCEPTION(scalescope::Error, (void)things.next());
    QCOMPARE(things.next(), 5);
  }

  void prepares_each_thread_once() {
    std::mutex mutex;
    std::set<std::thread::id> prepared;
    std::atomic<int> unprepared = 0;
    std::atomic<int> times = 0;
    {
      ReadAhead<int> things(
          100, 3, 100,
          [&](std::size_t) {
            const std::scoped_lock lock(mutex);
            unprepared += prepared.contains(std::this_thread::get_id()) ? 0 : 1;
            return 0;
          },
          [&] {
            const std::scoped_lock lock(mutex);
            ++times;
            prepared.insert(std::this_thread::get_id());
          });
      for (int i = 0; i < 100; ++i)
        (void)things.next();
    }
    QCOMPARE(unprepared.load(), 0);
    QCOMPARE(times.load(), 3);
  }

  void left_early_it_makes_no_more() {
    std::mt19937 random(1);
    for (int round = 0; round < 50; ++round) {
      std::atomic<int> made = 0;
      const unsigned taken = random() % 20;
      {
        ReadAhead<std::vector<int>> things(1000, 3, 8, [&](std::size_t i) {
          ++made;
          return std::vector<int>(100, static_cast<int>(i));
        });
        for (unsigned i = 0; i < taken; ++i)
          QCOMPARE(things.next().front(), static_cast<int>(i));
      }
      QVERIFY(made <= static_cast<int>(taken) + 8);
    }
  }

  void nothing_to_make() {
    std::atomic<int> made = 0;
    {
      const ReadAhead<int> none(0, 2, 4, [&](std::size_t) { return ++made; });
    }
    QCOMPARE(made.load(), 0);
  }
};

QTEST_GUILESS_MAIN(ReadAheadTest)
#include "read_ahead_test.moc"
