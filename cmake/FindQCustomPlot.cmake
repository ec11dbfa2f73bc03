# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# QCustomPlot's Qt 6 build, as QCustomPlot::QCustomPlot. Prefers the CMake package that Debian installs.
find_package(QCustomPlotQt6 CONFIG QUIET)
if(TARGET QCustomPlotQt6::QCustomPlotQt6)
  set(QCustomPlot_FOUND TRUE)
  if(NOT TARGET QCustomPlot::QCustomPlot)
    add_library(QCustomPlot::QCustomPlot INTERFACE IMPORTED)
    target_link_libraries(QCustomPlot::QCustomPlot INTERFACE QCustomPlotQt6::QCustomPlotQt6)
  endif()
else()
  find_path(QCustomPlot_INCLUDE_DIR qcustomplot.h)
  find_library(QCustomPlot_LIBRARY NAMES qcustomplotQt6 QCustomPlotQt6 qcustomplot-qt6)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(QCustomPlot REQUIRED_VARS QCustomPlot_LIBRARY QCustomPlot_INCLUDE_DIR)
  if(QCustomPlot_FOUND AND NOT TARGET QCustomPlot::QCustomPlot)
    add_library(QCustomPlot::QCustomPlot INTERFACE IMPORTED)
    target_include_directories(QCustomPlot::QCustomPlot SYSTEM INTERFACE ${QCustomPlot_INCLUDE_DIR})
    target_link_libraries(QCustomPlot::QCustomPlot INTERFACE ${QCustomPlot_LIBRARY} Qt6::Widgets Qt6::PrintSupport)
  endif()
endif()
