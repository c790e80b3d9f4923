"""`doorward serve` has no descriptor left: whoever comes now waits, on every listener, without costing anything; whoever
is there already is served; and all goes on by itself when there are descriptors again."""
import http.client
import os
import pathlib
import resource
import select
import socket
import ssl
import unittest

from delegate import Delegate, login
from rest_api import RestApi
from scraped import HealthServedTest
from served import PATIENCE, REALM

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

    def ask_health(self, connection):
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def test_where_they_run_out_newcomers_wait_on_each_listener_and_the_others_go_on(self):
        served = self.serve_with_health("--https", "127.0.0.1:0", env=os.environ | {"DOORWARD_CORE_DUMPS": "allow"})
        served.wait_until_listening()
        self.wait_until_ready()
        self.pid = served.process.pid
        amqp = served.addresses["amqp"]
        # From here on she is in memory: a thread that has not read the store yet would need a descriptor for it.
        self.assertTrue(login(amqp, "PLAIN", REALM, "alice", "x"))
        health = http.client.HTTPConnection(*self.health.rsplit(":", 1), timeout=PATIENCE)
        self.addCleanup(health.close)
        with Delegate(amqp) as delegate, RestApi(self.data) as api:
            delegate.mechanisms()
            self.assertEqual(200, api.ask("GET", USERS)[0])
            self.assertEqual(200, self.ask_health(health))
            highest = max(map(int, os.listdir(f"/proc/{self.pid}/fd")))
            self.limit(3)  # what is open stays so
            waiting = {"amqp": connect(amqp), "https": connect(served.addresses["https"]), "health": connect(self.health)}
            for connection in waiting.values():
                self.addCleanup(connection.close)
            waiting["amqp"].sendall(b"AMQP\x03\x01\x00\x00")
            waiting["health"].sendall(b"GET /livez HTTP/1.0\r\n\r\n")
            began = self.cpu_seconds()
            self.assertEqual([], select.select([waiting["amqp"], waiting["health"]], [], [], 1)[0])
            self.assertLess(self.cpu_seconds() - began, 0.5, "it asks again and again")

            self.assertEqual(200, api.ask("GET", USERS)[0])
            self.assertEqual(200, self.ask_health(health))
            delegate.begin("PLAIN", b"\0alice\0x", REALM)
            code, fields = delegate.read_frame()
            self.assertEqual((0x44, 0), (code, fields[0]))
            self.assertEqual("alice", delegate.open()["authenticated-identity"]["sub"])
            self.assertEqual(1, served.log.count("new connections wait"), served.log)

            self.limit(highest + 1_000)
            self.assertEqual(b"AMQP\x03\x01\x00\x00", waiting["amqp"].recv(8))
            waiting["amqp"].close()
            self.assertEqual(b"HTTP/1.0 200", waiting["health"].recv(12))
            context = ssl.create_default_context(cadata=api.authority)
            with context.wrap_socket(waiting["https"], server_hostname="127.0.0.1") as https:
                https.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                self.assertRegex(https.recv(12), b"^HTTP/1.1 ")
        self.assertEqual(0, served.stop())


if __name__ == "__main__":
    unittest.main()
