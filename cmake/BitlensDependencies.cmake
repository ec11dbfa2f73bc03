# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every library the program stands on, with what it is for. All are Debian packages.

macro(bitlens_require package purpose)
  find_package(${package} ${ARGN})
  set_package_properties(${package} PROPERTIES TYPE REQUIRED PURPOSE "${purpose}")
endmacro()

bitlens_require(Qt6 "the window, threads, settings, PDF/SVG output, tests"
  COMPONENTS Core Gui Widgets Concurrent PrintSupport Svg Test)
bitlens_require(QCustomPlot "plots" MODULE)
bitlens_require(OpenCV "image codecs and filters, BRISQUE" COMPONENTS core imgproc imgcodecs)
bitlens_require(nlohmann_json "JSON")
bitlens_require(fmt "text formatting")
bitlens_require(spdlog "logging")
bitlens_require(CLI11 "the command line")
bitlens_require(Eigen3 "small dense algebra" NO_MODULE)
bitlens_require(TBB "parallel loops")
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(EXIV2 REQUIRED IMPORTED_TARGET exiv2)
pkg_check_modules(MATIO REQUIRED IMPORTED_TARGET matio)
if(BITLENS_BUILD_BENCHMARKS)
  find_package(benchmark QUIET)
  set_package_properties(benchmark PROPERTIES TYPE OPTIONAL PURPOSE "micro-benchmarks under tests/bench")
endif()

# LibTorch's own package adds global flags; keep them on one target.
set(_bitlens_saved_flags "${CMAKE_CXX_FLAGS}")
bitlens_require(Torch "FP32 networks, autograd, FFT")
set(CMAKE_CXX_FLAGS "${_bitlens_saved_flags}")
add_library(bitlens_torch INTERFACE)
target_include_directories(bitlens_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(bitlens_torch INTERFACE ${TORCH_LIBRARIES})
