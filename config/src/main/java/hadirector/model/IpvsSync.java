package hadirector.model;

import java.time.Duration;

/// How this director speaks IPVS's sync protocol with directors that are Linux kernels, as `ipvsadm --start-daemon` sets it there.
///
/// @param interfaceName by which messages come and go
/// @param receive whether connections are taken over from an IPVS master, as its backup would
/// @param send whether connections of the groups that are held are told to IPVS backups
/// @param holdBack whether this director claims no group, because an IPVS director still holds the VIPs
/// @param syncId of what is sent; of what is received too, if it is not 0
/// @param group multicast address, of either family
/// @param port UDP
/// @param refresh how often each connection is told again, so that a backup does not let it expire
/// @param lengthMax of a message that is sent, in bytes of UDP payload
public record IpvsSync(
        String interfaceName,
        boolean receive,
        boolean send,
        boolean holdBack,
        int syncId,
        IpAddress group,
        int port,
        Duration refresh,
        int lengthMax) {
    /// IP_VS_SYNC_GROUP and IP_VS_SYNC_PORT of net/netfilter/ipvs/ip_vs_sync.c.
    public static final IpAddress GROUP = IpAddress.v4(0xe0000051);

    public static final int PORT = 8848;

    /// The same, holding back or not.
    public IpvsSync holdingBack(boolean holdBack) {
        return new IpvsSync(interfaceName, receive, send, holdBack, syncId, group, port, refresh, lengthMax);
    }

    /// Payload that fits into a frame of 1500 bytes, as the kernel's default.
    public static int lengthMax(IpAddress group) {
        return group.isV4() ? 1500 - 20 - 8 : 1500 - 40 - 8;
    }
}
