package hadirector.ebpf;

import hadirector.linux.Abi;
import hadirector.linux.Capability;
import hadirector.linux.Descriptors;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import hadirector.linux.KernelVersion;
import hadirector.linux.Sockets;
import java.nio.ByteOrder;
import java.util.EnumSet;

/// Asks the running kernel for all that the packet engine needs, changing nothing: a map, a program, a packet socket.
public final class PacketEngineProbe {
    private static final EnumSet<Capability> NEEDED =
            EnumSet.of(Capability.CAP_BPF, Capability.CAP_NET_ADMIN, Capability.CAP_NET_RAW);
    /// Atomic operations and bpf_check_mtu came with 5.12; the next one with long-term support is the oldest that is thought of.
    private static final KernelVersion SINCE = new KernelVersion(5, 15);


    private PacketEngineProbe() {}

    public static Support probe() {
        String machine = System.getProperty("os.name", "?") + " on " + System.getProperty("os.arch", "?");
        if (!System.getProperty("os.name", "").equals("Linux") || Abi.current().isEmpty()) {
            return new Support.Missing(
                    "not known: " + machine, "Use `engine = proxy` on this machine, or a 64-bit Linux machine.");
        }
        var missing = EnumSet.copyOf(NEEDED);
        missing.removeAll(Capability.effective());
        if (!missing.isEmpty()) {
            return missing(missing);
        }
        return ask();
    }

    static Support missing(EnumSet<Capability> capabilities) {
        String names = String.join(" ", capabilities.stream().map(Enum::name).toList());
        return new Support.Missing(
                "missing privilege: " + names,
                "Start the director as root or with AmbientCapabilities=%s in its systemd unit.".formatted(names));
    }

    private static Support ask() {
        try {
            Descriptors.close(Sockets.open(Sockets.AF_PACKET, Sockets.SOCK_RAW, 0));
            BpfMap.hash("probe", Integer.BYTES, Integer.BYTES, 1).close();
            return askForHook();
        } catch (ErrnoException e) {
            return e.errno() == Errno.EPERM || e.errno() == Errno.EACCES
                    ? new Support.Missing(
                            String.valueOf(e.getMessage()),
                            "Lift what holds the privilege back: a container's seccomp profile, an LSM or kernel lockdown.")
                    : new Support.Unknown(String.valueOf(e.getMessage()));
        } catch (VerifierException e) {
            return new Support.Unknown(String.valueOf(e.getMessage()));
        }
    }

    /// Loads a classifier; which hook there is for it is asked when it is attached, as every kernel that loads it has one.
    private static Support askForHook() {
        if (KernelVersion.current().compareTo(SINCE) < 0) {
            return new Support.Missing(
                    "Linux " + KernelVersion.current() + " is too old",
                    "Use Linux %s or newer, or `engine = proxy`.".formatted(SINCE));
        }
        var code = new Assembler(ByteOrder.nativeOrder()).move(Reg.R0, -1).exit().assemble();
        BpfProgram.loadClassifier("probe", "Apache-2.0", code).close();
        return new Support.Available();
    }
}
