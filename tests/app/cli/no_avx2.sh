#!/bin/bash
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# no_avx2.sh PROGRAM MODEL [IMAGE]: the same binary on an emulated processor without AVX2 (qemu-user, Nehalem) must give
# the same pixels. Works on a packed model, because ranges found by LibTorch in float differ between processors.
# Exits with 77 where qemu-user is missing.
set -euo pipefail
program=$1
model=$2
image=${3:-}
if ! command -v qemu-x86_64 >/dev/null; then
    echo "skipped: qemu-x86_64 (package qemu-user) is not installed"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
little() { printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))\\x$(printf %02x $(($1 >> 16 & 255)))\\x$(printf %02x $(($1 >> 24 & 255)))"; }
if [ -z "$image" ]; then # 12x9 pixels, 24 bits: lines are whole words
    image=$folder/small.bmp
    {
        printf 'BM'
        for number in 378 0 54 40 12 9 $((1 + (24 << 16))) 0 324 2835 2835 0 0; do little $number; done
        for ((i = 0; i < 324; i++)); do printf "\\x$(printf %02x $(((i * 37 + i * i / 7) % 256)))"; done
    } >"$image"
fi
mkdir "$folder/calibration"
cp "$image" "$folder/calibration/"
failed=0
for plan in int8 multi; do
    "$program" quantize "$model" --plan "$plan" --calibrate "$folder/calibration" -o "$folder/$plan.safetensors" >/dev/null
    "$program" upscale "$image" --model "$folder/$plan.safetensors" -o "$folder/here.png" >/dev/null
    qemu-x86_64 -cpu Nehalem "$program" upscale "$image" --model "$folder/$plan.safetensors" -o "$folder/there.png" >/dev/null
    if cmp -s "$folder/here.png" "$folder/there.png"; then
        echo "$plan: the same file, bit for bit"
    else
        echo "$plan: DIFFERENT"
        failed=1
    fi
done
exit $failed
