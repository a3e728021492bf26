#!/usr/bin/env python3
"""Counts passed and failed checks in a test log: count.py LOG EXIT-STATUS. Understands 'N passed, N failed', pytest and meson test.

An exit status other than 0 is at least one failure. A log without a count is one check, judged by the exit status."""
import re, sys

def count(text, status):
    passed = failed = 0
    found = False
    for m in re.finditer(r'^(?:\w+: )?(\d+) passed, (\d+) failed(?:, \d+ skipped)?$', text, re.M):
        passed, failed, found = int(m.group(1)), int(m.group(2)), True
    for m in re.finditer(r'^(?:=+ )?((?:\d+ \w+(?:, )?)+) in [\d.]+s', text, re.M):
        words = dict((w, int(n)) for n, w in re.findall(r'(\d+) (\w+)', m.group(1)))
        passed, found = words.get('passed', 0), True
        failed = words.get('failed', 0) + words.get('error', 0) + words.get('errors', 0)
    ok = re.search(r'^Ok:\s+(\d+)', text, re.M)
    if ok:
        found, passed = True, int(ok.group(1))
        failed = sum(int(n) for n in re.findall(r'^(?:Fail|Timeout|Unexpected Pass):\s+(\d+)', text, re.M))
    if not found:
        return (0, 1) if status else (1, 0)
    return passed, max(failed, 1) if status else failed

if __name__ == '__main__':
    print(*count(open(sys.argv[1], errors='replace').read(), int(sys.argv[2])))
