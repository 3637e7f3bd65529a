package hadirector.ebpf;

/// Kernel functions that a program may call, with their numbers (linux/bpf.h, __BPF_FUNC_MAPPER; compared with the BTF of a
/// 6.18 kernel). Arguments and results are described there. Those that change the packet make earlier packet pointers
/// invalid: SKB_*, L3_*, L4_*, XDP_ADJUST_*, XDP_STORE_BYTES.
public enum Helper {
    MAP_LOOKUP(1),
    MAP_UPDATE(2),
    MAP_DELETE(3),
    /// CLOCK_MONOTONIC in nanoseconds.
    KTIME_GET_NS(5),
    GET_PRANDOM_U32(7),
    GET_SMP_PROCESSOR_ID(8),
    SKB_STORE_BYTES(9),
    L3_CSUM_REPLACE(10),
    L4_CSUM_REPLACE(11),
    TAIL_CALL(12),
    CLONE_REDIRECT(13),
    /// Also of a tag that is out of band.
    SKB_VLAN_POP(19),
    REDIRECT(23),
    SKB_LOAD_BYTES(26),
    CSUM_DIFF(28),
    SKB_CHANGE_TYPE(32),
    SKB_CHANGE_TAIL(38),
    SKB_PULL_DATA(39),
    CSUM_UPDATE(40),
    SKB_CHANGE_HEAD(43),
    XDP_ADJUST_HEAD(44),
    SKB_ADJUST_ROOM(50),
    XDP_ADJUST_TAIL(65),
    RINGBUF_OUTPUT(130),
    RINGBUF_RESERVE(131),
    RINGBUF_SUBMIT(132),
    RINGBUF_DISCARD(133),
    CSUM_LEVEL(135),
    /// As KTIME_GET_NS at the resolution of the tick (4 ms at HZ 250), but cheaper; Linux 5.11.
    KTIME_GET_COARSE_NS(160),
    /// Linux 5.12; for programs under the GPL only.
    CHECK_MTU(163),
    /// Linux 5.17.
    LOOP(181),
    /// Linux 5.18, as the next two.
    XDP_GET_BUFF_LEN(188),
    XDP_LOAD_BYTES(189),
    XDP_STORE_BYTES(190),
    /// Linux 6.0, as the next three.
    TCP_RAW_GEN_SYNCOOKIE_IPV4(204),
    TCP_RAW_GEN_SYNCOOKIE_IPV6(205),
    TCP_RAW_CHECK_SYNCOOKIE_IPV4(206),
    TCP_RAW_CHECK_SYNCOOKIE_IPV6(207);

    final int number;

    Helper(int number) {
        this.number = number;
    }
}
