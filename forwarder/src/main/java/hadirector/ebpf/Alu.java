package hadirector.ebpf;

/// Arithmetic on 64 bits, `dst = dst op source` (linux/bpf_common.h, BPF_OP).
public enum Alu {
    ADD(0x00),
    SUB(0x10),
    MUL(0x20),
    OR(0x40),
    AND(0x50),
    SHIFT_LEFT(0x60),
    SHIFT_RIGHT(0x70),
    XOR(0xa0),
    MOV(0xb0);

    final int code;

    Alu(int code) {
        this.code = code;
    }
}
