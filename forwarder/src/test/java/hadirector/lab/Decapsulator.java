package hadirector.lab;

import hadirector.ebpf.Alu;
import hadirector.ebpf.Assembler;
import hadirector.ebpf.BpfLink;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.Helper;
import hadirector.ebpf.Jump;
import hadirector.ebpf.Reg;
import hadirector.ebpf.SkBuff;
import hadirector.ebpf.Width;
import hadirector.netlink.Link;
import hadirector.netlink.Netlink;
import java.nio.ByteOrder;

/// Takes the packets out of LVS-Tun tunnels on a realserver of the lab, where the kernel has no ipip, gre and fou devices: a program
/// at tc ingress that strips IPIP, GRE without options and GUE variant 0 over IPv4 and IPv6 and lets the stack go on with the
/// packet inside. Linux 6.3 or newer. Inner checksums are left to the stack, so a wrong one is dropped there.
public final class Decapsulator implements AutoCloseable {
    private static final int ETHERNET = 14;
    private static final int IPV4 = 20;
    private static final int IPV6 = 40;
    private static final int GRE = 4;
    private static final int UDP_GUE = 12;
    private static final int LONGEST = ETHERNET + IPV6 + UDP_GUE;
    private static final int ROOM_AT_MAC = 1;

    /// BPF_F_ADJ_ROOM_DECAP_L3_IPV4 and _IPV6 (linux/bpf.h): the family that is inside.
    private static final int DECAP_IPV4 = 1 << 7;

    private static final int DECAP_IPV6 = 1 << 8;
    private static final int TCX_NEXT = -1;

    private final BpfProgram program;
    private final BpfLink link;

    private Decapsulator(BpfProgram program, BpfLink link) {
        this.program = program;
        this.link = link;
    }

    /// @param guePort where GUE is taken
    public static Decapsulator on(Host host, String interfaceName, int guePort) {
        return host.in(() -> {
            int ifindex;
            try (var netlink = new Netlink()) {
                ifindex = netlink.links().stream()
                        .filter(link -> link.name().equals(interfaceName))
                        .mapToInt(Link::index)
                        .findFirst()
                        .orElseThrow();
            }
            var program = BpfProgram.loadClassifier("lab_decap", "Apache-2.0", code(guePort));
            return new Decapsulator(program, program.attachTcxIngress(ifindex));
        });
    }

    /// r6 context, r7 packet, r8 length of the headers that go, r9 protocol inside.
    private static byte[] code(int guePort) {
        var code = new Assembler(ByteOrder.nativeOrder());
        code.move(Reg.R6, Reg.R1)
                .move(Reg.R2, LONGEST)
                .call(Helper.SKB_PULL_DATA)
                .load(Width.WORD, Reg.R7, Reg.R6, SkBuff.DATA)
                .load(Width.WORD, Reg.R2, Reg.R6, SkBuff.DATA_END)
                .move(Reg.R3, Reg.R7)
                .alu(Alu.ADD, Reg.R3, LONGEST)
                .jump(Jump.ABOVE, Reg.R3, Reg.R2, "pass")
                .load(Width.HALF, Reg.R2, Reg.R7, 12)
                .jump(Jump.EQUAL, Reg.R2, code.network16(0x0800), "ipv4")
                .jump(Jump.EQUAL, Reg.R2, code.network16(0x86dd), "ipv6")
                .jump("pass");
        outer(code, "ipv4", IPV4, 23, guePort);
        outer(code, "ipv6", IPV6, 20, guePort);
        code.label("inside")
                .move(Reg.R4, DECAP_IPV4)
                .jump(Jump.EQUAL, Reg.R9, 4, "strip")
                .move(Reg.R4, DECAP_IPV6)
                .jump(Jump.NOT_EQUAL, Reg.R9, 41, "pass")
                .label("strip")
                .move(Reg.R1, Reg.R6)
                .negate(Reg.R8)
                .move(Reg.R2, Reg.R8)
                .move(Reg.R3, ROOM_AT_MAC)
                .call(Helper.SKB_ADJUST_ROOM)
                .label("pass")
                .move(Reg.R0, TCX_NEXT)
                .exit();
        return code.assemble();
    }

    private static void outer(Assembler code, String name, int header, int protocolAt, int guePort) {
        int next = ETHERNET + header;
        code.label(name)
                .move(Reg.R8, header)
                .load(Width.BYTE, Reg.R9, Reg.R7, protocolAt)
                .jump(Jump.EQUAL, Reg.R9, 47, name + "-gre")
                .jump(Jump.NOT_EQUAL, Reg.R9, 17, "inside")
                .load(Width.HALF, Reg.R2, Reg.R7, next + 2)
                .jump(Jump.NOT_EQUAL, Reg.R2, code.network16(guePort), "pass")
                .load(Width.BYTE, Reg.R2, Reg.R7, next + 8)
                .jump(Jump.NOT_EQUAL, Reg.R2, 0, "pass")
                .alu(Alu.ADD, Reg.R8, UDP_GUE)
                .load(Width.BYTE, Reg.R9, Reg.R7, next + 9)
                .jump("inside")
                .label(name + "-gre")
                .load(Width.HALF, Reg.R2, Reg.R7, next)
                .jump(Jump.NOT_EQUAL, Reg.R2, 0, "pass")
                .alu(Alu.ADD, Reg.R8, GRE)
                .load(Width.HALF, Reg.R2, Reg.R7, next + 2)
                .move(Reg.R9, 4)
                .jump(Jump.EQUAL, Reg.R2, code.network16(0x0800), "inside")
                .move(Reg.R9, 41)
                .jump(Jump.EQUAL, Reg.R2, code.network16(0x86dd), "inside")
                .jump("pass");
    }

    @Override
    public void close() {
        link.close();
        program.close();
    }
}
