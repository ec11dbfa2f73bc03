# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(blame_methods blame_methods.cpp)
target_link_libraries(blame_methods PRIVATE bitlens_warnings bitlens_compare bitlens_run)
