package hadirector.linux;

import java.util.Map;
import java.util.Optional;

/// What differs between the architectures that we run on. All are 64-bit with the generic kernel ABI, so the structs that we use
/// (`msghdr` 56 bytes, `mmsghdr` 64, `iovec` 16, `pollfd` 8, `sockaddr_ll` 20, `bpf_attr`) and the socket options have the
/// same layout and numbers on each; only their byte order is the machine's own.
///
/// @param name as Java's `os.arch` says it
/// @param bpf number of bpf(2), for which libc has no function (asm/unistd.h, syscall.tbl)
public record Abi(String name, int bpf) {
    private static final Map<String, Abi> KNOWN =
            Map.of(
                    "amd64", new Abi("amd64", 321),
                    "aarch64", new Abi("aarch64", 280),
                    "s390x", new Abi("s390x", 351),
                    "ppc64le", new Abi("ppc64le", 361),
                    "riscv64", new Abi("riscv64", 280));

    public static Optional<Abi> of(String osArch) {
        return Optional.ofNullable(KNOWN.get(osArch));
    }

    /// Of the machine that this runs on, if we know it; without, only the proxy engine can run.
    public static Optional<Abi> current() {
        return of(System.getProperty("os.arch", ""));
    }
}
