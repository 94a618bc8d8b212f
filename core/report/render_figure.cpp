#include "core/report/render_figure.h"

#include "core/base/error.h"
#include "core/image/encode_png.h"
#include "core/image/image.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <fmt/format.h>
#include <librsvg/rsvg.h>

#include <cmath>
#include <cstring>
#include <memory>

namespace scalescope {

namespace {

struct Free {
  void operator()(RsvgHandle* handle) const { g_object_unref(handle); }
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};

using Bytes = std::vector<std::uint8_t>;

/// A document, its size, and the output format ("PNG") for error messages.
class Figure {
 public:
  Figure(const std::string& svg, const char* format) : format_(format) {
    GError* error = nullptr;
    handle_.reset(rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(svg.data()), svg.size(), &error));
    if (!handle_)
      fail(error);
    has_size_ = rsvg_handle_get_intrinsic_size_in_pixels(handle_.get(), &width, &height);
  }

  /// @throws Error unless it is 1 to `largest` pixels wide and high at that scale.
  void check_size(double scale) const {
    const int largest = 32767; // cairo's
    if (!has_size_ || !(width * scale >= 1) || !(height * scale >= 1) || width * scale > largest ||
        height * scale > largest)
      throw Error(fmt::format(
          "The figure can't be drawn as {}: {} x {} units at scale {} are not 1 to {} pixels; choose another scale.",
          format_, width, height, scale, largest));
  }

  void draw(cairo_t* context, double scale) const {
    GError* error = nullptr;
    const RsvgRectangle page{0, 0, width * scale, height * scale};
    if (!rsvg_handle_render_document(handle_.get(), context, &page, &error))
      fail(error);
  }

  void check(cairo_status_t status) const {
    if (status != CAIRO_STATUS_SUCCESS)
      throw Error(
          fmt::format("The figure can't be drawn as {} ({}): use its SVG.", format_, cairo_status_to_string(status)));
  }

  double width = 0;
  double height = 0;

 private:
  [[noreturn]] void fail(GError* error) const {
    const std::string cause = error != nullptr ? error->message : "no reason given";
    g_clear_error(&error);
    throw Error(fmt::format("The figure can't be drawn as {} (librsvg says: {}): use its SVG.", format_, cause));
  }

  const char* format_;
  std::unique_ptr<RsvgHandle, Free> handle_;
  bool has_size_ = false;
};

// Of a surface whose pixels are 32-bit numbers, 0x00RRGGBB.
Image image_of(cairo_surface_t* surface) {
  Image image{cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), {}};
  image.pixels.reserve(std::size_t{3} * image.width * image.height);
  for (int y = 0; y < image.height; ++y) {
    const unsigned char* row = cairo_image_surface_get_data(surface) +
                               static_cast<std::ptrdiff_t>(y) * cairo_image_surface_get_stride(surface);
    for (int x = 0; x < image.width; ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, row + std::size_t{4} * x, sizeof pixel);
      for (const int shift : {16, 8, 0})
        image.pixels.push_back(static_cast<std::uint8_t>(pixel >> shift));
    }
  }
  return image;
}

cairo_status_t append(void* bytes, const unsigned char* data, unsigned size) {
  auto* all = static_cast<Bytes*>(bytes);
  all->insert(all->end(), data, data + size);
  return CAIRO_STATUS_SUCCESS;
}

} // namespace

std::vector<std::uint8_t> render_png(const std::string& svg, double scale) {
  const Figure figure(svg, "PNG");
  figure.check_size(scale);
  const std::unique_ptr<cairo_surface_t, Free> surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(figure.width * scale)),
                                 static_cast<int>(std::ceil(figure.height * scale))));
  const std::unique_ptr<cairo_t, Free> context(cairo_create(surface.get()));
  cairo_set_source_rgb(context.get(), 1, 1, 1);
  cairo_paint(context.get());
  figure.draw(context.get(), scale);
  cairo_surface_flush(surface.get());
  figure.check(cairo_surface_status(surface.get()));
  return encode_png(image_of(surface.get())); // cairo's own encoder is several times slower
}

std::vector<std::uint8_t> render_pdf(const std::string& svg) {
  const Figure figure(svg, "PDF");
  const double points = 72.0 / 96; // a unit is 1/96 of an inch
  figure.check_size(points);
  Bytes pdf;
  const std::unique_ptr<cairo_surface_t, Free> surface(
      cairo_pdf_surface_create_for_stream(&append, &pdf, figure.width * points, figure.height * points));
  const std::unique_ptr<cairo_t, Free> context(cairo_create(surface.get()));
  figure.draw(context.get(), points);
  cairo_surface_finish(surface.get());
  figure.check(cairo_surface_status(surface.get()));
  return pdf;
}

} // namespace scalescope
