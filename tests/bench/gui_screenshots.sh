#!/usr/bin/env bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tests/bench/gui_screenshots.sh PROGRAM MODEL FOLDER: pictures of the real window on a virtual X server, with the sample
# and MODEL: main.png (light), dark.png, main@2x.png (200 %), empty.png. Needs Xvfb and ImageMagick.
set -euo pipefail
program=${1:?usage: gui_screenshots.sh PROGRAM MODEL FOLDER}
model=${2:?a weight file or catalogue name}
folder=${3:?where the pictures go}
mkdir -p "$folder"
work=$(mktemp -d)
children=()
finish() {
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# shoot NAME SCREEN SCALE APPEARANCE [arguments of the program]
shoot() {
  local name=$1 screen=$2 scale=$3 appearance=$4
  shift 4
  rm -f "$work/display" "$work/log"
  Xvfb -displayfd 4 -screen 0 "${screen}x24" 4>"$work/display" >/dev/null 2>&1 &
  local server=$!
  children+=("$server")
  for _ in $(seq 100); do [ -s "$work/display" ] && break; sleep 0.1; done
  mkdir -p "$work/config/bitlens"
  printf '[window]\nappearance=%s\n' "$appearance" >"$work/config/bitlens/bitlens.ini"
  DISPLAY=:$(cat "$work/display") QT_QPA_PLATFORM=xcb QT_SCALE_FACTOR=$scale XDG_CONFIG_HOME="$work/config" \
    BITLENS_STALL_LOG="$work/log" "$program" "$@" &
  local window=$!
  children+=("$window")
  if [ $# -gt 0 ]; then
    for _ in $(seq 3000); do grep -q '^finished ' "$work/log" 2>/dev/null && break; sleep 0.1; done
  fi
  sleep 4
  DISPLAY=:$(cat "$work/display") import -window root -strip "$folder/$name.png"
  kill "$window" "$server"
  wait "$window" "$server" 2>/dev/null || true
}

shoot main 1440x900 1 light --model "$model" --sample
shoot dark 1440x900 1 dark --model "$model" --sample
shoot main@2x 2880x1800 2 light --model "$model" --sample
BITLENS_DATA_DIR="$work/data" shoot empty 1440x900 1 light
