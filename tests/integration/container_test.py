"""The container, where there is no container engine: its instructions are carried out in a folder with a Debian of its
own. The first stage builds as every machine does, so that its last step alone is done here, with this build; of the
second stage, every one."""
import json
import os
import pathlib
import re
import subprocess
import unittest

from clients import clients
from served import DOORWARD, PATIENCE, Served, ServedTest, service, space, user

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(DOORWARD).parent
NOBODY = "65534"


def instructions(stage):
    """(instruction, what follows) of a stage, in its order."""
    lines = re.sub(r"^#.*\n", "", stage, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [tuple(line.split(" ", 1)) for line in lines if " " in line]


def debian(folder):
    """Makes a minimal Debian of this release there, from where this machine has its own packages."""
    if os.geteuid() != 0:
        raise clients.CannotBeHad("to make a Debian in a folder takes root")
    sources = [path for path in [pathlib.Path("/etc/apt/sources.list"),
                                 *pathlib.Path("/etc/apt/sources.list.d").glob("debian*")] if path.is_file()]
    clients.run("mmdebstrap", "--variant=apt", "--mode=root", "bookworm", folder, *sources)


class ContainerTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.root = self.folder / "root"

    def run_here(self, *command):
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, text=True, timeout=600,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(0, done.returncode, done.stdout)
        return done.stdout

    def inside(self, user, *command):
        # A container has a /proc; here for this command alone. It ends with whoever started it.
        return ["unshare", "--mount", "--pid", "--fork", "sh", "-c",
                'mount -t proc proc "$1/proc" && root=$1 user=$2 && shift 2 && '
                'exec chroot "$root" setpriv --reuid="$user" --regid="$user" --clear-groups --pdeathsig=KILL "$@"',
                "sh", str(self.root), user, *command]

    def test_what_it_is_made_of_serves_as_nobody(self):
        build, run = (ROOT / "deploy/container/Containerfile").read_text().split("\nFROM ")[-2:]
        clients.had(debian, self.root)
        settings = {}
        for instruction, text in instructions("FROM " + run):
            if instruction == "RUN":
                self.run_here(*self.inside("0", "sh", "-c", text))
            elif instruction == "COPY":
                self.assertEqual("--from=build /out/ /", text)
                install = [text for instruction, text in instructions(build) if "--prefix /out" in text]
                self.assertEqual(1, len(install))
                self.run_here(*install[0].replace("/out", str(self.root)).replace("build/release", str(BUILD)).split())
            else:
                settings[instruction] = text
        self.assertEqual(f"{NOBODY}:{NOBODY}", settings["USER"])

        resources = self.root / "etc/doorward/resources"
        (resources / "team1.yaml").write_text(service() + space() + user("alice", "wonderland"))
        entry, command = json.loads(settings["ENTRYPOINT"]), json.loads(settings["CMD"])
        self.assertEqual("serve", command[0])
        self.serve_and_log_in(entry, [re.sub(r"^0\.0\.0\.0:\d+$", "127.0.0.1:0", word) for word in command[1:]])

    def serve_and_log_in(self, entry, arguments):
        program = self.inside(NOBODY, *entry)
        served = Served(*arguments, program=program)
        self.running.append(served)
        address = served.wait_until_listening().addresses["amqp"]
        answer = subprocess.run([*program, "login", "--host", address, "--realm", "team1-shop", "--user", "alice"],
                                input="wonderland\n", capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(0, answer.returncode, answer.stdout + answer.stderr + served.log)
        data = (self.root / "var/lib/doorward/data").stat()
        self.assertEqual((int(NOBODY), 0o700), (data.st_uid, data.st_mode & 0o777))
        bridges = sorted((self.root / "usr/local/lib/doorward/plugins").glob("*.so"))
        self.assertGreater(len(bridges), 3)
        for bridge in bridges:
            # Without a configuration it has something to say, but it is loaded.
            told = subprocess.run([*program, "plugin", "check", f"/{bridge.relative_to(self.root)}"],
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertNotIn("cannot be loaded", told.stdout + told.stderr)


if __name__ == "__main__":
    unittest.main()
