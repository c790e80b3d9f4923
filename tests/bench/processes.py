"""Processes of a benchmark: started, measured from outside, and stopped by their own handle."""
import collections
import os
import re
import subprocess
import sys
import threading


def say(text):
    print(text, file=sys.stderr, flush=True)


def cpu_seconds(pid):
    """User and system time of all threads, from the scheduler's own nanoseconds."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def private_bytes(pid):
    """What the process itself has written to: what connections cost, not the libraries that are mapped."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return int(re.search(r"Private_Dirty:\s+(\d+)", file.read()).group(1)) * 1024


def resident_bytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) * 1024


class Server:
    """A process whose first words on `stream` say its ports."""

    def __init__(self, command, stream, pattern):
        """`pattern` matches a line; its groups, by name or in order, are the ports."""
        # A process that nobody may dump tells nobody but root how its memory is used.
        self.process = subprocess.Popen([*map(str, command)], text=True, env=os.environ | {"DOORWARD_CORE_DUMPS": "allow"},
                                        **{stream: subprocess.PIPE})
        lines = getattr(self.process, stream)
        said = []
        for line in lines:
            said.append(line)
            if found := re.search(pattern, line):
                self.said, self.all_said = found.group(0), "".join(said)
                break
        else:
            sys.exit("it did not start: " + " ".join(map(str, command)) + "\n" + "".join(said))
        # Whatever it says later must fill neither the pipe nor the memory.
        threading.Thread(target=collections.deque, args=[lines, 0], daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)

    @property
    def pid(self):
        return self.process.pid

    @property
    def port(self):
        return self.port_of("")

    def port_of(self, door):
        """Of `amqp`, `amqps` or `https`; of a floor, which has but one, of ''."""
        return int(re.search(rf"{door}=\S*?:(\d+)" if door else r"(\d+)$", self.said).group(1))
