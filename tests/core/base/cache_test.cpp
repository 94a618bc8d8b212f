// The cache of what can be made anew: bytes come back as they went in, damage is noticed, the limit is kept.

#include "core/base/cache.h"
#include "core/base/error.h"
#include "tests/support/support.h"

#include <QTest>

#include <fstream>
#include <sys/file.h>
#include <sys/mount.h>

using scalescope::Cache;

namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files.push_back(entry.path());
  return files;
}

} // namespace

class CacheTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  Cache cache(const char* name, std::uint64_t limit = 1'000'000) const {
    return {to_path(folder_.filePath(QString::fromUtf8(name))), limit};
  }

 private slots:
  void keeps_bytes() {
    const Cache one = cache("keeps");
    QVERIFY(!one.get("a"));
    const std::string bytes("zero \0 and \xff", 12);
    one.put("a", bytes);
    one.put("b", "");
    QCOMPARE(one.get("a"), bytes);
    QCOMPARE(one.get("b"), std::string());
    one.put("a", "other");
    QCOMPARE(cache("keeps").get("a"), std::string("other")); // another program
    QCOMPARE(one.contents().entries, 2U);
  }

  void damage_is_noticed_data() {
    QTest::addColumn<int>("at");
    QTest::newRow("first byte") << 0;
    QTest::newRow("in the checksum") << 40;
    QTest::newRow("in the bytes") << 70;
    QTest::newRow("last byte") << 63 + 20;
  }
  void damage_is_noticed() {
    QFETCH(int, at);
    const Cache one = cache("damage");
    one.put("key", std::string(20, 'x'));
    const auto files = files_in(one.folder());
    QCOMPARE(files.size(), 1U);
    {
      std::fstream file(files[0], std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(at);
      const int flipped = file.get() ^ 1;
      file.seekp(at);
      file.put(static_cast<char>(flipped));
    }
    QVERIFY(!one.get("key"));
    QVERIFY(files_in(one.folder()).empty());
  }

  void cut_short_and_under_a_wrong_name() {
    const Cache one = cache("wrong");
    one.put("a", "of a");
    const auto a = files_in(one.folder())[0];
    one.put("b", "of b");
    for (const auto& file : files_in(one.folder()))
      if (file != a)
        std::filesystem::copy_file(file, a, std::filesystem::copy_options::overwrite_existing);
    QVERIFY(!one.get("a"));
    QCOMPARE(one.get("b"), std::string("of b"));
    std::filesystem::resize_file(files_in(one.folder())[0], 10);
    QVERIFY(!one.get("b"));
  }

  void limit_is_kept_and_the_used_stay() {
    const Cache one = cache("limit", 2500); // each entry takes 1,064 bytes
    const std::string bytes(1000, 'x');
    const auto set_age = [&](const std::filesystem::path& file, int hours) {
      std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours));
    };
    for (const char* key : {"oldest", "middle", "youngest"}) {
      one.put(key, bytes);
      for (const auto& file : files_in(one.folder()))
        set_age(file, 24);
    }
    QVERIFY(one.get("oldest")); // used: no longer the oldest
    one.put("middle", bytes);
    one.trim();
    QCOMPARE(one.contents().entries, 2U);
    QVERIFY(one.contents().bytes <= one.limit());
    QVERIFY(one.get("oldest") && one.get("middle") && !one.get("youngest"));
  }

  // What a killed program left half-written goes, whatever the limit; what is being written stays.
  void half_written_entries_go_once_nobody_writes_them() {
    QTemporaryDir folder;
    const Cache cache(to_path(folder.path()), 1'000'000);
    cache.put("a", "bytes");
    const QString part = folder.filePath("00/entry.AAAAAA.part");
    QVERIFY(QDir(folder.path()).mkpath("00"));
    QFile file(part);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("half");
    QVERIFY(file.flush());
    QCOMPARE(::flock(file.handle(), LOCK_EX), 0); // as put() does
    cache.trim();
    QVERIFY(QFile::exists(part));
    QCOMPARE(cache.clear().entries, 1U); // "a"
    QVERIFY(QFile::exists(part));
    file.close();
    cache.put("a", "bytes");
    cache.trim();
    QVERIFY(!QFile::exists(part));
    QCOMPARE(*cache.get("a"), std::string("bytes"));
  }

  void clear_removes_entries_only() {
    const Cache one = cache("clear");
    one.put("a", "1");
    one.put("b", "22");
    std::ofstream(one.folder() / "mine.txt") << "not an entry";
    const auto removed = one.clear();
    QCOMPARE(removed.entries, 2U);
    QCOMPARE(removed.bytes, 2 * 64U + 3);
    QCOMPARE(files_in(one.folder()), std::vector{one.folder() / "mine.txt"});
    QCOMPARE(cache("nowhere").clear().entries, 0U);
    QCOMPARE(cache("nowhere").contents().entries, 0U);
  }

  void a_folder_that_cannot_be_written() {
    std::ofstream(to_path(folder_.filePath("file"))) << "in the way";
    const Cache one(to_path(folder_.filePath("file/cache")), 1000);
    QVERIFY(!one.get("a"));
    try {
      one.put("a", "b");
      QFAIL("nothing was thrown");
    } catch (const scalescope::Error& e) {
      QVERIFY2(QString::fromUtf8(e.what()).contains(QString::fromStdString(one.folder().string())), e.what());
    }
  }

  void a_full_disk() {
    const QString small = folder_.filePath("small");
    QVERIFY(QDir().mkpath(small));
    if (::mount("tmpfs", qPrintable(small), "tmpfs", 0, "size=64k") != 0)
      QSKIP("a small file system can be mounted by root only");
    const Cache one(to_path(small), 1'000'000);
    std::string message;
    try {
      one.put("a", std::string(200'000, 'x'));
    } catch (const scalescope::Error& e) {
      message = e.what();
    }
    const auto left = files_in(one.folder());
    ::umount(qPrintable(small));
    QVERIFY2(message.find("No space left") != std::string::npos, message.c_str());
    QVERIFY(left.empty());
  }

  void the_users() {
    qputenv("XDG_CACHE_HOME", "/there");
    qputenv("SCALESCOPE_CACHE_LIMIT", "12");
    QCOMPARE(Cache::of_user().folder(), std::filesystem::path("/there/scalescope"));
    QCOMPARE(Cache::of_user().limit(), 12'000'000U);
    qputenv("SCALESCOPE_CACHE_LIMIT", "much");
    QVERIFY_THROWS_EXCEPTION(scalescope::Error, (void)Cache::of_user());
    qunsetenv("SCALESCOPE_CACHE_LIMIT");
    qunsetenv("XDG_CACHE_HOME");
    qputenv("HOME", "/home/me");
    QCOMPARE(Cache::of_user().folder(), std::filesystem::path("/home/me/.cache/scalescope"));
    qunsetenv("HOME");
    QVERIFY_THROWS_EXCEPTION(scalescope::Error, (void)Cache::of_user());
  }
};

QTEST_GUILESS_MAIN(CacheTest)
#include "cache_test.moc"
