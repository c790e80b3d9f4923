"""A Kerberos realm of a test's own: Debian's KDC on loopback, in a folder, on a port that nobody else has. What it
makes is for those who are given its environment; the host's Kerberos is neither read nor changed."""
import os
import pathlib
import shutil
import socket
import subprocess

from served import PATIENCE

REALM = "EXAMPLE.TEST"
KRB5_CONF = """
[libdefaults]
default_realm = {realm}
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
clockskew = {clockskew}
[realms]
{realm} = {{
  kdc = 127.0.0.1:{port}
}}
"""
KDC_CONF = """
[kdcdefaults]
kdc_listen = 127.0.0.1:{port}
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
}}
[logging]
kdc = FILE:{folder}/kdc.log
"""


def find(program):
    return shutil.which(program) or f"/usr/sbin/{program}"


INSTALLED = all(pathlib.Path(find(name)).exists() for name in ("krb5kdc", "kdb5_util", "kadmin.local", "kinit"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Kdc:
    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        folder.mkdir()
        (folder / "kdc.conf").write_text(KDC_CONF.format(folder=folder, port=self.port, realm=REALM))
        self.env = self.environment()
        self.run("kdb5_util", "create", "-r", REALM, "-s", "-P", "of the database")

    def environment(self, clockskew=300):
        """For a client or server in this realm, with clocks that may differ by so many seconds."""
        config = self.folder / f"krb5-{clockskew}.conf"
        config.write_text(KRB5_CONF.format(port=self.port, realm=REALM, clockskew=clockskew))
        return {**os.environ, "KRB5_CONFIG": str(config), "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
                "KRB5CCNAME": f"FILE:{self.folder}/no-tickets", "KRB5_KTNAME": f"FILE:{self.folder}/no-keys"}

    def run(self, program, *arguments, env=None, **options):
        return subprocess.run([find(program), *map(str, arguments)], env=env or self.env, check=True, text=True,
                              capture_output=True, timeout=PATIENCE, **options)

    def administer(self, *commands):
        answer = self.run("kadmin.local", "-r", REALM, input="\n".join(commands) + "\n")
        assert "while" not in answer.stderr, answer.stderr

    def start(self):
        self.process = subprocess.Popen([find("krb5kdc"), "-n", "-r", REALM], env=self.env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), PATIENCE).close()
            except ConnectionRefusedError:
                assert self.process.poll() is None, "the KDC has ended"

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait(PATIENCE)

    def tickets(self, principal, password, *options):
        """The environment of a user who has logged in to the realm."""
        cache = self.folder / f"tickets-{principal.replace('/', '-')}"
        env = {**self.env, "KRB5CCNAME": f"FILE:{cache}"}
        self.run("kinit", *options, principal, env=env, input=f"{password}\n")
        return env
