"""The relay, which is EnMasse's own `external`, against a second doorward as the other service."""
import json
import shutil
import socket
import subprocess
import threading
import unittest

from bridge_health import STANDARD, BridgeHealthTest
from delegate import AMQP_HEADER, SASL_HEADER, Delegate, Refused, binary, frame, login, performative, symbol, text
from external_test import bridged
from served import PLAN, Served, service, space, user

REALM = "team1-away"


EVERY_BYTE = bytes(range(256))


class Recorder:
    """A service that challenges with every byte, keeps what comes, and ends as it is told: an outcome and its data."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.heard, self.ends_with = [], (0, None)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            peer = Delegate.__new__(Delegate)
            try:
                peer.socket, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                try:
                    self.converse(peer)
                except (EOFError, ConnectionError):
                    continue  # the bridge's check, which is over when it has the offer

    def converse(self, peer):
        peer.read(8)
        peer.socket.sendall(SASL_HEADER + frame(1, performative(0x40, symbol("X-BYTES"))))
        _, init = peer.read_frame()
        peer.socket.sendall(frame(1, performative(0x42, binary(EVERY_BYTE))))
        _, response = peer.read_frame()
        self.heard.append((init[0], init[1], init[2], response[0]))
        code, data = self.ends_with
        peer.socket.sendall(frame(1, performative(0x44, b"\x50" + bytes([code]), data if data is None else binary(data))))
        if code == 0:
            assert peer.read(8) == AMQP_HEADER
            peer.read_frame()
            peer.socket.sendall(AMQP_HEADER + frame(0, performative(0x10, text("recorder"))))
            peer.read_frame()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class RelayTest(BridgeHealthTest):
    def setUp(self):
        super().setUp()
        self.other_resources = self.folder / "other"
        self.other_resources.mkdir()
        self.other_data = self.folder / "other-data"
        self.secrets = self.folder / "secrets"
        self.ca = self.secrets / "enmasse-infra" / "other-ca"
        self.ca.mkdir(parents=True)

    def start_other(self, *flags, type="standard", amqp="127.0.0.1:0", password="pencil"):
        """The other service: bob may use orders/*, in the same realm."""
        (self.other_resources / "all.yaml").write_text(
            service(type=type) + space("away") + user("bob", password, space="away"))
        self.running.append(Served("--data-dir", self.other_data, "--resources", self.other_resources,
                                   "--amqp", amqp, "--threads", "1", *flags))
        return self.running[-1].wait_until_listening()

    def serve_relay(self, address, **external):
        host, _, port = address.rpartition(":")
        self.write("all.yaml", bridged({"host": host, "port": int(port), **external}))
        return self.serve("--secrets", self.secrets)

    def refused(self, served, mechanism, password):
        with self.assertRaises(Refused) as caught:
            login(served.addresses["amqp"], mechanism, REALM, "bob", password)
        return str(caught.exception)

    def test_identity_groups_and_addresses_come_from_the_other_service(self):
        served = self.serve_relay(self.start_other().addresses["amqp"])
        for mechanism in ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"]:
            bob = login(served.addresses["amqp"], mechanism, REALM, "bob", "pencil")
            self.assertEqual("bob", bob["authenticated-identity"]["sub"], mechanism)
            self.assertEqual({"orders/*": ["send", "recv"]}, bob["address-authz"], mechanism)
            self.assertEqual("auth", self.refused(served, mechanism, "Pencil"), mechanism)

    def test_it_offers_what_the_other_service_offers(self):
        other = self.start_other().addresses["amqp"]
        served = self.serve_relay(other)
        with Delegate(other) as direct, Delegate(served.addresses["amqp"]) as relayed:
            self.assertEqual(direct.mechanisms(), relayed.mechanisms())

    def test_a_service_without_limits_gives_every_address_and_no_more(self):
        served = self.serve_relay(self.start_other(type="none").addresses["amqp"])
        bob = login(served.addresses["amqp"], "PLAIN", REALM, "bob", "whatever")
        self.assertEqual("bob", bob["authenticated-identity"]["sub"])
        self.assertEqual({"*": ["send", "recv"]}, bob["address-authz"])
        self.assertEqual(["manage"], bob["groups"])

    def test_a_service_that_goes_and_comes_back(self):
        other = self.start_other()
        address = other.addresses["amqp"]
        served = self.serve_relay(address)
        self.assertTrue(login(served.addresses["amqp"], "PLAIN", REALM, "bob", "pencil"))
        other.stop()
        _, line = served.wait_for("bridge is down .*the other service: it cannot be connected to: ECONNREFUSED")
        self.assertEqual("sys-temp", self.refused(served, "PLAIN", "pencil"))
        self.start_other(amqp=address)
        served.wait_for("bridge is up", line)
        self.assertTrue(login(served.addresses["amqp"], "PLAIN", REALM, "bob", "pencil"))

    def test_its_space_is_not_ready_while_it_is_down_and_no_other_notices(self):
        other = self.start_other()
        address = other.addresses["amqp"]
        host, _, port = address.rpartition(":")
        self.check_goes_down_and_comes_back(
            {"host": host, "port": int(port)}, STANDARD,
            lambda away: login(away, "SCRAM-SHA-256", REALM, "bob", "pencil"),
            other.stop, "the other service: it cannot be connected to", lambda: self.start_other(amqp=address))

    def test_a_service_that_was_not_there_at_the_start(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % probe.getsockname()[1]
        served = self.serve_relay(address)
        _, line = served.wait_for("bridge is down")
        self.start_other(amqp=address)
        served.wait_for("bridge is up", line)
        self.assertTrue(login(served.addresses["amqp"], "SCRAM-SHA-256", REALM, "bob", "pencil"))

    def test_a_space_may_name_another_place_where_the_service_allows_it(self):
        first = self.start_other()
        host, _, port = first.addresses["amqp"].rpartition(":")
        self.other_resources, self.other_data = self.folder / "second", self.folder / "second-data"
        self.other_resources.mkdir()
        second = self.start_other(password="crayon")
        place = "{host: %s, port: %s}" % tuple(second.addresses["amqp"].rpartition(":")[::2])
        near = space("near", service="bridged")
        far = space("away", service="bridged") + f"    overrides: {place}\n"

        def resources(allowed):
            return PLAN + bridged({"host": host, "port": int(port), "allowOverride": allowed}).replace(
                space("away", service="bridged"), far) + near

        self.write("all.yaml", resources(True))
        served = self.serve("--secrets", self.secrets)
        served.wait_for("bridge is up .*bridged at ")
        self.assertEqual("auth", self.refused(served, "SCRAM-SHA-256", "pencil"), "the first one's password")
        bob = login(served.addresses["amqp"], "SCRAM-SHA-256", REALM, "bob", "crayon")
        self.assertEqual("bob", bob["authenticated-identity"]["sub"])

        second.stop()
        served.wait_for("bridge is down .*bridged at .*the other service: it cannot be connected to")
        served.wait_for("address space is not ready .*team1/away.*bridged at ")
        self.assertEqual("sys-temp", self.refused(served, "SCRAM-SHA-256", "crayon"))
        self.assertNotRegex(served.log, "address space is not ready .*team1/near")

        self.write("all.yaml", resources(False))
        served.wait_for("team1/away.*overrides names another host or port, which does not count")
        self.assertTrue(login(served.addresses["amqp"], "SCRAM-SHA-256", REALM, "bob", "pencil"))

    def test_a_service_that_is_none(self):
        """It accepts, and says something else than AMQP, or nothing at all."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            address = "127.0.0.1:%d" % listener.getsockname()[1]
            accepted = []

            def answer():
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    accepted.append(connection)

            thread = threading.Thread(target=answer)
            thread.start()
            try:
                served = self.serve_relay(address)
                served.wait_for("bridge is down .*the other service: it speaks another protocol")
                self.assertEqual("sys-temp", self.refused(served, "PLAIN", "pencil"))
            finally:
                listener.shutdown(socket.SHUT_RDWR)
                thread.join()
                for connection in accepted:
                    connection.close()

    def test_bytes_go_through_as_they_are_in_both_directions(self):
        other = Recorder()
        self.addCleanup(other.stop)
        served = self.serve_relay(other.address)
        other.ends_with = (1, b"why not")
        for initial in [None, b"", EVERY_BYTE, b"\0" * 15_000]:
            for response in [b"", EVERY_BYTE, b"\xff" * 15_000]:
                with Delegate(served.addresses["amqp"]) as client:
                    self.assertEqual(["X-BYTES"], client.mechanisms())
                    client.socket.sendall(frame(1, performative(
                        0x41, symbol("X-BYTES"), initial if initial is None else binary(initial), text(REALM))))
                    self.assertEqual((0x42, [EVERY_BYTE]), client.read_frame())
                    client.respond(response)
                    code, fields = client.read_frame()
                    self.assertEqual((0x44, [1]), (code, fields[:1]))
                self.assertEqual(("X-BYTES", initial, REALM, response), other.heard.pop(), "none is not an empty one")
        self.assertEqual([], other.heard)

    def test_outcomes_are_handed_on_as_far_as_a_plugin_can_say_them(self):
        other = Recorder()
        self.addCleanup(other.stop)
        served = self.serve_relay(other.address)
        for code, outcome in [(3, 2), (1, 1), (2, 2), (4, 4)]:
            other.ends_with = (code, None)
            with Delegate(served.addresses["amqp"]) as client:
                client.mechanisms()
                client.begin("X-BYTES", b"x", REALM)
                client.read_frame()
                client.respond(b"y")
                self.assertEqual(outcome, client.read_frame()[1][0], code)
            if code == 3:
                served.wait_for("the other service ends with a fault that will last .sys-perm.")

    def test_a_client_certificate_introduces_the_bridge(self):
        self.make_certificate("IP:127.0.0.1", self.folder)
        ours = self.secrets / "enmasse-infra" / "ours"
        ours.mkdir()
        self.make_certificate("DNS:bridge", ours)
        shutil.copy(ours / "tls.crt", self.folder / "bridge.crt")
        shutil.copy(self.folder / "tls.crt", self.ca / "ca.crt")
        config = self.folder / "other.yaml"
        config.write_text(json.dumps({
            "amqp": {"listeners": [{"address": "127.0.0.1:0", "tls": True, "clientCertificates": "required"}]},
            "tls": {"certificate": str(self.folder / "tls.crt"), "key": str(self.folder / "tls.key"),
                    "clientCa": str(self.folder / "bridge.crt")}}))
        (self.other_resources / "all.yaml").write_text(service() + space("away") + user("bob", "pencil", space="away"))
        self.running.append(Served("--data-dir", self.other_data, "--resources", self.other_resources,
                                   "--config", config, "--threads", "1"))
        other = self.running[-1].wait_until_listening().addresses["amqps"]
        served = self.serve_relay(other, caCertSecret={"name": "other-ca"}, clientCertSecret={"name": "ours"})
        self.assertTrue(login(served.addresses["amqp"], "SCRAM-SHA-256", REALM, "bob", "pencil"))
        self.make_certificate("DNS:somebody", ours)  # another key, which the other side does not know
        served.wait_for("bridge is down .*the other service: ")
        self.assertEqual("sys-temp", self.refused(served, "PLAIN", "pencil"))

    def make_certificate(self, name, folder):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=other", "-addext", f"subjectAltName={name}",
                        "-keyout", folder / "tls.key", "-out", folder / "tls.crt"], check=True, capture_output=True)

    def test_tls_with_a_private_ca_and_no_other(self):
        self.make_certificate("IP:127.0.0.1", self.folder)
        other = self.start_other("--amqps", "127.0.0.1:0", "--tls-cert", self.folder / "tls.crt",
                                 "--tls-key", self.folder / "tls.key").addresses["amqps"]
        shutil.copy(self.folder / "tls.crt", self.ca / "ca.crt")
        served = self.serve_relay(other, caCertSecret={"name": "other-ca"})
        self.assertTrue(login(served.addresses["amqp"], "SCRAM-SHA-256", REALM, "bob", "pencil"))
        self.make_certificate("IP:127.0.0.1", self.ca)  # somebody else's
        shutil.move(self.ca / "tls.crt", self.ca / "ca.crt")
        served.wait_for("bridge is down .*its certificate is refused")
        self.assertEqual("sys-temp", self.refused(served, "PLAIN", "pencil"))


if __name__ == "__main__":
    unittest.main()
