#!/usr/bin/env bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# tests/bench/performance.sh PROGRAM [RUNS] > docs/PERFORMANCE.md
# Measures what the integer engine is to reach and writes the table. Run it on an idle machine; it takes ten minutes or so.
# Environment: SRGAN16 (a model of 16 blocks, default bitlens-srgan), SRGAN (for quality), ESRGAN name models,
# BITLENS_SHARED a folder with data/sets/Set5 and data/weights. Its window part needs Xvfb, xdotool and ImageMagick.
# What is missing is left out and says so.
set -euo pipefail
export LC_ALL=C

if [ $# -lt 1 ]; then
    sed -n '5,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
command -v jq >/dev/null || { echo "performance.sh needs jq (Debian package jq)" >&2; exit 1; }
program=$(realpath "$1")
runs=${2:-7}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shared=${BITLENS_SHARED:-$here/../../../shared}
esrgan=${ESRGAN:-realesrgan-x4plus}
srgan=${SRGAN:-$shared/data/weights/srgan5_leftthomas_x4.pth}
srgan16=${SRGAN16:-bitlens-srgan}
testset=$shared/data/sets/Set5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

say() { echo "$*" >&2; }
digits() { jq -nr --argjson v "$1" --argjson n "$2" 'if $v == null then "n/a" else ($v * pow(10; $n) | round / pow(10; $n) | tostring) end'; }
# verdict VALUE OPERATOR GOAL
verdict() { jq -nr --argjson v "$1" --argjson g "$3" "if \$v == null then \"\" elif \$v $2 \$g then \"reached\" else \"**missed**\" end"; }

# speed MODEL PLAN: JSON of the benchmark on all instructions, then on AVX2 alone, in files of their own
speed() {
    local name
    name=$folder/$(basename "$1")-$2
    [ -e "$name.json" ] && return
    say "timing $1 $2"
    "$program" bench --model "$1" --plan "$2" --size 128x128 --runs "$runs" --json >"$name.json" || echo null >"$name.json"
    # As on a processor without AVX-512: neither side may use it.
    BITLENS_CPU=avx2 ONEDNN_MAX_CPU_ISA=AVX2 DNNL_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 "$program" bench --model "$1" --plan "$2" --size 128x128 --runs "$runs" --json >"$name-avx2.json" || echo null >"$name-avx2.json"
}
# speedRow TITLE MODEL PLAN GOAL
speedRow() {
    local name ratio
    speed "$2" "$3"
    name=$folder/$(basename "$2")-$3
    ratio=$(jq '.speedup' "$name.json")
    printf '| %s | ≥ %s | %s | %s | %s s / %s s | %s |\n' "$1" "$4" "$(digits "$ratio" 2)" \
        "$(digits "$(jq '.speedup' "$name-avx2.json")" 2)" "$(digits "$(jq '.fp32.median_s' "$name.json")" 3)" \
        "$(digits "$(jq '.quantized.median_s' "$name.json")" 3)" "$(verdict "$ratio" '>=' "$4")"
}
# memoryRow TITLE MODEL PLAN
memoryRow() {
    local name ratio
    name=$folder/$(basename "$2")-$3
    ratio=$(jq 'if .fp32.peak_bytes and .quantized.peak_bytes then .quantized.peak_bytes / .fp32.peak_bytes else null end' "$name.json")
    printf '| %s | ≤ 0.5 | %s | %s |\n' "$1" "$(digits "$ratio" 2)" "$(verdict "$ratio" '<=' 0.5)"
}
# quality MODEL PLAN
quality() {
    local name
    name=$folder/quality-$(basename "$1")-$2.json
    [ -e "$name" ] && return
    say "quality of $1 $2"
    "$program" evaluate "$testset" --model "$1" --plan "$2" --json >"$name" || echo null >"$name"
}
# qualityRow TITLE MODEL PLAN EXPRESSION OPERATOR GOAL DIGITS
qualityRow() {
    local value
    quality "$2" "$3"
    value=$(jq ".mean | $4" "$folder/quality-$(basename "$2")-$3.json")
    printf '| %s | %s %s | %s | %s |\n' "$1" "$(sed 's/>=/≥/;s/<=/≤/' <<<"$5")" "$6" "$(digits "$value" "$7")" "$(verdict "$value" "$5" "$6")"
}
# pixelCosts MODEL PLAN ROUNDS SIDE…: one line of microseconds an input pixel, and how far apart they are. Sizes take turns;
# each is the median of the rounds, because single runs of any size may be disturbed.
pixelCosts() {
    local model=$1 plan=$2 rounds=$3 packed=$folder/cost.safetensors costs=$folder/costs round side
    shift 3
    rm -f "$packed" "$costs"
    "$program" quantize "$model" --plan "$plan" --calibrate "$testset/LRx4" -o "$packed" >/dev/null || return 0
    for ((round = 1; round <= rounds; ++round)); do
        for side in "$@"; do
            say "cost of a pixel, $model ${side}x$side, round $round of $rounds"
            "$program" bench --model "$packed" --size "${side}x$side" --runs $((side >= 512 ? 1 : 5)) --quantized-only --json |
                jq -c "{side: $side, us: (.quantized.min_s * 1e6 / ($side * $side))}" >>"$costs"
        done
    done
    printf '| %s, %s | ' "$(basename "$model")" "$plan"
    jq -rs 'def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
        [group_by(.side)[] | map(.us) | median] | (map(. * 100 | round / 100 | tostring) | join(", ")) + " µs | "
        + ((max / min - 1) * 1000 | round / 10 | tostring) + " % | " + (if max / min <= 1.15 then "reached" else "**missed**" end) + " |"' "$costs"
}
# estimateRow TITLE MODEL GOAL_SECONDS
estimateRow() {
    local began seconds=null
    say "estimate of $2"
    began=$(date +%s.%N)
    "$program" sensitivity "$2" --images "$testset/LRx4" --estimated --no-cache --json >/dev/null && seconds=$(jq -n "$(date +%s.%N) - $began")
    printf '| %s | ≤ %s s | %s s | %s |\n' "$1" "$3" "$(digits "$seconds" 1)" "$(verdict "$seconds" '<=' "$3")"
}
# sliderRow TITLE MODEL PLAN STAGE GOAL_SECONDS
sliderRow() {
    local slider name value
    slider=$(dirname "$program")/slider_latency
    name=$folder/slider-$(basename "$2")-$3.json
    if [ ! -e "$name" ]; then
        say "slider of $2 $3"
        "$slider" "$2" "$3" >"$name" || echo null >"$name"
    fi
    value=$(jq ".$4.view_s" "$name")
    printf '| %s | ≤ %s s | %s s | %s |\n' "$1" "$5" "$(digits "$value" 3)" "$(verdict "$value" '<=' "$5")"
}

cat <<EOF
# Performance

Made by \`tests/bench/performance.sh\`; its figures come from \`bitlens bench\` and \`bitlens evaluate\` with \`--json\` and from
the programs named below. FP32 is LibTorch at its best here (NCHW, inference mode, threads set), interleaved with the quantized side in one run;
medians of $runs runs. $(date -u +%F), load when it began: $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || echo unknown).

EOF
speed "$esrgan" int8
jq -r '"- processor: \(.cpu), \(.threads) threads\n- FP32: \(.fp32.backend)\n- quantized: \(.quantized.backend)"' "$folder/$(basename "$esrgan")-int8.json"
cat <<'EOF'

## Speed, 128x128 -> 512x512

`bitlens bench --model M --plan P --size 128x128`; the AVX2 column with `BITLENS_CPU=avx2` and LibTorch kept
from AVX-512 too (`ONEDNN_MAX_CPU_ISA=AVX2`, `ATEN_CPU_CAPABILITY=avx2`).

| FP32 time / quantized time | goal | here | AVX2 only | FP32 / quantized | |
| --- | --- | --- | --- | --- | --- |
EOF
speedRow "RRDBNet of 23 blocks, int8" "$esrgan" int8 5.5
speedRow "RRDBNet of 23 blocks, multi" "$esrgan" multi 3.5
speedRow "RRDBNet of 23 blocks, paper-esrgan" "$esrgan" paper-esrgan 2.5
deep=$srgan16
"$program" bench --model "$deep" --plan int8 --size 16x16 --runs 1 >/dev/null 2>&1 || deep=$srgan
speedRow "$(basename "$deep"), int8" "$deep" int8 5
speedRow "$(basename "$deep"), multi" "$deep" multi 3.5
speedRow "$(basename "$deep"), paper-srgan" "$deep" paper-srgan 2.5
cat <<'EOF'

Where the time goes is what `bitlens bench --layers` tells.

## Memory of one run, quantized / FP32

| | goal | here | |
| --- | --- | --- | --- |
EOF
memoryRow "RRDBNet of 23 blocks, int8" "$esrgan" int8
memoryRow "RRDBNet of 23 blocks, multi" "$esrgan" multi
memoryRow "$(basename "$deep"), multi" "$deep" multi
cat <<'EOF'

## Cost of an input pixel

`bitlens bench --quantized-only`, one tile; 64x64, 128x128, 256x256, 512x512 and 1024x1024 by turns, medians of five rounds
(RRDBNet: three). Goal: the largest is at most 15 % above the smallest.

| model | µs a pixel | largest above smallest | |
| --- | --- | --- | --- |
EOF
if [ -d "$testset" ]; then
    pixelCosts "$deep" int8 5 64 128 256 512 1024
    pixelCosts "$esrgan" int8 3 64 128 256 512 1024
fi
cat <<'EOF'

## A slider moved: time to the new 480x320 view

`slider_latency MODEL PLAN` on a picture of 240x180: layers before the first changed one are kept.

| | goal | here | |
| --- | --- | --- | --- |
EOF
for plan in int8 multi; do
    sliderRow "$(basename "$deep"), $plan, last stage" "$deep" $plan last_stage 0.1
    sliderRow "$(basename "$deep"), $plan, first stage" "$deep" $plan first_stage 0.15
    sliderRow "RRDBNet of 23 blocks, $plan, last stage" "$esrgan" $plan last_stage 0.3
    sliderRow "RRDBNet of 23 blocks, $plan, first stage" "$esrgan" $plan first_stage 0.8
done
if [ -d "$testset" ]; then
    cat <<'EOF'

## Quality and size on Set5

`bitlens evaluate Set5 --model M --plan P`; PSNR of Y. Sizes are of the packed files.

| | goal | here | |
| --- | --- | --- | --- |
EOF
    loss='.fp32.psnr_hr - .quantized.psnr_hr'
    size='(.quantized.bytes / .fp32.bytes - 1) * 100'
    qualityRow "$(basename "$srgan"), int8: loses against HR, dB" "$srgan" int8 "$loss" '<=' 0.10 3
    qualityRow "the same, multi" "$srgan" multi "$loss" '<=' 0.02 3
    qualityRow "the same, multi: PSNR to FP32, dB" "$srgan" multi .quantized.psnr_fp32 '>=' 50 2
    qualityRow "the same, multi: size, %" "$srgan" multi "$size" '<=' -74 2
    qualityRow "RRDBNet of 23 blocks, int8: PSNR to FP32, dB" "$esrgan" int8 .quantized.psnr_fp32 '>=' 40 2
    qualityRow "the same, multi" "$esrgan" multi .quantized.psnr_fp32 '>=' 45 2
    qualityRow "the same, multi: size, %" "$esrgan" multi "$size" '<=' -67.14 2
fi
if [ -d "$testset" ]; then
    cat <<'EOF'

## Sensitivity of all layers at all widths

`bitlens sensitivity MODEL --images Set5/LRx4 --estimated --no-cache`, the whole command.

| | goal | here | |
| --- | --- | --- | --- |
EOF
    estimateRow "$(basename "$srgan")" "$srgan" 30
    estimateRow "RRDBNet of 23 blocks" "$esrgan" 300
fi
hasWindowTools() {
    local tool
    for tool in "$(dirname "$program")/frame_times" Xvfb xvfb-run xdotool convert; do
        command -v "$tool" >/dev/null || { say "no figures of the window: $tool is missing"; return 1; }
    done
}
if hasWindowTools; then
    cat <<'EOT'

## The window

On a virtual X server, so pictures are drawn by the processor. `frame_times.sh`: frames of the compare view on a result of
4096x4096 while other threads compute (goal: 16 ms of the thread's own time at the 99th percentile). `gui_latency.sh`: Escape
during comparisons, and the longest time that the GUI thread was blocked (goals 0.5 s and 0.1 s).

EOT
    say "frames of the window"
    "$here/frame_times.sh" "$(dirname "$program")/frame_times" | sed 's/^/    /'
    echo
    for model in "$deep" "$esrgan"; do
        say "cancels in the window, $model"
        { echo "$(basename "$model"):"; "$here/gui_latency.sh" "$program" "$model" | grep -v '^event loop gap' || true; } | sed 's/^/    /'
    done
fi
cat "$here/performance_notes.md"
