"""Runs a command in a pseudo terminal, answers its questions, and prints all that the terminal showed.

Arguments: a JSON list of [pattern, answer] pairs, then the command. Exits as the command does.
"""
import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time

steps = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 80, 0, 0))
shown = b""
seen = 0
end = time.time() + 100
while time.time() < end:
    if select.select([terminal], [], [], 0.1)[0]:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
    if steps and re.search(steps[0][0].encode(), shown[seen:]):
        seen = len(shown)
        time.sleep(0.3)
        os.write(terminal, steps.pop(0)[1].encode())
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
