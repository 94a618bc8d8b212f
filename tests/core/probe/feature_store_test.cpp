#include "tests/support/probe_support.h"
#include "tests/support/support.h"

#include "core/base/error.h"
#include "core/probe/detail/feature_store.h"

#include <QTest>

#include <chrono>
#include <fstream>
#include <functional>
#include <thread>

#include <csignal>
#include <sys/mount.h>
#include <sys/resource.h>

using namespace scalescope;

namespace {

constexpr std::size_t chunk = FeatureStore::chunk_rows;

/// What the tests put into row `row`, channel `channel` of a layer: exact as a float, different everywhere.
float value_of(std::size_t layer, std::size_t row, std::size_t channel) {
  return static_cast<float>(row * 64 + channel * 8 + layer);
}

/// Appends rows numbered first .. first+count-1.
void append(FeatureStore& store, std::size_t layers, std::size_t first, std::size_t count) {
  std::vector<std::vector<float>> values(layers);
  for (std::size_t layer = 0; layer < layers; ++layer) {
    for (std::size_t row = first; row < first + count; ++row) {
      for (std::size_t c = 0; c < store.channels(layer); ++c) {
        values[layer].push_back(value_of(layer, row, c));
      }
    }
  }
  store.append(count, std::vector<std::span<const float>>(values.begin(), values.end()));
}

/// The first place where row `position` is not row `row`, or "".
std::string difference(const FeatureStore& store, std::size_t layers, std::size_t position, std::size_t row) {
  for (std::size_t layer = 0; layer < layers; ++layer) {
    for (std::size_t c = 0; c < store.channels(layer); ++c) {
      if (store.row(layer, position)[c] != value_of(layer, row, c)) {
        return fmt::format("row {} at {}, layer {}, channel {}", row, position, layer, c);
      }
    }
  }
  return {};
}

/// Resident memory of this process in MB, as /proc/self/status has it (anonymous, and of files).
double resident() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") {
      double kilobytes = 0;
      status >> kilobytes;
      return kilobytes / 1024;
    }
  }
  return -1;
}

std::size_t open_files() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Sets TMPDIR while it lives.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const QString& folder) { qputenv("TMPDIR", folder.toLocal8Bit()); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { before_.isNull() ? qunsetenv("TMPDIR") : qputenv("TMPDIR", before_); }

 private:
  QByteArray before_ = qgetenv("TMPDIR");
};

bool holds(const std::string& text, const std::vector<std::string>& words) {
  return std::ranges::all_of(words, [&](const std::string& word) { return text.find(word) != std::string::npos; });
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

} // namespace

class FeatureStoreTest : public QObject {
  Q_OBJECT

 private slots:
  void gives_rows_back_across_chunks();
  void gives_rows_back_after_release();
  void puts_stores_together();
  void few_rows_touch_no_disk();
  void many_layers_take_one_file_without_a_name();
  void says_what_to_do_when_the_disk_is_full();
  void memory_does_not_grow_with_rows();
  void memory_does_not_grow_in_a_fit();
};

void FeatureStoreTest::gives_rows_back_across_chunks() {
  for (const std::size_t batch : {std::size_t{1}, std::size_t{100}, chunk, 3 * chunk + 1}) {
    FeatureStore store({3, 1, 5});
    while (store.rows() < 4 * chunk) {
      append(store, 3, store.rows(), batch);
    }
    for (std::size_t row = 0; row < store.rows(); ++row) {
      const std::string wrong = difference(store, 3, row, row);
      QVERIFY2(wrong.empty(), wrong.c_str());
    }
  }
}

void FeatureStoreTest::gives_rows_back_after_release() {
  FeatureStore store({7, 2});
  append(store, 2, 0, 5 * chunk + 9);
  const float* row = store.row(1, chunk + 3);
  QCOMPARE(*row, value_of(1, chunk + 3, 0));
  store.release(0, store.rows() - 1);
  store.release(chunk + 3, chunk + 3);
  QCOMPARE(*row, value_of(1, chunk + 3, 0));
  FeatureStore moved = std::move(store);
  append(moved, 2, moved.rows(), chunk);
  for (std::size_t i = 0; i < moved.rows(); ++i) {
    QCOMPARE(difference(moved, 2, i, i), std::string());
  }
}

void FeatureStoreTest::puts_stores_together() {
  for (const std::size_t mine : {std::size_t{0}, std::size_t{10}, 2 * chunk, 2 * chunk + 17}) {
    for (const std::size_t theirs : {std::size_t{3}, chunk, 2 * chunk + 250}) {
      FeatureStore store({4, 3});
      FeatureStore other({4, 3});
      append(store, 2, 0, mine);
      append(other, 2, mine, theirs);
      store.append(other);
      QCOMPARE(store.rows(), mine + theirs);
      for (std::size_t row = 0; row < store.rows(); ++row) {
        QCOMPARE(difference(store, 2, row, row), std::string());
      }
    }
  }
}

void FeatureStoreTest::few_rows_touch_no_disk() {
  const TemporaryFolder nowhere("/nonexistent");
  FeatureStore store({2});
  append(store, 1, 0, chunk);
  QCOMPARE(difference(store, 1, chunk - 1, chunk - 1), std::string());
  const std::string message = error_of([&] { append(store, 1, chunk, 1); });
  QVERIFY2(holds(message, {"/nonexistent", "TMPDIR"}), message.c_str());
}

void FeatureStoreTest::many_layers_take_one_file_without_a_name() {
  const QTemporaryDir folder;
  const TemporaryFolder here(folder.path());
  const std::size_t before = open_files();
  {
    FeatureStore store(std::vector<std::size_t>(700, 3));
    append(store, 700, 0, 4 * chunk);
    QCOMPARE(open_files(), before + 1);
    QVERIFY(QDir(folder.path()).isEmpty());
    QCOMPARE(difference(store, 700, 2 * chunk, 2 * chunk), std::string());
  }
  QCOMPARE(open_files(), before);
}

void FeatureStoreTest::says_what_to_do_when_the_disk_is_full() {
  const QTemporaryDir folder;
  const QByteArray disk = folder.path().toLocal8Bit();
  const bool mounted = mount("tmpfs", disk.constData(), "tmpfs", 0, "size=1m") == 0;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  if (!mounted) { // only root can mount a small disk: a limit on files then stands in for one
    signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 1 << 20, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  std::string message;
  bool readable = false;
  {
    const TemporaryFolder here(folder.path());
    FeatureStore store({1000}); // a megabyte a chunk: the first fits, the second does not
    message = error_of([&] { append(store, 1, 0, 4 * chunk); });
    readable = difference(store, 1, 0, 0).empty();
  }
  const bool empty = QDir(folder.path()).isEmpty();
  const bool let_go = !mounted || umount(disk.constData()) == 0; // fails while a file is open
  setrlimit(RLIMIT_FSIZE, &before);
  QVERIFY2(holds(message, {disk.toStdString(), mounted ? "No space left" : "too large", "TMPDIR"}), message.c_str());
  QVERIFY(readable && empty && let_go);
}

void FeatureStoreTest::memory_does_not_grow_with_rows() {
  constexpr std::size_t rows = 200000; // 205 MB
  constexpr std::size_t channels = 256;
  Probe probe({{"layer", channels}});
  std::vector<float> values(1000 * channels);
  const double before = resident();
  std::vector<std::int64_t> indices(1000);
  for (std::size_t first = 0; first < rows; first += indices.size()) {
    std::iota(indices.begin(), indices.end(), first);
    std::ranges::fill(values, static_cast<float>(first));
    probe.add(indices, std::vector<std::span<const float>>{values});
  }
  QVERIFY(before > 0);
  const double grown = resident() - before;
  QVERIFY2(grown < 20, fmt::format("{} MB", grown).c_str());
  QCOMPARE(probe.features(0).at((rows - 1) * channels), static_cast<float>(rows - 1000));
}

void FeatureStoreTest::memory_does_not_grow_in_a_fit() {
  // 96 MB of features, the odd rows before the even ones; the fit itself needs some 5 MB a thread.
  constexpr std::size_t rows = 60000;
  constexpr std::size_t channels = 400;
  constexpr std::size_t batch = 500;
  Probe probe({{"layer", channels}});
  for (const std::size_t odd : {1U, 0U}) {
    for (std::size_t first = 0; first < rows / 2; first += batch) {
      std::vector<std::int64_t> indices;
      for (std::size_t i = first; i < first + batch; ++i) {
        indices.push_back(static_cast<std::int64_t>(2 * i + odd));
      }
      const std::vector<float> values = normal(batch * channels, static_cast<unsigned>(2 * first + odd));
      probe.add(indices, std::vector<std::span<const float>>{values});
    }
  }
  std::vector<double> y(rows);
  std::ranges::generate(y, [i = 0]() mutable { return i++ % 17; });
  const Folds folds = folds_of(rows);
  const double before = resident();
  double most = 0;
  std::jthread watch([&most](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      most = std::max(most, resident());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const double r2 = probe.score(Targets{{y}}, folds, 2)[0][0].r2[0];
  watch.request_stop();
  watch.join();
  qInfo("%.1f MB", most - before);
  QVERIFY2(most - before < 60, fmt::format("{} MB", most - before).c_str());
  QVERIFY(std::abs(r2) < 0.05); // noise tells nothing
}

QTEST_GUILESS_MAIN(FeatureStoreTest)
#include "feature_store_test.moc"
