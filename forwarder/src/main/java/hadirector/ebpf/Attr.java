package hadirector.ebpf;

/// Commands of bpf(2) and offsets within `union bpf_attr` (linux/bpf.h).
final class Attr {
    static final int MAP_CREATE = 0;
    static final int MAP_LOOKUP_ELEM = 1;
    static final int MAP_UPDATE_ELEM = 2;
    static final int MAP_DELETE_ELEM = 3;
    static final int MAP_GET_NEXT_KEY = 4;
    static final int PROG_LOAD = 5;
    static final int OBJ_PIN = 6;
    static final int OBJ_GET = 7;
    static final int PROG_TEST_RUN = 10;
    static final int PROG_GET_FD_BY_ID = 13;
    static final int OBJ_GET_INFO_BY_FD = 15;
    static final int PROG_QUERY = 16;
    static final int MAP_LOOKUP_BATCH = 24;
    static final int MAP_UPDATE_BATCH = 26;
    static final int MAP_DELETE_BATCH = 27;
    static final int LINK_CREATE = 28;
    static final int LINK_UPDATE = 29;

    static final int NAME_LENGTH = 16;

    static final long MAP_TYPE = 0;
    static final long MAP_KEY_SIZE = 4;
    static final long MAP_VALUE_SIZE = 8;
    static final long MAP_MAX_ENTRIES = 12;
    static final long MAP_FLAGS = 16;
    static final long MAP_INNER_FD = 20;
    static final long MAP_NAME = 28;
    static final int MAP_CREATE_LENGTH = 44;

    static final long ELEM_MAP_FD = 0;
    static final long ELEM_KEY = 8;
    static final long ELEM_VALUE = 16;
    static final long ELEM_FLAGS = 24;
    static final int ELEM_LENGTH = 32;

    static final long BATCH_IN = 0;
    static final long BATCH_OUT = 8;
    static final long BATCH_KEYS = 16;
    static final long BATCH_VALUES = 24;
    static final long BATCH_COUNT = 32;
    static final long BATCH_MAP_FD = 36;
    static final int BATCH_LENGTH = 56;

    static final long PROG_TYPE = 0;
    static final long PROG_COUNT = 4;
    static final long PROG_CODE = 8;
    static final long PROG_LICENSE = 16;
    static final long PROG_LOG_LEVEL = 24;
    static final long PROG_LOG_SIZE = 28;
    static final long PROG_LOG = 32;
    static final long PROG_FLAGS = 44;
    static final long PROG_NAME = 48;
    static final long PROG_ATTACH_TYPE = 68;
    static final int PROG_LOAD_LENGTH = 72;

    static final long LINK_PROG_FD = 0;
    static final long LINK_IFINDEX = 4;
    static final long LINK_ATTACH_TYPE = 8;
    static final long LINK_FLAGS = 12;
    static final int LINK_CREATE_LENGTH = 32;

    static final long UPDATE_LINK_FD = 0;
    static final long UPDATE_PROG_FD = 4;
    static final int UPDATE_LENGTH = 16;

    static final long OBJ_PATH = 0;
    static final long OBJ_FD = 8;
    static final int OBJ_LENGTH = 16;

    static final long TEST_PROG_FD = 0;
    static final long TEST_RETVAL = 4;
    static final long TEST_DATA_SIZE_IN = 8;
    static final long TEST_DATA_SIZE_OUT = 12;
    static final long TEST_DATA_IN = 16;
    static final long TEST_DATA_OUT = 24;
    static final long TEST_REPEAT = 32;
    static final long TEST_DURATION = 36;
    static final long TEST_CTX_SIZE_IN = 40;
    static final long TEST_CTX_SIZE_OUT = 44;
    static final long TEST_CTX_IN = 48;
    static final long TEST_CTX_OUT = 56;
    static final long TEST_FLAGS = 64;
    static final long TEST_BATCH_SIZE = 72;
    static final int TEST_LENGTH = 80;

    static final long ID = 0;
    static final int ID_LENGTH = 12;

    static final long INFO_FD = 0;
    static final long INFO_SIZE = 4;
    static final long INFO_ADDRESS = 8;
    static final int INFO_LENGTH = 16;
    /// In `struct bpf_prog_info`, whose first 80 bytes are enough here.
    static final long PROG_INFO_TYPE = 0;
    static final long PROG_INFO_NAME = 64;
    static final int PROG_INFO_LENGTH = 80;

    /// In `struct bpf_map_info`, whose first 40 bytes are enough here.
    static final long MAP_INFO_TYPE = 0;
    static final long MAP_INFO_VALUE_SIZE = 12;
    static final long MAP_INFO_MAX_ENTRIES = 16;
    static final long MAP_INFO_FLAGS = 20;
    static final int MAP_INFO_LENGTH = 40;

    static final long QUERY_IFINDEX = 0;
    static final long QUERY_ATTACH_TYPE = 4;
    static final long QUERY_PROG_IDS = 16;
    static final long QUERY_PROG_COUNT = 24;
    /// With the link ids and the revision, which tcx wants room for (Linux 6.6).
    static final int QUERY_LENGTH = 64;

    private Attr() {}
}
