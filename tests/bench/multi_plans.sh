#!/bin/sh
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# multi_plans.sh BITLENS PICTURES MODEL...: writes to its output what engine/quant/allocatedplans.inc holds, the plans
# of the preset "multi": for each model what `bitlens allocate` finds on the pictures of a folder at its default budget.
# Only widths that the kernels are fast with; activations of dense blocks at one width, because every map has many
# readers and would be quantized once for each width.
set -eu
bitlens=$1
pictures=$2
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat <<HEAD
// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Made by tests/bench/multi_plans.sh on $(basename "$(dirname "$pictures")")/$(basename "$pictures"); not by hand.
// Of each stage: weights/activations of its layers.
HEAD
for model in "$@"; do
    case "$("$bitlens" inspect "$model" 2>/dev/null)" in
    *RRDB*) activations=12 ;;
    *) activations=8,10,12 ;;
    esac
    "$bitlens" allocate "$model" --images "$pictures" --weight-bits 6,7,8,10,12 --activation-bits "$activations" \
        --points 0 -o "$folder/plan.json" >&2
    printf '// %s\n' "$(basename "$model")"
    python3 - "$folder/plan.json" <<'ROWS'
import json, sys

stages = {}
for path, (weight, activation) in json.load(open(sys.argv[1]))["layers"].items():
    parts = path.split("/")
    stage = "/".join(parts[:2]) if parts[0] == "body" else parts[0]
    stages.setdefault(stage, []).append(f"{weight}/{activation}")
print('R"(' + "\n".join(" ".join([stage] + bits) for stage, bits in stages.items()) + ')",')
ROWS
done
