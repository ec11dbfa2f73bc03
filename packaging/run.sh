#!/usr/bin/env bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# packaging/run.sh [FILE…]: installs what is missing, builds, fetches the default model, and opens the window.
# Without a display it makes the same comparison on the command line and says where the figure is.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

install_packages
build_preset release
program="$root/build/release/bitlens"
fetch_models "$program" realesrgan-x4plus

if have_display; then
  exec "$program" "$@"
fi

say "no display: comparing on the command line"
files=("$@")
reference=()
if [ ${#files[@]} -eq 0 ]; then
  files=("$root/resources/sample/chelsea_lr.png")
  reference=(--reference "$root/resources/sample/chelsea_hr.png")
fi
status=0
for file in "${files[@]}"; do
  name=$(basename "$file")
  figure="$PWD/${name%.*}_comparison.png"
  if "$program" compare "$file" "${reference[@]}" --figure "$figure"; then
    say "figure: $figure"
  else
    status=1
  fi
done
exit $status
