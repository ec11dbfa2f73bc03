# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(score_benchmark score_benchmark.cpp)
target_link_libraries(score_benchmark PRIVATE bitlens_warnings bitlens_score bitlens_scoretest benchmark::benchmark)
