package hadirector.ebpf;

/// Kernel functions that a program may call, with their numbers (linux/bpf.h, __BPF_FUNC_MAPPER).
public enum Helper {
    MAP_LOOKUP(1),
    SKB_LOAD_BYTES(26),
    SKB_CHANGE_TYPE(32),
    SKB_PULL_DATA(39);

    final int number;

    Helper(int number) {
        this.number = number;
    }
}
