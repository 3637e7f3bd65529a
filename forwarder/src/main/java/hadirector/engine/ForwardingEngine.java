package hadirector.engine;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.LeftTable;
import hadirector.conn.ReplicatedTable;
import hadirector.fastpath.Inheritance;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// The data path of one director: `packet` or `proxy`. All methods are for one control thread, return
/// without waiting for traffic, and are safe while packets flow. What the engine finds out by itself
/// comes back as [EngineEvent]s in the queue that it was made with.
public interface ForwardingEngine extends AutoCloseable {
    /// `packet` or `proxy`.
    String kind();

    /// How it runs, for `status`: for example `BPF + AF_PACKET on eth0, eth1`.
    String mode();

    /// Makes `groups` and `services` the whole desired state, by difference: what is equal is not
    /// touched, a realserver that is gone is drained (its connections go on, it gets no new ones).
    /// A realserver that is new is down until [#server] says otherwise.
    void configure(Collection<VipGroup> groups, Collection<VirtualService> services);

    /// Sets one realserver of one service. With a weight of 0 it is quiesced: it keeps its connections and gets no new
    /// ones. If it is not `up` it gets no new ones either, and what can move without loss moves at once: UDP clients, and
    /// TCP clients that still wait for its first answer.
    void server(String service, Endpoint realServer, int weight, boolean up);

    /// Starts to answer and forward for the group's addresses, then announces them (gratuitous ARP,
    /// repeated with back-off). Entries replicated before this call are in place first. A group that is open goes
    /// on under the new epoch and is announced again.
    ///
    /// @param epoch of this holding, carried by all that is replicated from now on
    default void open(String group, int epoch) {
        open(group, epoch, System.nanoTime());
    }

    /// The same, refused with [EngineEvent.Fenced] if the decision is older than the lease when it is carried out, or the group was fenced and has not been closed
    /// since: somebody else may have the group. An engine without a lease does not ask.
    ///
    /// @param decidedAt of System.nanoTime, read before what the decision rests on was looked at
    void open(String group, int epoch, long decidedAt);

    /// Begins to forward for the group, while its last holder still answers for its addresses: nothing is answered or announced before [#open], and what would begin a
    /// connection waits for it. An engine that cannot do so opens.
    default void prepare(String group, int epoch, long decidedAt) {
        open(group, epoch, decidedAt);
    }

    /// Stops to answer and announce for the group's addresses, as another director is about to. What still comes is forwarded if it belongs to a connection, else
    /// passed on to that director, until [#close]; connections here follow that director's word. All that has changed until now is replicated before a
    /// handover that is asked for later. An engine that cannot do so closes.
    default void leave(String group) {
        close(group);
    }

    /// Announces the group's addresses again, unconditionally, if it is open.
    void announce(String group);

    /// Stops to answer, announce and forward for the group's addresses, at once and with no announcement left to
    /// come. Its entries stay, as a backup's.
    void close(String group);

    /// Asks on an interface's LAN who has `address`, again and again until `wait` is over: by ARP probe (RFC 5227) or neighbour solicitation
    /// without a source (RFC 4862), which change no neighbour's cache. Meant for the time when this director does not answer for the address itself.
    ///
    /// @param answered is called once, from the engine's thread, and must not block: true as soon as another station answers for the address or announces that
    ///     it has it; false when `wait` is over, or at once if the interface is down, unknown or closed
    void probe(String interfaceName, IpAddress address, Duration wait, Consumer<Boolean> answered);

    /// Says who speaks in the beacons that this engine sends while it holds groups, and whose it believes. Until then it neither sends nor hears any.
    void identify(BeaconIdentity identity);

    /// The connection table as replication sees it; the proxy engine's has no entries.
    ReplicatedTable table();

    /// Gives the connections that a dead process of this director left in the kernel, of the groups that it held when it died; those of longer ago than `ageMax`
    /// not. An engine without such has none.
    default Inheritance inherit(Duration ageMax, LeftTable.Heir heir) throws InterruptedException {
        return Inheritance.NONE;
    }

    /// Removes what [#inherit] gave.
    default void forgetLeft() {}

    /// Counters and connection numbers of this moment.
    ///
    /// @throws IllegalStateException if the engine does not answer
    EngineStats stats();

    /// Where the packets of `client` to `virtual` go, or would go if it came now; changes nothing. May wait for the owner thread
    /// for a moment.
    Whereabouts where(Protocol protocol, Endpoint client, Endpoint virtual);

    /// Up to `limit` connections that are `wanted`, each in its newest state, but not all of one moment; may wait for the owner
    /// thread for a moment.
    List<ConnectionEntry> connections(Predicate<ConnectionEntry> wanted, int limit);

    @Override
    void close();
}
