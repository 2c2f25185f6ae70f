"""Verify this pack. It needs Python 3.8 or newer and nothing else: no network, no other program.

    python3 verify.py                 verify what lies beside this file
    python3 verify.py --key HEX       and insist on this public key, which you had from elsewhere
    python3 verify.py --seal FILE     and on a seal that was mailed to you

It checks that every file is the one that manifest.json names, and none is missing or added; that manifest.json and the
seal were signed; that the chain of the register runs without a break to the sealed link; and that every line of
history.jsonl is a row of that chain.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

SIGNATURE_FILES = {"manifest.json", "manifest.sig"}

# Ed25519 (RFC 8032): only what checking a signature takes. Nothing here is secret, so nothing need be constant in time.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = add(found, point)
        point = add(point, point)
        number >>= 1
    return found


def same(one, other):
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def x_of(y, sign):
    """The x of a point on the curve from its y; None if there is none."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def point_of(data):
    if len(data) != 32:
        return None
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = x_of(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_signed(public_key, signature, message):
    """Whether whoever has the private key to a public key (hex) signed a message; the signature in hex."""
    try:
        key, signed = bytes.fromhex(public_key), bytes.fromhex(signature)
    except ValueError:
        return False
    point = point_of(key)
    if point is None or len(signed) != 64:
        return False
    r, s = point_of(signed[:32]), int.from_bytes(signed[32:], "little")
    if r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signed[:32] + key + message).digest(), "little") % ORDER
    return same(times(s, BASE), add(r, times(h, point)))


def hash_of(path):
    found = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            found.update(block)
    return found.hexdigest()


def files_of(folder):
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in SIGNATURE_FILES:
            yield name


def check_files(folder, manifest):
    named = {each["name"]: each["sha256"] for each in manifest["files"]}
    there = set(files_of(folder))
    for name in sorted(set(named) - there):
        yield f"{name} is missing."
    for name in sorted(there - set(named)):
        yield f"{name} is not named in the manifest; it was added."
    for name in sorted(there & set(named)):
        if hash_of(folder / name) != named[name]:
            yield f"{name} is not the file that was packed; it was changed."


def check_seal(seal, name):
    part = {key: seal[key] for key in ("format", "at", "links", "head", "public_key")}
    message = json.dumps(part, sort_keys=True, separators=(",", ":")).encode()
    if not is_signed(seal["public_key"], seal["signature"], message):
        yield f"{name}: the signature is not of what it says."


def check_chain(folder, seals):
    """The chain, link by link, and the lines of the history in it."""
    with (folder / "history-links.txt").open() as file:
        places = [(int(number), salt) for number, salt in (line.split() for line in file)]
    wanted = {}
    lines = 0
    with (folder / "history.jsonl").open("rb") as file:
        for (place, salt), line in zip(places, file):
            wanted[place] = hashlib.sha256(salt.encode() + b" " + line.rstrip(b"\n")).hexdigest()
            lines += 1
        left = sum(1 for _ in file)
    if left or lines != len(places) or len(wanted) != len(places):
        yield "history.jsonl and history-links.txt do not belong to each other."
    before, number, heads = "", 0, {}
    sealed = {seal["links"] for _, seal in seals}
    with (folder / "chain.txt").open() as file:
        for number, line in enumerate(file, 1):
            at, digest = line.split()
            before = hashlib.sha256(f"{before} {at} {digest}".encode()).hexdigest()
            if number in sealed:
                heads[number] = before
            if wanted.pop(number, digest) != digest:
                yield f"history.jsonl: the row of link {number} is not the one that the chain has."
    for place in sorted(wanted)[:1]:
        yield f"history.jsonl: the chain has no link {place}."
    for name, seal in seals:
        if seal["links"] and heads.get(seal["links"]) != seal["head"]:
            yield f"{name}: the chain does not run to the link that was sealed."


def check(folder, key="", seal_file=None):
    """What of a pack does not fit, in sentences."""
    raw = (folder / "manifest.json").read_bytes()
    manifest = json.loads(raw)
    seals = [("seal.json", json.loads((folder / "seal.json").read_text()))]
    if seal_file:
        seals.append((seal_file.name, json.loads(seal_file.read_text())))
    yield from check_files(folder, manifest)
    signature = folder / "manifest.sig"
    public_key = manifest.get("public_key", "")
    if public_key:
        if not signature.exists() or not is_signed(public_key, signature.read_text().strip(), raw):
            yield "manifest.json: the signature is not of what it says."
    elif key:
        yield "manifest.json is not signed."
    for name, seal in seals:
        if seal.get("signature"):
            yield from check_seal(seal, name)
        if public_key and seal.get("public_key") and seal["public_key"] != public_key:
            yield f"{name}: it is signed with another key than manifest.json."
        if key and seal.get("public_key", "") != key:
            yield f"{name}: it is not signed with the key {key}."
    if key and public_key and public_key != key:
        yield f"manifest.json: it is not signed with the key {key}."
    yield from check_chain(folder, seals)


def main(arguments=None):
    sys.dont_write_bytecode = True  # nothing is added to what is verified
    parser = argparse.ArgumentParser(description="Verify this pack, offline.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key", default="", help="the public key that must have signed, in hex")
    parser.add_argument("--seal", type=Path, help="a seal that was kept elsewhere")
    asked = parser.parse_args(arguments)
    try:
        faults = list(check(asked.folder, asked.key.lower(), asked.seal))
        manifest = json.loads((asked.folder / "manifest.json").read_text())
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"This pack cannot be read: {error}")
        return 2
    for fault in faults:
        print(fault)
    if faults:
        print("THIS PACK DOES NOT VERIFY.")
        return 1
    signed = f"signed with the key {manifest['public_key']}" if manifest.get("public_key") else "NOT SIGNED"
    print(f"All fits: {len(manifest['files'])} files, {signed}.")
    if not asked.key:
        print("Compare the key with the one that you had from elsewhere, or give it with --key.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
