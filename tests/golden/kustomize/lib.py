"""What run, record and fuzz share: the cases, and running a renderer on one."""
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, 'cases')


def cases(only=''):
    for name in sorted(os.listdir(CASES)):
        folder = os.path.join(CASES, name)
        if only in name and os.path.exists(os.path.join(folder, 'path')):
            yield name, folder


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def render(argv, folder, path, timeout=120):
    """(exit status, stdout, stderr) of argv + [path] in folder/in; the folder's own name is {in} in stderr."""
    place = os.path.realpath(os.path.join(folder, 'in'))
    try:
        r = subprocess.run(argv + [path], cwd=place, capture_output=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return None, b'', b'no answer'
    err = re.sub(rb'0x[0-9a-f]{9,}', b'0x0', r.stderr)  # addresses
    return r.returncode, r.stdout, err.replace(place.encode(), b'{in}')
