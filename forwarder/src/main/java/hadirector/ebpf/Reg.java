package hadirector.ebpf;

/// The registers of BPF: r0 result, r1-r5 arguments (lost in calls), r6-r9 kept, r10 the frame pointer (read only).
public enum Reg {
    R0(0),
    R1(1),
    R2(2),
    R3(3),
    R4(4),
    R5(5),
    R6(6),
    R7(7),
    R8(8),
    R9(9),
    R10(10);

    final int number;

    Reg(int number) {
        this.number = number;
    }
}
