"""What the tests of the health port share: `doorward serve --health`, and a look at one series of its metrics."""
import http.client
import re
import time

from served import PATIENCE, PLAN, ServedTest, service, space, user


class HealthServedTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space() + user("alice", "x") + PLAN)

    def serve_with_health(self, *arguments, **options):
        served = self.start("--health", "127.0.0.1:0", *arguments, **options)
        found, _ = served.wait_for(r"health port open health=(\S+)")
        self.health = found.group(1)
        return served

    def get(self, path, **headers):
        """Status and text."""
        host, port = self.health.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def wait_until_ready(self):
        """A login has less than a second, which is long, but not on every machine at every time."""
        deadline = time.monotonic() + PATIENCE
        while (answer := self.get("/readyz"))[0] != 200:
            self.assertLess(time.monotonic(), deadline, answer)
        return answer

    def sample(self, series):
        """The value of one series of a scrape, None where it is not there."""
        found = re.search(rf"^{re.escape(series)} (\S+)$", self.get("/metrics")[1], re.MULTILINE)
        return float(found.group(1)) if found else None

    def wait_for_sample(self, series, value):
        deadline = time.monotonic() + PATIENCE
        while self.sample(series) != value:
            self.assertLess(time.monotonic(), deadline, self.get("/metrics")[1])
