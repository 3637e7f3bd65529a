package hadirector.fastpath;

import hadirector.conn.FlowRecord;
import hadirector.conn.TableLayout;

/// What the kernel makes of a new connection by itself when it schedules: layouts that Java and the programs share, numbers in the
/// machine's order unless said otherwise.
///
/// ```
///   hd_templates, by the realserver's number          hd_made, LRU, one entry for each direction that passes here
///   0      4       8    64          128         192         key: source 16 | destination 16 | ports 4 | protocol u32
///   +------+-------+----+-----------+-----------+           +----------+-------+------+--------+-----+
///   |flags |version| 0  | record 0  | record 1  |  ------>  | record 64|service|server|expected|state| 80
///   +------+-------+----+-----------+-----------+           +----------+-------+------+--------+-----+
///
///   hd_told, ring buffer:  key 40 (direction 0) | service u32 | server u32 | client's MAC 8 | ifindex u32 | 0 u32
/// ```
///
/// The records are [FlowRecord]s, complete but for the client's MAC and interface, which its frame shows.
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

    /// In a value, behind the record.
    public static final int SERVICE = FlowRecord.LENGTH;

    public static final int SERVER = SERVICE + 4;

    /// Of direction 1: what a client that has seen the realserver's answers acknowledges at least.
    static final int EXPECTED = SERVICE + 8;

    public static final int STATE = SERVICE + 12;
    public static final int VALUE_LENGTH = SERVICE + 16;

    /// `STATE`, direction 0: Java knows.
    static final int TOLD = 1;

    /// `STATE`, direction 1: the realserver has answered.
    static final int ANSWERED = 2;

    /// `STATE`: a FIN went this way.
    public static final int FINISHED = 4;

    /// `STATE`: a RST went this way.
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
