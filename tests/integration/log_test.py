"""Where the log goes, and how it looks there."""
import os
import subprocess
import unittest

from served import DOORWARD, PATIENCE, ServedTest


class LogTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.data.mkdir(0o700)
        (self.data / "doorward.db").write_text("no database" * 1_000)

    def log_of_a_refused_start(self, stream, *arguments):
        """Lines of standard error, which is a file; `stream` of it is what systemd says of the journal."""
        path = self.folder / "log"
        with open(path, "wb") as log:
            found = os.fstat(log.fileno())
            environment = dict(os.environ, JOURNAL_STREAM=stream.format(device=found.st_dev, inode=found.st_ino))
            done = subprocess.run([DOORWARD, "serve", "--data-dir", self.data, "--amqp", "127.0.0.1:0", "--health",
                                   "127.0.0.1:0", *arguments], stderr=log, env=environment, timeout=PATIENCE)
        self.assertNotEqual(0, done.returncode)
        return path.read_text().splitlines()

    def test_in_the_journal_each_line_has_its_priority(self):
        lines = self.log_of_a_refused_start("{device}:{inode}")
        self.assertRegex(lines[-1], r"^<3>\d{4}-\d\d-\d\dT\S+Z error not started ")
        self.assertRegex(lines[0], r"^<6>\S+Z info health port open ")
        config = self.folder / "doorward.yaml"
        config.write_text("log: {format: json}\n")
        for line in self.log_of_a_refused_start("{device}:{inode}", "--config", config):
            self.assertRegex(line, r'^<[3-7]>\{"time":')

    def test_elsewhere_no_line_has_one(self):
        for stream in ["{device}:1{inode}", "1{device}:{inode}", "", "{device}", "{device}:{inode} "]:
            for line in self.log_of_a_refused_start(stream):
                self.assertRegex(line, r"^\d{4}-\d\d-\d\dT", stream)


if __name__ == "__main__":
    unittest.main()
