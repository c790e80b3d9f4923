"""Scrapes with 10,000 address spaces, while logins go on in more of them than have series of their own: how many series
there are is bounded, and readiness and logins go on meanwhile. How long a scrape takes and how large it is, is printed;
nothing passes or fails by that."""
import itertools
import re
import statistics
import threading
import time
import unittest

from delegate import login
from scraped import HealthServedTest
from served import PATIENCE, PLAN, service, space

SPACES = 10_000
REALMS = 1_000  # that have series of their own (LoginMetrics::max_realms); the others share one
SCRAPES = 10


class Background:
    """Does something again and again beside the test, until the end of the block, which raises what it raised."""

    def __init__(self, work):
        self.work, self.done, self.over, self.fault = work, 0, False, None
        self.turn = threading.Condition()  # guards what is above
        self.thread = threading.Thread(target=self.run)

    def run(self):
        fault = None
        while not self.over and fault is None:
            try:
                self.work()
            except Exception as raised:  # of the other thread: raised again in __exit__
                fault = raised
            with self.turn:
                self.done, self.fault = self.done + 1, fault
                self.turn.notify_all()

    def wait_for(self, times):
        """That it has been done as often again."""
        with self.turn:
            wanted = self.done + times
            assert self.turn.wait_for(lambda: self.done >= wanted or self.fault, PATIENCE), f"{self.done} of {wanted}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join()
        if self.fault:
            raise self.fault


class ManySpacesTest(HealthServedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", service("anybody", "none") + PLAN + "".join(
            space(f"space{number}", service="anybody") for number in range(SPACES)))

    def scrape(self):
        began = time.monotonic()
        status, text = self.get("/metrics")
        self.assertEqual(200, status)
        return time.monotonic() - began, text

    @staticmethod
    def series(text, label=""):
        return sum(not line.startswith("#") and label in line for line in text.splitlines())

    def test_scrapes_with_10000_address_spaces_are_bounded_and_hold_up_nobody(self):
        # Within the patience of `wait_for`, so that the folder is read before anybody listens.
        served = self.serve_with_health().wait_until_listening()
        address = served.addresses["amqp"]
        self.wait_for_sample("address_space_status_ready", SPACES)
        realms = itertools.cycle(f"team1-space{number}" for number in range(SPACES))
        _, alone = self.scrape()
        with Background(lambda: login(address, "ANONYMOUS", next(realms))) as logins:
            logins.wait_for(REALMS + 100)
            with Background(self.wait_until_ready) as ready:
                scrapes = []
                for _ in range(SCRAPES):
                    scrapes.append(self.scrape())
                    logins.wait_for(1)
                    ready.wait_for(1)
        text = scrapes[-1][1]
        named = set(re.findall(r'^doorward_logins_total\{realm="([^"]+)"', text, re.MULTILINE))
        self.assertEqual(REALMS + 1, len(named))
        self.assertIn("other", named)
        self.assertEqual(*(self.series(page, "realm=") for page in (scrapes[0][1], text)), "while further realms log in")
        print(f"{SPACES} address spaces, {logins.done} logins: {self.series(alone)} series and {len(alone)} bytes before "
              f"the first login, {self.series(text)} and {len(text)} with {len(named)} realms; a scrape beside logins takes "
              f"{statistics.median(took for took, _ in scrapes) * 1000:.0f} ms, the longest "
              f"{max(took for took, _ in scrapes) * 1000:.0f} ms")


if __name__ == "__main__":
    unittest.main()
