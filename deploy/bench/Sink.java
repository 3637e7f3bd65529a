import hadirector.ebpf.Alu;
import hadirector.ebpf.Assembler;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.Jump;
import hadirector.ebpf.Reg;
import hadirector.ebpf.Width;
import hadirector.ebpf.XdpBuff;
import hadirector.ebpf.XdpMode;
import java.net.NetworkInterface;
import java.nio.ByteOrder;

/// Takes UDP over IPv4 to port 9 off an interface by an XDP program, with less work than any director has with it, until it is killed:
/// `Sink INTERFACE`. Prints `ready`.
void main(String[] args) throws Exception {
    try (var program = BpfProgram.loadXdp("hd_sink", "GPL", program());
            var _ = program.attachXdp(NetworkInterface.getByName(args[0]).getIndex(), XdpMode.NATIVE)) {
        IO.println("ready");
        Thread.sleep(Long.MAX_VALUE);
    }
}

static final int XDP_DROP = 1;
static final int XDP_PASS = 2;

static byte[] program() {
    var asm = new Assembler(ByteOrder.nativeOrder());
    asm.load(Width.WORD, Reg.R2, Reg.R1, XdpBuff.DATA).load(Width.WORD, Reg.R3, Reg.R1, XdpBuff.DATA_END).move(Reg.R0, XDP_PASS);
    asm.move(Reg.R4, Reg.R2).alu(Alu.ADD, Reg.R4, UdpFrame.PAYLOAD).jump(Jump.ABOVE, Reg.R4, Reg.R3, "end");
    asm.load(Width.HALF, Reg.R4, Reg.R2, 12).jump(Jump.NOT_EQUAL, Reg.R4, asm.network16(0x0800), "end");
    asm.load(Width.BYTE, Reg.R4, Reg.R2, 23).jump(Jump.NOT_EQUAL, Reg.R4, 17, "end");
    asm.load(Width.HALF, Reg.R4, Reg.R2, 36).jump(Jump.NOT_EQUAL, Reg.R4, asm.network16(9), "end");
    return asm.move(Reg.R0, XDP_DROP).label("end").exit().assemble();
}
