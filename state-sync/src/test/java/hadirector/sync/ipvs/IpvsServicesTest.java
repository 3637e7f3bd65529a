package hadirector.sync.ipvs;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.ConnectionState;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.Timeouts;
import hadirector.model.VirtualService;
import hadirector.sync.ipvs.IpvsServices.Inherited;
import hadirector.sync.ipvs.IpvsServices.Told;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class IpvsServicesTest {
    private static final int NAT = ForwardingMethod.NAT.number();
    private static final int DIRECT = ForwardingMethod.DIRECT_ROUTING.number();

    static final IpvsServices SERVICES = new IpvsServices(List.of(
            service("shop", Protocol.TCP, "192.0.2.10:80", "10.1.0.11:8080", ForwardingMethod.NAT),
            service("direct", Protocol.TCP, "192.0.2.10:81", "10.1.0.12:81", ForwardingMethod.DIRECT_ROUTING),
            service("names", Protocol.UDP, "192.0.2.10:53", "10.1.0.11:53", ForwardingMethod.NAT),
            service("shop6", Protocol.TCP, "[2001:db8::10]:80", "[fd00::11]:80", ForwardingMethod.NAT),
            service("mixed", Protocol.TCP, "192.0.2.10:82", "[fd00::11]:82", ForwardingMethod.TUNNEL)));

    private static VirtualService service(
            String name, Protocol protocol, String vip, String server, ForwardingMethod method) {
        return new VirtualService(
                name,
                "web",
                protocol,
                Endpoint.of(vip),
                SchedulerKind.RR,
                Timeouts.IPVS,
                Optional.empty(),
                List.of(new RealServer(Endpoint.of(server), 1, method)));
    }

    static IpvsConnection said(int protocol, String virtual, String real, int flags, int state) {
        String client = virtual.startsWith("[") ? "[2001:db8::99]:40000" : "198.51.100.7:40000";
        return new IpvsConnection(
                protocol, Endpoint.of(client), Endpoint.of(virtual), Endpoint.of(real), flags, state, 0, 700, false);
    }

    private static ConnectionEntry entry(
            Protocol protocol, String virtual, String real, ForwardingMethod method, ConnectionState state) {
        String client = virtual.startsWith("[") ? "[2001:db8::99]:40000" : "198.51.100.7:40000";
        return new ConnectionEntry(
                protocol, Endpoint.of(client), Endpoint.of(virtual), Endpoint.of(real), method, state, 700);
    }

    @Test
    void aConnectionOfAKnownServiceIsAnEntryOfItsGroup() {
        assertThat(SERVICES.inherit(said(6, "192.0.2.10:80", "10.1.0.11:8080", NAT, 1)))
                .isEqualTo(new Inherited.Taken(
                        "web",
                        entry(Protocol.TCP, "192.0.2.10:80", "10.1.0.11:8080", ForwardingMethod.NAT, ConnectionState.ESTABLISHED)));
        assertThat(SERVICES.inherit(said(17, "192.0.2.10:53", "10.1.0.11:53", NAT | IpvsConnection.INACTIVE, 0)))
                .isEqualTo(new Inherited.Taken(
                        "web", entry(Protocol.UDP, "192.0.2.10:53", "10.1.0.11:53", ForwardingMethod.NAT, ConnectionState.UDP)));
        assertThat(SERVICES.inherit(said(6, "[2001:db8::10]:80", "[fd00::11]:80", NAT, 4)))
                .isEqualTo(new Inherited.Taken(
                        "web", entry(Protocol.TCP, "[2001:db8::10]:80", "[fd00::11]:80", ForwardingMethod.NAT, ConnectionState.FIN_WAIT)));
        assertThat(SERVICES.inherit(said(6, "192.0.2.10:81", "10.1.0.12:81", DIRECT | IpvsConnection.NO_OUTPUT, 1)))
                .isInstanceOf(Inherited.Taken.class);
    }

    @Test
    void withoutATimeoutItHasTheOneOfItsState() {
        var said = said(6, "192.0.2.10:80", "10.1.0.11:8080", NAT, ConnectionState.FIN_WAIT.number());
        var untimed = new IpvsConnection(
                6, said.client(), said.virtual(), said.real(), said.flags(), said.state(), 0, 0, false);
        assertThat(SERVICES.inherit(untimed))
                .isInstanceOfSatisfying(
                        Inherited.Taken.class, taken -> assertThat(taken.entry().expiresSeconds()).isEqualTo(120));
    }

    @ParameterizedTest
    @CsvSource({
        "6, 192.0.2.10:80, 10.1.0.11:8080, 0x1000, 1, TEMPLATE",
        "132, 192.0.2.10:80, 10.1.0.11:8080, 0, 1, PROTOCOL",
        "6, 192.0.2.10:80, 10.1.0.11:8080, 0, 11, STATE",
        "17, 192.0.2.10:53, 10.1.0.11:53, 0, 1, STATE",
        "6, 192.0.2.10:80, 10.1.0.11:8080, 1, 1, METHOD",
        "6, 192.0.2.10:80, 10.1.0.11:8080, 4, 1, METHOD",
        "6, 192.0.2.10:80, 10.1.0.11:8080, 0x800, 1, NO_CLIENT_PORT",
        "6, 192.0.2.10:99, 10.1.0.11:8080, 0, 1, SERVICE",
        "17, 192.0.2.10:80, 10.1.0.11:8080, 0, 0, SERVICE",
        "6, 192.0.2.10:80, 10.1.0.11:80, 0, 1, REAL_SERVER",
        "6, 192.0.2.10:80, 10.1.0.11:8080, 3, 1, OTHER_METHOD",
    })
    void whatItCannotGoOnWithIsRefusedByName(
            int protocol, String virtual, String real, int flags, int state, IpvsRefusal why) {
        assertThat(SERVICES.inherit(said(protocol, virtual, real, flags, state))).isEqualTo(new Inherited.Refused(why));
    }

    @Test
    void aTranslatedConnectionIsRefused() {
        var said = said(6, "192.0.2.10:80", "10.1.0.11:8080", NAT, 1);
        var translated = new IpvsConnection(
                6, said.client(), said.virtual(), said.real(), IpvsConnection.IN_SEQUENCE, 1, 0, 900, true);
        assertThat(SERVICES.inherit(translated)).isEqualTo(new Inherited.Refused(IpvsRefusal.SEQUENCE));
    }

    /// The flags that a kernel of 6.12 sends in the same cases, see the recorded messages.
    @Test
    void tellsWhatAKernelWouldTell() {
        assertThat(tell(ConnectionState.ESTABLISHED, false)).isEqualTo(timed(NAT, 1, 900));
        assertThat(tell(ConnectionState.FIN_WAIT, false)).isEqualTo(timed(NAT | IpvsConnection.INACTIVE, 4, 120));
        assertThat(SERVICES.tell(
                        entry(Protocol.TCP, "192.0.2.10:81", "10.1.0.12:81", ForwardingMethod.DIRECT_ROUTING, ConnectionState.ESTABLISHED),
                        false))
                .isInstanceOfSatisfying(Told.Tell.class, told -> assertThat(told.connection().flags())
                        .isEqualTo(DIRECT | IpvsConnection.NO_OUTPUT));
        assertThat(SERVICES.tell(
                        entry(Protocol.UDP, "192.0.2.10:53", "10.1.0.11:53", ForwardingMethod.NAT, ConnectionState.UDP), false))
                .isInstanceOfSatisfying(Told.Tell.class, told -> {
                    assertThat(told.connection().flags()).isEqualTo(IpvsConnection.INACTIVE);
                    assertThat(told.connection().state()).isZero();
                    assertThat(told.connection().timeoutSeconds()).isEqualTo(300);
                });
    }

    @Test
    void aBackupNeedNotKeepWhatHasEnded() {
        assertThat(tell(ConnectionState.ESTABLISHED, true))
                .isEqualTo(timed(NAT | IpvsConnection.INACTIVE, ConnectionState.CLOSE.number(), 1));
        assertThat(tell(ConnectionState.TIME_WAIT, true)).isEqualTo(new Told.Nothing());
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "SYN_SENT", "SYN_RECV", "LAST_ACK", "LISTEN", "SYNACK"})
    void aHalfOpenConnectionIsNotTold(ConnectionState state) {
        assertThat(tell(state, false)).isEqualTo(new Told.Nothing());
    }

    @Test
    void aRealserverOfTheOtherFamilyCannotBeTold() {
        var mixed = entry(Protocol.TCP, "192.0.2.10:82", "[fd00::11]:82", ForwardingMethod.TUNNEL, ConnectionState.ESTABLISHED);
        assertThat(SERVICES.tell(mixed, false)).isEqualTo(new Told.Refused(IpvsRefusal.FAMILY));
    }

    private static Told tell(ConnectionState state, boolean ended) {
        return SERVICES.tell(entry(Protocol.TCP, "192.0.2.10:80", "10.1.0.11:8080", ForwardingMethod.NAT, state), ended);
    }

    private static Told timed(int flags, int state, int seconds) {
        var said = said(6, "192.0.2.10:80", "10.1.0.11:8080", flags, state);
        return new Told.Tell(new IpvsConnection(
                6, said.client(), said.virtual(), said.real(), flags, state, 0, seconds, false));
    }
}
