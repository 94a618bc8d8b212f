#include "core/base/error.h"
#include "core/base/files.h"
#include "support.h"

#include <QCryptographicHash>
#include <QDirIterator>
#include <QFile>
#include <QTest>

#include <sys/mount.h>
#include <sys/stat.h>

#include <memory>

using namespace scalescope;

namespace {

void write(const QString& name, const QByteArray& bytes) {
  QFile file(name);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
    qFatal("can't write %s", qPrintable(name));
}

QByteArray content_of(const QString& name) {
  QFile file(name);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(missing)");
}

/// Everything below a folder, hidden files too, relative and sorted.
QStringList listing(const QString& folder) {
  QStringList names;
  QDirIterator each(folder, QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot, QDirIterator::Subdirectories);
  while (each.hasNext())
    names << QDir(folder).relativeFilePath(each.next());
  names.sort();
  return names;
}

template <typename Action>
QString message_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

} // namespace

class FilesTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { scratch_ = std::make_unique<QTemporaryDir>(); }

  void reads_whole_files() {
    QByteArray bytes(3'000'001, '\0');
    for (int i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<char>(i * 7 + i / 1000);
    write(path("large"), bytes);
    QVERIFY(read_file(to_path(path("large"))) == bytes.toStdString());
    write(path("empty"), {});
    QCOMPARE(read_file(to_path(path("empty"))), std::string());
    // A file whose size is not told beforehand.
    QVERIFY(read_file("/proc/self/status").starts_with("Name:"));
  }

  void hashes() {
    // FIPS 180-2, appendix B
    QCOMPARE(sha256_of("abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QByteArray bytes(1'000'000, 'a');
    QCOMPARE(sha256_of({bytes.constData(), static_cast<std::size_t>(bytes.size())}),
             std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
    bytes[777'777] = 'b';
    write(path("file"), bytes);
    QCOMPARE(QByteArray::fromStdString(sha256_of_file(to_path(path("file")))),
             QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
  }

  void refuses_what_is_no_file() {
    QCOMPARE(::mkfifo(path("pipe").toLocal8Bit().constData(), 0600), 0);
    const std::pair<QString, QString> cases[] = {{path("missing"), "does not exist"},
                                                 {scratch_->path(), "is a folder"},
                                                 {path("pipe"), "a pipe"},
                                                 {"/dev/zero", "is a device"}};
    for (const auto& [file, words] : cases) {
      for (const QString& message : {message_of([&, f = to_path(file)] { (void)read_file(f); }),
                                     message_of([&, f = to_path(file)] { (void)sha256_of_file(f); })}) {
        QVERIFY2(message.startsWith("'" + file + "'"), qPrintable(message));
        QVERIFY2(message.contains(words), qPrintable(message));
      }
    }
  }

  void shows_nothing_before_and_all_after_the_commit() {
    write(path("a.txt"), "old");
    FileSet files(to_path(scratch_->path()));
    QCOMPARE(listing(scratch_->path()), QStringList{"a.txt"}); // the trial left nothing
    files.write("a.txt", "new");
    files.write("b.bin", std::string_view("\0\xFF\n", 3));
    files.write("features/deep/c.npy", "first");
    files.write("features/deep/c.npy", "second");
    QCOMPARE(content_of(path("a.txt")), QByteArray("old"));
    QVERIFY(!QFile::exists(path("b.bin")) && !QFile::exists(path("features/deep/c.npy")));
    files.commit();
    QCOMPARE(content_of(path("a.txt")), QByteArray("new"));
    QCOMPARE(content_of(path("b.bin")), QByteArray("\0\xFF\n", 3));
    QCOMPARE(content_of(path("features/deep/c.npy")), QByteArray("second"));
    QCOMPARE(listing(scratch_->path()),
             (QStringList{"a.txt", "b.bin", "features", "features/deep", "features/deep/c.npy"}));
    // A file of ours is as readable as any other.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    struct stat status {};
    QCOMPARE(::stat(path("b.bin").toLocal8Bit().constData(), &status), 0);
    QCOMPARE(status.st_mode & 0777, 0666 & ~mask);
  }

  void removes_what_was_not_committed() {
    {
      FileSet files(to_path(path("new/folder")));
      files.write("a", "1");
      files.write("sub/b", "2");
      QCOMPARE(listing(path("new")).size(), 4); // folder, a's, sub, b's
    }
    QCOMPARE(listing(scratch_->path()), QStringList());
    {
      FileSet files(to_path(path("new/folder")));
      files.write("a", "1");
      files.commit();
      files.write("c/d", "3");
    }
    QCOMPARE(listing(scratch_->path()), (QStringList{"new", "new/folder", "new/folder/a"}));
    {
      FileSet files(to_path(path("other")));
      files.write("a", "1");
      write(path("other/somebody else's"), "x");
    }
    QCOMPARE(listing(path("other")), QStringList{"somebody else's"});
  }

  void commits_all_or_nothing() {
    write(path("a"), "old");
    QDir(scratch_->path()).mkdir("z");
    FileSet files(to_path(scratch_->path()));
    for (const char* name : {"a", "b", "z/last"})
      files.write(name, "new");
    // The last rename fails because its file was stolen.
    const QStringList hidden = QDir(path("z")).entryList(QDir::Files | QDir::Hidden);
    QCOMPARE(hidden.size(), 1);
    QVERIFY(QFile::remove(path("z/" + hidden[0])));
    const QString message = message_of([&] { files.commit(); });
    QVERIFY2(message.contains(path("z/last")), qPrintable(message));
    QCOMPARE(content_of(path("a")), QByteArray("old"));
    QVERIFY(!QFile::exists(path("b")));
    files.write("z/last", "again");
    files.commit();
    QCOMPARE(content_of(path("a")), QByteArray("new"));
    QCOMPARE(content_of(path("b")), QByteArray("new"));
    QCOMPARE(content_of(path("z/last")), QByteArray("again"));
    QCOMPARE(listing(scratch_->path()), (QStringList{"a", "b", "z", "z/last"}));
  }

  void does_not_replace_folders() {
    {
      FileSet files(to_path(scratch_->path()));
      files.write("a", "1");
      files.write("m", "1");
      QDir(scratch_->path()).mkpath("taken");
      const QString message = message_of([&] { files.write("taken", "1"); });
      QVERIFY2(message.contains(path("taken")) && message.contains("irectory"), qPrintable(message));
      QDir(scratch_->path()).mkpath("m/later");
      QVERIFY(message_of([&] { files.commit(); }).contains("'" + path("m") + "'"));
    }
    QCOMPARE(listing(scratch_->path()), (QStringList{"m", "m/later", "taken"}));
  }

  void does_not_replace_pipes_and_devices() {
    QCOMPARE(::mkfifo(path("pipe").toLocal8Bit().constData(), 0600), 0);
    QFile::link("pipe", path("link"));
    FileSet files(to_path(scratch_->path()));
    for (const char* name : {"pipe", "link"}) {
      const QString message = message_of([&] { files.write(name, "text"); });
      QVERIFY2(message.contains(path(name)) && message.contains("not a file"), qPrintable(message));
    }
    files.commit();
    QVERIFY(std::filesystem::is_fifo(to_path(path("pipe"))) && QFileInfo(path("link")).isSymLink());
  }

  void names_stay_within_the_folder() {
    FileSet files(to_path(path("inside")));
    for (const char* name : {"", ".", "..", "../a", "a/../../b", "/etc/a", "a/"})
      QVERIFY2(message_of([&] { files.write(name, "1"); }).contains("is not the name of a file"), name);
    QCOMPARE(listing(scratch_->path()), QStringList{"inside"});
  }

  void refuses_folders_it_cannot_write() {
    write(path("file"), "x");
    const QString below = path("file/below");
    QString message = message_of([&, p = to_path(below)] { const FileSet files(p); });
    QVERIFY2(message.contains(path("file")) && message.contains("Not a directory"), qPrintable(message));
    message = message_of([] { const FileSet files("/proc/scalescope"); });
    QVERIFY2(message.contains("/proc") && message.contains("choose another folder"), qPrintable(message));
    message = message_of([] { const FileSet files("/proc"); });
    QVERIFY2(message.contains("'/proc'"), qPrintable(message));
    QDir(scratch_->path()).mkdir("closed");
    QFile::setPermissions(path("closed"), QFile::ReadOwner | QFile::ExeOwner);
    if (::geteuid() != 0) {
      message = message_of([&, p = to_path(path("closed"))] { const FileSet files(p); });
      QVERIFY2(message.contains("ermission"), qPrintable(message));
    }
    // Folders made on the way to the one that can't be are gone.
    message = message_of([&, p = to_path(path("made/" + QString(300, 'x')))] { const FileSet files(p); });
    QVERIFY(message.contains("too long"));
    QCOMPARE(listing(scratch_->path()), (QStringList{"closed", "file"}));
  }

  void a_full_disk_leaves_what_was_there() {
    const QString disk = path("disk");
    QDir(scratch_->path()).mkdir("disk");
    const QByteArray place = disk.toLocal8Bit();
    if (::mount("none", place.constData(), "tmpfs", 0, "size=64k") != 0)
      QSKIP("only root may mount the tiny disk of this test");
    const auto unmount = qScopeGuard([&] { ::umount(place.constData()); });
    write(disk + "/a", "old");
    {
      FileSet files(to_path(disk));
      files.write("a", "new");
      const QString message = message_of([&] { files.write("sub/b", std::string(100'000, 'x')); });
      QVERIFY2(message.contains(disk + "/sub/b") && message.contains("free some space"), qPrintable(message));
    }
    QCOMPARE(listing(disk), QStringList{"a"});
    QCOMPARE(content_of(disk + "/a"), QByteArray("old"));
  }

 private: // NOLINT(readability-redundant-access-specifiers): what follows is no slot
  [[nodiscard]] QString path(const QString& name) const { return scratch_->filePath(name); }

  std::unique_ptr<QTemporaryDir> scratch_;
};

QTEST_GUILESS_MAIN(FilesTest)
#include "files_test.moc"
