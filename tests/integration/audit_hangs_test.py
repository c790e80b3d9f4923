"""The disk under the audit hangs (libhanging_disk: neither write nor fdatasync returns): no login waits for it, the metric and
the log say so, the setting decides what becomes of logins, and when the disk answers again every login has its line."""
import fcntl
import os
import pathlib
import signal

from audited import FAILING, AuditedTest
from served import DOORWARD

HANGS = "error .*audit hangs: its disk does not answer"
LIBRARY = pathlib.Path(DOORWARD).parent / "tests/integration/libhanging_disk.so"


class AuditHangsTest(AuditedTest):
    def setUp(self):
        super().setUp()
        self.gate = self.folder / "gate"
        self.gate.touch()

    def serve_on_the_disk(self, on_failure):
        return self.serve_with_audit(on_failure, env=os.environ | {
            "LD_PRELOAD": str(LIBRARY), "DOORWARD_HANGS": str(self.audit), "DOORWARD_HANGS_WHILE": str(self.gate)})

    def hang(self, on_failure):
        """Through a hang that lasts until all was seen, and the end."""
        served = self.serve_on_the_disk(on_failure)
        self.assertEqual(["ok"], self.log_in())
        with self.gate.open() as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            # Taken as ever, before anybody can know that the disk will not answer.
            self.assertIn("ok", self.log_in())
            self.wait_for_sample(FAILING, 1)
            served.wait_for(HANGS + {"refuse": ".*logins=refused", "continue": ".*go on"}[on_failure])
            meanwhile = self.log_in(40)
            self.assertEqual(0, self.sample("doorward_audit_lost_total"))
            fcntl.flock(gate, fcntl.LOCK_UN)
        served.wait_for("audit's disk answers again")
        self.wait_for_sample(FAILING, 0)
        self.assertEqual(["ok", "ok"], self.log_in(2))
        self.assertEqual(0, served.stop())
        self.assert_nothing_lost_or_twice(served, self.audit)
        return set(meanwhile)

    def test_logins_go_on_while_the_disk_hangs(self):
        self.assertEqual({"ok"}, self.hang("continue"))

    def test_logins_are_refused_while_the_disk_hangs_where_that_is_wanted(self):
        self.assertEqual({"sys-temp"}, self.hang("refuse"))

    def test_who_is_stopped_waits_for_the_disk_until_a_second_signal(self):
        served = self.serve_on_the_disk("continue")
        with self.gate.open() as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            self.assertEqual(["ok"], self.log_in())
            served.signal(signal.SIGTERM)
            served.wait_for(HANGS)
            self.assertIsNone(served.process.poll())
            served.signal(signal.SIGTERM)
            self.assertEqual(-signal.SIGTERM, served.wait())


if __name__ == "__main__":
    import unittest
    unittest.main()
