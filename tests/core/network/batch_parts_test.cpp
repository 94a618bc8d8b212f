// Batches that memory does not take run in parts, with the same results.

#include "core/network/detail/engines/batch_parts.h"

#include <QTest>

#include <stdexcept>

using namespace scalescope;

namespace {

// An engine with room for `room` images of two numbers. It returns their sums, and their numbers as maps of 1 x 2.
struct SmallEngine {
  std::int64_t room;
  std::string says;
  std::vector<std::int64_t> tried{};

  std::vector<Activation> run(std::span<const float> images, std::int64_t n) {
    tried.push_back(n);
    if (images.size() != static_cast<std::size_t>(2 * n))
      throw std::logic_error("n does not go with the images");
    if (n > room)
      throw std::runtime_error(says);
    Activation sums{{n}, {}};
    for (std::size_t i = 0; i < images.size(); i += 2)
      sums.values.push_back(images[i] + images[i + 1]);
    return {sums, {{n, 1, 2}, {images.begin(), images.end()}}};
  }
};

std::vector<Activation> run(SmallEngine& engine, const std::vector<float>& images, std::int64_t& most) {
  return run_in_parts(images, static_cast<std::int64_t>(images.size() / 2), most,
                      [&](std::span<const float> part, std::int64_t n) { return engine.run(part, n); });
}

std::vector<float> counting(int n) {
  std::vector<float> images;
  for (int i = 0; i < 2 * n; ++i)
    images.push_back(static_cast<float>(i));
  return images;
}

} // namespace

class BatchPartsTest : public QObject {
  Q_OBJECT

 private slots:
  void what_fits_runs_at_once() {
    SmallEngine engine{8, ""};
    std::int64_t most = 0;
    (void)run(engine, counting(8), most);
    QCOMPARE(engine.tried, (std::vector<std::int64_t>{8}));
    QCOMPARE(most, std::int64_t{0});
  }

  // 11 images where 3 fit: the halves of 11 until one fits, and the next batch starts there.
  void in_halves_until_it_fits() {
    SmallEngine engine{3, "CUDA out of memory. Tried to allocate 2.00 GiB"};
    std::int64_t most = 0;
    const auto images = counting(11);
    const auto said = run(engine, images, most);
    QCOMPARE(engine.tried, (std::vector<std::int64_t>{11, 6, 3, 3, 3, 2}));
    QCOMPARE(most, std::int64_t{3});
    QCOMPARE(said[0].shape, (std::vector<std::int64_t>{11}));
    QCOMPARE(said[1].shape, (std::vector<std::int64_t>{11, 1, 2}));
    QCOMPARE(said[1].values, images);
    for (std::size_t i = 0; i < 11; ++i)
      QCOMPARE(said[0].values[i], 4 * static_cast<float>(i) + 1);
    engine.tried.clear();
    (void)run(engine, images, most);
    QCOMPARE(engine.tried, (std::vector<std::int64_t>{3, 3, 3, 2}));
  }

  // What each library says, in the words of its sources.
  void memory_running_out_is_recognised_data() {
    QTest::addColumn<QString>("words");
    QTest::newRow("CUDA") << "CUDA out of memory. Tried to allocate 20.00 MiB";
    QTest::newRow("CPU")
        << "The following operation failed in the TorchScript interpreter.\nRuntimeError: [enforce fail] "
           "DefaultCPUAllocator: can't allocate memory: you tried to allocate 411041792 bytes.";
    QTest::newRow("C++") << "std::bad_alloc";
    QTest::newRow("OpenVINO") << "Failed to allocate 308281344 bytes of memory";
    QTest::newRow("cuBLAS") << "CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`";
    QTest::newRow("oneDNN") << "could not create a memory object";
  }

  void memory_running_out_is_recognised() {
    QFETCH(QString, words);
    SmallEngine engine{1, words.toStdString()};
    std::int64_t most = 0;
    QCOMPARE(run(engine, counting(2), most)[0].values, (std::vector<float>{1, 5}));
    QCOMPARE(most, std::int64_t{1});
  }

  void a_single_image_that_does_not_fit_is_an_error() {
    SmallEngine engine{0, "std::bad_alloc"};
    std::int64_t most = 0;
    QVERIFY_EXCEPTION_THROWN(run(engine, counting(4), most), std::runtime_error);
    QCOMPARE(engine.tried, (std::vector<std::int64_t>{4, 2, 1}));
  }

  void other_errors_are_not_tried_again() {
    SmallEngine engine{1, "Calculated padded input size per channel: (1 x 1)"};
    std::int64_t most = 0;
    QVERIFY_EXCEPTION_THROWN(run(engine, counting(4), most), std::runtime_error);
    QCOMPARE(engine.tried, (std::vector<std::int64_t>{4}));
    QCOMPARE(most, std::int64_t{0});
  }
};

QTEST_GUILESS_MAIN(BatchPartsTest)
#include "batch_parts_test.moc"
