#!/usr/bin/env bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tests/bench/gui_latency.sh PROGRAM [MODEL [ROUNDS]]: how soon a cancel has its effect, and how long the GUI thread is
# ever blocked. Runs the real window on a virtual X server, opens a picture of noise, and again and again lets a comparison
# run for a while, moves mouse and wheel over the picture, and presses Escape. Prints the longest cancel (goal: 0.5 s) and
# the longest gaps of the event loop (goal: 0.1 s after the window is up, less the time for which other processes or
# threads had the processors); exit code 1 when a goal is missed.
# MODEL: a weight file or catalogue name (default: the program's default). Needs Xvfb, xdotool and ImageMagick.
set -euo pipefail
program=${1:?usage: gui_latency.sh PROGRAM [MODEL [ROUNDS]]}
model=${2:-}
rounds=${3:-8}
cancel_goal=0.5
stall_goal=0.1
startup_seconds=3 # until the window is up and its first picture shown: not counted

for tool in Xvfb xdotool convert; do
  command -v "$tool" >/dev/null || { echo "gui_latency.sh: $tool is not installed" >&2; exit 2; }
done

work=$(mktemp -d)
children=()
finish() {
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# The server chooses a free display and says which.
Xvfb -displayfd 4 -screen 0 1600x1000x24 4>"$work/display" >/dev/null 2>&1 &
children+=($!)
for _ in $(seq 100); do [ -s "$work/display" ] && break; sleep 0.1; done
DISPLAY=:$(cat "$work/display")
export DISPLAY QT_QPA_PLATFORM=xcb XDG_CONFIG_HOME="$work/config" BITLENS_STALL_LOG="$work/log"

convert -size 1200x900 xc:gray +noise Random -depth 8 "$work/noise.png"
arguments=()
[ -n "$model" ] && arguments=(--model "$model")
"$program" "${arguments[@]}" "$work/noise.png" &
window_process=$!
children+=("$window_process")

count() { local n; n=$(grep -c "^$1 " "$BITLENS_STALL_LOG" 2>/dev/null || true); echo "${n:-0}"; }
# wait_for KIND N: until the log has N lines of that kind
wait_for() {
  for _ in $(seq 600); do
    [ "$(count "$1")" -ge "$2" ] && return 0
    kill -0 "$window_process" 2>/dev/null || { echo "gui_latency.sh: the window is gone" >&2; exit 1; }
    sleep 0.1
  done
  echo "gui_latency.sh: no \"$1\" within a minute" >&2
  exit 1
}

wait_for started 1
window=$(xdotool search --onlyvisible --name Bitlens | tail -n 1)
xdotool windowfocus "$window"
for round in $(seq "$rounds"); do
  wait_for started "$round"
  # Something to do for the GUI thread meanwhile: zoom and pan over the picture.
  xdotool mousemove 800 500
  for _ in 1 2 3; do
    xdotool click 4 mousemove_relative -- 30 20 mousedown 1 mousemove_relative -- -40 -30 mouseup 1 click 5
  done
  sleep "$(awk -v r="$round" 'BEGIN { print 0.3 + (r * 37 % 10) / 5 }')"
  xdotool key Escape
  wait_for cancelled "$round"
  [ "$round" -lt "$rounds" ] && xdotool key F5
done
sleep 1.5

awk -v cancel_goal="$cancel_goal" -v stall_goal="$stall_goal" -v startup="$startup_seconds" '
  $1 == "cancelled" { n++; sum += $2; if ($2 > worst) worst = $2 }
  $1 == "stall" {
    own = $2 - $4
    printf "event loop gap %.3f s, of which %.3f s waiting for a processor, %.1f s after the start%s\n", $2, $4, $6,
      $6 < startup ? " (startup)" : ""
    if ($6 >= startup && own > stall) stall = own
  }
  END {
    printf "cancels: %d, mean %.3f s, longest %.3f s (goal %.1f s)\n", n, n ? sum / n : 0, worst, cancel_goal
    printf "GUI thread blocked for at most %.3f s after startup (goal %.1f s; other processes excluded)\n", stall, stall_goal
    exit !(n > 0 && worst <= cancel_goal && stall <= stall_goal)
  }' "$BITLENS_STALL_LOG"
