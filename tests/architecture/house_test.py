"""Holds the tree against the picture that README.md shows.

The table under "Who may include whom" is read from the README itself, so that the picture cannot grow old: an
include that it does not allow, a folder that it does not know and a row without a folder all fail. The other tests
keep files short, finished, and built.
"""
import graphlib
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = "### Who may include whom"
ANYTHING = "everything"
LONGEST = 400
SYSTEM = {"arpa", "dirent", "fcntl", "malloc", "net", "netdb", "netinet", "poll", "pthread", "pwd", "sched", "signal",
          "stdint", "stdio", "stdlib", "string", "sys", "termios", "time", "unistd"}
CPP = {".c", ".cpp", ".hpp", ".h"}
SOURCE = CPP | {".cmake", ".go", ".java", ".js", ".mjs", ".py", ".rs", ".sh"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def tree():
    """Every file of the project, as paths from its top; nothing that was built."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        built = {"build", "doorward-data", "node_modules", "target", "__pycache__"} & set(inside.parts)
        hidden = any(part.startswith(".") and part != ".ci" for part in inside.parts[:-1])
        if path.is_file() and not built and not hidden:
            yield inside


def is_source(path):
    if path.suffix in SOURCE or path.name == "CMakeLists.txt":
        return True
    return path.suffix == "" and (ROOT / path).read_bytes().startswith(b"#!")


class House:
    """The rooms of the table: what each may include, of ours and of libraries."""

    def __init__(self, readme):
        rows = readme.split(TABLE, 1)[1].split("\n\n|", 1)[1].split("\n\n", 1)[0].splitlines()
        self.rooms, self.libraries = {}, {}
        for row in rows[2:]:
            room, _, rooms, libraries = [re.findall(r"`([^`]+)`", cell) or cell.split()
                                         for cell in row.strip().strip("|").split("|")]
            self.rooms[room[0]] = set(rooms) - {"-"}
            self.libraries[room[0]] = set(libraries) - {"-"}

    def room_of(self, path):
        """The innermost room around a file, or None."""
        for folder in pathlib.PurePosixPath(path).parents:
            if str(folder) in self.rooms:
                return str(folder)
        return None

    def uses(self, path, text):
        """What a file takes from elsewhere: rooms, and libraries."""
        for ours, theirs in INCLUDE.findall(text):
            yield self.room_of(ours) if ours else theirs.split("/")[0].removesuffix(".h")

    def complaints(self, path, text):
        """What is wrong with the includes of a file, one sentence each."""
        room = self.room_of(path)
        if room is None:
            yield f"{path} is in no room of the table"
            return
        for ours, theirs in INCLUDE.findall(text):
            if ours:
                other = self.room_of(ours)
                beside = (ROOT / path).parent / ours
                if ".." in pathlib.PurePosixPath(ours).parts or (other is None and not beside.is_file()):
                    yield f'{path} includes "{ours}", which is in no room: include by the path from the top of the tree'
                elif other not in {None, room} and not {other, ANYTHING} & self.rooms[room]:
                    yield f"{path} includes {ours}: {room} may not include {other}"
            elif "/" in theirs or theirs.endswith(".h"):
                library = theirs.split("/")[0].removesuffix(".h")
                if not {library, ANYTHING} & (self.libraries[room] | SYSTEM):
                    yield f"{path} includes <{theirs}>: {room} may not use {library}"


class HouseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House((ROOT / "README.md").read_text())
        cls.files = list(tree())

    def none_of(self, complaints):
        complaints = list(complaints)
        self.assertFalse(complaints, "\n" + "\n".join(complaints))

    def test_arrows(self):
        self.none_of(complaint for path in self.files if path.suffix in CPP
                     for complaint in self.house.complaints(path, (ROOT / path).read_text()))

    def test_arrows_fail_when_they_should(self):
        house = House("## x\n" + TABLE + "\nText.\n\n| Room | Job | Rooms | Libraries |\n|---|---|---|---|\n"
                      "| `low` | a | - | `fmt` |\n| `low/leaf` | b | - | - |\n| `high` | c | `low` | everything |\n\nMore.")
        for path, text in [("low/a.hpp", '#include "high/b.hpp"'), ("low/a.hpp", "#include <boost/asio.hpp>"),
                           ("low/a.cpp", '#include "low/leaf/b.hpp"'), ("low/leaf/a.cpp", "#include <fmt/core.h>"),
                           ("low/a.cpp", '#include "nowhere.hpp"'), ("low/a.cpp", '#include "../high/b.hpp"'),
                           ("elsewhere/a.cpp", "")]:
            self.assertEqual(1, len(list(house.complaints(path, text))), (path, text))
        for path, text in [("high/a.cpp", '#include "low/b.hpp"'), ("high/a.cpp", "#include <x/y.h>"),
                           ("low/a.cpp", '#include "low/b.hpp"'), ("low/a.cpp", "#include <vector>\n#include <unistd.h>")]:
            self.assertEqual([], list(house.complaints(path, text)), (path, text))

    def test_table_allows_nothing_that_nobody_uses(self):
        used = {room: set() for room in self.house.rooms}
        for path in (path for path in self.files if path.suffix in CPP):
            used[self.house.room_of(path)].update(self.house.uses(path, (ROOT / path).read_text()))
        self.none_of(f"README.md: nothing in {room} includes {unused}" for room in used
                     for unused in (self.house.rooms[room] | self.house.libraries[room]) - {ANYTHING} - used[room])

    def test_table_has_no_circles_and_no_lost_rooms(self):
        arrows = {room: rooms - {ANYTHING} for room, rooms in self.house.rooms.items()}
        graphlib.TopologicalSorter(arrows).prepare()
        self.none_of(f"README.md: {room} is no folder with sources" for room in {*arrows}.union(*arrows.values())
                     if not any(self.house.room_of(path) == room for path in self.files))

    def test_no_file_is_too_long(self):
        for path in filter(is_source, self.files):
            lines = (ROOT / path).read_text().count("\n")
            with self.subTest(str(path)):
                self.assertLessEqual(lines, LONGEST, f"{path} has {lines} lines: split it by what its parts do")

    def test_nothing_is_unfinished(self):
        unfinished = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X])\b|(?i:not (yet )?implemente[d])")
        self.none_of(f"{path}:{number}: {line.strip()}" for path in filter(is_source, self.files)
                     for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
                     if unfinished.search(line))

    def test_what_security_promises_is_tested_where_it_says(self):
        named = re.findall(r"`(tests/[^`]+)`", (ROOT / "SECURITY.md").read_text())
        self.assertTrue(named)
        self.none_of(f"SECURITY.md: {name} is not there" for name in named if not (ROOT / name).exists())

    def test_every_cpp_file_is_built(self):
        for path in (path for path in self.files if path.suffix == ".cpp"):
            listed = "\n".join((ROOT / folder / "CMakeLists.txt").read_text() for folder in path.parents
                               if (ROOT / folder / "CMakeLists.txt").is_file())
            names = [re.escape(path.name)]
            if path.name.endswith("_fuzz.cpp"):
                names.append(rf"doorward_fuzz_target\({path.name.removesuffix('_fuzz.cpp')}\b")
            with self.subTest(str(path)):
                self.assertRegex(listed, "|".join(names), f"{path} is named by no CMakeLists.txt above it")

    def test_what_is_quoted_of_the_example_stands_in_it(self):
        example = (ROOT / "plugins/example/example.c").read_text()
        quoted = re.findall(r"^```c\n(.*?)^```$", (ROOT / "plugins/README.md").read_text(), re.MULTILINE | re.DOTALL)
        self.assertEqual(2, len(quoted), "verify, and the table")
        for text in quoted:
            self.assertIn("\n" + text, example, "plugins/README.md quotes what plugins/example/example.c does not say")


if __name__ == "__main__":
    sys.exit(unittest.main())
