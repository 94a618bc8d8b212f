// The experiment two-objects: which pairs are drawn, what the images show in their pixels, what is left out, weights on
// a network of known answers in closed form and against NumPy, and the command's files.

#include "core/experiment/mixture.h"
#include "core/experiment/two_objects_text.h"
#include "tests/support/handmade_networks.h"
#include "tests/support/support.h"

#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <map>
#include <random>
#include <set>

using namespace scalescope;
using nlohmann::json;

namespace {

constexpr int side = 96;
const Preprocessing black_ground = Preprocessing::custom({0, 0, 0}, {1, 1, 1});

// The area in pixels that is not black in the columns from..to: the sum of the brightest channel, the objects' being
// 255.
double area_between(const Image& image, int from, int to) {
  double sum = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = from; x < to; ++x) {
      const auto* pixel = &image.pixels[(static_cast<std::size_t>(y) * image.width + x) * 3];
      sum += std::max({pixel[0], pixel[1], pixel[2]}) / 255.0;
    }
  return sum;
}

bool close(double a, double b, double tolerance = 1e-9) {
  return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
}

QString content_of(const QString& name) { return QString::fromUtf8(read_all(name)); }

} // namespace

class TwoObjectsTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  std::vector<Sample> samples_; ///< of one object each: rectangles in red or green on black

  QString file(const QString& name) const { return folder_.filePath(name); }

  Sample draw(const QString& name, const QSize& size, const QColor& colour, int image_side = 120) {
    QImage image(image_side, image_side, QImage::Format_RGB888);
    image.fill(Qt::black);
    for (int y = 10; y < 10 + size.height(); ++y)
      for (int x = 10; x < 10 + size.width(); ++x)
        image.setPixelColor(x, y, colour);
    const QString path = file(name + ".png");
    if (!image.save(path))
      qFatal("%s can't be written", qPrintable(path));
    return {name.toStdString(),
            to_path(path),
            name.toStdString(),
            "list.csv",
            BoundingBox{10, 10, static_cast<double>(size.width()), static_cast<double>(size.height())},
            {}};
  }

  static PairSettings settings() {
    PairSettings how;
    how.cut.by = SegmentBy::Box;
    return how;
  }

  static PairImages images_of(const std::vector<Sample>& samples, const PairSettings& how = settings(),
                              const Preprocessing& preprocessing = black_ground) {
    return {cut_out_objects(samples, how, side, 2), how, preprocessing, side};
  }

  Network network() const { return handmade::open_known_answers(to_path(file("known.pt")), side); }

  TwoObjects found(const std::vector<Sample>& samples, const Preprocessing& preprocessing,
                   std::vector<std::string> layers = {"area"}) const {
    ExtractionSettings how;
    how.layers = std::move(layers);
    return two_objects(network(), images_of(samples, settings(), preprocessing), how, 0);
  }

 private slots:
  void initTestCase() {
    handmade::write_known_answers(to_path(file("known.pt")));
    QString csv = "file,x,y,w,h\n";
    for (int i = 0; i < 20; ++i) {
      const QSize size(40 + i, 56 - i);
      // A little red, so that the network has no 0 / 0.
      samples_.push_back(draw(QString("object%1").arg(i), size, i % 2 == 0 ? QColor(255, 0, 0) : QColor(26, 255, 0)));
      csv += QString("object%1.png,10,10,%2,%3\n").arg(i).arg(size.width()).arg(size.height());
    }
    QFile table(file("objects.csv"));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write(csv.toUtf8());
  }

  void pairs_are_balanced_data() {
    QTest::addColumn<QList<int>>("sizes"); // of the groups
    QTest::addColumn<QList<int>>("times"); // that an object is in a pair, sorted
    QTest::addColumn<int>("sets");
    QTest::newRow("even") << QList<int>{1, 1, 1, 1, 1, 1} << QList<int>{1, 1, 1, 1, 1, 1} << 3;
    QTest::newRow("odd") << QList<int>{1, 1, 1, 1, 1} << QList<int>{1, 1, 2, 2, 2} << 2;
    QTest::newRow("two") << QList<int>{1, 1} << QList<int>{1, 1} << 1;
    QTest::newRow("three") << QList<int>{1, 1, 1} << QList<int>{2, 2, 2} << 1;
    QTest::newRow("several of an image") << QList<int>{3, 1, 1, 3} << QList<int>{1, 1, 1, 1, 1, 1, 1, 1} << 2;
    QTest::newRow("more of one") << QList<int>{3, 1} << QList<int>{1, 1, 1, 3} << 1;
    QTest::newRow("one") << QList<int>{1} << QList<int>{0} << 0;
    QTest::newRow("of one image") << QList<int>{3} << QList<int>{0, 0, 0} << 0;
  }

  void pairs_are_balanced() {
    QFETCH(QList<int>, sizes);
    QFETCH(QList<int>, times);
    QFETCH(int, sets);
    std::vector<std::string> groups;
    for (int g = 0; g < sizes.size(); ++g)
      groups.insert(groups.end(), static_cast<std::size_t>(sizes[g]), "image " + std::to_string(g));
    for (const std::uint64_t seed : {0, 1, 2, 3}) {
      QList<int> counted(static_cast<qsizetype>(groups.size()));
      std::map<std::string, std::size_t> set_of;
      std::set<std::size_t> all;
      for (const ObjectPair& pair : draw_pairs(groups, seed)) {
        QVERIFY(groups[pair.first] != groups[pair.second]);
        all.insert(pair.set);
        for (const std::size_t object : {pair.first, pair.second}) {
          ++counted[static_cast<qsizetype>(object)];
          QCOMPARE(set_of.try_emplace(groups[object], pair.set).first->second, pair.set); // no image in two sets
        }
      }
      std::ranges::sort(counted);
      QCOMPARE(counted, times);
      QCOMPARE(static_cast<int>(all.size()), sets);
      QVERIFY(all.empty() || *all.rbegin() + 1 == all.size()); // numbered without gaps
    }
  }

  void pairs_hang_on_the_seed_alone() {
    const std::vector<std::string> groups{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    const auto listed = [&](std::uint64_t seed) {
      std::vector<std::size_t> list;
      for (const ObjectPair& pair : draw_pairs(groups, seed))
        list.insert(list.end(), {pair.first, pair.second});
      return list;
    };
    QCOMPARE(listed(3), listed(3));
    QVERIFY(listed(3) != listed(4));
  }

  // Of every pair, each of the two is the larger one as often as the smaller one, and on the left as on the right.
  void sides_and_sizes_are_balanced() {
    const PairImages images = images_of(samples_);
    QCOMPARE(images.singles(), 40U);
    QCOMPARE(images.pairs().size(), 10U);
    QCOMPARE(images.count(), 40U + 10 * (2 + 3 * 4));
    std::map<std::tuple<std::size_t, std::size_t, std::size_t, bool, bool>, int> shown; // pair, ratio, object, ...
    for (std::size_t i = images.singles(); i < images.count(); ++i) {
      const PairImage image = images.pair_image(i);
      const double ratio = images.ratios()[image.ratio];
      QVERIFY(image.larger.left != image.smaller.left);
      QVERIFY(close(image.larger.area, ratio * image.smaller.area));
      QVERIFY(close(image.larger.area + image.smaller.area, 0.125));
      for (const ShownObject* one : {&image.larger, &image.smaller})
        ++shown[{image.pair, image.ratio, one->object, one == &image.larger && ratio > 1, one->left}];
    }
    for (const auto& [what, times] : shown)
      QCOMPARE(times, 1);
    QCOMPARE(shown.size(), 10U * (4 + 3 * 8));
  }

  void areas_are_right_in_the_pixels() {
    const PairImages images = images_of(samples_);
    constexpr double whole = side * side;
    for (std::size_t i = 0; i < images.singles(); ++i) {
      const Image image = images.image(i);
      const double left = area_between(image, 0, side / 2);
      const double right = area_between(image, side / 2, side);
      QVERIFY(close((i % 2 == 0 ? left : right) / whole, 0.125, 0.002));
      QCOMPARE(i % 2 == 0 ? right : left, 0.0);
    }
    for (std::size_t i = images.singles(); i < images.count(); ++i) {
      const PairImage what = images.pair_image(i);
      const Image image = images.image(i);
      const double left = area_between(image, 0, side / 2);
      const double right = area_between(image, side / 2, side);
      QVERIFY(close((what.larger.left ? left : right) / whole, what.larger.area, 0.002));
      QVERIFY(close((what.larger.left ? right : left) / whole, what.smaller.area, 0.002));
      // The colour of the larger one is that of its sample: green of the odd ones.
      const auto* middle =
          &image.pixels[(static_cast<std::size_t>(side / 2) * side + (what.larger.left ? side / 4 : 3 * side / 4)) * 3];
      QCOMPARE(middle[1] > 200, what.larger.object % 2 == 1);
    }
  }

  void the_ground_is_what_the_network_sees_as_zero_data() {
    QTest::addColumn<QString>("mode");
    QTest::addColumn<double>("step"); // half a grey level, preprocessed
    QTest::newRow("torch") << "torch" << 0.5 / 255 / 0.224;
    QTest::newRow("tf") << "tf" << 0.5 / 255 / 0.5 + 1e-6;
    QTest::newRow("caffe") << "caffe" << 0.5;
  }

  void the_ground_is_what_the_network_sees_as_zero() {
    QFETCH(QString, mode);
    QFETCH(double, step);
    const PairImages images = images_of(samples_, settings(), Preprocessing::named(mode.toStdString()));
    std::vector<float> pixels(3 * side * side);
    QVERIFY(images.source().load(0, pixels)); // an object on the left
    for (std::size_t c = 0; c < 3; ++c)
      QVERIFY(std::abs(pixels[(c + 1) * side * side - 1]) <= step);
  }

  // Whatever changes the pixels changes the key of the cache.
  void keys_tell_images_apart() {
    const PairImages images = images_of(samples_);
    std::set<std::string> keys;
    for (std::size_t i = 0; i < images.count(); ++i)
      keys.insert(images.source().key(i));
    QCOMPARE(keys.size(), images.count());
    QCOMPARE(images_of(samples_).source().key(50), images.source().key(50));
    PairSettings other = settings();
    other.area = 0.1;
    QVERIFY(!keys.contains(images_of(samples_, other).source().key(0)));
    other = settings();
    other.cut.by = SegmentBy::Mask;
    QVERIFY(!keys.contains(images_of(samples_, other).source().key(0)));
    QVERIFY(!keys.contains(images_of(samples_, settings(), Preprocessing::named("torch")).source().key(0)));
  }

  void what_does_not_fit_is_left_out_with_a_reason() {
    std::vector<Sample> samples{samples_[0],
                                draw("small", {12, 12}, Qt::red),
                                draw("wide", {90, 24}, Qt::red),
                                draw("thin", {4, 100}, Qt::red),
                                samples_[1],
                                samples_[2]};
    samples[4].file = to_path(file("gone.png"));
    samples[5].box.reset();
    PairSettings how = settings();
    how.ratios = {100};
    how.area = 0.03;
    how.most_enlarged = 1.2;
    const CutOuts cut = cut_out_objects(samples, how, side, 2);
    QCOMPARE(cut.objects.size(), 1U);
    QCOMPARE(cut.left_out.size(), 5U);
    const std::array reasons{"it would be enlarged 1.4 times", "", "it would be thinner than a pixel", "gone.png",
                             "has no box"};
    for (std::size_t i = 0; i < reasons.size(); ++i)
      QVERIFY2(cut.left_out[i].reason.find(reasons[i]) != std::string::npos, cut.left_out[i].reason.c_str());
    how.area = 0.2;
    how.ratios = {2};
    how.most_enlarged = 10;
    const CutOuts wide = cut_out_objects({samples[2], samples[3], samples[0]}, how, side, 1);
    QCOMPARE(wide.left_out.size(), 2U);
    QVERIFY(QString::fromStdString(wide.left_out[0].reason)
                .contains("too wide to fit into half of an image with 20 % of its area"));
    QVERIFY(QString::fromStdString(wide.left_out[1].reason).contains("too high"));
  }

  void an_object_that_is_not_found_is_remarked() {
    PairSettings how;
    how.cut.by = SegmentBy::Mask;
    std::vector<Sample> samples{draw("uniform", {40, 40}, Qt::black)};
    const CutOuts cut = cut_out_objects(samples, how, side, 1);
    QCOMPARE(cut.objects.size(), 1U);
    QCOMPARE(cut.remarks.size(), 1U);
    QVERIFY(QString::fromStdString(cut.remarks[0].text).contains("GrabCut could not separate"));
  }

  void what_makes_no_pairs_is_refused() {
    std::vector<Sample> samples = samples_;
    for (Sample& one : samples)
      one.box.reset();
    const QString boxes = error_text([&] { (void)images_of(samples); });
    QVERIFY2(boxes.contains("has no boxes") && !boxes.contains('\n'), qPrintable(boxes));
    const QString one = error_text([&] { (void)images_of({samples_[0]}); });
    QVERIFY2(one.contains("two objects of different images, but only 1 can"), qPrintable(one));
    Sample same = samples_[1];
    same.group = samples_[0].group;
    QVERIFY(error_text([&] { (void)images_of({samples_[0], same}); }).contains("of different images"));
    const QString first = error_text([&] { (void)images_of({samples_[0], draw("tiny", {8, 8}, Qt::red)}); });
    QVERIFY2(first.contains("tiny") && first.contains("enlarged"), qPrintable(first));
    for (const std::vector<double>& ratios : {std::vector<double>{}, {1.0}, {0.5, 2.0}, {2.0, 2000.0}}) {
      PairSettings how = settings();
      how.ratios = ratios;
      const QString error = error_text([&] { (void)images_of(samples_, how); });
      QVERIFY2(error.contains("at least one above 1"), qPrintable(error));
    }
  }

  // Means over the image are a weighted average by area of the means for each object alone.
  void means_follow_the_areas() {
    std::vector<Sample> samples;
    for (int i = 0; i < 20; ++i)
      samples.push_back(
          draw(QString("varied%1").arg(i), {40 + i, 56}, QColor(97 * i % 200 + 26, (53 * i + 40) % 256, 0)));
    const TwoObjects result = found(samples, black_ground);
    QCOMPARE(result.ratios.size(), 4U);
    for (const RatioMeasures& one : result.ratios) {
      QCOMPARE(one.images, one.ratio > 1 ? 40 : 20);
      const LayerMixture& layer = one.layers[0];
      QVERIFY(close(layer.weight_of_larger, one.area_share, 2e-3));
      QVERIFY(close(layer.weight_of_smaller, 1 - one.area_share, 2e-3));
      QVERIFY(close(layer.share.value, one.area_share, 2e-3));
      QVERIFY(close(layer.explained.value, 1, 1e-3));
      QVERIFY(layer.share.interval.exists());
      QVERIFY(layer.share.interval.high - layer.share.interval.low < 5e-3);
    }
    QVERIFY(close(result.exponents[0].value, 1, 5e-3));
  }

  void few_images_have_no_intervals() {
    const TwoObjects result = found({samples_.begin(), samples_.begin() + 19}, black_ground);
    QVERIFY(!result.ratios[1].layers[0].share.interval.exists());
    QVERIFY(!result.exponents[0].interval.exists());
    const LayerMeasures text = measures_of(result, images_of({samples_.begin(), samples_.begin() + 19}));
    QVERIFY(!text.notes.empty() && QString::fromStdString(text.notes[0]).contains("at least 20 images"));
  }

  void classes_are_those_of_the_larger_object_data() {
    QTest::addColumn<double>("green"); // how bright green is for the network
    QTest::addColumn<double>("larger");
    // Red alone gives the classes 3 * 8 * 0.125 + 1 = 4 and 0, green 1.3 and 0.125 green. With areas 2:1 red gives 3 or
    // 2, and green 0.083 or 0.042 times its brightness.
    QTest::newRow("the larger one wins") << 50.0 << 1.0;
    QTest::newRow("green wins") << 640.0 << 0.5;
  }

  void classes_are_those_of_the_larger_object() {
    QFETCH(double, green);
    QFETCH(double, larger);
    const auto deviation = static_cast<float>(1 / green);
    const TwoObjects result = found(samples_, Preprocessing::custom({0, 0, 0}, {0.125F, deviation, 1}));
    int pairs_of_two = 0;
    const PairImages images = images_of(samples_);
    for (const ObjectPair& pair : images.pairs())
      pairs_of_two += pair.first % 2 != pair.second % 2 ? 1 : 0;
    QVERIFY(pairs_of_two > 0);
    for (const RatioMeasures& one : result.ratios) {
      QVERIFY(one.classes.has_value());
      QCOMPARE(one.classes->images, pairs_of_two * (one.ratio > 1 ? 4 : 2));
      QCOMPARE(one.classes->either.value, 1.0);
      QCOMPARE(one.classes->larger.value, one.ratio > 1 ? larger : 0.5);
    }
  }

  void the_headline_says_what_is_shown_data() {
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<QString>("said");
    QTest::newRow("more") << 0.82 << 0.9 << "more than its share of the area (0.80).";
    QTest::newRow("about") << 0.7 << 0.9 << "about its share of the area (0.80).";
    QTest::newRow("wide") << 0.4 << 0.9 << "so it is not shown that size makes a difference.";
    QTest::newRow("less") << 0.55 << 0.7 << "more than half, but less than its share of the area (0.80).";
    QTest::newRow("half") << 0.45 << 0.55 << "about half, though its share of the area is 0.80.";
    QTest::newRow("smaller") << 0.1 << 0.3 << "less than half, though its share of the area is 0.80.";
  }

  void the_headline_says_what_is_shown() {
    QFETCH(double, low);
    QFETCH(double, high);
    QFETCH(QString, said);
    TwoObjects result;
    result.layers = {"area", "softmax"}; // not of the softmax
    result.depths = {1, 2};
    result.exponents.resize(2);
    for (const double ratio : {1.0, 3.0, 4.0, 16.0}) { // of that nearest to 4
      RatioMeasures one{.ratio = ratio, .area_share = ratio / (1 + ratio), .images = 8, .layers = {}, .classes = {}};
      one.layers.resize(2);
      if (ratio == 4)
        one.layers[0].share = {(low + high) / 2, {low, high}};
      result.ratios.push_back(one);
    }
    const PairImages images = images_of(samples_);
    const LayerMeasures text = measures_of(result, images);
    const QString headline = QString::fromStdString(text.text.headline);
    QVERIFY2(headline.startsWith("Of two objects, the one 4 times as large has ") && headline.endsWith(said) &&
                 headline.contains(" at area: "),
             qPrintable(headline));
    QCOMPARE(text.tables[0].header.size(), 8U); // without classes
    for (RatioMeasures& one : result.ratios)
      one.layers[0].share.interval = {};
    QVERIFY(measures_of(result, images).text.headline.ends_with("its share of the area is 0.80."));
    for (RatioMeasures& one : result.ratios)
      one.layers[0].share.value = NAN;
    QVERIFY(measures_of(result, images).text.headline.ends_with("it has no share of either."));
    QCOMPARE(text.figures.size(), two_objects_figures.size());
  }

  // A layer may be the classes themselves.
  void softmax_can_be_one_of_the_layers() {
    const auto bright = Preprocessing::custom({0, 0, 0}, {0.125F, 0.02F, 1});
    const TwoObjects with = found(samples_, bright, {"softmax", "area"});
    const TwoObjects without = found(samples_, bright);
    QCOMPARE(with.ratios[1].classes->larger.value, without.ratios[1].classes->larger.value);
    QCOMPARE(with.ratios[1].layers[1].share.value, without.ratios[1].layers[0].share.value);
  }

  void mixtures_agree_with_numpy() {
    QString output;
    if (!run_python("mixture_reference.py", {}, &output))
      QSKIP(qPrintable("Python has no NumPy: " + output));
    const json reference = json::parse(output.toStdString());
    QCOMPARE(reference["cases"].size(), 4U);
    for (const json& one : reference["cases"]) {
      const auto features = [&](const char* name) { return one[name].get<std::vector<std::vector<float>>>(); };
      const auto alone = features("alone");
      const auto first_larger = features("first_larger");
      const auto second_larger = features("second_larger");
      std::vector<ObjectPair> pairs;
      for (const json& pair : one["pairs"])
        pairs.push_back({pair[0], pair[1], pair[2]});
      std::vector<double> mean_alone(alone[0].size());
      std::vector<double> mean_both(alone[0].size());
      for (std::size_t p = 0; p < pairs.size(); ++p)
        for (std::size_t c = 0; c < mean_both.size(); ++c) {
          const double share = 0.5 / static_cast<double>(pairs.size());
          mean_alone[c] += share * (static_cast<double>(alone[pairs[p].first][c]) + alone[pairs[p].second][c]);
          mean_both[c] += share * (static_cast<double>(first_larger[p][c]) + second_larger[p][c]);
        }
      std::vector<MixtureSums> sums;
      MixtureSums total;
      for (std::size_t p = 0; p < pairs.size(); ++p) {
        sums.push_back(mixture_sums({alone[pairs[p].first], alone[pairs[p].second], first_larger[p], second_larger[p]},
                                    mean_alone, mean_both));
        total.add(sums.back());
      }
      QVERIFY(close(total.weight_of_larger(), one["larger"]));
      QVERIFY(close(total.weight_of_smaller(), one["smaller"]));
      QVERIFY(close(total.share_of_larger(), one["share"]));
      QVERIFY(close(total.explained(), one["r2"]));
      std::vector<std::array<double, 2>> resampled;
      resample_pairs(pairs, one["resamples"], one["seed"], [&](std::span<const double> weights) {
        MixtureSums drawn;
        for (std::size_t p = 0; p < pairs.size(); ++p)
          drawn.add(sums[p], weights[p]);
        resampled.push_back({drawn.share_of_larger(), drawn.explained()});
      });
      QCOMPARE(resampled.size(), one["resampled"].size());
      for (std::size_t b = 0; b < resampled.size(); ++b)
        for (std::size_t i = 0; i < 2; ++i)
          if (one["resampled"][b][i].is_null())
            QVERIFY(std::isnan(resampled[b][i]));
          else
            QVERIFY2(close(resampled[b][i], one["resampled"][b][i]),
                     qPrintable(QString("%1, %2").arg(resampled[b][i]).arg(one["resampled"][b][i].get<double>())));
    }
  }

  void intervals_cover_the_known_share_data() {
    QTest::addColumn<int>("objects");
    QTest::addColumn<double>("own");   // standard deviation of an object's own weight, of its mean
    QTest::addColumn<double>("noise"); // in the features for both
    QTest::addColumn<double>("least"); // of 100 intervals that cover it
    QTest::newRow("200 objects, own weights") << 200 << 0.3 << 0.0 << 90.0;
    QTest::newRow("200 objects, noise") << 200 << 0.0 << 1.0 << 90.0;
    QTest::newRow("200 objects, both") << 200 << 0.3 << 1.0 << 90.0;
    QTest::newRow("40 objects, both") << 40 << 0.3 << 1.0 << 88.0;
  }

  // 300 data sets each, with weights 0.7 and 0.2. The figures are in methods.md.
  void intervals_cover_the_known_share() {
    QFETCH(int, objects);
    QFETCH(double, own);
    QFETCH(double, noise);
    QFETCH(double, least);
    constexpr int sets = 300;
    constexpr std::size_t channels = 20;
    const double known = 0.7 / 0.9;
    std::mt19937 random(8);
    std::normal_distribution normal;
    std::vector<ObjectPair> pairs;
    for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(objects); i += 2)
      pairs.push_back({i, i + 1, i / 2});
    const auto share = 0.5 / static_cast<double>(pairs.size());
    int covered = 0;
    for (int repetition = 0; repetition < sets; ++repetition) {
      std::vector<std::vector<float>> alone(static_cast<std::size_t>(objects), std::vector<float>(channels));
      for (auto& object : alone)
        for (float& value : object)
          value = static_cast<float>(normal(random));
      std::vector<double> mean_alone(channels);
      std::vector<double> mean_both(channels);
      std::vector<std::array<std::vector<float>, 2>> both(pairs.size());
      for (std::size_t p = 0; p < pairs.size(); ++p) {
        const auto& first = alone[pairs[p].first];
        const auto& second = alone[pairs[p].second];
        const double own_first = 1 + own * normal(random);
        const double own_second = 1 + own * normal(random);
        for (std::size_t c = 0; c < channels; ++c) {
          both[p][0].push_back(
              static_cast<float>(0.7 * own_first * first[c] + 0.2 * own_second * second[c] + noise * normal(random)));
          both[p][1].push_back(
              static_cast<float>(0.7 * own_second * second[c] + 0.2 * own_first * first[c] + noise * normal(random)));
          mean_alone[c] += share * (static_cast<double>(first[c]) + second[c]);
          mean_both[c] += share * (static_cast<double>(both[p][0][c]) + both[p][1][c]);
        }
      }
      std::vector<MixtureSums> sums;
      for (std::size_t p = 0; p < pairs.size(); ++p)
        sums.push_back(mixture_sums({alone[pairs[p].first], alone[pairs[p].second], both[p][0], both[p][1]}, mean_alone,
                                    mean_both));
      std::vector<double> shares;
      resample_pairs(pairs, 1000, static_cast<std::uint32_t>(repetition), [&](std::span<const double> weights) {
        MixtureSums drawn;
        for (std::size_t p = 0; p < pairs.size(); ++p)
          drawn.add(sums[p], weights[p]);
        shares.push_back(drawn.share_of_larger());
      });
      const Interval interval = middle_95(shares);
      covered += interval.low <= known && known <= interval.high ? 1 : 0;
    }
    const double percent = 100.0 * covered / sets;
    qInfo("%s: %.1f %% of the intervals cover it", QTest::currentDataTag(), percent);
    QVERIFY2(percent >= least && percent <= 98, qPrintable(QString::number(percent)));
  }

  void known_mixtures() {
    const std::vector<std::vector<float>> objects{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    const std::vector<double> mean{1.0 / 3, 1.0 / 3, 1.0 / 3};
    const std::vector<double> twice{2.0 / 3, 2.0 / 3, 2.0 / 3};
    MixtureSums blind;  // largest values over the image, whatever the sizes
    MixtureSums winner; // the larger object, as if it were alone
    for (std::size_t i = 0; i < 3; ++i) {
      const auto& first = objects[i];
      const auto& second = objects[(i + 1) % 3];
      std::vector<float> largest(3);
      std::ranges::transform(first, second, largest.begin(), [](float a, float b) { return std::max(a, b); });
      blind.add(mixture_sums({first, second, largest, largest}, mean, twice));
      winner.add(mixture_sums({first, second, first, second}, mean, mean));
    }
    QVERIFY(close(blind.share_of_larger(), 0.5) && close(blind.weight_of_larger(), 1) && close(blind.explained(), 1));
    QVERIFY(close(winner.share_of_larger(), 1) && close(winner.weight_of_smaller(), 0) && close(winner.explained(), 1));
    const auto& same = objects[0];
    const std::vector<double> itself{1, 0, 0};
    const MixtureSums nothing = mixture_sums({same, same, same, same}, itself, itself);
    QVERIFY(std::isnan(nothing.share_of_larger()) && std::isnan(nothing.explained()));
  }

  void the_command_writes_what_was_found() {
    const auto run = [&](const QString& out, const QStringList& more) {
      QProcess program;
      program.setProcessChannelMode(QProcess::MergedChannels);
      program.start(
          QStringLiteral(SCALESCOPE_CLI),
          QStringList{"experiment",   "two-objects", "--model",    file("known.pt"), "--data", file("objects.csv"),
                      "--input-size", "96",          "--mean",     "0,0,0",          "--std",  "0.125,0.02,1",
                      "--layers",     "area,output", "--no-cache", "--cut-out",      "box",    "--engine",
                      "libtorch",     "--out",       file(out)} +
              more);
      program.waitForFinished(-1);
      const QString said = QString::fromUtf8(program.readAll());
      return program.exitCode() == 0 ? said : "failed: " + said;
    };
    const QString said = run("out", {"--ratios", "4,1"});
    QVERIFY2(!said.startsWith("failed") && said.contains("the one 4 times as large has 0.8"), qPrintable(said));
    const QStringList rows = content_of(file("out/two-objects.csv")).trimmed().split('\n');
    QCOMPARE(rows.size(), 3);
    QVERIFY2(rows[2].startsWith("4:1,40,0.80,0.80,0.20,0.80,") && rows[2].contains(",1.00,1.00,"), qPrintable(rows[2]));
    const QJsonObject record = QJsonDocument::fromJson(read_all(file("out/measures.json"))).object();
    QCOMPARE(record["experiment"].toString(), QString("two-objects"));
    QCOMPARE(record["settings"].toObject()["ratios of areas"].toString(), QString("1, 4"));
    const QJsonArray figures = record["figures"].toArray();
    QCOMPARE(figures.size(), 3);
    QCOMPARE(figures[0].toObject()["name"].toString(), QString("size-exponent"));
    QVERIFY(close(figures[0].toObject()["curves"].toArray()[0].toObject()["mean"].toArray()[0].toDouble(), 1, 5e-3));
    const QString page = content_of(file("out/report.html"));
    QVERIFY(page.contains("the one 4 times as large has 0.8") && page.contains("random weights"));
    // A control has the colour of the curve that it belongs to, and is dashed.
    const QString figure = content_of(file("out/share-of-larger.svg"));
    QVERIFY(figure.contains("stroke=\"#1565c0\" stroke-width=\"1.4\" stroke-linejoin=\"round\" stroke-dasharray"));
    QVERIFY(!figure.contains("nan") && !figure.contains("inf"));

    const QString again = run("again", {"--ratios", "1,4", "--threads", "1", "--controls", "none"});
    QVERIFY2(!again.startsWith("failed"), qPrintable(again));
    QCOMPARE(content_of(file("again/two-objects.csv")), content_of(file("out/two-objects.csv")));
    QVERIFY(!content_of(file("again/report.html")).contains("random weights"));
    const QString wrong = run("wrong", {"--ratios", "1"});
    QVERIFY2(wrong.startsWith("failed") && wrong.contains("at least one above 1"), qPrintable(wrong));
    QVERIFY(!QFileInfo::exists(file("wrong/measures.csv")));
  }
};

QTEST_GUILESS_MAIN(TwoObjectsTest)
#include "two_objects_test.moc"
