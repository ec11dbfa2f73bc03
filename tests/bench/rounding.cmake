# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(rounding_ways rounding_ways.cpp)
target_link_libraries(rounding_ways PRIVATE bitlens_warnings bitlens_compare)
