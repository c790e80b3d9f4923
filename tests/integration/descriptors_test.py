"""`doorward serve` has no descriptor left: whoever comes now waits, on every listener, without costing anything; whoever
is there already is served; and all goes on by itself when there are descriptors again."""
import contextlib
import http.client
import os
import pathlib
import resource
import select
import socket
import ssl
import time
import unittest

from delegate import Delegate, login
from rest_api import RestApi
from scraped import HealthServedTest
from served import PATIENCE, REALM, self_signed

USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"


def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


class DescriptorsTest(HealthServedTest):
    def limit(self, soft):
        _, hard = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (soft, hard))

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def sockets(self):
        count = 0
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                count += os.readlink(f"/proc/{self.pid}/fd/{name}").startswith("socket:")
        return count

    def wait_until_accepted(self, before, connections):
        deadline = time.monotonic() + PATIENCE
        while self.sockets() < before + connections:
            self.assertLess(time.monotonic(), deadline, "they are not accepted")

    def ask_health(self, connection):
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def hello(self, connection, tls):
        """The connection, on which the client's hello has been sent."""
        secure = tls.wrap_socket(connection, server_hostname="127.0.0.1", do_handshake_on_connect=False)
        self.addCleanup(secure.close)
        secure.setblocking(False)
        with contextlib.suppress(ssl.SSLWantReadError):
            secure.do_handshake()
        return secure

    def finish(self, secure):
        secure.settimeout(PATIENCE)
        secure.do_handshake()

    def assert_speaks_https(self, secure):
        self.finish(secure)
        secure.sendall(b"GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        self.assertEqual(b"HTTP/1.1 200", secure.recv(12))

    def assert_logs_in(self, delegate, begun=True):
        if not begun:
            delegate.mechanisms()
        delegate.begin("PLAIN", b"\0alice\0x", REALM)
        code, fields = delegate.read_frame()
        self.assertEqual((0x44, 0), (code, fields[0]))
        self.assertEqual("alice", delegate.open()["authenticated-identity"]["sub"])

    def delegate_on(self, secure):
        """A delegate whose TLS is to be finished."""
        self.finish(secure)
        delegate = Delegate.__new__(Delegate)
        delegate.socket = secure
        return delegate

    def serve_on_all_doors(self):
        flags, self.tls = self_signed(self.folder)
        # Nobody's time is over before all has been seen.
        config = self.folder / "doorward.yaml"
        config.write_text("limits: {loginTimeout: 5m}\n")
        served = self.serve_with_health("--config", config, "--https", "127.0.0.1:0", "--amqps", "127.0.0.1:0", *flags,
                                        env=os.environ | {"DOORWARD_CORE_DUMPS": "allow"})
        served.wait_until_listening()
        self.wait_until_ready()
        self.pid = served.process.pid
        return served

    def test_where_they_run_out_newcomers_wait_on_each_listener_and_the_others_go_on(self):
        served = self.serve_on_all_doors()
        amqp, amqps, https = (served.addresses[door] for door in ["amqp", "amqps", "https"])
        # From here on she is in memory: a thread that has not read the store yet would need a descriptor for it.
        self.assertTrue(login(amqp, "PLAIN", REALM, "alice", "x"))
        health = http.client.HTTPConnection(*self.health.rsplit(":", 1), timeout=PATIENCE)
        self.addCleanup(health.close)
        with Delegate(amqp) as delegate, Delegate(amqps, self.tls, "127.0.0.1") as secure, RestApi(self.data) as api:
            delegate.mechanisms()
            secure.mechanisms()
            self.assertEqual(200, api.ask("GET", USERS)[0])
            self.assertEqual(200, self.ask_health(health))
            # Two have been accepted, and TLS has not begun.
            accepted = self.sockets()
            early = [connect(amqps), connect(https)]
            self.wait_until_accepted(accepted, len(early))
            highest = max(map(int, os.listdir(f"/proc/{self.pid}/fd")))
            self.limit(3)  # what is open stays so
            self.assert_logs_in(self.delegate_on(self.hello(early[0], self.tls)), begun=False)
            self.assert_speaks_https(self.hello(early[1], self.tls))
            waiting = {"amqp": connect(amqp), "health": connect(self.health),
                       "amqps": self.hello(connect(amqps), self.tls), "https": self.hello(connect(https), self.tls)}
            for name in ["amqp", "health"]:
                self.addCleanup(waiting[name].close)
            waiting["amqp"].sendall(b"AMQP\x03\x01\x00\x00")
            waiting["health"].sendall(b"GET /livez HTTP/1.0\r\n\r\n")
            began = self.cpu_seconds()
            self.assertEqual([], select.select(waiting.values(), [], [], 1)[0])
            self.assertLess(self.cpu_seconds() - began, 0.5, "it asks again and again")

            self.assertEqual(200, api.ask("GET", USERS)[0])
            self.assertEqual(200, self.ask_health(health))
            self.assert_logs_in(delegate)
            self.assert_logs_in(secure)
            self.assertEqual([], select.select(waiting.values(), [], [], 0)[0], "they wait still")
            self.assertEqual(2, served.log.count("new connections wait"), served.log)

            self.limit(highest + 1_000)
            self.assertEqual(b"AMQP\x03\x01\x00\x00", waiting["amqp"].recv(8))
            waiting["amqp"].close()
            self.assertEqual(b"HTTP/1.0 200", waiting["health"].recv(12))
            self.assert_logs_in(self.delegate_on(waiting["amqps"]), begun=False)
            self.assert_speaks_https(waiting["https"])
        self.assertEqual(0, served.stop())


if __name__ == "__main__":
    unittest.main()
