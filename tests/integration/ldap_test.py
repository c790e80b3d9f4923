"""The LDAP bridge against Debian's slapd on loopback: who is let in, with what; and a directory that is gone, slow or
refuses."""
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from bridge_health import BridgeHealthTest
from delegate import Refused, login
from external_test import bridged
from served import PATIENCE

SLAPD = shutil.which("slapd") or "/usr/sbin/slapd"
BASE = "dc=example,dc=com"
CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
{tls}
database mdb
suffix {base}
rootdn cn=bridge,{base}
rootpw secret
directory {folder}/db
"""
TLS = """
TLSCACertificateFile {folder}/ca.crt
TLSCertificateFile {folder}/ca.crt
TLSCertificateKeyFile {folder}/ca.key
"""
ENTRIES = """
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=com
objectClass: organizationalUnit
ou: groups
"""
PERSON = """
dn: cn={uid},ou=people,dc=example,dc=com
objectClass: inetOrgPerson
cn: {uid}
sn: {uid}
uid: {uid}
userPassword: pencil
"""
GROUP = """
dn: cn=staff,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: staff
member: cn=zoe,ou=people,dc=example,dc=com
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@unittest.skipUnless(pathlib.Path(SLAPD).exists(), "slapd is not installed: deploy/setup tests")
class LdapTest(BridgeHealthTest):
    def setUp(self):
        super().setUp()
        # Debian's profile for slapd keeps it out of other folders than these.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="doorward-slapd-"))
        self.addCleanup(shutil.rmtree, self.directory)
        (self.directory / "db").mkdir()
        self.port = free_port()
        self.slapd = None
        self.secrets = self.folder / "secrets"
        secret = self.secrets / "enmasse-infra" / "directory"
        secret.mkdir(parents=True)
        (secret / "password").write_text("secret\n")

    def start_slapd(self, scheme="ldap"):
        tls = ""
        if scheme == "ldaps" or (self.directory / "ca.crt").exists():
            self.make_certificate()
            tls = TLS.format(folder=self.directory)
        config = self.directory / "slapd.conf"
        config.write_text(CONFIG.format(folder=self.directory, base=BASE, tls=tls))
        if not list((self.directory / "db").iterdir()):
            entries = ENTRIES + PERSON.format(uid="zoe") + PERSON.format(uid="max") + GROUP
            subprocess.run(["slapadd", "-f", config], input=entries, text=True, check=True, capture_output=True,
                           env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        self.slapd = subprocess.Popen([SLAPD, "-d", "0", "-f", config, "-h", f"{scheme}://127.0.0.1:{self.port}"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop_slapd, self.slapd)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), PATIENCE).close()
                return
            except ConnectionRefusedError:
                self.assertIsNone(self.slapd.poll(), "slapd has ended")

    @staticmethod
    def stop_slapd(process):
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait(PATIENCE)

    def make_certificate(self):
        if (self.directory / "ca.crt").exists():
            return
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=directory", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", self.directory / "ca.key", "-out", self.directory / "ca.crt"],
                       check=True, capture_output=True)

    def config(self, **more):
        return {"uri": f"ldap://127.0.0.1:{self.port}", "bindDn": f"cn=bridge,{BASE}",
                "bindPasswordFile": "directory/password", "userBase": f"ou=people,{BASE}",
                "groupBase": f"ou=groups,{BASE}",
                "grants": [{"addresses": ["inbox/{username}"], "operations": ["recv"]},
                           {"group": "staff", "groups": ["manage"], "addresses": ["{group}/*"],
                            "operations": ["send"]}], **more}

    def serve_ldap(self, **more):
        self.write("all.yaml", bridged({"plugin": {"name": "ldap", "config": self.config(**more)},
                                        "timeoutSeconds": 5}))
        return self.serve("--secrets", self.secrets)

    def log_in(self, served, user="zoe", password="pencil"):
        return login(served.addresses["amqp"], "PLAIN", "team1-away", user, password)

    def refused(self, served, user="zoe", password="pencil"):
        with self.assertRaises(Refused) as caught:
            self.log_in(served, user, password)
        return str(caught.exception)

    def test_users_of_a_directory_get_the_rights_of_their_groups(self):
        self.start_slapd()
        served = self.serve_ldap()
        zoe = self.log_in(served)
        self.assertEqual("zoe", zoe["authenticated-identity"]["sub"])
        self.assertEqual({"inbox/zoe": ["recv"], "staff/*": ["send"]}, zoe["address-authz"])
        self.assertEqual(["manage"], zoe["groups"])
        self.assertEqual({"inbox/max": ["recv"]}, self.log_in(served, "max")["address-authz"])

    def test_nobody_else_is_let_in(self):
        self.start_slapd()
        served = self.serve_ldap()
        for user, password in [("zoe", "Pencil"), ("nobody", "pencil"), ("*", "pencil"), ("zo*", "pencil"),
                               ("zoe)(uid=*", "pencil"), ("zoe,ou=people", "pencil"), ("zoe", " ")]:
            self.assertEqual("auth", self.refused(served, user, password), (user, password))

    def test_rights_can_be_those_of_a_stored_user(self):
        self.start_slapd()
        served = self.serve_ldap(rights="stored", userFilter="(cn={username})")
        self.assertEqual("auth", self.refused(served), "no MessagingUser stands for zoe")
        add = PERSON.format(uid="Ann")
        subprocess.run(["ldapadd", "-x", "-H", f"ldap://127.0.0.1:{self.port}", "-D", f"cn=bridge,{BASE}", "-w", "secret"],
                       input=add, text=True, check=True, capture_output=True)
        ann = self.log_in(served, "Ann")
        self.assertEqual("ann", ann["authenticated-identity"]["sub"])
        self.assertEqual({"stored": ["recv"]}, ann["address-authz"])

    def test_a_directory_that_is_gone_comes_back(self):
        self.start_slapd()
        served = self.serve_ldap()
        self.log_in(served)
        self.stop_slapd(self.slapd)
        _, line = served.wait_for("bridge is down .*the directory: ")
        self.assertEqual("sys-temp", self.refused(served))
        self.start_slapd()
        served.wait_for("bridge is up", line)
        self.log_in(served)

    def test_its_space_is_not_ready_while_it_is_down_and_no_other_notices(self):
        self.start_slapd()
        self.check_goes_down_and_comes_back(
            {"plugin": {"name": "ldap", "config": self.config()}}, ["PLAIN"],
            lambda address: login(address, "PLAIN", "team1-away", "zoe", "pencil"),
            lambda: self.stop_slapd(self.slapd), "the directory: ", self.start_slapd)

    def test_a_directory_that_is_slow_ends_its_logins_with_sys_temp(self):
        self.start_slapd()
        served = self.serve_ldap()
        self.log_in(served)
        self.slapd.send_signal(signal.SIGSTOP)
        self.assertEqual("sys-temp", self.refused(served))
        _, line = served.wait_for("bridge is down .*(the directory: |did not answer within)")
        self.slapd.send_signal(signal.SIGCONT)
        served.wait_for("bridge is up", line)
        self.log_in(served)

    def test_a_directory_that_refuses_the_bridge_is_told(self):
        self.start_slapd()
        (self.secrets / "enmasse-infra" / "directory" / "password").write_text("wrong")
        served = self.serve_ldap()
        served.wait_for("bridge is down .*the bridge cannot bind: Invalid credentials")
        self.assertEqual("sys-temp", self.refused(served))

    def test_tls_and_start_tls_with_a_private_ca(self):
        self.make_certificate()
        shutil.copy(self.directory / "ca.crt", self.secrets / "enmasse-infra" / "directory" / "ca.crt")
        for scheme, more in [("ldaps", {"uri": f"ldaps://127.0.0.1:{self.port}"}), ("ldap", {"startTls": True})]:
            self.start_slapd(scheme)
            served = self.serve_ldap(caFile="directory/ca.crt", **more)
            self.assertTrue(self.log_in(served), scheme)
            served.stop()
            untrusting = self.serve_ldap(**more)
            untrusting.wait_for("bridge is down .*the directory: ")
            self.assertEqual("sys-temp", self.refused(untrusting))
            untrusting.stop()
            self.stop_slapd(self.slapd)

    def test_faults_in_the_configuration_are_told(self):
        served = self.serve_ldap(userFilter="(uid=zoe)")
        served.wait_for("bridge is down .*userFilter must contain")


if __name__ == "__main__":
    unittest.main()
