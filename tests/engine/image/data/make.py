#!/usr/bin/env python3
# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the small pictures in this folder with encoders that are not this program's (Pillow, tifffile, ImageMagick, and
by hand where none of them writes a variant). tst_codecforeign.cpp knows the same formulas. Debian: python3-pil
python3-tifffile imagemagick."""
import struct
import subprocess
import zlib

import numpy as np
import tifffile
from PIL import Image

WIDTH, HEIGHT = 24, 16
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
smooth = np.stack([x * 10, y * 15, x + y * 8], axis=2).astype(np.uint8)
blocks = np.stack([x // 4 % 2, y // 4 % 2, (x + y) // 8 % 2], axis=2).astype(np.uint8) * 255
gray = (x * 5 + y * 8).astype(np.uint8)
checks = ((x // 4 + y // 4) % 2).astype(np.uint8)
alpha = (x * 10).astype(np.uint8)
rgba = np.dstack([smooth, alpha])
la = np.dstack([gray, alpha])


def png(name, rows, depth, colour_type, extra=b""):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    with open(name, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header))
        if extra:
            file.write(chunk(extra[:4], extra[4:]))
        file.write(chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def packed(samples, depth):
    bits = ((samples[..., None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8)
    return np.packbits(bits.reshape(HEIGHT, -1), axis=1)


for depth in (1, 2, 4):
    png(f"gray{depth}.png", packed(checks * ((1 << depth) - 1), depth), depth, 0)
png("gray4-transparent.png", packed(checks * 15, 4), 4, 0, b"tRNS" + struct.pack(">H", 15))
png("gray8-transparent.png", gray, 8, 0, b"tRNS" + struct.pack(">H", int(gray[0, 1])))
png("gray16.png", [(row.astype(">u2") * 257).astype(">u2").tobytes() for row in gray], 16, 0)
png("gray16-transparent.png", [(row.astype(">u2") * 257).astype(">u2").tobytes() for row in gray], 16, 0,
    b"tRNS" + struct.pack(">H", int(gray[0, 1]) * 257))
png("rgb-transparent.png", smooth.reshape(HEIGHT, -1), 8, 2, b"tRNS" + struct.pack(">HHH", *map(int, smooth[0, 1])))
Image.fromarray(la, "LA").save("gray-alpha.png")
Image.fromarray(blocks).quantize(8).save("indexed.png", bits=4)
Image.fromarray(blocks).quantize(8).save("indexed8.png", bits=8)
indexed = Image.fromarray(blocks).quantize(8)
black = indexed.getpalette()[:24]
black = [black[i:i + 3] for i in range(0, 24, 3)].index([0, 0, 0])
indexed.save("indexed-transparent.png", transparency=black)

Image.fromarray(smooth).save("progressive.jpg", quality=97, progressive=True, subsampling=0)
Image.fromarray(smooth).save("subsampled.jpg", quality=95)
Image.fromarray(gray).save("gray.jpg", quality=97)
Image.fromarray(smooth).convert("CMYK").save("cmyk.jpg", quality=97)

big = {"byteorder": ">", "photometric": "rgb", "metadata": None, "software": None}
tifffile.imwrite("bigendian.tif", smooth, **big)
tifffile.imwrite("bigendian16.tif", smooth.astype(np.uint16) * 257, **big)
tifffile.imwrite("bigtiff.tif", smooth, bigtiff=True, photometric="rgb", metadata=None)
tifffile.imwrite("tiled.tif", rgba, tile=(16, 16), photometric="rgb", extrasamples=["unassalpha"], metadata=None)
tifffile.imwrite("planar.tif", np.moveaxis(smooth.astype(np.uint16) * 257, 2, 0), photometric="rgb",
                 planarconfig="separate", metadata=None)
premultiplied = np.dstack([(smooth.astype(int) * alpha[..., None] + 127) // 255, alpha]).astype(np.uint8)
tifffile.imwrite("premultiplied.tif", premultiplied, photometric="rgb", extrasamples=["assocalpha"], metadata=None)
tifffile.imwrite("gray-alpha.tif", la, photometric="minisblack", planarconfig="contig", extrasamples=["unassalpha"],
                 metadata=None)
tifffile.imwrite("white-is-zero.tif", 255 - gray, photometric="miniswhite", metadata=None)
tifffile.imwrite("float.tif", gray.astype(np.float32), photometric="minisblack", metadata=None)
Image.fromarray(smooth).save("lzw.tif", compression="tiff_lzw")
Image.fromarray(smooth).save("packbits.tif", compression="packbits")
Image.fromarray(smooth).save("jpeg.tif", compression="jpeg", quality=97)
Image.fromarray(checks * 255).convert("1").save("fax.tif", compression="group4")
indexed.save("indexed.tif")

Image.fromarray(smooth).save("lossy.webp", quality=95)
Image.fromarray(rgba).save("lossy-alpha.webp", quality=95)
Image.fromarray(rgba).save("lossless.webp", lossless=True, exact=True)
Image.fromarray(smooth).save("animated.webp", save_all=True, append_images=[Image.fromarray(blocks)])


def bmp(name, info, rows):
    at = 14 + len(info)
    data = b"".join(bytes(row) for row in rows)
    with open(name, "wb") as file:
        file.write(b"BM" + struct.pack("<IHHI", at + len(data), 0, 0, at) + info + data)


def info_header(size, height, bits, compression):
    return struct.pack("<IiiHHIIiiII", size, WIDTH, height, 1, bits, compression, 0, 2835, 2835, 0, 0)


bgra = rgba[..., [2, 1, 0, 3]]
masks = struct.pack("<IIII", 0xff0000, 0xff00, 0xff, 0xff000000)
bmp("alpha.bmp", info_header(108, HEIGHT, 32, 3) + masks + b"BGRs" + bytes(48), bgra[::-1].reshape(HEIGHT, -1))
bmp("plain32.bmp", info_header(40, HEIGHT, 32, 0), bgra[::-1].reshape(HEIGHT, -1))
bmp("topdown.bmp", info_header(40, -HEIGHT, 24, 0), smooth[..., ::-1].reshape(HEIGHT, -1))
bmp("os2.bmp", struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 24), smooth[::-1, :, ::-1].reshape(HEIGHT, -1))
palette = b"".join(bytes([value & 1, value >> 1 & 1, value >> 2]) for value in range(8)).replace(b"\1", b"\xff")
entries = (blocks[..., 0] & 4) + (blocks[..., 1] & 2) + (blocks[..., 2] & 1)
nibbles = (entries[:, 0::2] << 4) | entries[:, 1::2]
bmp("os2-indexed.bmp", struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 4) + palette + bytes(24), nibbles[::-1])
rgb555 = (smooth.astype(np.uint16) >> 3) @ np.array([1 << 10, 1 << 5, 1], dtype=np.uint16)
bmp("rgb555.bmp", info_header(40, HEIGHT, 16, 0), [row.astype("<u2").tobytes() for row in rgb555[::-1]])
indexed.save("indexed.bmp")
Image.fromarray(gray).save("gray.bmp")
subprocess.run(["convert", "indexed.bmp", "-compress", "RLE", "BMP3:runlength.bmp"], check=True)
Image.fromarray(smooth).save("plain.png")
without_dates = ["-define", "png:exclude-chunks=date,time"]
subprocess.run(["convert", "plain.png", "-interlace", "PNG", *without_dates, "interlaced.png"], check=True)
subprocess.run(["rm", "plain.png"], check=True)
