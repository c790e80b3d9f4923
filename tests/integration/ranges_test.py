"""deploy/doorward.example.yaml says behind each number what it may be, as the program does to one that is none."""
import re
import subprocess
import unittest

from prometheus import ROOT
from served import DOORWARD, PATIENCE, ServedTest


class RangesTest(ServedTest):
    def test_the_example_has_the_range_of_every_number(self):
        lines = (ROOT / "deploy/doorward.example.yaml").read_text().splitlines()
        config = self.folder / "doorward.yaml"
        config.write_text("".join(re.sub(r"^( *[a-zA-Z]+): \d\S*.*", r"\1: many", line) + "\n" for line in lines))
        answer = subprocess.run([DOORWARD, "serve", "--config", config, "--data-dir", self.data], capture_output=True,
                                text=True, timeout=PATIENCE)
        self.assertEqual(2, answer.returncode, answer.stderr)
        said = {int(number): " to ".join(bounds) for number, *bounds in
                re.findall(r"doorward\.yaml:(\d+).*must be a whole number.* from (\w+) to (\w+)", answer.stderr)}
        self.assertGreater(len(said), 15, answer.stderr)
        for number, line in enumerate(lines, 1):
            found = re.search(r"\w: \S+  # (.* to .*)$", line)
            self.assertEqual(said.get(number), found and found.group(1), line)


if __name__ == "__main__":
    unittest.main()
