#!/usr/bin/env bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tests/bench/paper.sh PROGRAM TESTSET [CALIBRATION] > docs/PAPER.md
# Puts the figures of the paper that this program follows beside its own, for both networks. TESTSET is a folder with HR
# and LRx4 (Set5, say), CALIBRATION a folder of photos that ranges are taken from (default: each picture itself).
# Everything is measured by the program itself; run it on an idle machine. Environment: SRGAN and ESRGAN name other models,
# RUNS the runs a side.
set -euo pipefail
export LC_ALL=C

if [ $# -lt 2 ]; then
  sed -n '5,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
command -v jq >/dev/null || { echo "paper.sh needs jq (Debian package jq)" >&2; exit 1; }
program=$1
testset=$2
calibrate=()
[ $# -ge 3 ] && calibrate=(--calibrate "$3")
size=128x128
runs=${RUNS:-9}

# change BEFORE AFTER: signed per cent, or n/a
change() { jq -nr --argjson a "$1" --argjson b "$2" 'if $a and $b and $a > 0 then (($b / $a - 1) * 10000 | round / 100 | (if . > 0 then "+" else "" end) + tostring + " %") | sub("-"; "−") else "n/a" end'; }
# digits VALUE N
digits() { jq -nr --argjson v "$1" --argjson n "$2" 'if $v == null then "n/a" else ($v * pow(10; $n) | round / pow(10; $n) | tostring) end'; }

# row MODEL PLAN: one line of a table
row() {
  local model=$1 plan=$2 quality speed fp32 quantized
  echo "measuring $model $plan" >&2
  quality=$("$program" evaluate "$testset" --model "$model" --plan "$plan" "${calibrate[@]}" --json)
  speed=$("$program" bench --model "$model" --plan "$plan" --size "$size" --runs "$runs" --json)
  fp32=$(jq -c .mean.fp32 <<<"$quality")
  quantized=$(jq -c .mean.quantized <<<"$quality")
  printf '| ours, %s, plan %s | %s | %s (×%s) | %s → %s | %s → %s | %s → %s | %s |\n' "$(basename "$model")" "$plan" \
    "$(change "$(jq .bytes <<<"$fp32")" "$(jq .bytes <<<"$quantized")")" \
    "$(change "$(jq .fp32.median_s <<<"$speed")" "$(jq .quantized.median_s <<<"$speed")")" \
    "$(digits "$(jq .speedup <<<"$speed")" 2)" \
    "$(digits "$(jq .pi <<<"$fp32")" 4)" "$(digits "$(jq .pi <<<"$quantized")" 4)" \
    "$(digits "$(jq .niqe <<<"$fp32")" 2)" "$(digits "$(jq .niqe <<<"$quantized")" 2)" \
    "$(digits "$(jq .psnr_hr <<<"$fp32")" 2)" "$(digits "$(jq .psnr_hr <<<"$quantized")" 2)" \
    "$(digits "$(jq .psnr_fp32 <<<"$quantized")" 2)"
}

# table TITLE PAPER_ROW MODEL PLAN…
table() {
  local title=$1 paper=$2 model=$3 plan
  shift 3
  printf '\n## %s\n\n' "$title"
  echo '| | size | time | PI, FP32 → quantized | NIQE | PSNR to HR, dB | PSNR to FP32, dB |'
  echo '| --- | --- | --- | --- | --- | --- | --- |'
  echo "$paper"
  for plan in "$@"; do row "$model" "$plan"; done
}

machine=$("$program" bench --model "${SRGAN:-bitlens-srgan}" --size 16x16 --runs 1 --json)
cat <<EOF
# Beside the paper

Bitlens follows Liu, Wang, Zhang, Shen: *Super-Resolution Model Quantized in Multi-Precision*, Electronics 2021, 10(17),
2176. This page puts its figures beside ours. It is written by \`tests/bench/paper.sh\`; do not edit it by hand.

Measured $(date +%Y-%m-%d) with $("$program" --version | head -1) on $(jq -r .cpu <<<"$machine"), $(jq -r .threads <<<"$machine") threads: FP32 by
$(jq -r .fp32.backend <<<"$machine"); quantized by $(jq -r .quantized.backend <<<"$machine").
EOF

table 'SRGAN' '| the paper | −68.48 % | −39.85 % (×1.66) | PI 2.1049 | – | – | – |' \
  "${SRGAN:-bitlens-srgan}" paper-srgan multi int8
table 'ESRGAN' '| the paper | −67.14 % | −30.48 % (×1.44) | PI 2.2075 | – | – | – |' \
  "${ESRGAN:-realesrgan-x4plus}" paper-esrgan multi int8

cat <<EOF

## How to read it

- **size**: bytes of the packed file against the same file in FP32. The paper states the change for its own files.
- **time**: median of $runs runs of each side, interleaved in one run of \`bitlens bench --size $size\` on the same threads.
  The paper timed another implementation on other hardware; only the changes can be compared, not seconds.
- **PI** (lower is better) is (10 − Ma + NIQE) / 2 to its published definition. It is n/a where Ma's model is not
  installed (\`bitlens models get ma\`). NIQE (lower is better) is the half of it that needs no such file.
- **PSNR to FP32** says how much quantization changed the picture. A lower NIQE or PI with a low PSNR to FP32 is noise,
  not quality.

What differs from the paper, apart from the machine:

- **Weights.** The paper trained its own SRGAN and ESRGAN; their weights are not published. Our SRGAN is the one that
  comes with the program (trained by \`bitlens train\`, see resources/models); in place of ESRGAN stands Real-ESRGAN x4plus,
  the same RRDBNet of 23 blocks, trained for degraded photos.
- **Training.** The figures above are of plans applied after training (post-training quantization). \`bitlens tune\`
  trains a plan in, as the paper does.
- **Plans.** paper-srgan and paper-esrgan are reconstructions of equal size: INT8 with INT16 on some blocks. The paper
  does not say which. multi is this program's own default.
- **Test pictures.** $(basename "$testset"), $(find "$testset/HR" -type f | wc -l) pictures, with MATLAB-bicubic LR; the paper's PI is over its own test set.
EOF
