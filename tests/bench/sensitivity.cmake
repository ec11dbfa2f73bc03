# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(sensitivity_cost sensitivity_cost.cpp)
target_link_libraries(sensitivity_cost PRIVATE bitlens_warnings bitlens_compare bitlens_search)
