#!/usr/bin/env bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tests/bench/frame_times.sh FRAME_TIMES [SIDE [FRAMES]]: times of frames of the compare view on a virtual X server, on a
# result of SIDE x SIDE pixels (4096) while other threads compute: median, 99th percentile and longest, for panning,
# zooming and whole results that arrive. FRAME_TIMES is the program of that name of the build tree (goal: 16 ms of the
# thread's own time at the 99th percentile; wall time holds what other processes took besides). Needs Xvfb.
set -euo pipefail
program=${1:?usage: frame_times.sh FRAME_TIMES [SIDE [FRAMES]]}
command -v xvfb-run >/dev/null || { echo "frame_times.sh: xvfb-run is not installed" >&2; exit 2; }
QT_QPA_PLATFORM=xcb exec xvfb-run -a -s "-screen 0 1600x1000x24" "$program" "${@:2}"
