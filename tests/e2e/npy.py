"""NumPy's archives with the standard library alone."""

import ast
import struct
import zipfile

# Type in the file: code of struct.
_CODES = {"|u1": "B", "<i1": "b", "<i4": "i", "<i8": "q", "<f4": "f", "<f8": "d"}


def save(path, arrays):
    """Writes {name: (type such as "<f4", shape, all values in C order)}."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (kind, shape, values) in arrays.items():
            archive.writestr(f"{name}.npy", _header(kind, shape) + _pack(kind, values))


def load(path):
    """Reads {name: (shape, all values in C order)}."""
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".npy"): _array(archive.read(name))
                for name in archive.namelist()}


def _header(kind, shape):
    text = repr({"descr": kind, "fortran_order": False, "shape": tuple(shape)})
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def _pack(kind, values):
    if isinstance(values, bytes):
        return values
    return struct.pack(f"<{len(values)}{_CODES[kind]}", *values)


def _array(content):
    assert content.startswith(b"\x93NUMPY\x01\x00"), content[:10]
    (length,) = struct.unpack_from("<H", content, 8)
    header = ast.literal_eval(content[10:10 + length].decode())
    assert not header["fortran_order"]
    count = 1
    for size in header["shape"]:
        count *= size
    code = _CODES[header["descr"]]
    return header["shape"], struct.unpack_from(f"<{count}{code}", content, 10 + length)
