package hadirector.ebpf;

/// Arithmetic, `dst = dst op source`; NEG takes no source (linux/bpf_common.h and linux/bpf.h, BPF_OP). Division and
/// shift right are unsigned; a division by zero gives 0, a remainder by zero leaves `dst`.
public enum Alu {
    ADD(0x00),
    SUB(0x10),
    MUL(0x20),
    DIV(0x30),
    OR(0x40),
    AND(0x50),
    SHIFT_LEFT(0x60),
    SHIFT_RIGHT(0x70),
    NEG(0x80),
    MOD(0x90),
    XOR(0xa0),
    MOV(0xb0),
    SHIFT_RIGHT_SIGNED(0xc0);

    final int code;

    Alu(int code) {
        this.code = code;
    }
}
