"""Whether the time of an answer tells who exists, by tests/bench/nobody: how often a wrong password of a user was answered
later than one of nobody, and than one in a realm that is none. Where time tells nothing, that is 0.5."""
import pathlib
import subprocess
import sys

from bench import Row

PROGRAM = pathlib.Path(__file__).resolve().parent.parent / "nobody"


def measure(bench):
    done = subprocess.run([PROGRAM, "--build", bench.build, "--bar"], stdout=subprocess.PIPE, text=True)
    lines = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in done.stdout.splitlines()[2:]]
    if not lines:
        sys.exit("tests/bench/nobody failed: what it says is above")
    for mechanism, user, nobody, nowhere, over_nobody, over_nowhere, error in lines:
        yield Row(f"a wrong password of a user by {mechanism}, answered later than one of nobody, than one in no realm",
                  "0.5, within three errors or 0.03",
                  f"{over_nobody}, {over_nowhere}, error {error}; medians {user}, {nobody}, {nowhere} µs", {}, failed=done.returncode != 0)
