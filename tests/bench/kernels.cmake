# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(kernels_benchmark kernels_benchmark.cpp)
target_link_libraries(kernels_benchmark PRIVATE bitlens_warnings bitlens_kernelcase benchmark::benchmark)
