#!/usr/bin/env python3
"""Makes the small files of this folder. Needs Pillow and numpy; was run with Pillow 13.0.0.

decode.txt names each picture with its width and height, decode.rgb holds their right pixels one
after the other; resize.txt names each resized picture with the parameters that made it, and
resize.rgb holds their pixels.
"""
import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageOps

here = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(here, name)


decoded = []


def expect(name, image):
    decoded.append((name, image.convert("RGB")))


def over_white(image):
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image).convert("RGB")


def scene(width, height, seed=1):
    """Soft colours, hard edges and noise."""
    noise = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = [128 + 100 * np.sin(x / (5 + c) + c) * np.cos(y / (7 - c)) for c in range(3)]
    pixels = np.stack(planes, axis=2) + noise.normal(0, 6, (height, width, 3))
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 8, height // 8, width // 3, height // 2), fill=(255, 255, 255))
    if min(width, height) < 16:
        return image
    draw.ellipse((width // 2, height // 3, width - 3, height - 3), fill=(200, 20, 30))
    draw.line((0, height - 1, width - 1, 0), fill=(0, 0, 0))
    return image


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(
        ">I", zlib.crc32(kind + body))


def png(width, height, depth, colour, rows, extra=b"", interlace=0):
    """A PNG of kinds that Pillow does not write; each row unfiltered."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data)
            + chunk(b"IEND", b""))


def adam7(rows_of_bytes, pixel_bytes, width, height):
    """The rows of the seven passes of an interlaced picture."""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                           (1, 0, 2, 2), (0, 1, 1, 2)):
        for y in range(y0, height, dy):
            row = b"".join(rows_of_bytes[y][x * pixel_bytes:(x + 1) * pixel_bytes]
                           for x in range(x0, width, dx))
            if row:
                yield row


def write(name, content):
    with open(path(name), "wb") as file:
        file.write(content)


def jpegs():
    image = scene(29, 22)
    image.save(path("colour.jpg"), quality=85)
    image.save(path("progressive.jpg"), quality=85, progressive=True)
    image.convert("L").save(path("grey.jpg"), quality=85)
    image.convert("CMYK").save(path("cmyk.jpg"), quality=90)
    for name in ("colour", "progressive", "grey", "cmyk"):
        expect(name + ".jpg", Image.open(path(name + ".jpg")))
    # Without Adobe's marker the numbers are inks, not light.
    content = open(path("cmyk.jpg"), "rb").read()
    start = content.index(b"\xff\xee")
    length = struct.unpack(">H", content[start + 2:start + 4])[0]
    write("cmyk-inks.jpg", content[:start] + content[start + 2 + length:])
    light = np.asarray(Image.open(path("cmyk.jpg"))).astype(np.uint32)
    rgb = (light[..., :3] * light[..., 3:] + 127) // 255
    expect("cmyk-inks.jpg", Image.fromarray(rgb.astype(np.uint8)))
    # The marker's last byte says whether three of the inks are coded as brightness and colour.
    write("ycck.jpg", content[:start + 1 + length] + b"\2" + content[start + 2 + length:])
    expect("ycck.jpg", Image.open(path("ycck.jpg")))
    # Four corners of four colours tell the eight orientations apart.
    corners = Image.new("RGB", (24, 16), (128, 128, 128))
    draw = ImageDraw.Draw(corners)
    for box, colour in (((0, 0, 7, 7), (255, 0, 0)), ((16, 0, 23, 7), (0, 255, 0)),
                        ((0, 8, 7, 15), (0, 0, 255)), ((16, 8, 23, 15), (0, 0, 0))):
        draw.rectangle(box, fill=colour)
    corners.save(path("corners.jpg"), quality=95, subsampling=0)


def pngs():
    image = scene(25, 19, seed=2)
    alpha = Image.fromarray(np.tile(np.linspace(0, 255, 25).astype(np.uint8), (19, 1)))
    image.save(path("rgb.png"), optimize=True)
    image.convert("L").save(path("grey.png"), optimize=True)
    Image.merge("LA", (image.convert("L"), alpha)).save(path("grey-alpha.png"), optimize=True)
    rgba = image.copy()
    rgba.putalpha(alpha)
    rgba.save(path("rgba.png"), optimize=True)
    palette = image.quantize(16)
    palette.save(path("palette.png"), optimize=True)
    palette.save(path("palette-alpha.png"), transparency=bytes(range(0, 256, 17)), optimize=True)
    image.convert("1").save(path("one-bit.png"), optimize=True)
    for name in ("rgb", "grey", "palette", "one-bit"):
        expect(name + ".png", Image.open(path(name + ".png")))
    for name in ("grey-alpha", "rgba", "palette-alpha"):
        expect(name + ".png", over_white(Image.open(path(name + ".png"))))

    wide = np.asarray(image).astype(np.uint32) * 257 + 40
    deep = np.clip(wide, 0, 65535).astype(">u2")
    write("rgb16.png", png(25, 19, 16, 2, [row.tobytes() for row in deep]))
    eight = (deep.astype(np.uint32) + 128) // 257
    expect("rgb16.png", Image.fromarray(eight.astype(np.uint8)))
    # One colour of an RGB picture stands for nothing at all.
    keyed = np.asarray(image).copy()
    keyed[5:15, 5:15] = (1, 2, 3)
    write("keyed.png", png(25, 19, 8, 2, [row.tobytes() for row in keyed],
                           chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3))))
    keyed[5:15, 5:15] = 255
    expect("keyed.png", Image.fromarray(keyed))

    rows = [row.tobytes() for row in np.asarray(image)]
    write("interlaced.png", png(25, 19, 8, 2, adam7(rows, 3, 25, 19), interlace=1))
    expect("interlaced.png", image)
    rows = [row.tobytes() for row in np.asarray(rgba)]
    write("interlaced-alpha.png", png(25, 19, 8, 6, adam7(rows, 4, 25, 19), interlace=1))
    expect("interlaced-alpha.png", over_white(rgba))
    Image.new("RGB", (1, 1), (10, 200, 30)).save(path("one.png"))
    expect("one.png", Image.new("RGB", (1, 1), (10, 200, 30)))


def packed(values, depth):
    """Rows of small numbers, each of `depth` bits, the first in the highest."""
    for row in values:
        bits = "".join(f"{value:0{depth}b}" for value in row)
        yield int(bits.ljust(-len(bits) // 8 * -8, "0"), 2).to_bytes(-len(bits) // 8 * -1, "big")


def rarer_jpegs():
    image = scene(45, 38, seed=6)
    cmyk = image.convert("CMYK")
    image.save(path("sampling-422.jpg"), quality=85, subsampling=1)
    image.save(path("sampling-444.jpg"), quality=85, subsampling=0)
    image.save(path("restarts.jpg"), quality=85, restart_marker_blocks=2)
    image.convert("L").save(path("progressive-grey.jpg"), quality=85, progressive=True)
    cmyk.save(path("progressive-cmyk.jpg"), quality=90, progressive=True)
    for name in ("sampling-422", "sampling-444", "restarts", "progressive-grey", "progressive-cmyk"):
        expect(name + ".jpg", Image.open(path(name + ".jpg")))


def rarer_pngs():
    image = scene(21, 17, seed=7)
    width, height = image.size
    grey = np.asarray(image.convert("L"))
    alpha = np.tile(np.linspace(0, 65535, width).astype(np.uint32), (height, 1))
    deep = np.asarray(image).astype(np.uint32) * 257
    deep_grey = grey.astype(np.uint32) * 257

    def rows(*planes):
        return [row.tobytes() for row in np.dstack(planes).astype(">u2")]

    def eight(array):
        return Image.fromarray(((array.astype(np.uint32) + 128) // 257).astype(np.uint8))

    def veiled(colours):
        rgba = Image.fromarray(colours.astype(np.uint8)).convert("RGB")
        rgba.putalpha(eight(alpha))
        return over_white(rgba)

    write("grey16.png", png(width, height, 16, 0, rows(deep_grey)))
    expect("grey16.png", eight(deep_grey))
    write("grey-alpha16.png", png(width, height, 16, 4, rows(deep_grey, alpha)))
    expect("grey-alpha16.png", veiled(grey))
    write("rgba16.png", png(width, height, 16, 6, rows(deep, alpha)))
    expect("rgba16.png", veiled(np.asarray(image)))
    write("interlaced-rgb16.png",
          png(width, height, 16, 2, adam7(rows(deep), 6, width, height), interlace=1))
    expect("interlaced-rgb16.png", eight(deep))
    for depth in (2, 4):
        values = grey >> (8 - depth)
        write(f"grey{depth}.png", png(width, height, depth, 0, packed(values, depth)))
        expect(f"grey{depth}.png", Image.fromarray((values * (255 // (2 ** depth - 1))).astype(np.uint8)))
    # A palette of four colours, the last two half and wholly transparent.
    colours = [(255, 0, 0), (0, 128, 0), (0, 0, 255), (9, 9, 9)]
    places = grey >> 6
    parts = chunk(b"PLTE", bytes(sum(colours, ()))) + chunk(b"tRNS", bytes((255, 255, 128, 0)))
    rgba = np.array([(*colour, part) for colour, part in zip(colours, (255, 255, 128, 0))], np.uint8)
    write("palette2.png", png(width, height, 2, 3, packed(places, 2), parts))
    expect("palette2.png", over_white(Image.fromarray(rgba[places])))
    write("interlaced-palette.png",
          png(width, height, 8, 3, adam7([row.tobytes() for row in places], 1, width, height), parts, 1))
    expect("interlaced-palette.png", over_white(Image.fromarray(rgba[places])))
    # EXIF lies in a chunk of its own, here before the pixels.
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(path("oriented.png"), exif=exif, optimize=True)
    expect("oriented.png", ImageOps.exif_transpose(Image.open(path("oriented.png"))))


FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


def resizes():
    scene(41, 31, seed=3).save(path("scene.png"), optimize=True)
    scene(3, 150, seed=4).save(path("tall.png"), optimize=True)
    scene(150, 2, seed=5).save(path("broad.png"), optimize=True)
    cases = []
    for name in FILTERS:
        cases += [("scene", name, 13, 13, None), ("scene", name, 41, 14, None),
                  ("scene", name, 12, 31, None), ("scene", name, 45, 36, None),
                  ("scene", name, 16, 16, (7.3, 4.6, 36.1, 29.25)),
                  ("scene", name, 21, 23, (10, 12, 20, 19)),
                  ("scene", name, 1, 1, None),
                  ("tall", name, 9, 9, None), ("broad", name, 9, 9, None)]
    lines = []
    results = b""
    for source, name, width, height, box in cases:
        image = Image.open(path(source + ".png")).convert("RGB")
        # In two steps, since Pillow 13 takes the columns first where that is cheaper.
        x0, y0, x1, y1 = box or (0, 0, *image.size)
        result = image.resize((width, image.height), FILTERS[name], box=(x0, 0, x1, image.height))
        result = result.resize((width, height), FILTERS[name], box=(0, y0, width, y1))
        box = box or (0, 0, *image.size)
        lines.append(f"{source} {name} {width} {height} {' '.join(map(str, box))}\n")
        results += result.tobytes()
    write("resize.txt", "".join(lines).encode())
    write("resize.rgb", results)


jpegs()
pngs()
resizes()
rarer_jpegs()
rarer_pngs()
write("decode.txt", "".join(f"{name} {i.width} {i.height}\n" for name, i in decoded).encode())
write("decode.rgb", b"".join(image.tobytes() for _, image in decoded))
total = sum(os.path.getsize(path(name)) for name in os.listdir(here))
print(total, "bytes")
