#!/usr/bin/env bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# packaging/lint.sh [--tidy [BASE]]: formatting of every source file, and the licence header. With --tidy also clang-tidy
# on what changed since BASE (default: the parent commit), from the compile commands of build/release.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

mapfile -t sources < <(git ls-files '*.cpp' '*.h' 2>/dev/null || find app ui engine tests -name '*.cpp' -o -name '*.h')
status=0
if command -v clang-format >/dev/null; then
  printf '%s\0' "${sources[@]}" | xargs -0 -n 40 clang-format --dry-run --Werror || status=1
else
  echo "warning: clang-format is not installed; formatting was not checked" >&2
fi
for file in "${sources[@]}"; do
  head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || {
    echo "$file: the SPDX header is missing" >&2
    status=1
  }
done

if [ "${1:-}" = --tidy ]; then
  base=${2:-HEAD~1}
  mapfile -t changed < <(git diff --name-only --diff-filter=d "$base" -- 'engine/*.cpp' 'ui/*.cpp' 'app/*.cpp')
  [ ${#changed[@]} -eq 0 ] || clang-tidy -p build/release --quiet "${changed[@]}" || status=1
fi
exit $status
