package hadirector.preflight;

import hadirector.model.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What is asked of the machine that a director runs on.
public interface Machine {
    /// The interface that has this address; empty if none has.
    Optional<String> interfaceOf(IpAddress address);

    /// Whether processes may bind IPv4 addresses that the machine does not have (sysctl net.ipv4.ip_nonlocal_bind).
    boolean bindsForeignAddresses();

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
            public boolean bindsForeignAddresses() {
                try {
                    return !Files.readString(Path.of("/proc/sys/net/ipv4/ip_nonlocal_bind")).strip().equals("0");
                } catch (IOException _) {
                    return false;
                }
            }
        };
    }
}
