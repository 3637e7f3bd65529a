package hadirector.ebpf;

/// How much a load or store moves: 1, 2, 4 or 8 bytes (linux/bpf_common.h, BPF_SIZE).
public enum Width {
    BYTE(0x10),
    HALF(0x08),
    WORD(0x00),
    DOUBLE(0x18);

    final int code;

    Width(int code) {
        this.code = code;
    }
}
