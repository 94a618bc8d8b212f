// Requests of which only the latest counts.

#include "core/base/latest_request.h"

#include <QTest>

#include <atomic>
#include <future>
#include <vector>

using scalescope::LatestRequest;

class LatestRequestTest : public QObject {
  Q_OBJECT
 private slots:
  void one_that_waits_is_replaced_and_one_under_way_is_stopped() {
    std::promise<void> first_begun;
    std::promise<void> last_done;
    std::vector<int> served; // by the thread alone until last_done
    bool stopped = false;
    {
      LatestRequest<int> requests([&](int request, const std::stop_token& stop) {
        served.push_back(request);
        if (request == 1) {
          first_begun.set_value();
          while (!stop.stop_requested()) // ends only when it is told to
            std::this_thread::yield();
          stopped = true;
        }
        if (request == 4)
          last_done.set_value();
      });
      requests.put(1);
      first_begun.get_future().wait();
      for (const int request : {2, 3, 4})
        requests.put(request);
      last_done.get_future().wait();
    }
    QVERIFY(stopped);
    QCOMPARE(served.front(), 1);
    QCOMPARE(served.back(), 4);
  }

  void waiting_requests_are_not_kept_in_a_queue() {
    std::promise<void> begun;
    std::promise<void> go_on;
    std::promise<void> done;
    std::atomic<int> count = 0;
    {
      LatestRequest<int> requests([&, wait = go_on.get_future().share()](int request, const std::stop_token&) {
        ++count;
        if (request == 0) {
          begun.set_value();
          wait.wait(); // does not look at its token
        } else if (request == 100) {
          done.set_value();
        }
      });
      requests.put(0);
      begun.get_future().wait();
      for (int request = 1; request <= 100; ++request)
        requests.put(request);
      go_on.set_value();
      done.get_future().wait();
    }
    QCOMPARE(count.load(), 2); // the first and the last
  }

  void going_stops_the_one_under_way_and_drops_the_one_that_waits() {
    std::promise<void> begun;
    std::atomic<int> count = 0;
    {
      LatestRequest<int> requests([&](int, const std::stop_token& stop) {
        if (++count == 1)
          begun.set_value();
        while (!stop.stop_requested())
          std::this_thread::yield();
      });
      requests.put(1);
      begun.get_future().wait();
    }
    QCOMPARE(count.load(), 1);
  }
};

QTEST_GUILESS_MAIN(LatestRequestTest)
#include "latest_request_test.moc"
