package hadirector.sync.ipvs;

import static hadirector.sync.ipvs.IpvsLayout.U32;
import static hadirector.sync.ipvs.IpvsLayout.U8;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// What stands behind an entry's addresses.
///
/// @param translated whether sequence numbers are shifted by anything but 0
/// @param refusal of the entry, because of them
record IpvsParameters(boolean translated, Optional<IpvsRefusal> refusal) {
    /// Words of an `ip_vs_seq`: its initial number, the shift, the shift before that; one for each direction.
    private static final int SEQUENCE_WORDS = 3;

    static IpvsParameters decode(MemorySegment from) {
        boolean translated = false;
        int seen = 0;
        long at = 0;
        while (at < from.byteSize()) {
            long room = from.byteSize() - at - 2;
            int length = room < 0 ? 0 : Byte.toUnsignedInt(from.get(U8, at + 1));
            if (length == 0 || length > room) {
                return refused(IpvsRefusal.FORMAT);
            }
            int kind = Byte.toUnsignedInt(from.get(U8, at));
            int known = kind & ~IpvsLayout.PARAMETER_OPTIONAL;
            if (known >= IpvsLayout.PARAMETER_SEQUENCE && known <= IpvsLayout.PARAMETER_ENGINE_NAME) {
                if ((seen & 1 << known) != 0 || !fits(known, length)) {
                    return refused(IpvsRefusal.FORMAT);
                }
                seen |= 1 << known;
                translated |= known == IpvsLayout.PARAMETER_SEQUENCE && isShifted(from, at + 2);
            } else if ((kind & IpvsLayout.PARAMETER_OPTIONAL) == 0) {
                return refused(IpvsRefusal.PARAMETER);
            }
            at += 2 + length;
        }
        return new IpvsParameters(translated, Optional.empty());
    }

    private static IpvsParameters refused(IpvsRefusal why) {
        return new IpvsParameters(false, Optional.of(why));
    }

    private static boolean fits(int kind, int length) {
        return switch (kind) {
            case IpvsLayout.PARAMETER_SEQUENCE -> length == IpvsLayout.SEQUENCE_LENGTH;
            case IpvsLayout.PARAMETER_ENGINE_NAME -> length <= IpvsLayout.ENGINE_NAME_MAX;
            default -> true;
        };
    }

    private static boolean isShifted(MemorySegment from, long at) {
        for (int word = 0; word < 2 * SEQUENCE_WORDS; word++) {
            if (word % SEQUENCE_WORDS != 0 && from.get(U32, at + 4L * word) != 0) {
                return true;
            }
        }
        return false;
    }
}
