# cmake --install and cpack: both programs, OpenVINO's libraries for them alone (lib/scalescope), the installed network and
# photographs, man pages, and what a desktop wants to know. `cpack` in the build folder makes a .deb for the Debian that it
# was built on; it takes Debian's LibTorch (-DSCALESCOPE_TORCH=system), as a package can't depend on a wheel.
set(private lib/scalescope)
set_target_properties(scalescope scalescope-cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${private}")
install(TARGETS scalescope scalescope-cli RUNTIME DESTINATION bin)

# OpenVINO: its core, the CPU plugin, the frontends that are used, and what these load.
if(OpenVINO_DIR)
  get_filename_component(openvino ${OpenVINO_DIR}/.. ABSOLUTE)
  file(
    GLOB openvino_libraries
    ${openvino}/libs/libopenvino.so.*
    ${openvino}/libs/libopenvino_intel_cpu_plugin.so
    ${openvino}/libs/libopenvino_onnx_frontend.so.*
    ${openvino}/libs/libopenvino_pytorch_frontend.so.*
    ${openvino}/libs/libtbb.so.*
  )
  install(FILES ${openvino_libraries} DESTINATION ${private})
  file(GLOB openvino_licences ${openvino}/../openvino-*.dist-info/licenses/*)
  foreach(licence IN LISTS openvino_licences)
    if(IS_DIRECTORY ${licence})
      install(DIRECTORY ${licence}/ DESTINATION share/doc/scalescope/openvino)
    else()
      install(FILES ${licence} DESTINATION share/doc/scalescope/openvino RENAME licence-of-openvino)
    endif()
  endforeach()
endif()

# What packaging/install-dependencies fetched.
if(DEFINED ENV{XDG_DATA_HOME} AND NOT "$ENV{XDG_DATA_HOME}" STREQUAL "")
  set(data $ENV{XDG_DATA_HOME}/scalescope)
else()
  set(data $ENV{HOME}/.local/share/scalescope)
endif()
foreach(folder IN ITEMS models photos)
  if(IS_DIRECTORY ${data}/${folder})
    install(DIRECTORY ${data}/${folder} DESTINATION share/scalescope PATTERN "*LICENSE" EXCLUDE)
  else()
    message(STATUS "Not to be installed, as packaging/install-dependencies has not fetched it: ${folder}")
  endif()
endforeach()
foreach(licence IN ITEMS models/efficientnet_lite0 models/imagenet_classes)
  if(EXISTS ${data}/${licence}.LICENSE)
    get_filename_component(name ${licence} NAME)
    install(FILES ${data}/${licence}.LICENSE DESTINATION share/doc/scalescope RENAME licence-of-${name})
  endif()
endforeach()
if(EXISTS ${data}/photos/LICENSE)
  install(FILES ${data}/photos/LICENSE DESTINATION share/doc/scalescope RENAME licence-of-photos)
endif()

# Debian wants man pages and the changelog compressed, without a time in them.
find_program(GZIP gzip REQUIRED)
configure_file(packaging/changelog.in changelog @ONLY)
foreach(
  page
  IN
  ITEMS
    ${CMAKE_SOURCE_DIR}/resources/man/scalescope.1
    ${CMAKE_SOURCE_DIR}/resources/man/scalescope-cli.1
    ${CMAKE_BINARY_DIR}/changelog
)
  get_filename_component(name ${page} NAME)
  execute_process(COMMAND ${GZIP} -9nc ${page} OUTPUT_FILE ${CMAKE_BINARY_DIR}/${name}.gz COMMAND_ERROR_IS_FATAL ANY)
endforeach()
install(FILES ${CMAKE_BINARY_DIR}/scalescope.1.gz ${CMAKE_BINARY_DIR}/scalescope-cli.1.gz DESTINATION share/man/man1)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz packaging/copyright CHANGELOG.md DESTINATION share/doc/scalescope)
install(DIRECTORY resources/manual DESTINATION share/doc/scalescope)
install(FILES packaging/scalescope.desktop DESTINATION share/applications)
install(FILES packaging/org.scalescope.ScaleScope.metainfo.xml DESTINATION share/metainfo)
install(FILES packaging/scalescope-mime.xml DESTINATION share/mime/packages RENAME scalescope.xml)
install(FILES resources/icon/scalescope.svg DESTINATION share/icons/hicolor/scalable/apps)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME scalescope)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The ScaleScope developers <scalescope@localhost.localdomain>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "explorer of object scale in convolutional networks")
set(
  CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "ScaleScope opens a convolutional network and images. You can change the size
of an object and see how feature maps and predictions follow. It measures
layer by layer how well a linear regression reads the object's scale, and
prunes the network after the best layer.

The package holds EfficientNet-Lite0 with its ImageNet weights, three
photographs, and OpenVINO's CPU engine."
)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${openvino}/libs")
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libopenblas0, fonts-dejavu-core")
include(CPack)
