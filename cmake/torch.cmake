# LibTorch, as the target scalescope_torch. SCALESCOPE_TORCH says which:
#   auto    the PyPI wheel that packaging/install-dependencies --torch-wheel unpacked, where it is there, else system
#   system  find_package(Torch): Debian's libtorch-dev, or what CMAKE_PREFIX_PATH and Torch_DIR name
#   PATH    a folder with include/ and lib/: the official zip (libtorch/) or the PyPI wheel (site-packages/torch)
# A folder's own CMake files are not used: those of a CUDA build stop where there is no CUDA toolkit. Only its CPU part is
# linked; at run time core/network/detail/engines/cuda.cpp loads the CUDA part, so that one program runs with and without a GPU.
set(SCALESCOPE_TORCH auto CACHE STRING "LibTorch: auto, system, or the folder of a libtorch zip or of the PyPI wheel")

# The version that a LibTorch's headers state, "" where these are no headers of LibTorch.
function(scalescope_torch_version include_folders result)
  set(version "")
  foreach(header IN ITEMS torch/version.h torch/headeronly/version.h) # the latter since 2.8, which the former includes
    foreach(folder IN LISTS include_folders)
      if(version STREQUAL "" AND EXISTS ${folder}/${header})
        file(STRINGS ${folder}/${header} lines REGEX "^ *# *define +TORCH_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
        list(TRANSFORM lines REPLACE "^.*TORCH_VERSION_[A-Z]+ +([0-9]+).*$" "\\1")
        list(JOIN lines "." version)
      endif()
    endforeach()
  endforeach()
  set(${result} "${version}" PARENT_SCOPE)
endfunction()

function(scalescope_torch_from_folder folder)
  set(includes ${folder}/include ${folder}/include/torch/csrc/api/include)
  scalescope_torch_version("${includes}" version)
  if(version STREQUAL "" OR NOT EXISTS ${folder}/lib/libtorch_cpu.so OR NOT EXISTS ${folder}/lib/libc10.so)
    message(
      FATAL_ERROR
      "SCALESCOPE_TORCH=${SCALESCOPE_TORCH}: this folder holds no LibTorch (lib/libtorch_cpu.so, lib/libc10.so "
      "and include/torch); name the folder libtorch/ of the official zip or site-packages/torch of the PyPI "
      "wheel, or use -DSCALESCOPE_TORCH=system."
    )
  endif()
  # Up to 2.6 there were two builds; only one of them can meet OpenCV and fmt in a program.
  file(GLOB config ${folder}/share/cmake/Torch/TorchConfig.cmake)
  if(config)
    file(STRINGS ${config} old_abi REGEX "_GLIBCXX_USE_CXX11_ABI=0")
    if(old_abi)
      message(
        FATAL_ERROR
        "SCALESCOPE_TORCH=${SCALESCOPE_TORCH}: this LibTorch was built with the C++ ABI from before C++11, "
        "which nothing else here has; take the build whose name says cxx11-abi, or version 2.7 or later."
      )
    endif()
  endif()
  foreach(library IN ITEMS torch_cpu c10)
    add_library(scalescope_lib${library} SHARED IMPORTED GLOBAL)
    set_target_properties(scalescope_lib${library} PROPERTIES IMPORTED_LOCATION ${folder}/lib/lib${library}.so)
  endforeach()
  # Its include folder has other projects' headers too, whose versions are not ours: {fmt} among them.
  set(headers ${CMAKE_BINARY_DIR}/libtorch-${version})
  file(MAKE_DIRECTORY ${headers})
  foreach(name IN ITEMS ATen c10 caffe2 torch)
    if(EXISTS ${folder}/include/${name})
      file(CREATE_LINK ${folder}/include/${name} ${headers}/${name} SYMBOLIC)
    endif()
  endforeach()
  target_include_directories(scalescope_torch SYSTEM INTERFACE ${headers} ${headers}/torch/csrc/api/include)
  target_link_libraries(scalescope_torch INTERFACE scalescope_libtorch_cpu scalescope_libc10)
  message(STATUS "LibTorch: ${version} in ${folder}")
endfunction()

add_library(scalescope_torch INTERFACE)
if(DEFINED ENV{XDG_DATA_HOME} AND NOT "$ENV{XDG_DATA_HOME}" STREQUAL "")
  set(torch_wheel "$ENV{XDG_DATA_HOME}/scalescope/torch/torch")
else()
  set(torch_wheel "$ENV{HOME}/.local/share/scalescope/torch/torch")
endif()
if(SCALESCOPE_TORCH STREQUAL "auto" AND EXISTS ${torch_wheel}/lib/libtorch_cpu.so)
  scalescope_torch_from_folder(${torch_wheel})
elseif(SCALESCOPE_TORCH MATCHES "^(auto|system)$")
  find_package(Torch REQUIRED)
  target_link_libraries(scalescope_torch INTERFACE torch)
  scalescope_torch_version("${TORCH_INCLUDE_DIRS}" torch_version)
  message(STATUS "LibTorch: ${torch_version} of the system (${TORCH_LIBRARY})")
else()
  get_filename_component(torch_folder "${SCALESCOPE_TORCH}" ABSOLUTE BASE_DIR ${CMAKE_BINARY_DIR})
  scalescope_torch_from_folder(${torch_folder})
endif()
