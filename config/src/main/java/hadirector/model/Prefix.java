package hadirector.model;

import java.util.Optional;

/// The addresses of one family that begin with the same bits: `10.1.0.0/24`, `2001:db8::/32`.
///
/// @param length in bits of the address's own family
public record Prefix(IpAddress address, int length) {
    public Prefix {
        if (length < 0 || length > address.bits()) {
            throw new IllegalArgumentException(address + "/" + length);
        }
    }

    /// @throws IllegalArgumentException if `text` is no prefix
    public static Prefix of(String text) {
        return parse(text).orElseThrow(() -> new IllegalArgumentException("not a prefix: " + text));
    }

    /// Like [#of], for text that a user wrote; an address alone is the prefix of it alone. Bits behind the prefix may
    /// be set, see [#first].
    public static Optional<Prefix> parse(String text) {
        int slash = text.indexOf('/');
        var address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        return address.flatMap(found -> slash < 0
                ? Optional.of(new Prefix(found, found.bits()))
                : length(text.substring(slash + 1), found.bits()).map(length -> new Prefix(found, length)));
    }

    private static Optional<Integer> length(String text, int bits) {
        return text.matches("\\d{1,3}") && Integer.parseInt(text) <= bits
                ? Optional.of(Integer.parseInt(text))
                : Optional.empty();
    }

    public boolean contains(IpAddress other) {
        return address.samePrefix(other, length);
    }

    /// The same prefix with all bits behind it cleared.
    public Prefix first() {
        return new Prefix(address.masked(length), length);
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }
}
