package hadirector.door;

/// Why something on the cluster's port was refused; the names are those of the metric's label, in lower case.
public enum Refused {
    /// A connection from an address of no member.
    STRANGER,
    /// More connections at once from one address than a member has any use for.
    FLOOD,
    /// No TLS, or a caller that said nothing in time: garbage, a frozen member, something cut or replayed.
    NO_HANDSHAKE,
    /// Its certificate is of another authority, or it has none.
    NOT_TRUSTED,
    /// Its certificate is past its time, or before it.
    EXPIRED,
    /// Its certificate is another cluster's, or another member's than the one at this address.
    OTHER_NAME,
    /// The other side refuses this director's certificate, or its name.
    BY_PEER,
    /// A message under the name of a member that is not the one at the other end.
    FORGED_SENDER,
    /// A message of another cluster.
    OTHER_CLUSTER,
    /// A message that cannot be read, or of a member that is not in view.
    UNREADABLE
}
