package hadirector.model;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Pattern;

/// Address literals to values and back; names are never looked up (RFC 5952 for IPv6 text).
final class AddressText {
    private static final Pattern V4 =
            Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");

    /// What may be one; scopes (`%eth0`) and brackets may not.
    private static final Pattern V6 = Pattern.compile("[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");

    private AddressText() {}

    static Optional<IpAddress> parse(String text) {
        var v4 = V4.matcher(text);
        if (v4.matches()) {
            int address = 0;
            for (int group = 1; group <= 4; group++) {
                int octet = Integer.parseInt(v4.group(group));
                if (octet > 255) {
                    return Optional.empty();
                }
                address = address << 8 | octet;
            }
            return Optional.of(IpAddress.v4(address));
        }
        return V6.matcher(text).matches() ? parseV6(text) : Optional.empty();
    }

    private static Optional<IpAddress> parseV6(String text) {
        try {
            var bytes = ByteBuffer.wrap(InetAddress.ofLiteral(text).getAddress());
            return bytes.capacity() == 4
                    ? Optional.of(IpAddress.v4(bytes.getInt()))
                    : Optional.of(new IpAddress(bytes.getLong(), bytes.getLong()));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    static String format(IpAddress address) {
        if (address.isV4()) {
            int v4 = address.v4();
            return (v4 >>> 24) + "." + (v4 >>> 16 & 255) + "." + (v4 >>> 8 & 255) + "." + (v4 & 255);
        }
        return shortest(address);
    }

    /// RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`.
    private static String shortest(IpAddress address) {
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            long half = i < 4 ? address.high() : address.low();
            groups[i] = (int) (half >>> (48 - 16 * (i % 4)) & 0xffff);
        }
        int best = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > bestLength) {
                best = i;
                bestLength = end - i;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == best) {
                text.append("::");
                i += bestLength - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    static InetAddress toInet(IpAddress address) {
        try {
            if (address.isV4()) {
                return InetAddress.getByAddress(
                        ByteBuffer.allocate(4).putInt(address.v4()).array());
            }
            byte[] bytes =
                    ByteBuffer.allocate(16).putLong(address.high()).putLong(address.low()).array();
            return Inet6Address.getByAddress(null, bytes, -1);
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of 4 or 16 bytes is always one", e);
        }
    }
}
