"""The fault lab's table: report.py line|table|markdown RESULTS [DETECTION]; exit code 1 if a bound was missed.

RESULTS has a line of JSON for each round, or is an array of them. The bounds are those of the project, in ms at 1 ms probes, median and worst.
"""
import json
import statistics
import sys

# kind: gap of new connections, gap of established flows, stall of a busy TCP connection (median, worst); none: not promised.
TAKEOVER = {"600ms": (800, 1100), "300ms": (450, 700)}
HEAL = 100
QUIET = 100  # Where nobody may take over.


def bounds(kind, detection):
    takeover = TAKEOVER.get(detection, (None, None))
    return {
        "planned": {"lost": 0, "moves": 1},
        "kill": {"new": (150, 400), "flow": (50, 50), "moves": 1},
        "takeover": {"new": takeover, "flow": takeover, "moves": 1},
        "none": {"new": (QUIET, QUIET), "flow": (QUIET, QUIET), "moves": 0},
    }[kind]


def gather(rounds):
    """The measures of some rounds of one fault, as lists."""
    return {
        "new": [r["during"]["new_gap"] for r in rounds],
        "flow": [r["during"]["flow_gap"] for r in rounds],
        "stall": [r["during"]["stall"] for r in rounds],
        "lost": [r["during"]["new_lost"] + r["during"]["flow_lost"] for r in rounds],
        "heal": [max(r["after"]["new_gap"], r["after"]["flow_gap"]) for r in rounds],
        "heal_stall": [r["after"]["stall"] for r in rounds],
        "both": [max(w["both_answer"] for w in r["wire"]) for r in rounds],
        "forward": [max(w["both_forward"] for w in r["wire"]) for r in rounds],
        "moves": [r["wire"][0]["moves"] for r in rounds],
        "moves_after": [r["wire"][1]["moves"] for r in rounds],
        "own": [max(r["during"]["own"], r["after"]["own"]) for r in rounds],
        "dead": [r["dead"] for r in rounds],
        "broken": [0 if r["download"] else 1 for r in rounds],
        "died": [len(r["died"].split()) for r in rounds],
    }


def missed(kind, detection, m):
    """What was promised and not kept, in words."""
    bound = bounds(kind, detection)
    result = []
    for name, what in (("new", "new"), ("flow", "flows")):
        median, worst = bound.get(name, (None, None))
        if median is not None and statistics.median(m[name]) > median or worst is not None and max(m[name]) > worst:
            result.append(what)
    if "lost" in bound and max(m["lost"]) > bound["lost"]:
        result.append("lost")
    if max(m["heal"]) > HEAL:
        result.append("heal")
    if max(m["moves"]) > bound["moves"] or max(m["moves_after"]) > 0:
        result.append("moves")
    result += [name for name in ("both", "dead", "broken") if max(m[name]) > 0]
    if kind == "none" and max(m["died"]) > 0:
        result.append("died")
    return result


def bound_text(kind, detection):
    bound = bounds(kind, detection)
    if "lost" in bound:
        return "0 lost"
    flow = "" if bound["flow"] == bound["new"] else "; flows %g" % bound["flow"][0]
    return "%s/%s%s" % (*bound["new"], flow)


def pair(values):
    return "%.0f/%.0f" % (statistics.median(values), max(values))


def row(fault, kind, detection, rounds):
    m = gather(rounds)
    bad = missed(kind, detection, m)
    cells = [fault, len(rounds), bound_text(kind, detection), pair(m["new"]), pair(m["flow"]), pair(m["lost"]), pair(m["stall"]), sum(m["dead"]),
             sum(m["broken"]), pair(m["heal"]), pair(m["both"]), pair(m["forward"]), max(m["moves"]) + max(m["moves_after"]), pair(m["own"]),
             "ok" if not bad else "MISSED: " + " ".join(bad)]
    return [str(cell) for cell in cells], bad


HEAD = ["fault", "n", "bound", "new gap", "flow gap", "lost", "TCP stall", "dead", "bad dl", "heal gap", "both answer", "both fwd", "moves", "own pause", "verdict"]


def show(rows, mode):
    if mode == "markdown":
        rows = rows[:1] + [["---"] * len(rows[0])] + rows[1:]
        print("\n".join("| " + " | ".join(r) + " |" for r in rows))
        return
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for r in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(r, widths)).rstrip())


def main(mode, path, detection="600ms"):
    text = open(path).read()
    rounds = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    if mode == "line":
        r = rounds[-1]
        cells, _ = row(r["fault"], r["kind"], detection, rounds[-1:])
        print("%-10s %-13s" % (r["system"], r["fault"]), " ".join(f"{h}={c.split('/')[-1]}" for h, c in zip(HEAD[3:-1], cells[3:-1])),
              cells[-1], r["note"], f"died:{r['died']}" if r["died"] else "", flush=True)
        return 0
    groups = {}
    for r in rounds:
        groups.setdefault((r["fault"], r["kind"], r["system"]), []).append(r)
    several = len({key[2] for key in groups}) > 1
    result = [(key, *row(f"{key[0]} {key[2]}" if several else key[0], key[1], detection, members)) for key, members in groups.items()]
    show([HEAD] + [cells for _, cells, _ in result], mode)
    return 1 if any(bad for key, _, bad in result if key[2] == "director") else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
