#include "core/report/curve_figure.h"

#include "core/base/error.h"

#include <cairo.h>
#include <fmt/format.h>
#include <librsvg/rsvg.h>

#include <cmath>
#include <memory>

namespace scalescope {

namespace {

struct Free {
  void operator()(RsvgHandle* handle) const { g_object_unref(handle); }
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};

[[noreturn]] void fail(GError* error) {
  const std::string cause = error != nullptr ? error->message : "no reason given";
  g_clear_error(&error);
  throw Error(fmt::format("The figure can't be drawn as PNG (librsvg says: {}): use its SVG.", cause));
}

cairo_status_t append(void* bytes, const unsigned char* data, unsigned size) {
  auto* png = static_cast<std::vector<std::uint8_t>*>(bytes);
  png->insert(png->end(), data, data + size);
  return CAIRO_STATUS_SUCCESS;
}

} // namespace

std::vector<std::uint8_t> render_png(const std::string& svg, double scale) {
  GError* error = nullptr;
  const std::unique_ptr<RsvgHandle, Free> handle(
      rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(svg.data()), svg.size(), &error));
  if (!handle)
    fail(error);
  double width = 0;
  double height = 0;
  const int largest = 32767; // cairo's
  if (!rsvg_handle_get_intrinsic_size_in_pixels(handle.get(), &width, &height) || !(width * scale >= 1) ||
      !(height * scale >= 1) || width * scale > largest || height * scale > largest)
    throw Error(fmt::format("The figure can't be drawn as PNG: {} x {} units at scale {} are not 1 to {} pixels, "
                            "choose another scale.",
                            width, height, scale, largest));

  const std::unique_ptr<cairo_surface_t, Free> surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(width * scale)), static_cast<int>(std::ceil(height * scale))));
  const std::unique_ptr<cairo_t, Free> context(cairo_create(surface.get()));
  cairo_set_source_rgb(context.get(), 1, 1, 1);
  cairo_paint(context.get());
  const RsvgRectangle page{0, 0, width * scale, height * scale};
  if (!rsvg_handle_render_document(handle.get(), context.get(), &page, &error))
    fail(error);
  std::vector<std::uint8_t> png;
  const cairo_status_t status = cairo_surface_write_to_png_stream(surface.get(), &append, &png);
  if (status != CAIRO_STATUS_SUCCESS)
    throw Error(
        fmt::format("The figure can't be drawn as PNG ({}): choose a smaller scale.", cairo_status_to_string(status)));
  return png;
}

} // namespace scalescope
