// A thousand data sets made at random: formats, sizes, EXIF orientations, stated sizes, names, folders, clutter, faulty
// objects. Each object has the share that it was drawn with, on its own image, or the data are refused with a sentence.

#include "tests/support/dataset_writers.h"
#include "tests/support/test_images.h"

#include <QTest>

#include <cmath>

using namespace scalescope;
namespace fs = std::filesystem;

namespace {

/// Choices that are the same for the same seed on every machine.
class Choices {
 public:
  explicit Choices(std::uint32_t seed) : engine_(seed) {}
  int below(int count) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(count)); }
  int between(int least, int most) { return least + below(most - least + 1); }
  bool happens(int percent) { return below(100) < percent; }
  template <typename Value>
  Value one_of(const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
  }

 private:
  std::mt19937 engine_;
};

/// An image as it is, and what its annotation says of it.
struct MadeImage {
  std::string file; ///< below the folder of the data set
  std::vector<double> shares = {};
  WrittenImage written = {};
};

/// How the annotations of a data set were made.
enum class Stated { Upright, Raw, Scaled, Missing, Contradictory };

struct MadeData {
  std::string format;
  std::vector<MadeImage> images;
  bool has_faults = false;
};

void write_stored(const DatasetFolder& folder, const std::string& name, int width, int height, int orientation) {
  if (!fs::path(name).extension().string().starts_with(".p"))
    folder.write(name, jpeg_bytes(width, height, orientation));
  else
    write_image(folder / name, width, height, orientation);
}

/// The box in the stored image, from the corners of the box in the upright one: where EXIF puts each pixel.
BoundingBox stored_box(const BoundingBox& box, int orientation, double width, double height) {
  const auto stored = [&](double x, double y) -> std::array<double, 2> {
    switch (orientation) {
    case 5:
      return {y, x};
    case 6:
      return {y, width - x};
    case 7:
      return {height - y, width - x};
    case 8:
      return {height - y, x};
    default:
      return {x, y};
    }
  };
  const auto [x0, y0] = stored(box.x, box.y);
  const auto [x1, y1] = stored(box.x + box.width, box.y + box.height);
  return {std::min(x0, x1), std::min(y0, y1), std::abs(x1 - x0), std::abs(y1 - y0)};
}

/// The name of a file as another person or program writes it.
std::string as_written(Choices& choices, int style, const std::string& images, const std::string& name) {
  std::string path = images + name;
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
    return text;
  };
  switch (style) {
  case 0:
    return path;
  case 1:
    return name; // relative to the folder of images
  case 2:
    return fs::path(name).filename().string();
  case 3:
    return replaced(path, "/", "\\");
  case 4:
    return R"(C:\Users\me\set\)" + replaced(path, "/", "\\");
  case 5:
    return "/home/somebody/data/" + path;
  case 6: { // capitals
    std::ranges::transform(path, path.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    return path;
  }
  case 7: // accents
    return choices.happens(50) ? replaced(path, "\xC3\xBC", "u\xCC\x88") : replaced(path, "u\xCC\x88", "\xC3\xBC");
  case 8:
    return fs::path(path).replace_extension().string();
  default:
    return replaced(path, " ", "%20");
  }
}

/// Sizes and boxes of an image. @param now the upright size of the image file.
void annotate(Choices& choices, Stated stated, int orientation, int width, int height, MadeImage& image) {
  WrittenImage& written = image.written;
  const bool is_raw = stated == Stated::Raw;
  written.states_size = stated != Stated::Missing;
  const int factor = stated == Stated::Scaled ? choices.between(2, 4) : 1;
  written.width = (is_raw ? height : width) * factor;
  written.height = (is_raw ? width : height) * factor;
  const int count = choices.happens(70) ? 1 : choices.between(2, 4);
  for (int i = 0; i < count; ++i) {
    const double across = choices.between(3, width - 1) - choices.below(4) / 4.;
    const double down = choices.between(3, height - 1) - choices.below(4) / 4.;
    BoundingBox box{choices.below(static_cast<int>(width - across) + 1) * 1., 0, across, down};
    box.y = choices.below(static_cast<int>(height - down) + 1) * 1.;
    if (box.x == 0 && choices.happens(30)) // a little outside, which does not count
      box = {-0.5, box.y, across + 0.5, down};
    image.shares.push_back(across * down / (width * height));
    if (is_raw)
      box = stored_box(box, orientation, width, height);
    written.boxes.push_back({box.x * factor, box.y * factor, box.width * factor, box.height * factor});
  }
  if (stated == Stated::Contradictory)
    written.width *= 13; // no image here is as wide for its height
}

MadeData make_data(std::uint32_t seed, const DatasetFolder& folder) {
  Choices choices(seed);
  MadeData data;
  data.format = choices.one_of(written_formats());
  const bool can_state = states_sizes(data.format);
  const Stated usual =
      choices.one_of<Stated>({Stated::Upright, Stated::Upright, Stated::Raw, Stated::Scaled, Stated::Missing});
  const int style = choices.below(10);
  const std::string images = choices.one_of<std::string>({"images/", "images/", "JPEGImages/", "pictures/", ""});
  const std::vector<std::string> folders =
      choices.one_of<std::vector<std::string>>({{""}, {""}, {"train/", "val/"}, {"cam1/", "cam2/"}, {"", "deep/er/"}});
  const std::vector<std::string> stems{"a",
                                       "0001",
                                       "IMG_2",
                                       "with blank",
                                       "\xC3\xBC"
                                       "ber",
                                       "u\xCC\x88"
                                       "ber 2",
                                       "b.c",
                                       "x_jpg.rf.0a1b2c3d4e5f",
                                       "y_png.rf.00ff00ff00ff"};
  std::set<std::string> taken;
  const int count = choices.between(1, 6);
  for (int i = 0; i < count; ++i) {
    const std::string stem = choices.one_of(folders) + choices.one_of(stems);
    if (!taken.insert(stem).second)
      continue;
    MadeImage image;
    const std::string name = stem + choices.one_of<std::string>({".jpg", ".jpg", ".JPG", ".jpeg", ".png"});
    image.file = images + name;
    const int orientation = choices.happens(50) ? 1 : choices.between(2, 8);
    int width = choices.between(24, 120);
    int height = choices.between(24, 120);
    if (std::abs(width - height) < 12) // as good as a square, where a turn can't be seen
      height = width + 20;
    Stated stated = can_state && choices.happens(2) ? Stated::Contradictory : can_state ? usual : Stated::Upright;
    if (stated == Stated::Raw && orientation <= 4)
      stated = Stated::Upright;
    annotate(choices, stated, orientation, width, height, image);
    image.written.name = as_written(choices, style, images, name);
    image.written.stem = stem;
    write_stored(folder, image.file, orientation > 4 ? height : width, orientation > 4 ? width : height, orientation);
    if (choices.happens(3)) { // a fault, before or behind good objects
      data.has_faults = true;
      // In labelme, any two opposite corners are a rectangle.
      const double negative = data.format == "labelme" ? 0 : -5;
      const BoundingBox fault = choices.one_of<BoundingBox>({{3, 3, 0, 0}, {3, 3, 5, 0}, {3, 3, negative, 4}});
      const bool is_first = choices.happens(50);
      image.written.boxes.insert(is_first ? image.written.boxes.begin() : image.written.boxes.end(), fault);
    }
    data.images.push_back(std::move(image));
  }
  std::vector<WrittenImage> written;
  for (const MadeImage& image : data.images)
    written.push_back(image.written);
  (void)write_annotations(folder, data.format, written);
  if (choices.happens(30))
    for (const std::string name : {"._a.jpg", ".DS_Store", "Thumbs.db", "README.txt", "images/._b.jpg", "._a.xml",
                                   "labels/._a.txt", "annotations/._a.xml", "__MACOSX/._x.json", "._x.csv"})
      if (fs::exists((folder / name).parent_path()))
        folder.write(name, "\5\26\7");
  return data;
}

/// Whether a text is one sentence that names something of the data set and says what to do.
bool is_a_sentence(const std::string& text, const fs::path& folder) {
  static const QRegularExpression advice(
      "[;:,] (or )?(correct|remove|add|give|write|multiply|choose|export|check|repair|rename|divide|draw|if only)");
  const QString message = QString::fromStdString(text);
  return message.contains(QString::fromStdString(folder.string())) && !message.contains('\n') &&
         message.contains(advice);
}

/// Compares with the truth. @return what is wrong; empty if nothing is.
std::string fault_in(const SampleSet& set, const MadeData& data, const fs::path& folder, bool& is_refused) {
  std::map<std::string, std::vector<double>> found;
  for (const OpenedSample& one : opened(set)) {
    if (!one.refusal.empty()) {
      is_refused = true;
      if (!is_a_sentence(one.refusal, folder))
        return "no sentence: " + one.refusal;
      continue;
    }
    found[one.sample.file.lexically_relative(folder).generic_string()].push_back(one.share);
  }
  for (const MadeImage& image : data.images) {
    const std::vector<double> shares = found[image.file];
    found.erase(image.file);
    if (shares.empty() && (is_refused || !set.left_out.empty()))
      continue;
    if (shares.size() != image.shares.size())
      return image.file + " has " + std::to_string(shares.size()) + " samples";
    for (std::size_t i = 0; i < shares.size(); ++i)
      if (std::abs(shares[i] - image.shares[i]) > 1e-6)
        return image.file + ": " + digits(shares[i]) + " instead of " + digits(image.shares[i]);
  }
  return found.empty() ? std::string() : "samples of " + found.begin()->first;
}

} // namespace

class RandomDataTest : public QObject {
  Q_OBJECT

 private slots:
  void shares_are_true_or_refused() {
    constexpr int data_sets = 1000;
    int refused = 0;
    std::map<std::string, std::array<int, 2>> by_format; // all, refused
    for (std::uint32_t seed = 1; seed <= data_sets; ++seed) {
      const DatasetFolder folder;
      const MadeData data = make_data(seed, folder);
      const bool keep_going = seed % 4 == 0;
      bool is_refused = false;
      std::string wrong;
      try {
        const SampleSet set = read_samples(folder, {.objects = ObjectRule::Each, .keep_going = keep_going});
        is_refused = set.samples.empty();
        wrong = fault_in(set, data, folder, is_refused);
      } catch (const Error& error) {
        is_refused = true;
        if (!is_a_sentence(error.what(), folder))
          wrong = std::string("no sentence: ") + error.what();
        if (qEnvironmentVariableIsSet("SCALESCOPE_SHOW_REFUSALS"))
          qInfo("%u: %s", seed, error.what());
      }
      QVERIFY2(wrong.empty(), (data.format + ", seed " + std::to_string(seed) + ": " + wrong).c_str());
      refused += is_refused ? 1 : 0;
      ++by_format[data.format][0];
      by_format[data.format][1] += is_refused ? 1 : 0;
    }
    for (const auto& [format, counts] : by_format)
      qInfo("%s: %d read, %d refused", format.c_str(), counts[0] - counts[1], counts[1]);
    qInfo("%d read, %d refused", data_sets - refused, refused);
    QVERIFY(refused <= data_sets * 2 / 5);
  }
};

QTEST_GUILESS_MAIN(RandomDataTest)
#include "random_data_test.moc"
