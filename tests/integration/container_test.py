"""The container, where there is no container engine: its instructions are carried out in a folder with a Debian of its
own. Of the second stage, every one. Of the first, each as far as it takes seconds:

| COPY . /src       | done, less what .dockerignore names                                                              |
| deploy/setup      | done in the bare Debian by an apt-get that decides what to install and stops there: every package |
|                   | can be had together                                                                              |
| cmake --preset    | done on what was copied, with the compiler of this machine                                       |
| cmake --build     | not done: its steps are listed, and what it would compile is what this build has compiled         |
| cmake --install   | done, with this build                                                                            |
"""
import json
import os
import pathlib
import re
import shlex
import shutil
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


def compiled(build, source):
    """The files of these sources that this build folder compiles."""
    commands = json.loads((build / "compile_commands.json").read_text())
    return {str(pathlib.Path(command["file"]).relative_to(source)) for command in commands
            if not pathlib.Path(command["file"]).is_relative_to(build)}


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

    def run_here(self, *command, **options):
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, text=True, timeout=600,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        self.assertEqual(0, done.returncode, done.stdout)
        return done.stdout

    def inside(self, user, *command):
        # A container has a /proc; here for this command alone. It ends with whoever started it.
        return ["unshare", "--mount", "--pid", "--fork", "sh", "-c",
                'mount -t proc proc "$1/proc" && root=$1 user=$2 && shift 2 && '
                'exec chroot "$root" setpriv --reuid="$user" --regid="$user" --clear-groups --pdeathsig=KILL "$@"',
                "sh", str(self.root), user, *command]

    # Of the first stage: how each command of a RUN line is replayed.

    def decide_what_to_install(self, command):
        shutil.copytree(self.sources / "deploy", self.root / "src/deploy")
        stop = self.root / "etc/apt/apt.conf.d/stop"
        stop.write_text('APT::Get::Simulate "true";\n')
        said = self.run_here(*self.inside("0", "sh", "-c", f"cd /src && {command}"))
        stop.unlink()
        shutil.rmtree(self.root / "src")
        for package in ["clang-19", "cmake", "ninja-build", "libboost1.81-dev"]:
            self.assertIn(f"Inst {package} ", said)

    def configure(self, command):
        self.run_here(*shlex.split(command), cwd=self.sources)

    def plan(self, command):
        said = self.run_here(*shlex.split(command), "--", "-t", "commands", cwd=self.sources)
        self.assertRegex(said, r" -o doorward\b", "the program is linked")
        planned = compiled(self.sources / "build/release", self.sources)
        self.assertIn("server/main.cpp", planned)
        self.assertFalse(planned - compiled(BUILD, ROOT), "what this build has not compiled")
        self.assertFalse([file for file in planned if file.startswith("tests/")])

    def install(self, command):
        folder = re.search(r"--install (\S+)", command).group(1)
        self.assertTrue((self.sources / folder / "cmake_install.cmake").is_file(), "the folder that was configured")
        self.run_here(*shlex.split(command.replace(folder, str(BUILD)).replace(" /out/", f" {self.out}/")))

    def replay_build_stage(self, stage):
        replays = [("deploy/setup ", self.decide_what_to_install), ("cmake --preset ", self.configure),
                   ("cmake --build ", self.plan), ("cmake --install ", self.install)]
        self.sources, self.out = self.folder / "src", self.folder / "out"
        replayed = []
        for instruction, text in instructions(stage):
            if instruction == "COPY":
                self.assertEqual(". /src", text)
                left_out = (ROOT / ".dockerignore").read_text().split()
                shutil.copytree(ROOT, self.sources, symlinks=True, ignore=lambda folder, _:
                                left_out if pathlib.Path(folder) == ROOT else ["__pycache__"])
            elif instruction == "WORKDIR":
                self.assertEqual("/src", text)
            elif instruction == "RUN":
                for command in text.split(" && "):
                    name, replay = next(pair for pair in replays if command.startswith(pair[0]))
                    replay(command)
                    replayed.append(name)
        self.assertEqual([name for name, _ in replays], replayed)

    def test_what_it_is_made_of_serves_as_nobody(self):
        build, run = (ROOT / "deploy/container/Containerfile").read_text().split("\nFROM ")[-2:]
        clients.had(debian, self.root)
        self.replay_build_stage(build)
        settings = {}
        for instruction, text in instructions("FROM " + run):
            if instruction == "RUN":
                self.run_here(*self.inside("0", "sh", "-c", text))
            elif instruction == "COPY":
                self.assertEqual("--from=build /out/ /", text)
                self.run_here("cp", "-a", f"{self.out}/.", self.root)
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
