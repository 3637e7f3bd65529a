package hadirector.forward;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Room for a frame between guard bytes, at an odd place: who writes beside it is found out.
final class Guarded {
    /// Where the frame begins.
    static final int AT = 33;

    private static final int GUARD = 64;
    private static final byte GUARD_BYTE = (byte) 0xa5;

    private final byte[] bytes;

    private Guarded(int length) {
        bytes = new byte[AT + length + GUARD];
        Arrays.fill(bytes, GUARD_BYTE);
    }

    static Guarded room(int length) {
        return new Guarded(length);
    }

    static Guarded copyOf(byte[] frame) {
        var guarded = new Guarded(frame.length);
        System.arraycopy(frame, 0, guarded.bytes, AT, frame.length);
        return guarded;
    }

    MemorySegment memory() {
        return MemorySegment.ofArray(bytes);
    }

    /// Fails if a byte outside a frame of `length` was written.
    void checkOutside(int length) {
        for (int i = 0; i < bytes.length; i++) {
            boolean inside = i >= AT && i < AT + length;
            if (!inside && bytes[i] != GUARD_BYTE) {
                throw new AssertionError("byte " + (i - AT) + " of a frame of " + length + " was written");
            }
        }
    }
}
