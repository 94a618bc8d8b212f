#include "ui/workspace/workspace.h"

#include "core/base/error.h"
#include "core/base/explain.h"
#include "core/network/installed_models.h"
#include "core/network/model_folder.h"
#include "ui/workspace/class_names.h"

#include <QFileInfo>

#include <algorithm>
#include <utility>

namespace scalescope {
namespace {

// Whether a file, a folder, or the name of an installed network is one to be opened as a network.
bool is_network(const QString& file) {
  if (!QFileInfo::exists(file) && !find_installed_model(file.toStdString()).empty())
    return true;
  const QString suffix = QFileInfo(file).suffix().toLower();
  return suffix == QStringLiteral("pt") || suffix == QStringLiteral("pt2") || suffix == QStringLiteral("onnx") ||
         suffix == QStringLiteral("pth") || suffix == QStringLiteral("safetensors") ||
         is_model_folder(model_path(file.toStdString()));
}

} // namespace

Workspace::Workspace(QObject* parent)
    : QObject(parent), analysis_(explorer_.worker()), reader_(explorer_, analysis_, images_),
      guard_([this](const auto& then, const auto& failed) { sessions_.save(then, failed); }),
      sessions_(*this, guard_, files_), class_names_(imagenet_class_names()) {
  connect_network();
  connect_images();
  connect_analysis();
  connect(&guard_, &WorkGuard::unsaved_changed, this, &Workspace::unsaved_changed);
  connect(&sessions_, &SessionKeeper::failed, this, &Workspace::failed);
  connect(&files_, &FileJobs::failed, this, &Workspace::failed);
}

Workspace::~Workspace() = default;

void Workspace::connect_network() {
  connect(&explorer_, &Explorer::network_loaded, this, &Workspace::ask_to_take);
  connect(&explorer_, &Explorer::network_opened, this, [this] {
    const NetworkInfo& network = *explorer_.network();
    if (!(network.source == known_))
      set_results({});
    known_ = network.source;
    names_of_network_.clear();
    for (const std::string& name : network.class_names)
      names_of_network_ << QString::fromStdString(name);
    QStringList notes; // together, as the bar shows the last message only
    for (const auto& note : network.notes)
      notes << QString::fromStdString(note);
    if (!notes.isEmpty())
      emit noted(notes.join('\n'));
    if (const auto awaited = std::exchange(awaited_, std::nullopt); awaited && awaited->source == network.source)
      awaited->then();
  });
  connect(&explorer_, &Explorer::network_failed, this, [this] { awaited_.reset(); });
  connect(&explorer_, &Explorer::preprocessing_changed, this, [this] {
    if (const auto& network = explorer_.network())
      images_.model().set_seen(explorer_.preprocessing().preprocessing.resizing, network->input_size);
  });
  connect(&explorer_, &Explorer::failed, this, &Workspace::failed);
  connect(&explorer_, &Explorer::noted, this, &Workspace::noted);
}

void Workspace::connect_images() { connect(&images_, &ImageSet::found, this, &Workspace::ask_to_take_images); }

void Workspace::connect_analysis() {
  connect(&analysis_, &AnalysisRun::changed, this, [this] {
    if (analysis_.running() && !analysis_.results().empty())
      guard_.note(&UnsavedWork::curve_grew);
  });
  connect(&analysis_, &AnalysisRun::finished, this, [this] {
    if (!analysis_.results().empty())
      guard_.note(&UnsavedWork::curve_grew);
    explorer_.look(); // now the scale can be read
  });
  connect(&analysis_, &AnalysisRun::failed, this, &Workspace::failed);
  connect(&analysis_, &AnalysisRun::noted, this, &Workspace::noted);
}

void Workspace::open_network(const QString& file_or_name) {
  ModelSource source;
  source.file = file_or_name.toStdString();
  if (const auto installed = find_installed_model(file_or_name.toStdString());
      !installed.empty() && !QFileInfo::exists(file_or_name))
    source.file = installed;
  open_network(source, 0);
}

void Workspace::open_network(const ModelSource& source, int input_size) {
  emit opening_network(
      QString::fromStdString(source.file.empty() ? source.architecture : name_of_model(model_path(source.file))));
  QString note;
  RunOptions options = run_options_ ? run_options_(&note) : RunOptions();
  options.input_size = input_size;
  if (!note.isEmpty())
    emit noted(note);
  explorer_.open_network(source, options);
}

void Workspace::open_for_tokens(Tokens tokens, std::function<void()> then) {
  ModelSource source = explorer_.network()->source;
  source.tokens = tokens;
  if (then)
    awaited_ = Awaited{source, std::move(then)};
  open_network(source, explorer_.network()->options.input_size);
}

// The curve belongs to its network; it stays if only the engine changes.
void Workspace::ask_to_take(const std::shared_ptr<const NetworkInfo>& loaded) {
  const auto& held = explorer_.network();
  const bool other = !held || !(held->source == loaded->source);
  const bool of_session = sessions_.brings(loaded->source); // the person has already agreed
  guard_.when_safe({tr("Opening %1").arg(QString::fromStdString(loaded->name)),
                    {.curve = other && !of_session},
                    [this, loaded] { explorer_.take_network(loaded); },
                    [this, loaded] { explorer_.drop_network(loaded); }});
}

void Workspace::open_images(const QStringList& files_and_folders, const ReadChoice& how) {
  images_.look_for(files_and_folders, how);
}

// Other images remove the boxes that were drawn on the present ones.
void Workspace::ask_to_take_images(const OpenedImages& found, const QStringList& from, const ReadChoice& how) {
  if (!found.set.remarks.empty())
    emit noted(summary_of(found.set.remarks)); // the heading of the images shows the count
  for (const auto& message : found.messages)
    emit failed(QString::fromStdString(message));
  if (!found.choices.empty())
    emit data_choice_wanted(found.choices);
  if (found.set.samples.empty()) {
    images_.offer_targets(found, from); // another column may work
    emit images_failed();
    return;
  }
  guard_.when_safe({tr("Opening %1").arg(QString::fromStdString(found.set.name)),
                    {.boxes = !sessions_.restoring()}, // for a session the person has already agreed
                    [this, found = OpenedImages(found), from, how]() mutable {
                      images_.take(std::move(found), from, how);
                      guard_.note(&UnsavedWork::boxes_gone);
                      if (!sessions_.restoring())
                        choose_sample(0);
                      emit images_taken();
                    },
                    [this] { emit images_kept(); }});
}

void Workspace::open_files(const QStringList& files) {
  QStringList images;
  QStringList networks;
  for (const QString& file : files) {
    if (file.endsWith(QStringLiteral(".scalescope")))
      return sessions_.open(file);
    (is_network(file) ? networks : images) << file;
  }
  if (networks.size() > 1) {
    QStringList names;
    for (const QString& network : networks)
      names << QString::fromStdString(name_of_model(model_path(network.toStdString())));
    emit failed(tr("These are several networks, but one is open at a time: %1. Open one of them.")
                    .arg(names.join(QStringLiteral(", "))));
  } else if (!networks.empty()) {
    open_network(networks.front());
  }
  if (!images.isEmpty())
    open_images(images);
}

void Workspace::set_class_names(const QString& file) {
  files_.run([this, file]() -> std::function<void()> {
    const QStringList names = file.isEmpty() ? imagenet_class_names() : read_class_names(file);
    return [this, file, names] {
      class_file_ = file;
      class_names_ = names;
      if (const auto& network = explorer_.network(); !file.isEmpty() && network && !network->head.empty()) {
        const auto end = std::ranges::find(network->layers, network->head.back(), &Layer::name);
        if (end != network->layers.end() && end->channels() != names.size())
          emit noted(tr("%1 has names for %2 classes, but the network has %3 classes; they are shown by number.")
                         .arg(file)
                         .arg(names.size())
                         .arg(end->channels()));
      }
      explorer_.look();
    };
  });
}

void Workspace::choose_sample(int sample) {
  const auto& samples = images_.samples().samples;
  if (sample < 0 || sample >= static_cast<int>(samples.size()))
    return;
  images_.set_current(sample);
  explorer_.set_sample(samples[static_cast<std::size_t>(sample)]);
}

void Workspace::walk_images(int step) {
  const int last = static_cast<int>(images_.samples().samples.size()) - 1;
  const int next = std::clamp(images_.current() + step, 0, std::max(last, 0));
  if (next != images_.current())
    choose_sample(next);
}

void Workspace::walk_layers(int step) {
  if (!explorer_.network())
    return;
  const std::vector<std::string> names = blocks_and_head(*explorer_.network());
  const auto at = std::ranges::find(names, explorer_.layer().toStdString());
  if (at == names.end())
    return;
  const auto next = std::clamp<std::ptrdiff_t>(at - names.begin() + step, 0, std::ssize(names) - 1);
  explorer_.set_layer(QString::fromStdString(names[static_cast<std::size_t>(next)]));
}

void Workspace::draw_box(const BoundingBox& box) {
  if (images_.current() < 0)
    return;
  images_.draw_box(box);
  guard_.note(&UnsavedWork::box_drawn);
  explorer_.set_box(box);
}

void Workspace::set_boxes(const std::map<std::string, BoundingBox>& boxes) {
  images_.set_boxes(boxes);
  guard_.note(&UnsavedWork::boxes_gone); // the old ones
}

void Workspace::analyze(AnalysisRequest request) {
  request.job.data = images_.from().join(QStringLiteral(", ")).toStdString();
  request.job.read.target = images_.how().target;
  request.runs_again = images_.from().size() == 1 && images_.boxes().empty();
  last_request_ = request;
  emit analysis_started();
  guard_.note(&UnsavedWork::curve_gone);
  analysis_.start(std::move(request), explorer_.network());
}

void Workspace::want_analysis(const AnalysisRequest& request, const ChosenPreprocessing& preprocessing,
                              const std::shared_ptr<const NetworkInfo>& network, const std::function<void()>& keep) {
  guard_.when_safe({tr("Another analysis"),
                    {.curve = true},
                    [this, request, preprocessing, network] {
                      if (network != explorer_.network()) {
                        emit failed(tr("Another network was opened meanwhile; start the analysis again."));
                        return;
                      }
                      explorer_.set_preprocessing(preprocessing); // the stage uses the preprocessing of the analysis
                      analyze(request);
                    },
                    keep});
}

void Workspace::want_analysis(const AnalyzeJob& job, const ChosenPreprocessing& preprocessing,
                              const std::shared_ptr<const NetworkInfo>& network) {
  const auto start = [this, job, preprocessing](const std::shared_ptr<const NetworkInfo>& open) {
    try {
      want_analysis(request_of(job, images_.samples(), *open), preprocessing, open);
    } catch (const Error& e) {
      emit failed(QString::fromUtf8(e.what()));
    }
  };
  if (const Tokens tokens = job.network.tokens.value_or(network->source.tokens);
      network == explorer_.network() && tokens != network->source.tokens)
    open_for_tokens(tokens, [this, start] { start(explorer_.network()); });
  else
    start(network);
}

void Workspace::set_results(const AnalysisResults& results) {
  analysis_.set_results(results);
  guard_.note(&UnsavedWork::curve_gone); // the old one
}

Session Workspace::session() const {
  Session kept;
  if (const auto& network = explorer_.network()) {
    kept.network = network->source;
    kept.input_size = network->options.input_size;
    kept.preprocessing = explorer_.preprocessing();
  }
  kept.images = images_.from();
  kept.boxes = images_.boxes();
  if (const Sample* sample = images_.current_sample())
    kept.sample = sample->id;
  kept.edit = explorer_.edit();
  kept.cut = explorer_.cut();
  kept.layer = explorer_.layer();
  kept.how = images_.how();
  kept.class_names = class_file_;
  kept.results = analysis_.results();
  if (keep_view_)
    keep_view_(kept);
  return kept;
}

std::vector<std::filesystem::path> Workspace::files_in_use() const {
  std::vector<std::filesystem::path> files = images_.samples().files;
  if (const auto& network = explorer_.network())
    for (const auto& file : files_of_model(network->source.file))
      files.push_back(file);
  files.emplace_back(class_file_.toStdString());
  files.emplace_back(sessions_.file().toStdString());
  return files;
}

bool Workspace::settled() const {
  return !explorer_.busy() && !analysis_.running() && !images_.busy() && !files_.busy() && !sessions_.restoring();
}

} // namespace scalescope
