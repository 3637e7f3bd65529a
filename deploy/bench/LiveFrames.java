import hadirector.ebpf.Alu;
import hadirector.ebpf.Assembler;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.Helper;
import hadirector.ebpf.Jump;
import hadirector.ebpf.Reg;
import hadirector.ebpf.Width;
import hadirector.ebpf.XdpBuff;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/// Sends small UDP datagrams out of an interface as XDP frames, without a socket and a system call for each (BPF_PROG_TEST_RUN with
/// BPF_F_TEST_XDP_LIVE_FRAMES), so that the generator does not bound what is measured:
/// `LiveFrames INTERFACE GATEWAY-MAC SOURCE TARGET PORT FLOWS SECONDS`. FLOWS is a power of two, at most 32768; each frame takes one of as
/// many source ports at random. Prints `sending` when it begins and `sent=N` in the end. The interface needs `gro on`, and so does the one that it leads to.
void main(String[] args) throws Exception {
    var device = NetworkInterface.getByName(args[0]);
    byte[] gateway = HexFormat.of().parseHex(args[1].replace(":", ""));
    byte[] source = InetAddress.getByName(args[2]).getAddress();
    byte[] target = InetAddress.getByName(args[3]).getAddress();
    int flows = Integer.parseInt(args[5]);
    byte[] frame = UdpFrame.of(gateway, device.getHardwareAddress(), source, target, FIRST_PORT, Integer.parseInt(args[4]));
    // All ones is another zero in the sum of ones' complement, so the checksum is right.
    frame[UdpFrame.PAYLOAD] = (byte) 0xff;
    frame[UdpFrame.PAYLOAD + 1] = (byte) 0xff;
    long sent = 0;
    try (var arena = Arena.ofConfined();
            var program = BpfProgram.loadXdp("hd_bench", "GPL", program(frame, flows))) {
        var memory = arena.allocate(frame.length, 8).copyFrom(MemorySegment.ofArray(frame));
        IO.println("sending");
        long end = System.nanoTime() + Long.parseLong(args[6]) * 1_000_000_000L;
        // Each call sets up and takes down a pool of pages, which takes tens of ms: calls of a second or so.
        int atOnce = 1 << 14;
        for (long now = System.nanoTime(); now < end; ) {
            long before = now;
            program.runLive(memory, device.getIndex(), atOnce);
            now = System.nanoTime();
            sent += atOnce;
            atOnce = now - before < CALL_NANOS / 2 ? 2 * atOnce : atOnce;
        }
    }
    IO.println("sent=" + sent);
}

static final int FIRST_PORT = 0x4000;
static final long CALL_NANOS = 1_000_000_000L;
static final int XDP_DROP = 1;
static final int XDP_TX = 3;

/// Writes the whole frame, since the kernel uses its memory again with all that was done to it on the way; then a random flow number into
/// the lower bits of the source port, and its complement into the payload, which leaves the checksum right.
static byte[] program(byte[] frame, int flows) {
    var asm = new Assembler(ByteOrder.nativeOrder());
    asm.move(Reg.R6, Reg.R1).call(Helper.GET_PRANDOM_U32).alu(Alu.AND, Reg.R0, flows - 1);
    asm.load(Width.WORD, Reg.R2, Reg.R6, XdpBuff.DATA).load(Width.WORD, Reg.R3, Reg.R6, XdpBuff.DATA_END);
    asm.move(Reg.R4, Reg.R2).alu(Alu.ADD, Reg.R4, UdpFrame.LENGTH).jump(Jump.ABOVE, Reg.R4, Reg.R3, "drop");
    var words = ByteBuffer.wrap(frame).order(ByteOrder.nativeOrder());
    for (int at = 0; at < UdpFrame.LENGTH; at += Integer.BYTES) {
        asm.store(Width.WORD, Reg.R2, at, words.getInt(at));
    }
    asm.move(Reg.R5, Reg.R0).alu(Alu.XOR, Reg.R5, -1);
    asm.store(Width.BYTE, Reg.R2, UdpFrame.SOURCE_PORT + 1, Reg.R0).store(Width.BYTE, Reg.R2, UdpFrame.PAYLOAD + 1, Reg.R5);
    asm.alu(Alu.SHIFT_RIGHT, Reg.R0, 8).alu(Alu.SHIFT_RIGHT, Reg.R5, 8).alu(Alu.OR, Reg.R0, FIRST_PORT >> 8);
    asm.store(Width.BYTE, Reg.R2, UdpFrame.SOURCE_PORT, Reg.R0).store(Width.BYTE, Reg.R2, UdpFrame.PAYLOAD, Reg.R5);
    return asm.move(Reg.R0, XDP_TX).exit().label("drop").move(Reg.R0, XDP_DROP).exit().assemble();
}
