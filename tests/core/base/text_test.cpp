// Text out of files on its way to a terminal.

#include "core/base/text.h"

#include <QTest>

#include <limits>

using namespace scalescope;

class TextTest : public QObject {
  Q_OBJECT

 private slots:
  void escapes_what_moves_a_terminal_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("shown");
    const auto add = [](const char* name, const QByteArray& text, const QByteArray& shown) {
      QTest::newRow(name) << text << shown;
    };
    add("plain", "images/a b.jpg", "images/a b.jpg");
    add("umlauts", "B\xc3\xa4r \xe7\x86\x8a \xf0\x9f\xa6\x9d", "B\xc3\xa4r \xe7\x86\x8a \xf0\x9f\xa6\x9d");
    add("escape", "a\x1b[2Jb", "a\\x1b[2Jb");
    add("line ends", "a\nb\r", "a\\nb\\x0d");
    add("nothing", QByteArray("a\0b", 3), "a\\x00b");
    add("delete", "a\x7f", "a\\x7f");
    add("control sequence introducer",
        "a\xc2\x9b"
        "2J",
        "a\\u009b2J");
    add("the same as a byte",
        "a\x9b"
        "2J",
        "a\\x9b2J");
    add("from right to left",
        "a\xe2\x80\xae"
        "b",
        "a\\u202eb");
    add("line separator",
        "a\xe2\x80\xa8"
        "b",
        "a\\u2028b");
    add("cut short", "a\xe2\x80", "a\\xe2\\x80");
    add("too long a form", "\xc0\x9b\xe0\x82\x9b", "\\xc0\\x9b\\xe0\\x82\\x9b");
    add("half of a pair", "\xed\xa0\x80", "\\xed\\xa0\\x80");
  }

  void escapes_what_moves_a_terminal() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, shown);
    QCOMPARE(QByteArray::fromStdString(for_terminal(text.toStdString())), shown);
  }

  void names_in_sentences_are_short_and_harmless() {
    QCOMPARE(printable("a\x1b[31m\n\x7f\xe2\x80\xae\xff"
                       "b\xc3\xa4"),
             std::string("a?[31m????b\xc3\xa4"));
    QCOMPARE(printable("x" + std::string(60, '\xc3') + std::string(1000, 'x')),
             "x" + std::string(60, '?') + std::string(59, 'x') + "...");
    std::string long_name = "x";
    for (int i = 0; i < 100; ++i)
      long_name += "\xc3\xa4"; // not cut within a letter
    QCOMPARE(printable(long_name), long_name.substr(0, 119) + "...");
  }

  void numbers_of_a_csv_read_back_equal() {
    QCOMPARE(csv_number(0.1), std::string("0.1"));
    QCOMPARE(QString::fromStdString(csv_number(1.0 / 3)).toDouble(), 1.0 / 3);
    QCOMPARE(csv_number(std::numeric_limits<double>::quiet_NaN()), std::string());
    QCOMPARE(csv_number(-std::numeric_limits<double>::infinity()), std::string());
  }
};

QTEST_GUILESS_MAIN(TextTest)
#include "text_test.moc"
