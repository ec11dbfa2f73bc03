#!/usr/bin/env bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# packaging/test.sh [--asan|--tsan] [ctest arguments]: installs what is missing, builds, runs every test.
#   --asan   with AddressSanitizer and UndefinedBehaviorSanitizer, 1,000 mutated files per reader
#   --tsan   with ThreadSanitizer
# Anything else goes to ctest, e.g.  -L engine  or  -R codec.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

preset=release
case "${1:-}" in
  --asan) preset=asan; shift; export BITLENS_FUZZ_COUNT=${BITLENS_FUZZ_COUNT:-1000} ;;
  --tsan) preset=tsan; shift ;;
  -h | --help) sed -n '5,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
esac

install_packages
"$root/packaging/lint.sh"
options=()
[ -n "${CI:-}" ] && options=(-DBITLENS_WARNINGS_AS_ERRORS=ON)
build_preset "$preset" "${options[@]}"
program="$root/build/$preset/bitlens"
if [ "$preset" = release ]; then
  fetch_models "$program" realesrgan-x4plus realesrgan-x4plus-anime nmkd-superlite
fi

# LibTorch and Qt keep memory until exit by design; real leaks of ours are found in the engine's own tests.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-history_size=4:suppressions=$root/tests/sanitizer/thread.supp}
say "testing"
cd "${root:?}/build/$preset"
ctest -j 2 --output-on-failure --no-tests=error "$@"
