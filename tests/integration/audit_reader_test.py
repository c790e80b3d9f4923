"""The audit goes to a pipe whose reader stops reading, as a log shipper that has no room: no login waits for it, the metric
says so, the setting decides what becomes of logins, and once it reads again it gets a line of every login."""
import fcntl
import os
import threading

from audited import FAILING, AuditedTest


class AuditReaderTest(AuditedTest):
    def stall(self, on_failure):
        os.mkfifo(self.audit)
        reader = os.open(self.audit, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)  # some ten lines
        served = self.serve_with_audit(on_failure)
        while self.sample(FAILING) != 1:
            self.log_in(10)
        before = self.outcomes[:]
        self.assertEqual("ok", before[0])
        meanwhile = self.log_in(40)
        self.assertEqual(0, self.sample("doorward_audit_lost_total"))

        copy = self.folder / "copy.jsonl"
        os.set_blocking(reader, True)

        def read():
            with copy.open("wb") as file:
                while data := os.read(reader, 65536):
                    file.write(data)

        reading = threading.Thread(target=read)
        reading.start()
        self.addCleanup(reading.join)
        self.wait_for_sample(FAILING, 0)
        self.assertEqual(["ok", "ok"], self.log_in(2))
        self.assertEqual(0, served.stop())
        reading.join()
        self.assert_nothing_lost_or_twice(served, copy)
        return set(meanwhile)

    def test_logins_go_on_while_nobody_reads(self):
        self.assertEqual({"ok"}, self.stall("continue"))

    def test_logins_are_refused_while_nobody_reads_where_that_is_wanted(self):
        self.assertEqual({"sys-temp"}, self.stall("refuse"))


if __name__ == "__main__":
    import unittest
    unittest.main()
