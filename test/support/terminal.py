"""Types into a shell on a pseudo terminal, as a user would, until it shows what is waited for.

stdin: JSON {argv, setup, typed, wanted}; stdout: what the terminal showed from `typed` on.
"""
import json
import os
import pty
import re
import select
import sys
import time

asked = json.load(sys.stdin)
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", LC_ALL="C")
    os.execvp(asked["argv"][0], asked["argv"])

shown = ""


def until(pattern, since):
    global shown
    deadline = time.monotonic() + 20
    while not re.search(pattern, shown[since:], re.S):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            return
        try:
            shown += os.read(fd, 65536).decode("utf8", "replace")
        except OSError:
            return


def type_in(text):
    os.write(fd, text.encode())


type_in(asked["setup"] + "; echo rea''dy\n")
until("ready\r?\n", 0)
start = len(shown)
type_in(asked["typed"])
until(asked["wanted"], start)
sys.stdout.write(shown[start:])
os.kill(pid, 9)
os.waitpid(pid, 0)
