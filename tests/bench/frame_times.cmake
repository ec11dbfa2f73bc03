# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(frame_times frame_times.cpp)
target_link_libraries(frame_times PRIVATE bitlens_warnings bitlens_ui Qt6::Test)
