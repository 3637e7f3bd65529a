package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R4;
import static hadirector.ebpf.Reg.R6;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Width.WORD;

import hadirector.conn.KeyHash;
import hadirector.ebpf.Alu;
import hadirector.ebpf.Assembler;
import hadirector.ebpf.Helper;
import hadirector.ebpf.Reg;
import java.nio.ByteOrder;

/// What the parts of a program share: the assembler, the maps, and the idioms that all of them use.
///
/// Registers everywhere: r6 the context, r7 start of the packet, r10 the stack ([Stack]); r8 and r9 as each part says; r0 to r5
/// are lost in calls.
final class Code {
    /// Labels where a frame's way ends.
    ///
    /// `NEXT`: it goes on as it came. `JAVA`: it is ours, but not for the kernel to forward. `FENCED`: r0 is the deadline that has passed,
    /// r9 the time.
    static final String NEXT = "next";

    static final String JAVA = "java";
    /// The host goes on with it, and the engine gets a copy.
    static final String COPY = "copy";

    static final String FENCED = "fenced";

    final Assembler a;
    final Hook hook;
    final MapFds maps;
    final KeyHash hashing;
    final int homes;

    /// @param homes of the index, see [hadirector.conn.TableLayout]
    Code(ByteOrder order, Hook hook, MapFds maps, KeyHash hashing, int homes) {
        this.a = new Assembler(order);
        this.hook = hook;
        this.maps = maps;
        this.hashing = hashing;
        this.homes = homes;
    }

    /// r7 = start of the packet; every earlier packet pointer is void.
    void loadPacket() {
        a.load(WORD, R7, R6, hook.data());
    }

    /// Goes to `label` unless the linear part of the packet has `length` bytes. r1 and r2 are lost.
    void unlessWithin(int length, String label) {
        a.load(WORD, R2, R6, hook.dataEnd()).move(R1, R7).alu(Alu.ADD, R1, length).jump(ABOVE, R1, R2, label);
    }

    /// Has loads by way of the pointer `base` come after the one that filled `loaded`, also on processors that keep no such order (arm64,
    /// riscv64, ppc64): by a dependency of addresses, as programs have neither barriers nor acquiring loads before Linux 6.15. r2 is lost.
    void after(Reg base, Reg loaded) {
        a.move(R2, loaded).alu(Alu.AND, R2, 0).alu(Alu.ADD, base, R2);
    }

    /// r0 = the value behind the key on the stack, or 0.
    void lookup(int map, int key) {
        a.loadMap(R1, map).move(R2, R10).alu(Alu.ADD, R2, key).call(Helper.MAP_LOOKUP);
    }

    /// r0 = the value of an array behind `index`, or 0.
    void lookup(int map, Reg index) {
        a.store(WORD, R10, Stack.INDEX, index);
        lookup(map, Stack.INDEX);
    }

    /// r0 = the value of an array behind `index`, or 0.
    void lookupAt(int map, int index) {
        a.store(WORD, R10, Stack.INDEX, index);
        lookup(map, Stack.INDEX);
    }

    /// Copies `length` bytes of the packet at the offset in `from` to the stack; goes to `otherwise` if it is too short. Only at tc.
    void loadBytes(Reg from, int to, int length, String otherwise) {
        a.move(R1, R6)
                .move(R2, from)
                .move(R3, R10)
                .alu(Alu.ADD, R3, to)
                .move(R4, length)
                .call(Helper.SKB_LOAD_BYTES)
                .jump(NOT_EQUAL, R0, 0, otherwise);
    }
}
