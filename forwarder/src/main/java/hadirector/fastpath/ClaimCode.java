package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE;
import static hadirector.ebpf.Jump.BELOW;
import static hadirector.ebpf.Jump.BELOW_OR_EQUAL;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R4;
import static hadirector.ebpf.Reg.R6;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Alu;
import hadirector.ebpf.Assembler;
import hadirector.ebpf.Helper;
import hadirector.packet.ArpView;
import hadirector.packet.EthernetView;
import hadirector.packet.Ipv4View;
import java.nio.ByteOrder;

/// Writes the program for the tcx ingress hook. Registers: r6 the `__sk_buff`, r7 the EtherType, r8 start and r9 end of
/// the packet's linear part. Everything that is not ours goes on (TCX_NEXT) as it came.
///
/// ```
///   begin -> ARP  -> target in `addresses`? -----------------------------+
///        \-> IPv4 -> destination in `addresses`? ------------------------+--> punt: mark, OTHERHOST, next
///                 \-> TCP/UDP with ports -> 5-tuple in `flows`? -> hit --+
/// ```
///
/// The label `hit` is where the value of `flows` is in r0: a later version looks up the record there, rewrites and redirects.
final class ClaimCode {
    // struct __sk_buff (linux/bpf.h).
    private static final int SKB_LENGTH = 0;
    private static final int SKB_PACKET_TYPE = 4;
    private static final int SKB_MARK = 8;
    private static final int SKB_PROTOCOL = 16;
    private static final int SKB_VLAN_TCI = 24;
    private static final int SKB_DATA = 76;
    private static final int SKB_DATA_END = 80;

    private static final int PACKET_OTHERHOST = 3; // linux/if_packet.h
    private static final int TCX_NEXT = -1;
    private static final int VLAN_ID_MASK = 0xfff;

    // Offsets from the start of the frame.
    private static final int ARP = EthernetView.LENGTH;
    private static final int ARP_TYPES = ARP; // Hardware and protocol: Ethernet and IPv4 (RFC 826).
    private static final int ARP_ETHERNET_IPV4 = 1 << 16 | EthernetView.TYPE_IPV4;
    private static final int ARP_LENGTHS = ARP + 4; // Of their addresses: 6 and 4.
    private static final int ARP_LENGTHS_6_4 = 0x0604;
    private static final int ARP_TARGET = ARP + (int) ArpView.TARGET;
    private static final int ARP_END = ARP + ArpView.LENGTH;
    private static final int IP = EthernetView.LENGTH;
    private static final int IP_FRAGMENT = IP + (int) Ipv4View.FRAGMENT;
    private static final int IP_PROTOCOL = IP + (int) Ipv4View.PROTOCOL;
    private static final int IP_SOURCE = IP + (int) Ipv4View.SOURCE;
    private static final int IP_TARGET = IP + (int) Ipv4View.DESTINATION;
    private static final int IP_END = IP + Ipv4View.LENGTH_MIN;
    private static final int PORTS_LENGTH = 4;
    private static final int PLAIN_HEADER = 0x45;

    private static final int KEY_ADDRESS = -4;
    private static final int KEY_FLOW = -8 - FlowKey.LENGTH;

    private final Assembler a;
    private final int addresses;
    private final int flows;

    private ClaimCode(ByteOrder order, int addresses, int flows) {
        this.a = new Assembler(order);
        this.addresses = addresses;
        this.flows = flows;
    }

    /// @param addresses descriptor of the map IPv4 address -> flags
    /// @param flows descriptor of the map [FlowKey] -> record index
    static byte[] assemble(ByteOrder order, int addresses, int flows) {
        var code = new ClaimCode(order, addresses, flows);
        code.begin();
        code.makeHeadersLinear();
        code.ipv4();
        code.flow();
        code.punt();
        code.arp();
        return code.a.assemble();
    }

    /// Frames for somebody else's MAC are not ours, nor are those of a VLAN (its own interface gets them untagged).
    private void begin() {
        a.move(R6, R1)
                .load(WORD, R0, R6, SKB_PACKET_TYPE)
                .jump(EQUAL, R0, PACKET_OTHERHOST, "next")
                .load(WORD, R0, R6, SKB_VLAN_TCI)
                .alu(Alu.AND, R0, VLAN_ID_MASK)
                .jump(NOT_EQUAL, R0, 0, "next")
                .load(WORD, R7, R6, SKB_PROTOCOL)
                .jump(EQUAL, R7, a.network16(EthernetView.TYPE_IPV4), "headers")
                .jump(NOT_EQUAL, R7, a.network16(EthernetView.TYPE_ARP), "next")
                .label("headers");
    }

    /// Some drivers leave the headers in page fragments: then they are pulled, as far as the frame goes.
    private void makeHeadersLinear() {
        loadPacket();
        endsWithin(ARP_END, "linear");
        a.load(WORD, R2, R6, SKB_LENGTH)
                .jump(BELOW_OR_EQUAL, R2, ARP_END, "pull")
                .move(R2, ARP_END)
                .label("pull")
                .move(R1, R6)
                .call(Helper.SKB_PULL_DATA)
                .jump(NOT_EQUAL, R0, 0, "next");
        loadPacket();
        a.label("linear");
        endsBeyond(IP_END, "next");
        a.jump(EQUAL, R7, a.network16(EthernetView.TYPE_ARP), "arp");
    }

    private void ipv4() {
        lookUpAddress(IP_TARGET);
        a.jump(NOT_EQUAL, R0, 0, "punt");
    }

    /// Later fragments have no ports, so they cannot be told from the host's own and go on.
    private void flow() {
        a.load(BYTE, R7, R8, IP_PROTOCOL)
                .jump(EQUAL, R7, Ipv4View.TCP, "ports")
                .jump(NOT_EQUAL, R7, Ipv4View.UDP, "next")
                .label("ports")
                .load(HALF, R1, R8, IP_FRAGMENT)
                .alu(Alu.AND, R1, a.network16(Ipv4View.OFFSET_MASK))
                .jump(NOT_EQUAL, R1, 0, "next")
                .store(WORD, R10, KEY_FLOW + FlowKey.PROTOCOL, 0)
                .store(BYTE, R10, KEY_FLOW + FlowKey.PROTOCOL, R7)
                .load(WORD, R1, R8, IP_SOURCE)
                .store(WORD, R10, KEY_FLOW + FlowKey.SOURCE, R1)
                .load(WORD, R1, R8, IP_TARGET)
                .store(WORD, R10, KEY_FLOW + FlowKey.TARGET, R1)
                .load(BYTE, R1, R8, IP)
                .jump(NOT_EQUAL, R1, PLAIN_HEADER, "options");
        endsBeyond(IP_END + PORTS_LENGTH, "next");
        a.load(WORD, R1, R8, IP_END).store(WORD, R10, KEY_FLOW + FlowKey.SOURCE_PORT, R1).jump("look up flow");
        portsBehindOptions();
        a.label("look up flow")
                .loadMap(R1, flows)
                .move(R2, R10)
                .alu(Alu.ADD, R2, KEY_FLOW)
                .call(Helper.MAP_LOOKUP)
                .jump(EQUAL, R0, 0, "next")
                .label("hit");
    }

    /// r1 holds the byte of version and header length, which is not that of a plain header.
    private void portsBehindOptions() {
        a.label("options")
                .move(R2, R1)
                .alu(Alu.SHIFT_RIGHT, R1, 4)
                .jump(NOT_EQUAL, R1, 4, "next")
                .alu(Alu.AND, R2, 15)
                .jump(BELOW, R2, 5, "next")
                .alu(Alu.SHIFT_LEFT, R2, 2)
                .alu(Alu.ADD, R2, IP)
                .move(R1, R6)
                .move(R3, R10)
                .alu(Alu.ADD, R3, KEY_FLOW + FlowKey.SOURCE_PORT)
                .move(R4, PORTS_LENGTH)
                .call(Helper.SKB_LOAD_BYTES)
                .jump(NOT_EQUAL, R0, 0, "next");
    }

    /// The mark lets the packet through our socket's filter; as a packet for another host the host's stack drops it.
    private void punt() {
        a.label("punt")
                .move(R1, ClaimProgram.MARK)
                .store(WORD, R6, SKB_MARK, R1)
                .move(R1, R6)
                .move(R2, PACKET_OTHERHOST)
                .call(Helper.SKB_CHANGE_TYPE)
                .label("next")
                .move(R0, TCX_NEXT)
                .exit();
    }

    private void arp() {
        a.label("arp");
        endsBeyond(ARP_END, "next");
        a.load(WORD, R1, R8, ARP_TYPES)
                .jump32(NOT_EQUAL, R1, a.network32(ARP_ETHERNET_IPV4), "next")
                .load(HALF, R1, R8, ARP_LENGTHS)
                .jump(NOT_EQUAL, R1, a.network16(ARP_LENGTHS_6_4), "next");
        lookUpAddress(ARP_TARGET);
        a.jump(NOT_EQUAL, R0, 0, "punt").jump("next");
    }

    private void lookUpAddress(int offset) {
        a.load(WORD, R1, R8, offset)
                .store(WORD, R10, KEY_ADDRESS, R1)
                .loadMap(R1, addresses)
                .move(R2, R10)
                .alu(Alu.ADD, R2, KEY_ADDRESS)
                .call(Helper.MAP_LOOKUP);
    }

    private void loadPacket() {
        a.load(WORD, R8, R6, SKB_DATA).load(WORD, R9, R6, SKB_DATA_END);
    }

    private void endsWithin(int length, String label) {
        a.move(R1, R8).alu(Alu.ADD, R1, length).jump(BELOW_OR_EQUAL, R1, R9, label);
    }

    private void endsBeyond(int length, String label) {
        a.move(R1, R8).alu(Alu.ADD, R1, length).jump(ABOVE, R1, R9, label);
    }
}
