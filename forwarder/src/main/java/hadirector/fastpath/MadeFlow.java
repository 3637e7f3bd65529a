package hadirector.fastpath;

import hadirector.conn.FlowRecord;
import hadirector.conn.TableLayout;

/// What the kernel makes of a new connection by itself when it schedules: layouts that Java and the programs share, numbers in the
/// machine's order unless said otherwise.
///
/// ```
///   hd_templates, by the realserver's number          hd_made, LRU, by the client's packets
///   0      4       8    64          128         192         key: source 16 | destination 16 | ports 4 | protocol u32
///   +------+-------+----+-----------+-----------+           +-----------+-----------+-------+------+--------+-------+-------+---+
///   |flags |version| 0  | record 0  | record 1  |  ------>  | record 0  | record 1  |service|server|expected|state 0|state 1| 0 | 152
///   +------+-------+----+-----------+-----------+           +-----------+-----------+-------+------+--------+-------+-------+---+
///
///   hd_vips, by the endpoint of a NAT realserver: the VIP and port that its answers come from, both as [EndpointKey]
///
///   hd_told, ring buffer:  key 40 (direction 0) | service u32 | server u32 | client's MAC 8 | ifindex u32 | 0 u32
/// ```
///
/// The records are [FlowRecord]s, complete but for the client's MAC and interface, which its frame shows. An answer finds its flow by the VIP that
/// stands in its realserver's place, so that one entry does for both directions.
public final class MadeFlow {
    /// In a template.
    public static final int FLAGS = 0;

    /// `FLAGS`: the realserver is up and has weight.
    public static final int UP = 1;

    /// In a template, u32: odd while its records are written, another one afterwards.
    static final int VERSION = 4;

    public static final int TEMPLATE_LENGTH = TableLayout.SLOT_LENGTH;
    public static final int RECORD_0 = TableLayout.RECORDS;
    public static final int RECORD_1 = RECORD_0 + FlowRecord.LENGTH;

    /// In a key, as in [Stack]: addresses and ports in network order.
    public static final int SOURCE = 0;

    public static final int DESTINATION = 16;
    public static final int SOURCE_PORT = 32;
    public static final int DESTINATION_PORT = 34;
    public static final int PROTOCOL = 36;
    public static final int KEY_LENGTH = 40;

    /// In a value: the record of the answers, of NAT.
    public static final int ANSWERS = FlowRecord.LENGTH;

    /// In a value, behind the records.
    public static final int SERVICE = 2 * FlowRecord.LENGTH;

    public static final int SERVER = SERVICE + 4;

    /// What a client that has seen the realserver's answers acknowledges at least.
    static final int EXPECTED = SERVICE + 8;

    /// Of the client's packets; behind it that of the answers. A word each, as two processors may write them at once.
    public static final int STATE = SERVICE + 12;

    static final int ANSWERS_STATE = STATE + Integer.BYTES;
    public static final int VALUE_LENGTH = SERVICE + 24;

    /// `STATE`: Java knows.
    static final int TOLD = 1;

    /// `ANSWERS_STATE`: the realserver has answered.
    static final int ANSWERED = 2;

    /// Either state: a FIN went this way.
    public static final int FINISHED = 4;

    /// Either state: a RST went this way.
    public static final int RESET = 8;

    /// In what Java is told, behind the key.
    public static final int TOLD_SERVICE = KEY_LENGTH;

    public static final int TOLD_SERVER = KEY_LENGTH + 4;
    public static final int TOLD_MAC = KEY_LENGTH + 8;
    public static final int TOLD_IFINDEX = KEY_LENGTH + 16;
    public static final int TOLD_LENGTH = KEY_LENGTH + 24;

    /// Server numbers in an element of a table of choices (16 bits each).
    static final int CELLS_IN_ELEMENT = 4;

    private MadeFlow() {}
}
