#include "core/base/error.h"
#include "core/image/bounding_box.h"
#include "core/image/encode_png.h"
#include "core/image/image.h"
#include "core/image/preprocessing.h"
#include "core/image/read_image.h"
#include "core/image/resize.h"
#include "tests/support/support.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <fcntl.h>
#include <unistd.h>

using namespace scalescope;

namespace {

void write(const QString& name, const QByteArray& bytes) {
  QFile file(name);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
    qFatal("can't write %s", qPrintable(name));
}

/// A PPM file as Pillow writes it.
Image read_ppm(const QString& name) {
  const QByteArray bytes = read_all(name);
  int width = 0;
  int height = 0;
  int header = 0;
  if (std::sscanf(bytes.constData(), "P6 %d %d 255%n", &width, &height, &header) != 2)
    qFatal("%s is no PPM file", qPrintable(name));
  return {width, height, {bytes.begin() + header + 1, bytes.end()}};
}

void write_ppm(const QString& name, const Image& image) {
  write(name,
        QStringLiteral("P6 %1 %2 255\n").arg(image.width).arg(image.height).toLatin1() +
            QByteArray(reinterpret_cast<const char*>(image.pixels.data()), static_cast<int>(image.pixels.size())));
}

Image noise(int width, int height) {
  Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))};
  std::mt19937 random(7);
  for (std::uint8_t& sample : image.pixels)
    sample = static_cast<std::uint8_t>(random());
  return image;
}

/// The largest difference of two images of one size; 256 if their sizes differ.
int difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.pixels.size() != b.pixels.size())
    return 256;
  int largest = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    largest = std::max(largest, std::abs(int{a.pixels[i]} - int{b.pixels[i]}));
  return largest;
}

/// The message with which a file is refused, empty if it isn't. Another exception than Error ends the test.
QString refusal(const QString& file) {
  try {
    const Image image = read_image(to_path(file));
    return image.pixels.empty() ? QStringLiteral("(an empty image)") : QString();
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

bool is_refused_naming(const QString& file, const QString& words) {
  const QString message = refusal(file);
  if (message.contains(QLatin1Char('\'') + file + QLatin1Char('\'')) && message.contains(words) &&
      message.endsWith(QLatin1Char('.')) && !message.contains(QLatin1Char('\n')))
    return true;
  qWarning("%s: \"%s\" does not say \"%s\"", qPrintable(file), qPrintable(message), qPrintable(words));
  return false;
}

QByteArray big_endian(quint32 number) {
  QByteArray bytes(4, '\0');
  for (int i = 3; i >= 0; --i, number >>= 8)
    bytes[i] = static_cast<char>(number);
  return bytes;
}

} // namespace

class ImageTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    QString output;
    if (!run_python(QStringLiteral("image_reference.py"), {QStringLiteral("pictures"), folder_.path()}, &output)) {
      if (output.contains(QLatin1String("ModuleNotFoundError")) || output.isEmpty())
        QSKIP("this machine's /usr/bin/python3 lacks Pillow or NumPy");
      QFAIL(qPrintable(output));
    }
    for (const QString& line : output.split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
      const QString name = line.section(QLatin1Char(' '), 0, -2);
      const QString expected = line.section(QLatin1Char(' '), -1);
      if (expected == QLatin1String("refused"))
        refused_ << name;
      else
        images_[name] = expected.toInt();
    }
    QVERIFY2(images_.size() > 60 && refused_.size() > 5, qPrintable(output));
  }

  void agrees_with_pillow() {
    for (auto p = images_.cbegin(); p != images_.cend(); ++p) {
      const QString message = refusal(path(p.key()));
      QVERIFY2(message.isEmpty(), qPrintable(message));
      const Image read = read_image(to_path(path(p.key())));
      const int worst = difference(read, read_ppm(path(p.key() + QStringLiteral(".expected"))));
      QVERIFY2(worst <= p.value(), qPrintable(QStringLiteral("%1 is off by %2").arg(p.key()).arg(worst)));
    }
  }

  void notes_say_what_was_not_used_as_it_is() {
    const QMap<QString, QString> expected{
        {"pages.tif", "only the first of its 3 pages was used"},
        {"frames.png", "only the first of its 2 frames was used"},
        {"spare_channel.tif", "only the first of its 2 channels was used"},
        {"unspecified.tif", "only the first 3 of its 4 channels were used"},
        {"stated.tif", "its 16-bit samples were scaled, because it states that they end at 4095"},
        {"stated_big.tif", "its 16-bit samples were scaled, because it states that they end at 4095"},
        {"stated.png", "its 16-bit samples were scaled, because it states that they end at 4095"},
        {"misstated.tif", "its MaxSampleValue is 255, but it has samples up to 655"},
        {"unstated.tif",
         "it is nearly black, because its largest sample is 4095 of 65535; if its samples have 12 bits, "
         "scale them to 16"},
        {"black.png", "it is nearly black"}};
    for (const QString& name : images_.keys()) {
      const auto notes = read_image(to_path(path(name))).notes;
      QCOMPARE(notes, notes_of(read_all(path(name)).toStdString()));
      QVERIFY2(notes.size() == (expected.contains(name) ? 1U : 0U), qPrintable(name));
      if (!notes.empty())
        QVERIFY2(QString::fromStdString(notes[0]).startsWith(expected[name]), notes[0].c_str());
    }
    QVERIFY(notes_of("no image").empty());
  }

  // What Pillow wrote: read_image turns from it, and boxes and sizes go by it.
  void orientations_are_those_that_pillow_wrote() {
    for (const char* kind : {"jpg", "png", "webp", "tif"})
      for (int orientation = 1; orientation <= 8; ++orientation) {
        const QByteArray bytes = read_all(path(QStringLiteral("turned%1.%2").arg(orientation).arg(kind)));
        QVERIFY(!bytes.isEmpty());
        QCOMPARE(orientation_of(bytes.toStdString()), orientation);
      }
    QCOMPARE(orientation_of(read_all(path(QStringLiteral("turned9.jpg"))).toStdString()), 1); // there is no such
    QCOMPARE(orientation_of("no image"), 1);
  }

  void photos_agree_with_pillow() {
    NEED_SHARED(shared);
    const QString photo = shared + QStringLiteral("/data/raccoon/images/raccoon-1.jpg");
    const QString ppm = path(QStringLiteral("photo.ppm"));
    QProcess python;
    python.start(QStringLiteral("/usr/bin/python3"),
                 {QStringLiteral("-c"),
                  QStringLiteral("import sys; from PIL import Image; Image.open(sys.argv[1]).convert('RGB').save("
                                 "sys.argv[2])"),
                  photo, ppm});
    QVERIFY(python.waitForFinished(-1) && python.exitCode() == 0);
    QCOMPARE(difference(read_image(to_path(photo)), read_ppm(ppm)), 0);
  }

  void refuses_kinds_it_would_decode_wrongly() {
    for (const QString& name : refused_) // a name says what its message must
      QVERIFY(is_refused_naming(path(name), name.section(QLatin1Char('.'), 0, 0)));
  }

  void refuses_what_is_cut_off() {
    const QString cut = path(QStringLiteral("cut"));
    for (const QString& name : images_.keys()) {
      const QByteArray whole = read_all(path(name));
      for (const double part : {0.05, 0.3, 0.6, 0.95}) {
        write(cut, whole.left(static_cast<int>(whole.size() * part)));
        QVERIFY2(is_refused_naming(cut, QString()), qPrintable(name));
      }
      if (name == "pages.tif") // Pillow fills the end
        continue;
      write(cut, whole.chopped(1));
      QVERIFY2(is_refused_naming(cut, QStringLiteral("incomplete")), qPrintable(name));
    }
  }

  void sees_the_end_of_a_jpeg_only_where_it_is() {
    const QByteArray whole = read_all(path(QStringLiteral("colour0.jpg")));
    // A marker "end of image" within a segment (a thumbnail's, say) is none, and what follows the true one is no harm.
    const QByteArray thumbnail = whole.left(2) + QByteArray::fromHex("ffe40006ffd9ffd9") + whole.mid(2);
    const QString file = path(QStringLiteral("thumbnail.jpg"));
    write(file, thumbnail + "trailing \xFF garbage");
    QCOMPARE(difference(read_image(to_path(file)), read_image(to_path(path(QStringLiteral("colour0.jpg"))))), 0);
    write(file, thumbnail.chopped(2));
    QVERIFY(is_refused_naming(file, QStringLiteral("incomplete")));
  }

  void refuses_absurd_sizes_before_allocating() {
    const QString file = path(QStringLiteral("huge"));
    const QString words = QStringLiteral("250 megapixels");
    const auto patched = [&](const char* name, int at, const QByteArray& bytes) {
      QByteArray whole = read_all(path(QLatin1String(name)));
      whole.replace(at, bytes.size(), bytes);
      write(file, whole);
    };
    patched("colour.png", 16, big_endian(60000) + big_endian(60000));
    QVERIFY(is_refused_naming(file, words));
    const int frame = read_all(path(QStringLiteral("colour0.jpg"))).indexOf(QByteArray::fromHex("ffc00011"));
    QVERIFY(frame > 0);
    patched("colour0.jpg", frame + 5, QByteArray::fromHex("ea60ea60"));
    QVERIFY(is_refused_naming(file, words));
    patched("colour.webp", 21, QByteArray::fromHex("ffffff0f")); // 16384 x 16384
    QVERIFY(is_refused_naming(file, words));
    const QByteArray large = QByteArray::fromHex("60ea0000");
    patched("large_little.tif", 36,
            large); // of an uncompressed file only the height would be missed by the other check
    QVERIFY(!refusal(file).isEmpty());
    QByteArray bitmap = read_all(path(QStringLiteral("colour.bmp")));
    bitmap.replace(18, 8, large + large).replace(30, 4, QByteArray::fromHex("01000000")); // run-length encoded
    write(file, bitmap);
    QVERIFY(is_refused_naming(file, words));
    patched("colour.png", 16, big_endian(0) + big_endian(60000));
    QVERIFY(is_refused_naming(file, QStringLiteral("no pixels")));
  }

  void refuses_what_is_no_image() {
    QVERIFY(is_refused_naming(path(QStringLiteral("missing.jpg")), QStringLiteral("does not exist")));
    QVERIFY(is_refused_naming(folder_.path(), QStringLiteral("is a folder")));
    write(path(QStringLiteral("empty.jpg")), {});
    QVERIFY(is_refused_naming(path(QStringLiteral("empty.jpg")), QStringLiteral("is empty")));
    write(path(QStringLiteral("text.jpg")), "This is no photo.\n");
    QVERIFY(is_refused_naming(path(QStringLiteral("text.jpg")), QStringLiteral("is not an image")));
  }

  // libpng says "known incorrect sRGB profile" of many images, and would of each in a folder of thousands.
  void says_nothing_of_colour_profiles() {
    const Image image = noise(20, 10);
    const std::vector<std::uint8_t> bytes = encode_png(image);
    QByteArray png(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
    const qsizetype behind_header = 8 + 25;
    png.insert(behind_header, QByteArray::fromHex("00000008694343504142430000000000ffffffff")); // no profile at all
    const QString file = path(QStringLiteral("profile.png"));
    write(file, png);

    const QString log = path(QStringLiteral("stderr.txt"));
    const int before = dup(STDERR_FILENO);
    const int to_log = open(qPrintable(log), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(to_log, STDERR_FILENO);
    const Image read = read_image(to_path(file));
    dup2(before, STDERR_FILENO);
    close(before);
    close(to_log);
    QCOMPARE(read_all(log), QByteArray());
    QCOMPARE(difference(read, image), 0);
  }

  void survives_damage() {
    const QString file = path(QStringLiteral("damaged"));
    std::mt19937 random(3);
    int refused = 0;
    int tried = 0;
    for (const QString& name : images_.keys()) {
      const QByteArray whole = read_all(path(name));
      for (int trial = 0; trial < 12; ++trial, ++tried) {
        QByteArray damaged = whole;
        // Half of the damage goes to the head, where the structure is.
        const auto reach =
            static_cast<unsigned>(trial % 2 == 0 ? std::min<qsizetype>(whole.size(), 200) : whole.size());
        for (int i = 0; i < 3; ++i)
          damaged[static_cast<qsizetype>(random() % reach)] = static_cast<char>(random());
        write(file, damaged);
        refused += refusal(file).isEmpty() ? 0 : 1; // anything but an image or an Error ends the test
      }
    }
    QVERIFY(refused > tried / 10 && refused < tried);
  }

  void resizes_as_pillow() {
    QString output;
    if (!run_python(QStringLiteral("image_reference.py"), {QStringLiteral("resize"), folder_.path()}, &output))
      QFAIL(qPrintable(output));
    const QStringList lines = output.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 14 * 6);
    for (const QString& line : lines) {
      const QStringList words = line.split(QLatin1Char(' '));
      const Image source = read_ppm(path(words[0]));
      const Image expected = read_ppm(path(words[1]));
      const auto how = enum_of<Interpolation>(words[2].toStdString()).value();
      QVERIFY2(difference(resize(source, expected.width, expected.height, how), expected) == 0, qPrintable(line));
    }
  }

  // A part of a resized image is that part of the whole one.
  void resizes_parts() {
    std::mt19937 random(5);
    Image image{53, 41, std::vector<std::uint8_t>(std::size_t{3} * 53 * 41)};
    for (auto& sample : image.pixels)
      sample = static_cast<std::uint8_t>(random());
    for (const auto& [name, how] : enum_names<Interpolation>)
      for (const auto& [width, height] :
           {std::pair(20, 30), std::pair(53, 30), std::pair(100, 41), std::pair(53, 41)}) {
        const Image whole = resize(image, width, height, how);
        const Image part = resize_part(image, {width, height, {3, 11}, {7, 5}}, how);
        QCOMPARE(part.width, 11);
        QCOMPARE(part.height, 5);
        for (int y = 0; y < part.height; ++y)
          for (int x = 0; x < 3 * part.width; ++x)
            QCOMPARE(part.pixels[static_cast<std::size_t>(3 * y * part.width + x)],
                     whole.pixels[static_cast<std::size_t>(3 * ((y + 7) * width + 3) + x)]);
      }
  }

  void makes_squares_as_timm() {
    QString output;
    if (!run_python(QStringLiteral("image_reference.py"), {QStringLiteral("square"), folder_.path()}, &output))
      QSKIP(qPrintable(output));
    const QStringList lines = output.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 80);
    for (const QString& line : lines) {
      const QStringList words = line.split(QLatin1Char(' '));
      Preprocessing how = Preprocessing::named("torch");
      how.resizing = {enum_of<ResizeMode>(words[3].toStdString()).value(),
                      enum_of<Interpolation>(words[4].toStdString()).value(), words[5].toDouble()};
      const int worst =
          difference(to_square(read_ppm(path(words[0])), words[2].toInt(), how), read_ppm(path(words[1])));
      QVERIFY2(worst <= 1, qPrintable(QString("%1: %2").arg(line).arg(worst))); // a box filter of Pillow 13 differs
    }
  }

  // What the square shows, in pixels of the image; with numbers that are worked out by hand.
  void knows_what_a_square_shows() {
    const auto seen = [](ResizeMode mode, double crop, int width, int height, int side) {
      const BoundingBox box = seen_part({mode, Interpolation::Bicubic, crop}, width, height, side);
      return std::vector<double>{box.x, box.y, box.width, box.height};
    };
    using Sides = std::vector<double>;
    QCOMPARE(seen(ResizeMode::Squash, 1, 640, 480, 224), (Sides{0, 0, 640, 480}));
    QCOMPARE(seen(ResizeMode::Crop, 1, 640, 480, 240), (Sides{80, 0, 480, 480}));
    QCOMPARE(seen(ResizeMode::Crop, 0.5, 640, 480, 120), (Sides{200, 120, 240, 240}));
    QCOMPARE(seen(ResizeMode::Squash, 0.5, 640, 480, 120), (Sides{160, 120, 320, 240}));
    QCOMPARE(seen(ResizeMode::Pad, 1, 640, 480, 320), (Sides{0, -80, 640, 640}));
    const BoundingBox middle = seen_part({ResizeMode::Crop, Interpolation::Bilinear, 0.5}, 640, 480, 120);
    QCOMPARE(seen_scale({200, 120, 120, 120}, middle, 640, 480), 0.25);  // a quarter of 240 x 240
    QCOMPARE(seen_scale({140, 120, 120, 120}, middle, 640, 480), 0.125); // half of it is cropped
    QCOMPARE(seen_scale({0, 0, 100, 100}, middle, 640, 480), 0.0);
    const BoundingBox padded = seen_part({ResizeMode::Pad, Interpolation::Bilinear, 1}, 640, 480, 320);
    QCOMPARE(seen_scale({0, -100, 320, 420}, padded, 640, 480), 0.25); // what is above the image is not seen
    for (const double crop : {0.0, -1.0, 1.01, static_cast<double>(NAN), 0.01})
      QVERIFY_EXCEPTION_THROWN((void)seen(ResizeMode::Crop, crop, 640, 480, 224), Error);
    // The resized image would have 80 gigapixels.
    const Image line{2, 20000, std::vector<std::uint8_t>(120000, 7)};
    const Image square = to_square(line, 299, Resizing{ResizeMode::Crop, Interpolation::Lanczos, least_crop}, {});
    QCOMPARE(square.pixels, std::vector<std::uint8_t>(std::size_t{3} * 299 * 299, 7));
  }

  void resizes_by_closed_form() {
    const Image grey{7, 5, std::vector<std::uint8_t>(105, 200)};
    for (const auto& [width, height] : {std::pair(3, 2), std::pair(20, 31), std::pair(1, 1)}) {
      const Image result = resize(grey, width, height);
      QCOMPARE(result.pixels, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height), 200));
    }
    // Two pixels become one: their mean, rounded.
    QCOMPARE(resize({2, 1, {0, 10, 100, 101, 20, 255}}, 1, 1).pixels, (std::vector<std::uint8_t>{51, 15, 178}));
    // One pixel more between two: half way.
    QCOMPARE(resize({1, 2, {0, 0, 0, 100, 50, 20}}, 1, 3).pixels,
             (std::vector<std::uint8_t>{0, 0, 0, 50, 25, 10, 100, 50, 20}));
    QVERIFY_EXCEPTION_THROWN((void)resize(grey, 0, 3), Error);
    QVERIFY_EXCEPTION_THROWN((void)resize(Image{}, 3, 3), Error);
  }

  void preprocesses_by_closed_form() {
    const Image image{2, 1, {0, 51, 255, 255, 102, 0}};
    std::vector<float> out(6);
    preprocess(image, Preprocessing::named("tf"), out);
    const std::vector<float> tf{-1, 1, -0.6F, -0.2F, 1, -1}; // red, green, blue planes
    for (std::size_t i = 0; i < 6; ++i)
      QVERIFY(std::abs(out[i] - tf[i]) < 1e-6F);
    preprocess(image, Preprocessing::named("caffe"), out);
    const std::vector<float> caffe{255 - 103.939F, 0 - 103.939F, 51 - 116.779F,
                                   102 - 116.779F, 0 - 123.68F,  255 - 123.68F};
    QCOMPARE(out, caffe);
  }

  void preprocesses_as_torchvision() {
    const Image image = noise(61, 47);
    write_ppm(path(QStringLiteral("in.ppm")), image);
    QString output;
    if (!run_python(QStringLiteral("image_reference.py"), {QStringLiteral("normalize"), folder_.path()}, &output)) {
      if (output.contains(QLatin1String("ModuleNotFoundError")))
        QSKIP("this machine's /usr/bin/python3 lacks torchvision");
      QFAIL(qPrintable(output));
    }
    const Preprocessing custom = Preprocessing::custom({0.1F, 0.2F, 0.3F}, {0.4F, 0.5F, 0.6F});
    for (const Preprocessing& how :
         {Preprocessing::named("torch"), Preprocessing::named("tf"), Preprocessing::named("caffe"), custom}) {
      std::vector<float> out(image.pixels.size());
      preprocess(image, how, out);
      const QByteArray bytes = read_all(path(QString::fromStdString(how.name) + QStringLiteral(".f32")));
      QCOMPARE(static_cast<std::size_t>(bytes.size()), out.size() * sizeof(float));
      const auto* expected = reinterpret_cast<const float*>(bytes.constData());
      for (std::size_t i = 0; i < out.size(); ++i)
        QVERIFY(std::abs(out[i] - expected[i]) <= 2e-7F * std::max(1.0F, std::abs(expected[i])));
    }
  }

  void refuses_senseless_preprocessing() {
    try {
      (void)Preprocessing::named("keras");
      QFAIL("an unknown mode was taken");
    } catch (const Error& error) {
      for (const char* word : {"keras", "torch", "tf", "caffe"})
        QVERIFY(QString::fromUtf8(error.what()).contains(QLatin1String(word)));
    }
    const float nan = std::numeric_limits<float>::quiet_NaN();
    QVERIFY_EXCEPTION_THROWN((void)Preprocessing::custom({0, 0, 0}, {1, 0, 1}), Error);
    QVERIFY_EXCEPTION_THROWN((void)Preprocessing::custom({0, 0, 0}, {1, -1, 1}), Error);
    QVERIFY_EXCEPTION_THROWN((void)Preprocessing::custom({0, 0, 0}, {1, nan, 1}), Error);
    QVERIFY_EXCEPTION_THROWN((void)Preprocessing::custom({0, nan, 0}, {1, 1, 1}), Error);
  }

  void clips_boxes_data() {
    QTest::addColumn<QList<double>>("box");
    QTest::addColumn<QList<double>>("inside"); // of 100 x 50
    QTest::addColumn<double>("scale");
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinite = std::numeric_limits<double>::infinity();
    QTest::newRow("within") << QList<double>{10, 5, 20, 10} << QList<double>{10, 5, 20, 10} << 0.04;
    QTest::newRow("whole") << QList<double>{0, 0, 100, 50} << QList<double>{0, 0, 100, 50} << 1.0;
    QTest::newRow("around") << QList<double>{-10, -10, 300, 300} << QList<double>{0, 0, 100, 50} << 1.0;
    QTest::newRow("over the left top") << QList<double>{-10, -5, 20, 10} << QList<double>{0, 0, 10, 5} << 0.01;
    QTest::newRow("over the right bottom") << QList<double>{90, 45, 20, 10} << QList<double>{90, 45, 10, 5} << 0.01;
    QTest::newRow("left of it") << QList<double>{-30, 0, 20, 10} << QList<double>{0, 0, 0, 0} << 0.0;
    QTest::newRow("below it") << QList<double>{0, 60, 20, 10} << QList<double>{0, 50, 0, 0} << 0.0;
    QTest::newRow("touching") << QList<double>{100, 0, 20, 10} << QList<double>{100, 0, 0, 0} << 0.0;
    QTest::newRow("negative") << QList<double>{50, 20, -20, 10} << QList<double>{50, 20, 0, 0} << 0.0;
    QTest::newRow("NaN at x") << QList<double>{nan, 0, 20, 10} << QList<double>{0, 0, 0, 0} << 0.0;
    QTest::newRow("NaN wide") << QList<double>{5, 0, nan, 10} << QList<double>{5, 0, 0, 0} << 0.0;
    QTest::newRow("infinite") << QList<double>{0, 0, infinite, 10} << QList<double>{0, 0, 0, 0} << 0.0;
  }

  void clips_boxes() {
    QFETCH(QList<double>, box);
    QFETCH(QList<double>, inside);
    QFETCH(double, scale);
    const BoundingBox given{box[0], box[1], box[2], box[3]};
    const BoundingBox got = clip(given, 100, 50);
    QCOMPARE((QList<double>{got.x, got.y, got.width, got.height}), inside);
    QCOMPARE(object_scale(given, 100, 50), scale);
    QCOMPARE(object_scale(given, 0, 50), 0.0);
  }

 private: // NOLINT(readability-redundant-access-specifiers): what follows is no slot
  [[nodiscard]] QString path(const QString& name) const { return folder_.filePath(name); }

  QTemporaryDir folder_;
  QMap<QString, int> images_; ///< to the tolerance in grey levels
  QStringList refused_;
};

QTEST_GUILESS_MAIN(ImageTest)
#include "image_test.moc"
