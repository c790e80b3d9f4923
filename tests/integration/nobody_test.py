"""Some thousand wrong passwords of users, of names that nobody has, and in a realm that is none, to a running server: all
are answered alike. How alike their times were is a report, since on a shared machine a time decides nothing."""
import pathlib
import subprocess
import unittest

from served import DOORWARD, sanitized

NOBODY = pathlib.Path(__file__).resolve().parents[1] / "bench/nobody"


class NobodyTest(unittest.TestCase):
    def test_no_answer_tells_who_exists_and_the_times_are_reported(self):
        """With few iterations, where whatever else takes time would show the most."""
        done = subprocess.run(["python3", "-B", NOBODY, "--build", pathlib.Path(DOORWARD).parent, "--iterations", "4096",
                               "--accounts", "10" if sanitized() else "60"], capture_output=True, text=True, timeout=290)
        self.assertEqual(0, done.returncode, done.stderr)
        print()  # behind what unittest says
        for line in done.stdout.splitlines():
            if "---" not in line:
                print("report:", line)
        self.assertRegex(done.stdout, r"(?m)^\| SCRAM-SHA-256 \|( \d+ \|){3}( [01]\.\d+ \|){3}$")
        for mechanism in ["PLAIN", "PLAIN again"]:
            self.assertRegex(done.stdout, rf"(?m)^\| {mechanism} \|( \d+ \|){{3}}( [01]\.\d+ \|){{3}}$")


if __name__ == "__main__":
    unittest.main()
