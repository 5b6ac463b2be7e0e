"""Answers from Python's ipaddress for oracle.test.ts: one question a line on stdin, one answer a line on stdout."""

import sys
from ipaddress import ip_network

PRIVATE = {4: [ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")], 6: [ip_network("fd00::/8")]}


def relation(a, b):
    a, b = ip_network(a), ip_network(b)
    if not a.overlaps(b):
        return "apart -"
    if a == b:
        return f"same {a}"
    return f"inside {a}" if a.subnet_of(b) else f"contains {b}"


DEFAULTS_OF_OTHERS = ["172.17.0.0/16", "10.42.0.0/16", "10.43.0.0/16", "10.96.0.0/12", "10.244.0.0/16"]


def suggest(wanted, occupied):
    """What others take by default is avoided while there is anything else."""
    best = nearest(wanted, [*occupied, *DEFAULTS_OF_OTHERS])
    return best if best != "-" else nearest(wanted, occupied)


def nearest(wanted, occupied):
    """The three nearest free networks, by trying every one there is."""
    wanted = ip_network(wanted)
    occupied = [n for n in map(ip_network, occupied) if n.version == wanted.version]
    taken = [(int(n[0]), int(n[-1])) for n in occupied]
    size = wanted.num_addresses
    free = []
    for space in PRIVATE[wanted.version]:
        if wanted.prefixlen < space.prefixlen:
            continue
        first, last = int(space[0]), int(space[-1])
        for start in range(first, last + 1, size):
            if all(start > high or start + size - 1 < low for low, high in taken):
                distance = start - int(wanted[0])
                free.append((abs(distance), -distance, start))
    kind = type(wanted)
    return " ".join(str(kind((start, wanted.prefixlen))) for _, _, start in sorted(free)[:3]) or "-"


for line in sys.stdin:
    question, *words = line.split()
    print(relation(*words) if question == "relation" else suggest(words[0], words[1:]))
