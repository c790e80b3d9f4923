"""What the rows of the table have in common: the programs of one build, doorward in a scratch directory with the
manifests of a row, the load generator, and measuring two sides in turns."""
import base64
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

from processes import Server, cpu_seconds, say

PASSWORD = "bench-password"
# For whatever disturbs what is measured: its like runs on other machines. A nice value does not do, since a process of nice
# 19 keeps a core for its slice of some milliseconds, too, whoever wakes meanwhile.
WHEN_IDLE = ["chrt", "--idle", "0"]
HEAD = """
apiVersion: admin.enmasse.io/v1beta1
kind: AuthenticationService
metadata: {name: open}
spec: {type: none}
---
apiVersion: admin.enmasse.io/v1beta1
kind: AuthenticationService
metadata: {name: standard}
spec: {type: standard}
---
apiVersion: enmasse.io/v1beta1
kind: AddressSpace
metadata: {name: anyone}
spec: {type: standard, plan: bench, authenticationService: {name: open}}
---
apiVersion: enmasse.io/v1beta1
kind: AddressSpace
metadata: {name: bench}
spec: {type: standard, plan: bench, authenticationService: {name: standard}}
"""
USER = """---
apiVersion: user.enmasse.io/v1beta1
kind: MessagingUser
metadata: {{name: bench.{name}}}
spec:
  username: {name}
  authentication: {authentication}
  authorization:
  - {{operations: [send, recv], addresses: [{addresses}]}}
"""


def user(name, addresses=4, authentication=None):
    """A manifest. Without `authentication` the password is PASSWORD."""
    password = base64.b64encode(PASSWORD.encode()).decode()
    return USER.format(name=name, addresses=", ".join(f"queue-{i}" for i in range(addresses)),
                       authentication=authentication or f"{{type: password, password: {password}}}")


class Row:
    """One line of the table. `figures` is what the JSON has of it; `chart` a Chart, where it scales with something;
    `failed`: what was measured did not do what it was to do, such as a login that failed."""

    def __init__(self, work, aim, measured, figures, chart=None, failed=False):
        self.work, self.aim, self.measured, self.figures = work, aim, measured, figures
        self.chart, self.failed = chart, failed


class Bench:
    def __init__(self, build, options):
        self.build, self.options = build, options
        self.scratch = tempfile.TemporaryDirectory(prefix="doorward-bench-")
        self.made = 0
        self.populations = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.scratch.cleanup()

    @property
    def program(self):
        return self.build / "doorward"

    def tool(self, name):
        return self.build / "tests/bench" / name

    def folder(self):
        """A new one."""
        self.made += 1
        folder = pathlib.Path(self.scratch.name, str(self.made))
        folder.mkdir()
        return folder

    def serve(self, data, *arguments, loops=1):
        """doorward on an existing data directory, or a new one, without manifests."""
        return Server([self.program, "serve", "--data-dir", data, "--amqp", "127.0.0.1:0", "--threads", loops, *arguments],
                      "stderr", r"listening .*")

    def doorward(self, *arguments, users=user("user"), loops=1, folder=None):
        """doorward with two realms: `default-anyone` lets anybody in, `default-bench` has `users`."""
        folder = folder or self.folder()
        (folder / "resources").mkdir()
        (folder / "resources/bench.yaml").write_text(HEAD + users)
        return self.serve(folder / "data", "--resources", folder / "resources", *arguments, loops=loops)

    def floor(self, script):
        return Server([self.tool("bench_floor"), script], "stdout", r"^\d+$")

    def certificate(self):
        """Files of a certificate of P-256 and its key."""
        folder = self.folder()
        files = folder / "tls.crt", folder / "tls.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-keyout", files[1], "-out", files[0]], check=True,
                       capture_output=True)
        return files

    def population(self, users, realms, iterations=4_096):
        """A data directory with so many, by bench_fill; made once, and then for one server at a time."""
        size = users, realms, iterations
        if size not in self.populations:
            kept = self.options.populations and self.options.populations / "-".join(map(str, size))
            folder = kept or self.folder() / "data"
            if not folder.exists():
                part = folder.with_name(folder.name + ".part")
                subprocess.run([self.tool("bench_fill"), "--data-dir", part, "--users", str(users), "--realms", str(realms),
                                "--iterations", str(iterations)], check=True)
                part.rename(folder)
            self.populations[size] = folder
        return self.populations[size]

    def generate(self, port, *arguments):
        """What the load generator says. A login that fails is an error."""
        said = self.try_to_generate(port, *arguments)
        if said.get("failed"):
            sys.exit(f"{said['failed']} logins failed: {said['first_failure']}\n{' '.join(map(str, arguments))}")
        return said

    def try_to_generate(self, port, *arguments):
        """The same where logins may fail."""
        command = [str(self.tool("bench_load")), "--port", str(port), *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if not done.stdout:
            sys.exit(f"the load generator ended by {done.returncode}: {' '.join(command)}")
        return json.loads(done.stdout)

    def script(self, port, who):
        """What a login moves in each round trip, for a floor."""
        return self.generate(port, *who, "--record")["script"]

    def in_turns(self, name, sides):
        """`sides`: (pid, port, arguments of the generator) of two. Microseconds of each one's CPU for a login, and their
        ratio, round by round, so that a machine that changes its mood does so for both."""
        options = self.options
        work = ["--logins", options.logins, "--concurrency", options.concurrency]
        rounds = []
        for number in range(options.rounds + 1):
            costs = []
            for pid, port, arguments in sides if number % 2 else reversed(sides):
                before = cpu_seconds(pid)
                self.generate(port, *arguments, *work)
                costs.append((cpu_seconds(pid) - before) / options.logins * 1e6)
            costs = costs if number % 2 else costs[::-1]
            say(f"  {name} round {number}/{options.rounds}: {costs[0]:.1f} us, beside {costs[1]:.1f} us")
            if number > 0:  # the first warms caches
                rounds.append(costs)
        return Turns(rounds)


class Turns:
    def __init__(self, rounds):
        self.rounds = rounds
        ratios = [ours / other for ours, other in rounds]
        self.us, self.other_us = (statistics.median(side) for side in zip(*rounds))
        self.least_us, self.least_other_us = (min(side) for side in zip(*rounds))
        self.ratio, self.ratio_min, self.ratio_max = statistics.median(ratios), min(ratios), max(ratios)

    @property
    def text(self):
        return (f"{self.ratio:.2f} ({self.ratio_min:.2f} to {self.ratio_max:.2f}; of the least "
                f"{self.least_us / self.least_other_us:.2f}): {self.us:.0f} µs, {self.other_us:.0f} µs")

    @property
    def figures(self):
        return {name: getattr(self, name) for name in
                ["rounds", "us", "other_us", "least_us", "least_other_us", "ratio", "ratio_min", "ratio_max"]}


def account(mechanism, name="user"):
    """Arguments of the generator."""
    realm = "default-anyone" if mechanism == "ANONYMOUS" else "default-bench"
    return ["--realm", realm, "--mechanism", mechanism, "--user", name, "--password", PASSWORD]
