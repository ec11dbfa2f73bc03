#!/usr/bin/env bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tests/bench/gui_screenshots.sh PROGRAM MODEL FOLDER: pictures of the real window on a virtual X server, with the sample
# and MODEL: main.png (light), dark.png, main@2x.png (200 %), empty.png, the figure dialog: figure.png,
# figure-dark.png, and the queue while it runs: queue.png,
# queue-dark.png. Needs Xvfb, xdotool and ImageMagick.
set -euo pipefail
program=${1:?usage: gui_screenshots.sh PROGRAM MODEL FOLDER}
model=${2:?a weight file or catalogue name}
folder=${3:?where the pictures go}
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$folder"
work=$(mktemp -d)
children=()
finish() {
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# shoot NAME SCREEN SCALE APPEARANCE [arguments of the program]; the function in $act, if any, is called before the picture
act=
shoot() {
  local name=$1 screen=$2 scale=$3 appearance=$4
  shift 4
  rm -f "$work/display" "$work/log"
  Xvfb -displayfd 4 -screen 0 "${screen}x24" 4>"$work/display" >/dev/null 2>&1 &
  local server=$!
  children+=("$server")
  for _ in $(seq 100); do [ -s "$work/display" ] && break; sleep 0.1; done
  mkdir -p "$work/config/bitlens"
  printf '[window]\nappearance=%s\n[start]\nrestoreSession=false\n' "$appearance" >"$work/config/bitlens/bitlens.ini"
  DISPLAY=:$(cat "$work/display") QT_QPA_PLATFORM=xcb QT_SCALE_FACTOR=$scale XDG_CONFIG_HOME="$work/config" \
    BITLENS_STALL_LOG="$work/log" "$program" "$@" &
  local window=$!
  children+=("$window")
  if [ $# -gt 0 ]; then
    for _ in $(seq 3000); do grep -q '^finished ' "$work/log" 2>/dev/null && break; sleep 0.1; done
  fi
  sleep 4
  if [ -n "$act" ]; then DISPLAY=:$(cat "$work/display") "$act"; fi
  DISPLAY=:$(cat "$work/display") import -window root -strip "$folder/$name.png"
  kill "$window" "$server"
  wait "$window" "$server" 2>/dev/null || true
}

shoot main 1440x900 1 light --model "$model" --sample
shoot dark 1440x900 1 dark --model "$model" --sample
shoot main@2x 2880x1800 2 light --model "$model" --sample
BITLENS_DATA_DIR="$work/data" shoot empty 1440x900 1 light

# The dialog of the comparison figure: Ctrl+E.
open_figure() {
  xdotool windowfocus "$(xdotool search --onlyvisible --name Bitlens | tail -n 1)"
  xdotool key ctrl+e
  sleep 5
}
act=open_figure
shoot figure 1440x900 1 light --model "$model" --sample
shoot figure-dark 1440x900 1 dark --model "$model" --sample
act=

# A queue with a picture of each state: done, running, broken, waiting.
mkdir -p "$work/pictures"
for name in garden harbour portrait quay roof street tower window; do
  convert "$root/resources/sample/chelsea_hr.png" -resize 50% "$work/pictures/$name.png"
done
printf 'not a picture' >"$work/pictures/holiday.png"
start_queue() {
  xdotool windowfocus "$(xdotool search --onlyvisible --name Bitlens | tail -n 1)"
  xdotool key F7
  sleep 1
  xdotool key space
  for _ in $(seq 3000); do [ -s "$work/pictures/enlarged/harbour_x4.png" ] && break; sleep 0.1; done
  sleep 0.5
}
# The pictures that the queue has written are in the way of a second one, and so is its list.
queue_data=$work/queue-data
for appearance in light dark; do
  rm -rf "$work/pictures/enlarged" "$queue_data"
  mkdir -p "$queue_data"
  if [ -d "${BITLENS_DATA_DIR:-$HOME/.local/share/bitlens}/models" ]; then
    ln -s "$(cd "${BITLENS_DATA_DIR:-$HOME/.local/share/bitlens}/models" && pwd)" "$queue_data/models"
  fi
  act=start_queue
  name=queue
  [ "$appearance" = dark ] && name=queue-dark
  BITLENS_DATA_DIR=$queue_data shoot "$name" 1440x900 1 "$appearance" --model "$model" "$work"/pictures/*.png
  act=
done
