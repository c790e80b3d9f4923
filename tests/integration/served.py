"""Runs the real `doorward serve` for a test, on ports that the kernel chooses, and reads its log as it is written."""
import base64
import mmap
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

DOORWARD = os.environ["DOORWARD"]
# For what has to happen at all; no test passes or fails by how long it took.
PATIENCE = 60
# That of the address space below.
REALM = "team1-shop"

SERVICE = """
apiVersion: admin.enmasse.io/v1beta1
kind: AuthenticationService
metadata:
  name: {name}
  namespace: enmasse-infra
spec:
  type: {type}
"""
SPACE = """
---
apiVersion: enmasse.io/v1beta1
kind: AddressSpace
metadata:
  name: {name}
  namespace: {namespace}
spec:
  type: standard
  plan: small
  authenticationService:
    name: {service}
"""
# What makes the spaces below ready.
PLAN = """
---
apiVersion: admin.enmasse.io/v1beta1
kind: StandardInfraConfig
metadata: {name: small, namespace: enmasse-infra}
spec: {}
---
apiVersion: admin.enmasse.io/v1beta2
kind: AddressPlan
metadata: {name: queue, namespace: enmasse-infra}
spec: {addressType: queue, resources: {broker: 0.1}}
---
apiVersion: admin.enmasse.io/v1beta2
kind: AddressSpacePlan
metadata: {name: small, namespace: enmasse-infra}
spec: {addressSpaceType: standard, infraConfigRef: small, addressPlans: [queue], resourceLimits: {broker: 1.0}}
"""
USER = """
---
apiVersion: user.enmasse.io/v1beta1
kind: MessagingUser
metadata:
  name: {space}.{user}
  namespace: {namespace}
spec:
  username: {user}
  authentication:
    type: password
    password: {password}
  authorization:
  - addresses: ["orders/*"]
    operations: [send, recv]
"""


def service(name="standard-authservice", type="standard"):
    return SERVICE.format(name=name, type=type)


def space(name="shop", namespace="team1", service="standard-authservice"):
    return SPACE.format(name=name, namespace=namespace, service=service)


def user(name, password, space="shop", namespace="team1"):
    return USER.format(user=name, space=space, namespace=namespace,
                       password=base64.b64encode(password.encode()).decode())


def self_signed(folder):
    """A certificate of `doorward.test` and of loopback: flags for the server, and what a client needs to believe it."""
    key, certificate = folder / "tls.key", folder / "tls.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=doorward", "-addext", "subjectAltName=DNS:doorward.test,IP:127.0.0.1", "-keyout", key,
                    "-out", certificate], check=True, capture_output=True)
    return ["--tls-cert", certificate, "--tls-key", key], ssl.create_default_context(cafile=certificate)


def sanitized():
    """Whether the program is one with a sanitizer in it, which is slow and gives memory back late."""
    with open(DOORWARD, "rb") as program, mmap.mmap(program.fileno(), 0, access=mmap.ACCESS_READ) as code:
        return any(code.find(name) >= 0 for name in [b"__asan_init", b"__tsan_init"])


class Served:
    """One process of the program. `addresses` is what it listens on, by `amqp` and `amqps`."""

    def __init__(self, *arguments, program=None, **popen):
        self.process = subprocess.Popen([*(program or [DOORWARD]), "serve", *map(str, arguments)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **popen)
        self.lines, self.grown, self.ended = [], threading.Condition(), False
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.grown:
                self.lines.append(line.decode())
                self.grown.notify_all()
        with self.grown:
            self.ended = True
            self.grown.notify_all()

    @property
    def log(self):
        with self.grown:
            return "".join(self.lines)

    def wait_for(self, pattern, start=0):
        """The match in the first line, from `start` on, that has the pattern; and the number of the line after it."""
        deadline = time.monotonic() + PATIENCE
        with self.grown:
            while True:
                for number in range(start, len(self.lines)):
                    if found := re.search(pattern, self.lines[number]):
                        return found, number + 1
                start = len(self.lines)
                if self.ended or not self.grown.wait(deadline - time.monotonic()):
                    raise AssertionError(f"no line with {pattern!r} in\n" + "".join(self.lines))

    def wait_until_listening(self):
        found, _ = self.wait_for(r" listening (.*)")
        self.addresses = {}
        for pair in found.group(1).split():
            name, _, addresses = pair.partition("=")
            self.addresses[name] = addresses.split(",")[0]
        return self

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """The exit code."""
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        self.process.stdout.close()
        return code

    def stop(self):
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.wait()


class ServedTest(unittest.TestCase):
    """A folder for each test, with `resources/` and `data/` in it; whatever was started is stopped."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="doorward-"))
        self.resources = self.folder / "resources"
        self.data = self.folder / "data"
        self.resources.mkdir()
        self.running = []
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(self.kill_what_runs)

    def kill_what_runs(self):
        for served in self.running:
            if served.process.poll() is None:
                served.process.kill()
            served.wait()

    def write(self, name, text):
        """In one step, as an editor that can be trusted does."""
        fresh = self.resources / f".{name}.new"
        fresh.write_text(text)
        fresh.rename(self.resources / name)

    def start(self, *arguments, resources=True, amqp="127.0.0.1:0", **popen):
        """Does not wait for anything."""
        flags = ["--data-dir", self.data, "--amqp", amqp, "--threads", "2"]
        if resources:
            flags += ["--resources", self.resources]
        self.running.append(Served(*flags, *arguments, **popen))
        return self.running[-1]

    def serve(self, *arguments, **options):
        return self.start(*arguments, **options).wait_until_listening()
