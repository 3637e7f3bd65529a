package hadirector.afpacket;

/// Another engine of this network namespace holds the interface.
public final class InterfaceBusyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    InterfaceBusyException(String interfaceName) {
        super("another engine runs on " + interfaceName);
    }
}
