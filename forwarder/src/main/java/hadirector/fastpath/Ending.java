package hadirector.fastpath;

/// A FIN or RST of a known connection that the programs have forwarded, as they tell it: numbers in the machine's order.
///
/// ```
///   0             4           8
///   +-------------+-----------+
///   | flow u32    | flags u32 |
///   +-------------+-----------+
/// ```
///
/// `flow` is what [hadirector.conn.ConnectionTable#find] returns, `flags` byte 13 of the TCP header.
public final class Ending {
    public static final int FLOW = 0;
    public static final int FLAGS = 4;
    public static final int LENGTH = 8;

    private Ending() {}
}
