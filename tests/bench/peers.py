"""What a user would otherwise run, each started by the bench on loopback, with a folder and ports of its own and the account
u0 with the password of the bench. Nothing of the host's own services is touched. A context manager each; `version` is None
where it is not installed."""
import base64
import contextlib
import hashlib
import hmac
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

from bench import PASSWORD

ITERATIONS = 32_768
USER = "u0"
PATIENCE = 120  # seconds for a start


def tree(pid):
    """A process and all below it."""
    pids = [pid]
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in os.listdir(f"/proc/{pid}/task"):
            children = pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text()
            pids += [each for child in children.split() for each in tree(int(child))]
    return pids


def cpu_of_all(pids):
    """Seconds, with those of threads that have ended."""
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])  # utime, stime: proc(5)
    return ticks / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer:
    def __init__(self, folder):
        self.folder, self.running = folder, []

    def start(self, command, **more):
        output = open(self.folder / "output", "ab")
        self.running.append(subprocess.Popen([*map(str, command)], cwd=self.folder, stdout=output,
                                             stderr=subprocess.STDOUT, **more))
        output.close()

    def wait_until(self, is_ready, what):
        begun = time.monotonic()
        while not is_ready():
            if self.running[-1].poll() is not None or time.monotonic() - begun > PATIENCE:
                raise RuntimeError(f"{what} did not start:\n" + (self.folder / "output").read_text())
            time.sleep(0.01)

    @property
    def pids(self):
        return [pid for process in self.running for pid in tree(process.pid)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class RabbitMq(Peer):
    """A broker whose clients log in by AMQP 1.0. It keeps a password as one salted SHA-256, without iterations."""
    program = pathlib.Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's own in PATH becomes another user

    @classmethod
    def version(cls):
        lib = pathlib.Path("/usr/lib/rabbitmq/lib")
        found = sorted(lib.glob("rabbitmq_server-*")) if lib.is_dir() else []
        return found[-1].name.removeprefix("rabbitmq_server-") if found and shutil.which("epmd") else None

    def __enter__(self):
        names = self.start_names()
        self.wait_until(lambda: self.answers(names), "epmd")
        self.port, distribution = free_port(), free_port()
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\nloopback_users = none\ndefault_user = {USER}\n"
            f"default_pass = {PASSWORD}\nlog.console = true\nlog.console.level = error\nlog.file = false\n")
        (self.folder / "plugins").write_text("[rabbitmq_amqp1_0].")
        here = {"HOME": self.folder, "RABBITMQ_NODENAME": "bench@localhost", "RABBITMQ_MNESIA_BASE": self.folder / "mnesia",
                "RABBITMQ_LOG_BASE": self.folder / "log", "RABBITMQ_CONFIG_FILE": self.folder / "rabbitmq.conf",
                "RABBITMQ_ENABLED_PLUGINS_FILE": self.folder / "plugins", "RABBITMQ_DIST_PORT": distribution,
                "ERL_EPMD_PORT": names, "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_PID_FILE": self.folder / "pid",
                "RABBITMQ_CONF_ENV_FILE": "/dev/null"}
        self.start([self.program], env=os.environ | {name: str(value) for name, value in here.items()})
        self.wait_until(lambda: self.answers(self.port), "RabbitMQ")
        return self

    def start_names(self):
        """Erlang's service of names, which else it would start itself and leave behind."""
        port = free_port()
        self.start(["epmd", "-port", port, "-address", "127.0.0.1"])
        return port

    @staticmethod
    def answers(port):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return True
        return False


class Dovecot(Peer):
    """Its auth service: a client asks over one connection to a Unix socket, login after login, in a protocol of lines; there
    is no connection for each login, no AMQP and no policy in the answer."""
    CONFIG = """
base_dir = {folder}/run
log_path = /dev/stderr
protocols =
ssl = no
auth_mechanisms = scram-sha-256
default_internal_user = {user}
default_login_user = {login_user}
default_internal_group = {group}
passdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}}
service auth {{
  user = {owner}
  unix_listener client {{
    mode = 0600
  }}
}}
service anvil {{
  chroot =
}}
"""

    @classmethod
    def version(cls):
        program = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            return None
        cls.program = program
        return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[0]

    def __enter__(self):
        import getpass
        import grp
        me = getpass.getuser()
        own = {"user": "dovecot", "login_user": "dovenull", "group": "dovecot"} if os.geteuid() == 0 else {
            "user": me, "login_user": me, "group": grp.getgrgid(os.getegid()).gr_name}
        (self.folder / "dovecot.conf").write_text(self.CONFIG.format(folder=self.folder, owner=me, **own))
        salt = bytes(16)
        salted, stored, server = scram_keys(salt, ITERATIONS)
        verifier = ",".join([str(ITERATIONS), *(base64.b64encode(part).decode() for part in (salt, stored, server))])
        (self.folder / "users").write_text(f"{USER}:{{SCRAM-SHA-256}}{verifier}::::::\n")
        self.start([self.program, "-F", "-c", self.folder / "dovecot.conf"])
        self.wait_until((self.folder / "run/client").is_socket, "Dovecot")
        return self

    def login_many(self, count):
        """Logs in one after the other; the process of the bench does the client's part."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.folder / "run/client"))
            lines = client.makefile("rwb")
            lines.write(f"VERSION\t1\t2\nCPID\t{os.getpid()}\n".encode())
            lines.flush()
            while lines.readline() != b"DONE\n":
                pass
            for number in range(1, count + 1):
                self.login(lines, number)

    @staticmethod
    def login(lines, number):
        def ask(command, text):
            lines.write(command + base64.b64encode(text) + b"\n")
            lines.flush()
            return lines.readline().rstrip(b"\n").split(b"\t")

        bare = b"n=" + USER.encode() + b",r=benchbenchbenchbench"
        _, _, challenge = ask(f"AUTH\t{number}\tSCRAM-SHA-256\tservice=imap\tresp=".encode(), b"n,," + bare)
        server_first = base64.b64decode(challenge)
        said = dict(part.split(b"=", 1) for part in server_first.split(b","))
        salted, stored, _ = scram_keys(base64.b64decode(said[b"s"]), int(said[b"i"]))
        without_proof = b"c=biws,r=" + said[b"r"]
        message = b",".join([bare, server_first, without_proof])
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, hmac.digest(stored, message, "sha256")))
        ask(f"CONT\t{number}\t".encode(), without_proof + b",p=" + base64.b64encode(proof))
        answer = ask(f"CONT\t{number}\t".encode(), b"")
        if answer[0] != b"OK":
            raise RuntimeError(f"Dovecot refused: {answer}")


KEYS = {}


def scram_keys(salt, iterations):
    """SaltedPassword, StoredKey and ServerKey of the password (RFC 5802), each computed once."""
    if (salt, iterations) not in KEYS:
        salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt, iterations)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        KEYS[salt, iterations] = (salted, hashlib.sha256(client_key).digest(), hmac.digest(salted, b"Server Key", "sha256"))
    return KEYS[salt, iterations]
