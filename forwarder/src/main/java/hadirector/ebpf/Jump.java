package hadirector.ebpf;

/// Conditions of jumps; unsigned unless they say otherwise (linux/bpf.h).
public enum Jump {
    EQUAL(0x10),
    ABOVE(0x20),
    ABOVE_OR_EQUAL(0x30),
    ANY_BIT(0x40),
    NOT_EQUAL(0x50),
    GREATER_SIGNED(0x60),
    GREATER_OR_EQUAL_SIGNED(0x70),
    BELOW(0xa0),
    BELOW_OR_EQUAL(0xb0),
    LESS_SIGNED(0xc0),
    LESS_OR_EQUAL_SIGNED(0xd0);

    final int code;

    Jump(int code) {
        this.code = code;
    }
}
