package hadirector.fastpath;

/// What the programs know of a virtual service: an element of `hd_service`, 128 bytes in the machine's order, written by
/// Java through mapped memory and found by way of the map of (VIP, port, protocol).
///
/// ```
///   0    4      8     12  16            32              48             64           72        128
///   +----+------+-----+---+-------------+---------------+--------------+------------+---------+
///   |acl |flags |cells|   | SYNs        | proven SYNs   | strays       | challenged |         |
///   +----+------+-----+---+-------------+---------------+--------------+------------+---------+
///                          bucket: interval u64 | time u64
/// ```
///
/// A bucket lets one packet through per `interval` nanoseconds (0: every packet), and after a rest as many more as fit [#BURST_NANOS].
/// `time` is the programs': when the bucket will be full again. Two processors at once may take one token for two.
public final class ServiceEntry {
    public static final int LENGTH = 128;

    /// Id of the access list in `hd_acl`, 0 if there is none.
    public static final int ACL = 0;

    public static final int FLAGS = 4;

    /// Number of cells in the service's table of choices.
    public static final int CELLS = 8;

    /// Bucket of first segments from sources that have not proven their address; if it lets every packet through, nobody is asked
    /// for a proof.
    public static final int SYNS = 16;

    /// Bucket of first segments from sources that have.
    public static final int PROVEN_SYNS = 32;

    /// Bucket of packets that belong to no connection and begin none.
    public static final int STRAYS = 48;

    /// CLOCK_MONOTONIC of the last challenge, 0 if there was none.
    public static final int CHALLENGED = 64;

    /// In a bucket.
    public static final int INTERVAL = 0;

    public static final int TIME = 8;

    /// `FLAGS`: clients that no prefix of the access list holds are let in.
    public static final int OTHERS_IN = 1;

    /// `FLAGS`: the kernel chooses the realserver and makes the flow.
    public static final int SCHEDULE = 2;

    /// `FLAGS`: sources whose SYN finds the bucket empty are challenged.
    public static final int CHALLENGE = 4;

    public static final long BURST_NANOS = 20_000_000;

    private ServiceEntry() {}
}
