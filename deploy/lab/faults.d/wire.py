"""The fault lab's view of the wire.

wire.py ask INTERFACE SOURCE TARGET MILLISECONDS
    asks by ARP who has TARGET, by broadcast, over and over, as long as it is let.
wire.py read PCAP [DIRECTOR FROM TO]... -- VIP GATEWAY IFINDEX=DIRECTOR/LAN... -- FROM TO...
    what each director said on its cables in each window of time (epoch milliseconds), as a line of JSON for each. PCAP has what came into the
    switch (tcpdump -i any -Q in, LINUX_SLL2). A director is off the LAN from FROM to TO where that is told: nobody hears it then.
"""
import ipaddress
import json
import socket
import struct
import sys
import time

HOLDS_ON_MS = 100  # Who answers again within this time has not let go between.


def ask(interface, source, target, period):
    mac = bytes.fromhex(open(f"/sys/class/net/{interface}/address").read().strip().replace(":", ""))
    who_has = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, mac, socket.inet_aton(source), bytes(6), socket.inet_aton(target))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind((interface, 0))
        due = time.monotonic()
        while True:
            try:
                wire.send(b"\xff" * 6 + mac + b"\x08\x06" + who_has)
            except OSError:
                pass  # No link, or no room: the next one.
            due += period / 1000
            time.sleep(max(0.0, due - time.monotonic()))


def packets(path):
    """(epoch ms, ifindex, ethertype, packet) of a little-endian pcap of LINUX_SLL2."""
    with open(path, "rb") as file:
        data = file.read()
    nanos = struct.unpack_from("<I", data)[0] == 0xA1B23C4D
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, length, _ = struct.unpack_from("<IIII", data, at)
        at += 16
        protocol, ifindex = struct.unpack_from("!HxxI", data, at)
        yield seconds * 1000 + fraction / (1e6 if nanos else 1e3), ifindex, protocol, data[at + 20:at + length]
        at += length


def said(path, vip, gateway, cables, off):
    """When each director claimed each address by ARP, and when it forwarded: {(director, lan, what): [ms]}."""
    owned = {"outside": vip, "inside": gateway}
    times = {}
    for ms, ifindex, protocol, packet in packets(path):
        director, lan = cables.get(ifindex, (None, None))
        if director is None or any(who == director and begin <= ms < end for who, begin, end in off):
            continue
        if protocol == 0x0806:
            if packet[14:18] == owned[lan]:
                times.setdefault((director, lan, "claim"), []).append(ms)
        elif protocol == 0x0800:
            times.setdefault((director, lan, "forward"), []).append(ms)
    return times


def spans(times):
    """[first, last] of each stretch without a pause of HOLDS_ON_MS."""
    result = []
    for ms in times:
        if result and ms - result[-1][1] <= HOLDS_ON_MS:
            result[-1][1] = ms
        else:
            result.append([ms, ms])
    return result


def both(times, lan, what):
    """For how long two directors did the same, at least 0.1 ms if one did it but once in the other's time."""
    directors = sorted({key[0] for key in times})
    total = 0.0
    for i, one in enumerate(directors):
        for other in directors[i + 1:]:
            for begin, end in spans(times.get((one, lan, what), [])):
                for begin2, end2 in spans(times.get((other, lan, what), [])):
                    if max(begin, begin2) <= min(end, end2):
                        total += max(0.1, min(end, end2) - max(begin, begin2))
    return round(total, 1)


def moves(times):
    """How often the VIP changed hands on the client LAN."""
    claims = sorted((ms, key[0]) for key, list_ in times.items() if key[1:] == ("outside", "claim") for ms in list_)
    return sum(a[1] != b[1] for a, b in zip(claims, claims[1:])), [name for _, name in claims[-1:]]


def read(path, *words):
    split = [i for i, word in enumerate(words) if word == "--"]
    off_words, names, windows = words[:split[0]], words[split[0] + 1:split[1]], words[split[1] + 1:]
    off = [(off_words[i], float(off_words[i + 1]), float(off_words[i + 2])) for i in range(0, len(off_words), 3)]
    vip, gateway = (ipaddress.ip_address(word).packed for word in names[:2])
    cables = {int(word.split("=")[0]): tuple(word.split("=")[1].split("/")) for word in names[2:]}
    times = said(path, vip, gateway, cables, off)
    for begin, end in zip(map(float, windows[::2]), map(float, windows[1::2])):
        window = {key: [ms for ms in list_ if begin <= ms < end] for key, list_ in times.items()}
        count, last = moves(window)
        print(json.dumps({
            "both_answer": max(both(window, lan, "claim") for lan in ("outside", "inside")),
            "both_forward": max(both(window, lan, "forward") for lan in ("outside", "inside")),
            "moves": count, "holder": last,
            "claims": {key[0]: len(list_) for key, list_ in window.items() if key[1:] == ("outside", "claim")}}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["ask"]:
        ask(sys.argv[2], sys.argv[3], sys.argv[4], float(sys.argv[5]))
    elif sys.argv[1:2] == ["read"]:
        read(*sys.argv[2:])
    else:
        sys.exit(__doc__)
