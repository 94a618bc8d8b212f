// What can't be stopped is given up: a program that is told to end does so, whatever a network does. Each case runs in
// a process of its own, since it ends it.

#include "core/base/give_up.h"
#include "tests/support/support.h"
#include "ui/workers/network_worker.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QTest>
#include <QThread>

#include <csignal>
#include <cstdio>

using namespace scalescope;

namespace {

QString archive(const char* name) { return QStringLiteral(SCALESCOPE_TESTS "/support/archives/%1.pt").arg(name); }

/// How long the process takes to end from now on. -1: more than ten seconds.
qint64 milliseconds_to_end(QProcess& process) {
  QElapsedTimer timer;
  timer.start();
  const qint64 taken = process.waitForFinished(10'000) ? timer.elapsed() : -1;
  process.kill();
  process.waitForFinished();
  return taken;
}

/// Waits until a process has computed for 1.5 s: it is inside the network then.
bool is_busy(const QProcess& process) {
  const auto used = [&] {
    const QByteArray fields = read_all(QStringLiteral("/proc/%1/stat").arg(process.processId()));
    const QList<QByteArray> values = fields.mid(fields.lastIndexOf(')') + 2).split(' ');
    return values.size() > 11 ? values[11].toInt() : 0; // in ticks of 10 ms
  };
  return QTest::qWaitFor([&] { return used() > 150; }, 60'000) && process.state() == QProcess::Running;
}

/// The child's part of closing_a_window: opens the network and, once told so, lets go of the worker.
int close_while_it_runs(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  auto worker = std::make_unique<NetworkWorker>();
  ModelSource source;
  source.file = argv[2];
  RunOptions options;
  options.input_size = 32;
  worker->open(source, options);
  (void)std::getchar();
  worker.reset();
  std::puts("ended by itself");
  return 0;
}

} // namespace

class GivingUpTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

 private slots:
  void result_in_time() {
    const auto result = result_within(std::chrono::seconds(60), [] { return 7; });
    QCOMPARE(result.value_or(0), 7);
    QVERIFY(!work_was_given_up());
    QVERIFY_EXCEPTION_THROWN((void)result_within(std::chrono::seconds(60), []() -> int { throw Error("no"); }), Error);
  }

  void a_sentence_for_a_network_that_never_ends() {
    QProcess process;
    process.start(QStringLiteral(SCALESCOPE_CLI),
                  {"layers", "--no-cache", "--input-size", "32", "--model", archive("loops")});
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 1);
    const QString said = QString::fromUtf8(process.readAllStandardError());
    QVERIFY2(said.contains("loops.pt did not finish an empty image of 32 x 32 pixels within 10 seconds") &&
                 said.count('\n') == 1,
             qPrintable(said));
  }

  // One signal ends the command line, whether the network is being opened or used.
  void one_signal_is_enough_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("opening") << QStringList{"layers", "--model", archive("loops")};
    QTest::newRow("analyze") << QStringList{"analyze",
                                            "--model",
                                            archive("loops_on_colours"),
                                            "--data",
                                            folder_.filePath("scenes"),
                                            "--out",
                                            folder_.filePath("out")};
  }

  void one_signal_is_enough() {
    QFETCH(QStringList, arguments);
    if (!QFileInfo::exists(folder_.filePath("scenes")))
      QCOMPARE(QProcess::execute(QStringLiteral(SCALESCOPE_CLI),
                                 {"scenes", "--out", folder_.filePath("scenes"), "--count", "10", "--size", "64"}),
               0);
    QProcess process;
    process.start(QStringLiteral(SCALESCOPE_CLI), arguments + QStringList{"--no-cache", "--input-size", "32"});
    QVERIFY(process.waitForStarted());
    QVERIFY2(is_busy(process), process.readAllStandardError().constData());
    QCOMPARE(::kill(static_cast<pid_t>(process.processId()), SIGINT), 0);
    const qint64 taken = milliseconds_to_end(process);
    QVERIFY2(taken >= 0 && taken < 2'000, qPrintable(QString::number(taken)));
    QCOMPARE(process.exitCode(), 130);
    QVERIFY(process.readAllStandardError().contains("was not written"));
    QVERIFY(!QFileInfo::exists(folder_.filePath("out/curve.csv")));
  }

  void closing_a_window_is_enough() {
    QProcess process;
    process.start(QCoreApplication::applicationFilePath(), {"--close", archive("loops")});
    QVERIFY(process.waitForStarted());
    QVERIFY2(is_busy(process), process.readAllStandardError().constData());
    process.write("\n");
    const qint64 taken = milliseconds_to_end(process);
    QVERIFY2(taken >= 0 && taken < 2'000, qPrintable(QString::number(taken)));
    QCOMPARE(process.exitCode(), 130);
    QVERIFY(!process.readAllStandardOutput().contains("ended by itself"));
  }
};

int main(int argc, char** argv) {
  if (argc == 3 && qstrcmp(argv[1], "--close") == 0)
    return close_while_it_runs(argc, argv);
  QCoreApplication application(argc, argv);
  GivingUpTest test;
  return QTest::qExec(&test, argc, argv);
}

#include "giving_up_test.moc"
