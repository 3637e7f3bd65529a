package hadirector.fastpath;

import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R4;
import static hadirector.ebpf.Reg.R5;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Alu;
import hadirector.ebpf.Reg;

/// What a challenged client must send back: a keyed hash of its address and of the time, SipHash-1-3 (Aumasson and Bernstein,
/// 2012) over words of fixed number, so without the word of the length. Nobody who does not get the answer can know it.
///
/// @param key0 secret
/// @param key1 secret
record SynCookie(long key0, long key1) {
    /// log2 of the nanoseconds in a slice of time: 69 s. The cookie of the slice before is good too.
    static final int SLICE_BITS = 36;

    private static final long V0 = 0x736f6d6570736575L;
    private static final long V1 = 0x646f72616e646f6dL;
    private static final long V2 = 0x6c7967656e657261L;
    private static final long V3 = 0x7465646279746573L;

    /// r0 = the cookie (32 bits) of the source on the stack, for the slice that was `slicesAgo` at r9. r1 to r5 are lost.
    void emit(Code code, Family family, int slicesAgo) {
        var a = code.a;
        a.move64(R0, V0 ^ key0).move64(R1, V1 ^ key1).move64(R2, V2 ^ key0).move64(R3, V3 ^ key1);
        if (family == Family.V4) {
            a.load(WORD, R5, R10, Stack.SOURCE + Family.V4.addressAt);
            word(code);
        } else {
            a.load(DOUBLE, R5, R10, Stack.SOURCE);
            word(code);
            a.load(DOUBLE, R5, R10, Stack.SOURCE + Long.BYTES);
            word(code);
        }
        a.move(R5, R9).alu(Alu.SHIFT_RIGHT, R5, SLICE_BITS).alu(Alu.SUB, R5, slicesAgo);
        word(code);
        a.alu(Alu.XOR, R2, 0xff);
        for (int i = 0; i < 3; i++) {
            round(code);
        }
        a.alu(Alu.XOR, R0, R1).alu(Alu.XOR, R0, R2).alu(Alu.XOR, R0, R3).alu32(Alu.MOV, R0, R0);
    }

    private static void word(Code code) {
        code.a.alu(Alu.XOR, R3, R5);
        round(code);
        code.a.alu(Alu.XOR, R0, R5);
    }

    private static void round(Code code) {
        add(code, R0, R1, 13);
        rotate(code, R0, 32);
        add(code, R2, R3, 16);
        add(code, R0, R3, 21);
        add(code, R2, R1, 17);
        rotate(code, R2, 32);
    }

    /// `x += y; y = rotated y ^ x`
    private static void add(Code code, Reg x, Reg y, int bits) {
        code.a.alu(Alu.ADD, x, y);
        rotate(code, y, bits);
        code.a.alu(Alu.XOR, y, x);
    }

    private static void rotate(Code code, Reg x, int bits) {
        code.a
                .move(R4, x)
                .alu(Alu.SHIFT_LEFT, x, bits)
                .alu(Alu.SHIFT_RIGHT, R4, Long.SIZE - bits)
                .alu(Alu.OR, x, R4);
    }

    /// The same in Java.
    int of(long slice, long... words) {
        long[] v = {V0 ^ key0, V1 ^ key1, V2 ^ key0, V3 ^ key1};
        for (long word : words) {
            take(v, word);
        }
        take(v, slice);
        v[2] ^= 0xff;
        for (int i = 0; i < 3; i++) {
            round(v);
        }
        return (int) (v[0] ^ v[1] ^ v[2] ^ v[3]);
    }

    private static void take(long[] v, long word) {
        v[3] ^= word;
        round(v);
        v[0] ^= word;
    }

    private static void round(long[] v) {
        v[0] += v[1];
        v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
        v[0] = Long.rotateLeft(v[0], 32);
        v[2] += v[3];
        v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
        v[2] = Long.rotateLeft(v[2], 32);
    }
}
