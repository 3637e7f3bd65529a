package hadirector.preflight;

import hadirector.fastpath.ForeignPrograms;
import hadirector.keys.Identity;
import hadirector.keys.KeyTrouble;
import hadirector.linux.Abi;
import hadirector.linux.ErrnoException;
import hadirector.linux.KernelVersion;
import hadirector.model.IpAddress;
import hadirector.netlink.Netlink;
import hadirector.outbound.Nft;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What is asked of the machine that a director runs on.
public interface Machine {
    /// The interface that has this address; empty if none has.
    Optional<String> interfaceOf(IpAddress address);

    /// A kernel setting by its path below /proc/sys, `net/ipv4/ip_forward`; empty if there is none.
    Optional<String> setting(String path);

    boolean isBridge(String interfaceName);

    boolean hasNft();

    KernelVersion kernel();

    /// How packets for `destination` leave now; empty if there is no route.
    Optional<Way> way(IpAddress destination);

    /// @param mtu of the interface
    record Way(String interfaceName, int mtu) {}

    /// BPF programs of others that see the interface's frames, by hook and name; empty if there are none or we may not ask.
    List<String> programs(String interfaceName);

    /// What is not as it should be with a member's keys.
    List<KeyTrouble> keys(Path file, Identity self);

    /// This machine, asked anew at each call.
    static Machine local() {
        return new Machine() {
            @Override
            public Optional<String> interfaceOf(IpAddress address) {
                try {
                    // A literal: no resolver is asked.
                    var found = NetworkInterface.getByInetAddress(InetAddress.getByName(address.toString()));
                    return Optional.ofNullable(found).map(NetworkInterface::getName);
                } catch (SocketException | UnknownHostException _) {
                    return Optional.empty();
                }
            }

            @Override
            public Optional<String> setting(String path) {
                try {
                    return Optional.of(Files.readString(Path.of("/proc/sys", path)).strip());
                } catch (IOException _) {
                    return Optional.empty();
                }
            }

            @Override
            public boolean isBridge(String interfaceName) {
                return Files.exists(Path.of("/sys/class/net", interfaceName, "bridge"));
            }

            @Override
            public boolean hasNft() {
                return Nft.program().isPresent();
            }

            @Override
            public KernelVersion kernel() {
                return KernelVersion.current();
            }

            @Override
            public Optional<Way> way(IpAddress destination) {
                if (Abi.current().isEmpty()) {
                    return Optional.empty();
                }
                try (var netlink = new Netlink()) {
                    return netlink.nextHop(destination)
                            .flatMap(hop -> netlink.links().stream().filter(link -> link.index() == hop.ifindex()).findFirst())
                            .map(link -> new Way(link.name(), link.mtu()));
                } catch (ErrnoException _) {
                    return Optional.empty();
                }
            }

            @Override
            public List<KeyTrouble> keys(Path file, Identity self) {
                return KeyTrouble.of(file, self, Instant.now());
            }

            @Override
            public List<String> programs(String interfaceName) {
                if (Abi.current().isEmpty()) {
                    return List.of();
                }
                try (var netlink = new Netlink()) {
                    var known = NetworkInterface.getByName(interfaceName);
                    return known == null ? List.of() : ForeignPrograms.on(known.getIndex(), netlink);
                } catch (SocketException | ErrnoException _) {
                    return List.of();
                }
            }
        };
    }
}
