# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(slider_latency slider_latency.cpp)
target_link_libraries(slider_latency PRIVATE bitlens_warnings bitlens_compare nlohmann_json::nlohmann_json fmt::fmt)
add_executable(calibration_levers calibration_levers.cpp)
target_link_libraries(calibration_levers PRIVATE bitlens_warnings bitlens_compare fmt::fmt)
