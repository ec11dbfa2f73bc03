# shellcheck shell=bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Shared by run.sh and test.sh (sourced): installs what is missing, configures, builds, fetches models.
# Second runs find everything in place and need no network.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# Installs the packages of packages.txt that are not there yet. Needs Debian's apt; elsewhere it only says what is missing.
install_packages() {
  local wanted missing=()
  mapfile -t wanted < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$root/packaging/packages.txt")
  if ! command -v dpkg-query >/dev/null; then
    warn "this is not a Debian system; install by hand what packaging/packages.txt lists"
    return 0
  fi
  local package status
  for package in "${wanted[@]}"; do
    # A newer nodejs than Debian's brings its own npm; what counts is the command.
    if [ "$package" = npm ] && command -v npm >/dev/null; then continue; fi
    status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0

  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null; then
      sudo=(sudo)
    else
      echo "error: not root and no sudo; as root run: apt-get install ${missing[*]}" >&2
      exit 1
    fi
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  "${sudo[@]}" apt-get update -qq || warn "apt-get update failed; trying with the lists that are there"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# build_preset PRESET [cmake arguments]: configures (cheap when nothing changed) and builds build/PRESET.
build_preset() {
  local preset=$1
  shift
  local launcher=()
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  say "building ($preset)"
  local log="$root/build/$preset.configure.log"
  mkdir -p "$root/build"
  if ! (cd "$root" && cmake --preset "$preset" "${launcher[@]}" "$@") >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
  cmake --build "$root/build/$preset" >&2
}

# fetch_models PROGRAM NAME…: a failed download is a warning, never a stop.
fetch_models() {
  local program=$1 name
  shift
  for name in "$@"; do
    "$program" models path "$name" >/dev/null 2>&1 && continue
    say "fetching model $name"
    "$program" models get "$name" >&2 || warn "model $name could not be fetched; try later: $program models get $name"
  done
}

have_display() { [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; }
