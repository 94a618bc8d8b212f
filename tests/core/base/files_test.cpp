#include "core/base/error.h"
#include "core/base/file_set.h"
#include "core/base/files.h"
#include "core/base/refuse_to_overwrite.h"
#include "tests/support/support.h"

#include <QCryptographicHash>
#include <QDirIterator>
#include <QFile>
#include <QTest>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <stdexcept>

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

/// A run that writes into a folder, and one below it, until it is killed.
class OtherRun {
 public:
  explicit OtherRun(const std::filesystem::path& folder) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0 || (process_ = ::fork()) < 0)
      qFatal("no other process");
    if (process_ == 0) {
      FileSet files(folder);
      files.write("a", "half");
      files.write("sub/b", "half");
      (void)!::write(pipe[1], "!", 1);
      for (;;)
        ::pause();
    }
    char ready = 0;
    if (::read(pipe[0], &ready, 1) != 1)
      qFatal("the other process can't write");
    ::close(pipe[0]);
    ::close(pipe[1]);
  }
  OtherRun(const OtherRun&) = delete;
  OtherRun& operator=(const OtherRun&) = delete;
  ~OtherRun() { kill(); }

  void kill() {
    if (process_ <= 0)
      return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

 private:
  pid_t process_ = 0;
};

/// Of a process that has ended.
pid_t dead_process() {
  const pid_t process = ::fork();
  if (process == 0)
    ::_exit(0);
  ::waitpid(process, nullptr, 0);
  return process;
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

  // Looking whether there is such a folder must not forget why it could not be made.
  void says_why_a_folder_cannot_be_made() {
    if (::geteuid() != 0)
      QSKIP("only root can mount a read-only disk and be somebody else for a while");
    QDir(scratch_->path()).mkdir("disk");
    const QByteArray place = path("disk").toLocal8Bit();
    if (::mount("none", place.constData(), "tmpfs", MS_RDONLY, "") != 0)
      QSKIP("this root may not mount");
    QString message = message_of([&, p = to_path(path("disk/new/deep"))] { const FileSet files(p); });
    ::umount(place.constData());
    QVERIFY2(message.startsWith("'" + path("disk/new") + "'") && message.contains("(Read-only file system)") &&
                 message.contains("change the permissions or choose another folder"),
             qPrintable(message));
    QFile::setPermissions(scratch_->path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeOther);
    QCOMPARE(::seteuid(65534), 0);
    message = message_of([&, p = to_path(path("new/deep"))] { const FileSet files(p); });
    QCOMPARE(::seteuid(0), 0);
    QVERIFY2(message.startsWith("'" + path("new") + "'") && message.contains("(Permission denied)"),
             qPrintable(message));
  }

  void what_a_killed_run_left_goes_and_nothing_else() {
    const QStringList ours{"a", "sub", "sub/b"};
    OtherRun other(to_path(scratch_->path()));
    QCOMPARE(listing(scratch_->path()).size(), 3); // a's and b's temporary files, and the folder
    const auto run = [&] {
      FileSet files(to_path(scratch_->path()));
      files.write("a", "1");
      files.write("sub/b", "2");
      files.commit();
    };
    run(); // while the other lives
    QCOMPARE(listing(scratch_->path()).size(), 5);
    other.kill();
    const QStringList strange{".scalescope-notes.tmp", ".scalescope-1.tmp", "scalescope-1-2.tmp"};
    for (const QString& name : strange)
      write(path(name), "somebody's");
    run();
    QStringList all = ours + strange;
    all.sort();
    QCOMPARE(listing(scratch_->path()), all);
  }

  // As `flock FOLDER scalescope-cli analyze --out FOLDER` does: it must not wait for itself.
  void works_while_somebody_else_holds_the_lock() {
    const int folder = ::open(scratch_->path().toLocal8Bit().constData(), O_RDONLY | O_DIRECTORY);
    QCOMPARE(::flock(folder, LOCK_EX), 0);
    const QString dead = QString(".scalescope-%1-0.tmp").arg(dead_process());
    write(path(dead), "half");
    {
      FileSet files(to_path(scratch_->path()));
      files.write("a", "1");
      files.commit();
    }
    ::close(folder);
    QCOMPARE(listing(scratch_->path()), (QStringList{dead, "a"}));
  }

  // Version 0.1.0's, known by the process alone, and those of a machine that was started anew since, or of another.
  void what_other_versions_and_machines_left() {
    const QString dead = QString(".scalescope-%1-0.tmp").arg(dead_process());
    const QString alive = QString(".scalescope-%1-0.tmp").arg(::getppid());
    const QString before = ".scalescope-0123456789abcdef-1-0.tmp";
    const auto after_a_run_in = [&](const QString& folder) {
      for (const QString& name : {dead, alive, before})
        write(folder + '/' + name, "half");
      const FileSet files(to_path(folder));
      return listing(folder);
    };
    QDir(scratch_->path()).mkpath("disk");
    const QByteArray place = path("disk").toLocal8Bit();
    if (::mount("none", place.constData(), "tmpfs", 0, "") != 0)
      QSKIP("only root may mount the disks of this test");
    QStringList left = after_a_run_in(path("disk"));
    ::umount(place.constData());
    QCOMPARE(left, QStringList{alive});
    // Of this file system it is not known that no other machine has it: only what this one wrote is ours to judge.
    QCOMPARE(::mount("none", place.constData(), "ramfs", 0, ""), 0);
    {
      OtherRun killed(to_path(path("disk")));
      killed.kill();
    }
    left = after_a_run_in(path("disk"));
    ::umount(place.constData());
    QStringList all{dead, alive, before, "sub"};
    left.removeIf([](const QString& name) { return name.startsWith("sub/"); }); // nobody wrote there since
    all.sort();
    QCOMPARE(left, all);
  }

  void an_input_is_not_overwritten_data() {
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("input");
    QTest::newRow("the same path") << "out"
                                   << "out/curve.csv";
    QTest::newRow("another spelling") << "out/../out/."
                                      << "./out//curve.csv";
    QTest::newRow("a symbolic link to it") << "out"
                                           << "link.csv";
    QTest::newRow("a hard link") << "out"
                                 << "twin.csv";
    QTest::newRow("a folder by another name") << "elsewhere"
                                              << "out/curve.csv";
    QTest::newRow("in a sub-folder") << "out"
                                     << "out/features/a.npy";
  }
  void an_input_is_not_overwritten() {
    QFETCH(QString, folder);
    QFETCH(QString, input);
    QDir(scratch_->path()).mkpath("out/features");
    write(path("out/curve.csv"), "old");
    write(path("out/features/a.npy"), "old");
    QVERIFY(QFile::link("out/curve.csv", path("link.csv")));
    QVERIFY(QFile::link("out", path("elsewhere")));
    std::filesystem::create_hard_link(to_path(path("out/curve.csv")), to_path(path("twin.csv")));
    const QStringList before = listing(scratch_->path());
    const auto set = [&](const std::vector<std::filesystem::path>& inputs) {
      const FileSet files(to_path(path(folder)), {"curve.csv", "curve.png", "features/a.npy"}, inputs);
    };
    const QString message = message_of([&] { set({{}, "/etc/passwd", to_path(path(input))}); });
    QVERIFY2(message.contains("would be overwritten") && message.contains("this run reads"), qPrintable(message));
    QVERIFY2(message.contains(path(folder)), qPrintable(message));
    QCOMPARE(message.count(path("")), message.contains("the same file as") ? 2 : 1); // the link is named, too
    QCOMPARE(listing(scratch_->path()), before);
    // Inputs beside it, of other names or missing, are no reason.
    write(path("out/data.csv"), "mine");
    QCOMPARE(message_of([&] { set({to_path(path("out/data.csv")), to_path(path("out/curve.png"))}); }), QString());
  }

  void outputs_do_not_overwrite_one_another() {
    QFile::link(".", path("here"));
    const auto refuse = [&](const char* one, const char* other) {
      return message_of([&] { refuse_to_overwrite({to_path(path(one)), to_path(path(other))}, {}); });
    };
    for (const char* other : {"new.pt", "./new.pt", "folder/../new.pt", "here/new.pt"})
      QVERIFY2(refuse("new.pt", other).contains("are the same file"), other);
    QCOMPARE(refuse("new.pt", "new.pth"), QString());
  }

  void only_what_was_announced_is_written() {
    FileSet files(to_path(scratch_->path()), {"a", "sub/b"}, {});
    files.write("a", "1");
    files.write("sub/../sub/b", "2");
    QVERIFY_EXCEPTION_THROWN(files.write("c", "3"), std::logic_error);
    files.commit();
    QCOMPARE(listing(scratch_->path()), (QStringList{"a", "sub", "sub/b"}));
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
