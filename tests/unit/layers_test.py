#!/usr/bin/env python3
"""Holds every #include in server/ and client/ to the table of layers.

Debian puts the headers of all libraries into one folder, so the compiler would accept any of them
anywhere; this test does not. A new folder or library needs a line here, which is the moment to ask
whether it belongs there.
"""

import re
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Layer: (layers of ours it may include besides itself, libraries it may include besides Abseil).
# A folder below a layer belongs to it unless it has a line of its own.
LAYERS = {
    "client/cli": ("client/cli/picture client/lib proto", "protobuf CLI11 nlohmann zlib"),
    "client/cli/picture": ("", "cairo"),
    "client/lib": ("proto", "grpc nlohmann openssl protobuf"),
    "server/app": (
        "server/rpc server/web server/training server/inspect server/storage server/storage/sqlite"
        " server/data server/ml server/base",
        "grpc CLI11 spdlog",
    ),
    "server/rpc": (
        "proto server/training server/inspect server/data server/storage server/base",
        "grpc protobuf",
    ),
    "server/web": ("server/base", "boost grpc openssl"),
    "server/training": ("server/ml server/data server/storage server/base", ""),
    "server/inspect": ("server/ml server/data server/base", "eigen onnx nlohmann"),
    "server/storage/sqlite": ("server/storage server/data server/base", "sqlite zlib"),
    "server/storage": ("server/data server/base", ""),
    "server/data": ("server/base", "eigen zlib png jpeg"),
    "server/ml": ("server/base", "eigen highway"),
    "server/base": ("", "openssl"),
}

# The one place of a layer that may include a library.
FILES = {
    "server/app/metric_families.cc": "prometheus",
    "server/app/metric_families.h": "prometheus",
    "server/base/logging.cc": "spdlog",
    "server/base/logging.h": "spdlog",
}

# Library: how its headers begin. Generated code of our contract is the layer "proto".
LIBRARIES = {
    "abseil": ("absl/",),
    "benchmark": ("benchmark/",),
    "boost": ("boost/",),
    "cairo": ("cairo/",),
    "CLI11": ("CLI/",),
    "eigen": ("Eigen/", "unsupported/Eigen/"),
    "grpc": ("grpc/", "grpcpp/"),
    "gtest": ("gtest/", "gmock/"),
    "highway": ("hwy/",),
    "jpeg": ("jpeglib.h", "turbojpeg.h", "jerror.h"),
    "nlohmann": ("nlohmann/",),
    "onnx": ("onnx/",),
    "openssl": ("openssl/",),
    "png": ("png.h",),
    "prometheus": ("prometheus/",),
    "protobuf": ("google/protobuf/",),
    "spdlog": ("spdlog/",),
    "sqlite": ("sqlite3.h",),
    "zlib": ("zlib.h",),
}

# Training neither reads files nor starts threads: whoever calls it does.
FORBIDDEN_SYSTEM_HEADERS = {
    "server/ml": (
        "cstdio dirent.h fcntl.h filesystem fstream future iostream pthread.h stdio.h sys/mman.h"
        " sys/stat.h thread unistd.h"
    ).split(),
}

SYSTEM_HEADER = re.compile(r"[a-z0-9_]+(\.h)?|(arpa|linux|net|netinet|sys)/[a-z0-9_]+\.h")
INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b[ \t]*(.*?)[ \t]*$", re.MULTILINE)
BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def layer_of(path):
    """The layer a file or included header belongs to, or None."""
    folder = path.rpartition("/")[0]
    while folder and folder not in LAYERS:
        folder = folder.rpartition("/")[0]
    return folder or None


def library_of(header):
    for name, prefixes in LIBRARIES.items():
        if header.startswith(prefixes):
            return name
    return None


def includes(text):
    """Yields (line number, what follows #include) of the code, not of its comments."""
    code = BLOCK_COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), text)
    for match in INCLUDE.finditer(code):
        yield code.count("\n", 0, match.start()) + 1, match.group(1)


def objection(path, layer, operand):
    """Why the file may not include this, or None."""
    match = re.match(r'<([^>]+)>|"([^"]+)"', operand)
    if not match:
        return f"#include {operand} cannot be checked: name the header"
    header = match.group(1) or match.group(2)
    layers, libraries = LAYERS[layer]

    if header.startswith(("server/", "client/")) and ".." not in header.split("/"):
        target = layer_of(header)
        if target is None:
            return f'"{header}" lies in no known layer'
        if target == layer or target in layers.split():
            return None
        return f"{layer} may not include {target} ({header})"

    if header.endswith(".pb.h") and not header.startswith("google/protobuf/"):
        if "proto" in layers.split():
            return None
        return f"{layer} may not include generated protobuf types ({header})"

    library = library_of(header)
    if library is not None:
        if library in ("abseil", FILES.get(path)) or library in libraries.split():
            return None
        return f"{layer} may not include {library} ({header})"

    if match.group(1) and SYSTEM_HEADER.fullmatch(header):
        for above, forbidden in FORBIDDEN_SYSTEM_HEADERS.items():
            if header in forbidden and (layer == above or layer.startswith(above + "/")):
                return f"{layer} may not include <{header}>"
        return None
    return f"{operand} is neither a path from the repository's root nor a known library's header"


def violations(root):
    """Everything in the tree that breaks the table, as 'file:line: why'; and the number of files."""
    found, files = [], 0
    for top in ("client", "server"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".cc", ".h", ".inc") or not file.is_file():
                continue
            files += 1
            path = file.relative_to(root).as_posix()
            layer = layer_of(path)
            if layer is None:
                found.append(f"{path}: lies in no known layer")
                continue
            for line, operand in includes(file.read_text(encoding="utf-8")):
                why = objection(path, layer, operand)
                if why:
                    found.append(f"{path}:{line}: {why}")
    return found, files


class RepositoryTest(unittest.TestCase):
    def test_includes_follow_the_layers(self):
        found, files = violations(ROOT)
        self.assertEqual(found, [], "\n" + "\n".join(found))
        self.assertGreater(files, 0, "found no file to check")


class TableTest(unittest.TestCase):
    def test_names_only_what_it_defines(self):
        for layer, (layers, libraries) in LAYERS.items():
            for name in layers.split():
                self.assertIn(name, [*LAYERS, "proto"], layer)
            for name in libraries.split():
                self.assertIn(name, LIBRARIES, layer)

    def test_has_no_cycle(self):
        below = {layer: set(layers.split()) & set(LAYERS) for layer, (layers, _) in LAYERS.items()}
        while below:
            lowest = [layer for layer, rest in below.items() if not rest & set(below)]
            self.assertTrue(lowest, f"a cycle among {sorted(below)}")
            for layer in lowest:
                del below[layer]


class CheckTest(unittest.TestCase):
    def check(self, path, text):
        """What the check says about a tree that holds one file."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, path)
            file.parent.mkdir(parents=True)
            file.write_text(text, encoding="utf-8")
            return violations(Path(folder))[0]

    def assert_allowed(self, path, text):
        self.assertEqual(self.check(path, text), [])

    def assert_forbidden(self, path, text, line, why):
        found = self.check(path, text)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{path}:{line}: "), found[0])
        self.assertIn(why, found[0])

    def test_layer_below_is_allowed(self):
        self.assert_allowed("server/training/runner.cc", '#include "server/ml/model.h"\n')

    def test_layer_above_is_caught(self):
        self.assert_forbidden(
            "server/ml/model.cc", '\n#include "server/training/runner.h"\n', 2, "server/training")

    def test_own_layer_and_folder_below_it_are_allowed(self):
        self.assert_allowed("server/ml/models/mlp.cc", '#include "server/ml/model.h"\n')
        self.assert_allowed("server/ml/registry.cc", '#include "server/ml/models/mlp.h"\n')

    def test_folder_with_its_own_line_is_not_the_layer_above_it(self):
        self.assert_forbidden(
            "server/storage/repository.cc", '#include "server/storage/sqlite/db.h"\n', 1, "sqlite")
        self.assert_forbidden("server/storage/repository.cc", "#include <sqlite3.h>\n", 1, "sqlite")
        self.assert_allowed("server/storage/sqlite/db.cc", "#include <sqlite3.h>\n")

    def test_client_and_server_do_not_mix(self):
        self.assert_forbidden("client/lib/jobs.cc", '#include "server/base/id.h"\n', 1, "server/base")
        self.assert_forbidden("server/rpc/jobs.cc", '#include "client/lib/jobs.h"\n', 1, "client/lib")

    def test_library_is_caught_in_both_spellings(self):
        self.assert_forbidden("server/ml/a.cc", "#include <grpcpp/grpcpp.h>\n", 1, "grpc")
        self.assert_forbidden("server/ml/a.cc", '#include "grpcpp/grpcpp.h"\n', 1, "grpc")

    def test_generated_types_stop_at_rpc_and_clients(self):
        for header in ("percept/v1/job.pb.h", "percept/v1/job_service.grpc.pb.h",
                       "google/rpc/status.pb.h", "grpc/health/v1/health.pb.h"):
            text = f'#include "{header}"\n'
            self.assert_allowed("server/rpc/convert.cc", text)
            self.assert_allowed("client/cli/train.cc", text)
            self.assert_forbidden("server/training/a.cc", text, 1, "generated")
            self.assert_forbidden("server/app/main.cc", text, 1, "generated")

    def test_abseil_is_allowed_everywhere(self):
        for layer in LAYERS:
            self.assert_allowed(f"{layer}/a.cc", '#include "absl/status/status.h"\n')

    def test_spdlog_only_behind_the_logging_header_and_in_app(self):
        text = "#include <spdlog/spdlog.h>\n"
        self.assert_allowed("server/base/logging.cc", text)
        self.assert_allowed("server/app/main.cc", text)
        self.assert_forbidden("server/base/status.cc", text, 1, "spdlog")

    def test_training_math_neither_reads_files_nor_starts_threads(self):
        for header in ("thread", "iostream", "fstream", "cstdio", "sys/mman.h"):
            text = f"#include <{header}>\n"
            self.assert_forbidden("server/ml/models/mlp.cc", text, 1, f"<{header}>")
            self.assert_allowed("server/training/runner.cc", text)

    def test_system_headers_are_allowed(self):
        self.assert_allowed(
            "server/base/a.cc", "#include <vector>\n#include <fcntl.h>\n#include <sys/un.h>\n")

    def test_unknown_library_is_caught(self):
        self.assert_forbidden("server/web/a.cc", "#include <uwebsockets/App.h>\n", 1, "neither")

    def test_include_relative_to_the_file_is_caught(self):
        self.assert_forbidden("server/ml/a.cc", '#include "model.h"\n', 1, "neither")
        self.assert_forbidden("server/ml/a.cc", '#include "../data/a.h"\n', 1, "neither")
        self.assert_forbidden("server/ml/a.cc", '#include "server/ml/../rpc/a.h"\n', 1, "neither")

    def test_include_of_a_macro_is_caught(self):
        self.assert_forbidden("server/ml/a.cc", "#include HEADER\n", 1, "cannot be checked")

    def test_spaces_do_not_hide_an_include(self):
        self.assert_forbidden("server/ml/a.cc", "  #  include <thread>  // why\n", 1, "<thread>")

    def test_comments_are_not_code(self):
        self.assert_allowed("server/ml/a.cc", "// #include <thread>\n/*\n#include <thread>\n*/\n")
        self.assert_forbidden("server/ml/a.cc", "/*\n\n*/\n#include <thread>\n", 4, "<thread>")

    def test_unknown_folder_is_caught(self):
        for path in ("server/stray.cc", "server/util/a.h", "client/a.cc"):
            self.assertEqual(self.check(path, ""), [f"{path}: lies in no known layer"])

    def test_unknown_folder_cannot_be_included(self):
        self.assert_forbidden("server/ml/a.cc", '#include "server/util/a.h"\n', 1, "no known layer")


if __name__ == "__main__":
    unittest.main()
