package hadirector.fastpath;

import static hadirector.ebpf.Jump.ANY_BIT;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.conn.EntryLayout;
import hadirector.conn.FlowRecord;
import hadirector.conn.KeyHash;
import hadirector.conn.TableLayout;
import hadirector.ebpf.Alu;
import hadirector.ebpf.Helper;
import hadirector.ebpf.Width;
import hadirector.packet.Ipv4View;

/// From the tuple on the stack to its flow record: what [hadirector.conn.ConnectionTable#find] does, in the same memory.
///
/// r8 holds the hash in its upper half, r9 the number of the cell; when found, r8 is the record.
final class Find {
    private static final int MAPPED = 0x0000ffff;

    private final Code code;
    private final Family family;
    private final String prefix;
    private final String found;
    private final String missed;

    /// @param prefix that makes the labels unique
    /// @param found where to go with r8 the record
    /// @param missed where to go if there is none
    Find(Code code, Family family, String prefix, String found, String missed) {
        this.code = code;
        this.family = family;
        this.prefix = prefix;
        this.found = found;
        this.missed = missed;
    }

    void emit() {
        hash();
        probe();
        compare();
    }

    private String label(String name) {
        return family.label(prefix + " " + name);
    }

    /// See [KeyHash].
    private void hash() {
        var a = code.a;
        a.move64(R8, constant(Ipv4View.TCP))
                .load(WORD, R1, R10, Stack.PROTOCOL)
                .jump(EQUAL, R1, Ipv4View.TCP, label("tcp"))
                .move64(R8, constant(Ipv4View.UDP))
                .label(label("tcp"));
        addWord(Stack.PORTS, 2);
        int words = family.addressLength / Integer.BYTES;
        for (int i = 4 - words; i < 4; i++) {
            addWord(Stack.SOURCE + i * Integer.BYTES, 3 + i);
            addWord(Stack.DESTINATION + i * Integer.BYTES, 7 + i);
        }
        a.move(R1, R8)
                .alu(Alu.SHIFT_RIGHT, R1, 32)
                .alu(Alu.XOR, R8, R1)
                .move64(R1, KeyHash.FINISH)
                .alu(Alu.MUL, R8, R1)
                .store(DOUBLE, R10, Stack.CELL, R8);
    }

    /// What is the same for all packets of a protocol.
    private long constant(int protocol) {
        long h = code.hashing.word(0) + protocol * code.hashing.word(1);
        return family == Family.V4 ? h + MAPPED * (code.hashing.word(5) + code.hashing.word(9)) : h;
    }

    private void addWord(int from, int word) {
        code.a
                .load(WORD, R1, R10, from)
                .toNetwork(R1, Integer.SIZE)
                .move64(R2, code.hashing.word(word))
                .alu(Alu.MUL, R1, R2)
                .alu(Alu.ADD, R8, R1);
    }

    private void probe() {
        var a = code.a;
        a.move(R9, R8)
                .alu(Alu.SHIFT_RIGHT, R9, 32)
                .alu(Alu.MUL, R9, code.homes)
                .alu(Alu.SHIFT_RIGHT, R9, 32)
                .move(R1, TableLayout.PROBES_MAX)
                .store(DOUBLE, R10, Stack.PROBES, R1)
                .label(label("probe"));
        code.lookup(code.maps.index(), R9);
        a.jump(EQUAL, R0, 0, missed)
                .load(DOUBLE, R0, R0, 0)
                .jump(EQUAL, R0, 0, missed)
                .move(R1, R0)
                .alu(Alu.XOR, R1, R8)
                .alu(Alu.SHIFT_RIGHT, R1, 32)
                .jump(EQUAL, R1, 0, label("candidate"))
                .label(label("onward"))
                .load(DOUBLE, R1, R10, Stack.PROBES)
                .alu(Alu.SUB, R1, 1)
                .jump(EQUAL, R1, 0, missed)
                .store(DOUBLE, R10, Stack.PROBES, R1)
                .alu(Alu.ADD, R9, 1)
                .jump(label("probe"));
    }

    /// r0 = the cell, whose hash is ours.
    private void compare() {
        var a = code.a;
        a.label(label("candidate"))
                .store(DOUBLE, R10, Stack.CELL, R0)
                .alu32(Alu.SHIFT_RIGHT, R0, 1)
                .alu32(Alu.SUB, R0, 1)
                .move(R1, R0)
                .alu32(Alu.AND, R1, TableLayout.CHUNK_SLOTS - 1)
                .store(WORD, R10, Stack.SECOND, R1)
                .alu32(Alu.SHIFT_RIGHT, R0, TableLayout.CHUNK_BITS);
        code.lookup(code.maps.slots(), R0);
        a.jump(EQUAL, R0, 0, label("onward"))
                .move(R1, R0)
                .move(R2, R10)
                .alu(Alu.ADD, R2, Stack.SECOND)
                .call(Helper.MAP_LOOKUP)
                .jump(EQUAL, R0, 0, label("onward"))
                .load(BYTE, R1, R0, (int) EntryLayout.PROTOCOL)
                .load(WORD, R2, R10, Stack.PROTOCOL)
                .jump(NOT_EQUAL, R1, R2, label("onward"));
        if (family == Family.V4) {
            isMapped(EntryLayout.CLIENT);
        }
        a.load(DOUBLE, R1, R10, Stack.CELL).jump(ANY_BIT, R1, 1, label("reply"));
        if (code.hook.repliesOnly()) {
            a.jump(label("onward"));
        } else {
            isTuple(EntryLayout.CLIENT, EntryLayout.CLIENT_PORT, EntryLayout.VIRTUAL, EntryLayout.VIRTUAL_PORT);
            found(0);
        }
        a.label(label("reply"));
        isTuple(EntryLayout.REAL, EntryLayout.REAL_PORT, EntryLayout.CLIENT, EntryLayout.CLIENT_PORT);
        found(1);
    }

    private void found(int direction) {
        code.a
                .move(R8, R0)
                .alu(Alu.ADD, R8, TableLayout.RECORDS + direction * FlowRecord.LENGTH)
                .jump(found);
    }

    /// That one address of a connection is IPv4 says it of all.
    private void isMapped(long field) {
        code.a
                .load(DOUBLE, R1, R0, (int) field)
                .jump(NOT_EQUAL, R1, 0, label("onward"))
                .load(WORD, R1, R0, (int) field + Long.BYTES)
                .jump32(NOT_EQUAL, R1, code.a.network32(MAPPED), label("onward"));
    }

    private void isTuple(long source, long sourcePort, long destination, long destinationPort) {
        is(HALF, sourcePort, Stack.PORTS);
        is(HALF, destinationPort, Stack.PORTS + Short.BYTES);
        Width width = family == Family.V4 ? WORD : DOUBLE;
        int step = family == Family.V4 ? Integer.BYTES : Long.BYTES;
        for (int i = family.addressAt; i < Family.ADDRESS_ROOM; i += step) {
            is(width, source + i, Stack.SOURCE + i);
            is(width, destination + i, Stack.DESTINATION + i);
        }
    }

    private void is(Width width, long field, int wanted) {
        code.a
                .load(width, R1, R0, (int) field)
                .load(width, R2, R10, wanted)
                .jump(NOT_EQUAL, R1, R2, label("onward"));
    }
}
