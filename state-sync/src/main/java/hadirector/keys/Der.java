package hadirector.keys;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;

/// As much of DER (ITU-T X.690) as a certificate needs: each method gives one value with its tag and length.
final class Der {
    private static final DateTimeFormatter UTC_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter GENERALIZED_TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final Instant YEAR_2050 = Instant.parse("2050-01-01T00:00:00Z");

    private Der() {}

    static byte[] sequence(byte[]... parts) {
        return value(0x30, parts);
    }

    static byte[] set(byte[]... parts) {
        return value(0x31, parts);
    }

    static byte[] integer(BigInteger number) {
        return value(0x02, number.toByteArray());
    }

    static byte[] yes() {
        return value(0x01, new byte[] {(byte) 0xff});
    }

    static byte[] utf8(String text) {
        return value(0x0c, text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] octets(byte[] bytes) {
        return value(0x04, bytes);
    }

    /// @param unused bits at the end of the last byte
    static byte[] bits(int unused, byte... bytes) {
        return value(0x03, new byte[] {(byte) unused}, bytes);
    }

    /// UTCTime before 2050, else GeneralizedTime: RFC 5280 4.1.2.5.
    static byte[] time(Instant time) {
        boolean utc = time.isBefore(YEAR_2050);
        String text = (utc ? UTC_TIME : GENERALIZED_TIME).format(time);
        return value(utc ? 0x17 : 0x18, text.getBytes(StandardCharsets.US_ASCII));
    }

    static byte[] oid(int... arcs) {
        var bytes = new ByteArrayOutputStream();
        bytes.write(arcs[0] * 40 + arcs[1]);
        for (int arc : Arrays.copyOfRange(arcs, 2, arcs.length)) {
            for (int shift = 28; shift > 0; shift -= 7) {
                if (arc >>> shift != 0) {
                    bytes.write((arc >>> shift & 0x7f) | 0x80);
                }
            }
            bytes.write(arc & 0x7f);
        }
        return value(0x06, bytes.toByteArray());
    }

    /// `[number]` around whole values.
    static byte[] explicit(int number, byte[]... parts) {
        return value(0xa0 | number, parts);
    }

    /// `[number]` in place of a primitive value's tag.
    static byte[] implicit(int number, byte[] content) {
        return value(0x80 | number, content);
    }

    private static byte[] value(int tag, byte[]... contents) {
        int length = Arrays.stream(contents).mapToInt(content -> content.length).sum();
        var bytes = new ByteArrayOutputStream();
        bytes.write(tag);
        if (length < 0x80) {
            bytes.write(length);
        } else {
            byte[] minimal = BigInteger.valueOf(length).toByteArray();
            int from = minimal[0] == 0 ? 1 : 0;
            bytes.write(0x80 | minimal.length - from);
            bytes.write(minimal, from, minimal.length - from);
        }
        for (byte[] content : contents) {
            bytes.writeBytes(content);
        }
        return bytes.toByteArray();
    }
}
