package hadirector.ebpf;

/// Commands of bpf(2) and offsets within `union bpf_attr` (linux/bpf.h).
final class Attr {
    static final int MAP_CREATE = 0;
    static final int MAP_LOOKUP_ELEM = 1;
    static final int MAP_UPDATE_ELEM = 2;
    static final int MAP_DELETE_ELEM = 3;
    static final int PROG_LOAD = 5;
    static final int MAP_UPDATE_BATCH = 26;
    static final int MAP_DELETE_BATCH = 27;
    static final int LINK_CREATE = 28;

    static final int NAME_LENGTH = 16;

    static final long MAP_TYPE = 0;
    static final long MAP_KEY_SIZE = 4;
    static final long MAP_VALUE_SIZE = 8;
    static final long MAP_MAX_ENTRIES = 12;
    static final long MAP_FLAGS = 16;
    static final long MAP_NAME = 28;
    static final int MAP_CREATE_LENGTH = 44;

    static final long ELEM_MAP_FD = 0;
    static final long ELEM_KEY = 8;
    static final long ELEM_VALUE = 16;
    static final long ELEM_FLAGS = 24;
    static final int ELEM_LENGTH = 32;

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
    static final long PROG_NAME = 48;
    static final long PROG_ATTACH_TYPE = 68;
    static final int PROG_LOAD_LENGTH = 72;

    static final long LINK_PROG_FD = 0;
    static final long LINK_IFINDEX = 4;
    static final long LINK_ATTACH_TYPE = 8;
    static final int LINK_CREATE_LENGTH = 32;

    private Attr() {}
}
