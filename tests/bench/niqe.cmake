# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(niqe_spread niqe_spread.cpp)
target_link_libraries(niqe_spread PRIVATE bitlens_warnings bitlens_compare)
