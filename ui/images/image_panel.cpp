#include "ui/images/image_panel.h"

#include "ui/images/data_dialog.h"
#include "ui/images/scale_histogram.h"
#include "ui/images/thumbnail_view.h"
#include "ui/workers/thumbnail_loader.h"
#include "ui/workspace/sample_model.h"

#include <QLabel>
#include <QScopedValueRollback>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace scalescope {

ImagePanel::ImagePanel(SampleModel* model, QWidget* parent)
    : QWidget(parent), model_(model), loader_(new ThumbnailLoader(this)), heading_(new QLabel),
      data_(new DataDialog(model, this)), view_(new ThumbnailView), histogram_(new ScaleHistogram) {
  heading_->setForegroundRole(QPalette::PlaceholderText);
  heading_->setAlignment(Qt::AlignRight);
  heading_->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
  view_->setModel(model_);
  view_->setAccessibleName(tr("Images"));
  view_->set_empty_message(tr("Drop images or a folder here"));

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 4, 8, 4);
  layout->addWidget(heading_);
  layout->addWidget(view_, 1);
  layout->addWidget(histogram_);
  setFocusProxy(view_);

  connect(loader_, &ThumbnailLoader::read, this, [this](const std::vector<ImageRead>& reads) {
    model_->add(reads);
    show_scales();
    queue_heading();
  });
  connect(model_, &SampleModel::modelReset, this, &ImagePanel::show_samples);
  connect(model_, &SampleModel::box_changed, this, &ImagePanel::show_box);
  connect(model_, &SampleModel::scales_changed, this, &ImagePanel::show_scales);
  connect(view_, &ThumbnailView::view_changed, this, &ImagePanel::queue_asking);
  connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& now) {
    show_current();
    if (!being_told_ && now.isValid())
      emit image_chosen(now.row());
  });
  connect(heading_, &QLabel::linkActivated, this, &ImagePanel::show_data_dialog);
  connect(data_, &DataDialog::sample_chosen, this,
          [this](int sample) { view_->setCurrentIndex(model_->index(sample)); });
  connect(histogram_, &ScaleHistogram::bin_clicked, this, &ImagePanel::choose_first_of_bin);
  show_samples();
}

const SampleSet& ImagePanel::samples() const { return model_->set(); }

void ImagePanel::show_samples() {
  shown_notes_ = static_cast<std::size_t>(-1); // other data
  start_loading();
  show_heading();
  show_scales();
}

void ImagePanel::show_box(int sample) {
  if (model_->set().samples[static_cast<std::size_t>(sample)].box && !model_->scale(sample)) // its size was not needed
    start_loading();
  show_scales();
}

void ImagePanel::set_current(int sample) {
  const QScopedValueRollback telling(being_told_, true);
  if (sample < 0)
    view_->selectionModel()->clear();
  else
    view_->setCurrentIndex(model_->index(sample));
}

int ImagePanel::current() const { return view_->currentIndex().row(); }

bool ImagePanel::is_settled() const { return !ask_queued_ && loader_->is_idle(); }

void ImagePanel::start_loading() {
  bounds_ = view_->thumbnail_bounds() * devicePixelRatioF();
  loader_->open(model_->files(), model_->unsized(), bounds_);
  queue_asking();
}

void ImagePanel::queue_asking() {
  // Scrolling, resizing and layouts come in bursts; they are handled together.
  if (!std::exchange(ask_queued_, true))
    QTimer::singleShot(0, this, &ImagePanel::ask_for_thumbnails);
}

void ImagePanel::ask_for_thumbnails() {
  ask_queued_ = false;
  if (!view_->isVisible()) // then nothing is visible
    return;
  if (bounds_ != view_->thumbnail_bounds() * devicePixelRatioF()) { // another font or screen
    model_->forget_thumbnails();
    start_loading();
    return;
  }
  const std::vector<int> visible = view_->visible_rows();
  const std::vector<int> nearby = view_->rows_nearby();
  constexpr qsizetype bytes_a_pixel = 4;
  model_->make_room(static_cast<qsizetype>(visible.size() + nearby.size()) * bounds_.width() * bounds_.height() *
                    bytes_a_pixel);
  loader_->want(model_->without_thumbnail(visible), model_->without_thumbnail(nearby));
}

void ImagePanel::show_heading() {
  const std::size_t samples = model_->set().samples.size();
  const std::size_t images = model_->image_count();
  const QString count = images == 1 ? tr("1 image") : tr("%1 images").arg(images);
  const QString name = QString::fromStdString(model_->set().name).toHtmlEscaped();
  const std::size_t notes = count_notes(*model_);
  const QString link = notes == 0 ? tr("data") : notes == 1 ? tr("1 note") : tr("%1 notes").arg(notes);
  heading_->setText((samples == images ? QStringLiteral("%1 · %2").arg(count, name)
                                       : tr("%1 objects in %2 · %3").arg(samples).arg(count, name)) +
                    QStringLiteral(" · <a href=\"data\">%1</a>").arg(link));
  heading_->setToolTip(notes == 0 ? tr("What the data set contains") : notes_on(*model_, 1).front().text);
  heading_->setVisible(samples > 0);
  if (data_->isVisible() && notes != shown_notes_)
    data_->show_data();
  shown_notes_ = notes;
}

void ImagePanel::queue_heading() {
  // Images are read in many small parts, and the notes are counted over all samples.
  if (!std::exchange(heading_queued_, true))
    QTimer::singleShot(250, this, [this] {
      heading_queued_ = false;
      show_heading();
    });
}

void ImagePanel::show_data_dialog() {
  data_->show_data();
  data_->show();
  data_->raise();
}

void ImagePanel::show_scales() {
  const std::vector<Sample>& samples = model_->set().samples;
  std::vector<double> scales;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (const std::optional<double> scale = model_->scale(static_cast<int>(i)))
      scales.push_back(*scale);
  histogram_->set_scales(scales, samples.size() == model_->image_count() ? tr("images") : tr("objects"));
  histogram_->setVisible(std::ranges::any_of(samples, [](const Sample& sample) { return sample.box.has_value(); }));
  show_current();
}

void ImagePanel::show_current() { histogram_->set_current(current() < 0 ? std::nullopt : model_->scale(current())); }

void ImagePanel::choose_first_of_bin(int bin) {
  for (int sample = 0; sample < model_->rowCount(); ++sample)
    if (const std::optional<double> scale = model_->scale(sample); scale && histogram_->bins().bin_of(*scale) == bin) {
      view_->setCurrentIndex(model_->index(sample));
      return;
    }
}

} // namespace scalescope
