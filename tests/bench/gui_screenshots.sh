#!/usr/bin/env bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tests/bench/gui_screenshots.sh PROGRAM MODEL FOLDER [NAME…]: pictures of the real window on a virtual X server, with the
# sample and MODEL, driven by keys and mouse. All of them, or those that are named:
#   main dark main@2x dark@2x   the window with the sample, light and dark, at 100 and 200 %
#   empty                       the first start
#   panes difference            four pictures side by side; the difference of a coarser plan in false colour
#   activations tried           a layer's histogram; the plans that were tried
#   sensitivity tune            the heat map, filled in; the course of a short tuning on parts of the sample
#   figure figure-dark          the dialog of the comparison figure, with further plans
#   queue queue-dark            the queue while it runs
#   help                        help and keys
# Every picture has settings and data of its own, and the window is closed as a user would: no picture shows what
# another one left. Needs Xvfb, xdotool and ImageMagick.
set -euo pipefail
program=${1:?usage: gui_screenshots.sh PROGRAM MODEL FOLDER [NAME…]}
model=${2:?a weight file or catalogue name}
folder=${3:?where the pictures go}
shift 3
wanted=("$@")
root=$(cd "$(dirname "$0")/../.." && pwd)
models=${BITLENS_DATA_DIR:-$HOME/.local/share/bitlens}/models
for tool in Xvfb xdotool convert import; do
  command -v "$tool" >/dev/null || { echo "gui_screenshots.sh: $tool is not installed" >&2; exit 2; }
done
mkdir -p "$folder"
work=$(mktemp -d)
children=()
finish() {
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

is_wanted() {
  [ ${#wanted[@]} -eq 0 ] && return 0
  local name
  for name in "${wanted[@]}"; do [ "$name" = "$1" ] && return 0; done
  return 1
}

# settle SECONDS [STILL]: until the screen has not changed for about STILL seconds (2), at the longest so long.
settle() {
  local before= now same=0
  for _ in $(seq "$1"); do
    now=$(import -window root -crop 2880x1720+0+40 rgb:- | md5sum)
    if [ "$now" = "$before" ]; then same=$((same + 1)); else same=0; fi
    [ "$same" -ge "${2:-2}" ] && return 0
    before=$now
    sleep 1
  done
}
window_named() { xdotool search --onlyvisible --name "$1" | tail -n 1; }
focus() {
  xdotool windowfocus "$(window_named "$1")"
  sleep 0.5
}
keys() { for key in "$@"; do xdotool key "$key"; sleep 0.3; done; }
# finished N: until so many comparisons are through
finished_now() { cat "$work/log" 2>/dev/null | grep -c '^finished ' || true; }
finished() {
  for _ in $(seq 1200); do
    [ "$(finished_now)" -ge "$1" ] && return 0
    sleep 0.1
  done
  echo "gui_screenshots.sh: no comparison was finished in two minutes" >&2
}

# The window that the picture shows, by its title.
target=Bitlens
# shoot NAME SCREEN SCALE APPEARANCE ACT [arguments of the program]: ACT is a function that is called before the picture
shoot() {
  local name=$1 screen=$2 scale=$3 appearance=$4 act=$5
  shift 5
  is_wanted "$name" || return 0
  rm -rf "$work/display" "$work/log" "$work/config" "$work/data"
  mkdir -p "$work/config/bitlens" "$work/data"
  [ -d "$models" ] && ln -s "$(cd "$models" && pwd)" "$work/data/models"
  printf '[window]\nappearance=%s\n[start]\nrestoreSession=false\n' "$appearance" >"$work/config/bitlens/bitlens.ini"
  Xvfb -displayfd 4 -screen 0 "${screen}x24" 4>"$work/display" >/dev/null 2>&1 &
  local server=$!
  children+=("$server")
  for _ in $(seq 100); do [ -s "$work/display" ] && break; sleep 0.1; done
  DISPLAY=:$(cat "$work/display")
  export DISPLAY
  QT_QPA_PLATFORM=xcb QT_SCALE_FACTOR=$scale XDG_CONFIG_HOME="$work/config" BITLENS_DATA_DIR="$work/data" \
    BITLENS_STALL_LOG="$work/log" "$program" "$@" &
  local window=$!
  children+=("$window")
  for _ in $(seq 300); do xdotool search --onlyvisible --name Bitlens >/dev/null 2>&1 && break; sleep 0.1; done
  if [ $# -gt 0 ] && [ "$act" != start_queue ]; then finished 1; fi
  settle 20
  focus Bitlens
  "$act"
  import -window "$(window_named "$target")" -strip "$folder/$name.png"
  convert "$folder/$name.png" -define png:compression-level=9 "$work/small.png" && mv "$work/small.png" "$folder/$name.png"
  keys Escape Escape
  focus Bitlens
  xdotool key ctrl+q
  for _ in $(seq 200); do kill -0 "$window" 2>/dev/null || break; sleep 0.1; done
  kill "$window" 2>/dev/null || true
  wait "$window" 2>/dev/null || true
  kill "$server"
  wait "$server" 2>/dev/null || true
}

nothing() { :; }
shoot main 1440x900 1 light nothing --model "$model" --sample
shoot dark 1440x900 1 dark nothing --model "$model" --sample
shoot main@2x 2880x1800 2 light nothing --model "$model" --sample
shoot dark@2x 2880x1800 2 dark nothing --model "$model" --sample
shoot empty 1440x900 1 light nothing

show_panes() {
  keys alt+1 alt+4
  settle 10
}
shoot panes 1440x900 1 light show_panes --model "$model" --sample

# coarser N: the body's weights N steps coarser, one comparison after the other
coarser() {
  local before step
  keys F2 Down
  for step in $(seq "$1"); do
    before=$(finished_now)
    keys Left
    finished $((before + 1))
  done
}
show_difference() {
  coarser 3
  keys shift+F2 ctrl+5 ctrl+bracketright ctrl+bracketright
  settle 10
}
shoot difference 1440x900 1 light show_difference --model "$model" --sample

show_activations() {
  keys F2 Down Down F6
  settle 15
}
shoot activations 1440x900 1 light show_activations --model "$model" --sample

show_tried() {
  coarser 5
  keys F10
  settle 10
}
shoot tried 1440x900 1 light show_tried --model "$model" --sample

show_sensitivity() {
  keys F4 Tab space
  settle 400 15
}
shoot sensitivity 1440x900 1 light show_sensitivity --model "$model" --sample

# Parts of the sample, to learn from; the longest part of this script.
show_tuning() {
  coarser 3
  keys F8
  xdotool type "$work/photos"
  settle 10
  keys Tab Tab
  xdotool type 1
  keys Tab space
  sleep 75
  settle 120 8
}
if is_wanted tune; then
  mkdir -p "$work/photos"
  convert "$root/resources/sample/chelsea_hr.png" -crop 2x2@ +repage "$work/photos/part%d.png"
fi
shoot tune 1440x900 1 light show_tuning --model "$model" --sample

# The dialog of the comparison figure: Ctrl+E; further plans by its menu.
show_figure() {
  keys ctrl+e
  settle 10
  focus 'Comparison figure'
  keys alt+l Down Return
  settle 30
  keys alt+l Up Return
  settle 30
}
target='Comparison figure'
shoot figure 1440x900 1 light show_figure --model "$model" --sample
shoot figure-dark 1440x900 1 dark show_figure --model "$model" --sample

show_help() {
  keys F1
  settle 10
}
target='Help'
shoot help 1440x900 1 light show_help --model "$model" --sample
target=Bitlens

# A queue with a picture of each state: done, running, broken, waiting.
start_queue() {
  keys F7
  sleep 1
  keys space
  for _ in $(seq 3000); do [ -s "$work/pictures/enlarged/harbour_x4.png" ] && break; sleep 0.1; done
  sleep 0.5
}
for appearance in light dark; do
  name=queue
  [ "$appearance" = dark ] && name=queue-dark
  is_wanted "$name" || continue
  # What the queue wrote before would be in its way.
  rm -rf "$work/pictures"
  mkdir -p "$work/pictures"
  for picture in garden harbour portrait quay roof street tower window; do
    convert "$root/resources/sample/chelsea_hr.png" -resize 75% "$work/pictures/$picture.png"
  done
  printf 'not a picture' >"$work/pictures/holiday.png"
  shoot "$name" 1440x900 1 "$appearance" start_queue --model "$model" "$work"/pictures/*.png
done
