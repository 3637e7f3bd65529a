package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.fastpath.SharedMaps;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.Timeouts;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClaimsTest {
    private static final IpAddress WEB = IpAddress.of("192.0.2.10");
    private static final IpAddress MAIL = IpAddress.of("2001:db8::10");
    private static final IpAddress NAT_SERVER = IpAddress.of("10.0.0.1");
    private static final IpAddress DR_SERVER = IpAddress.of("10.0.0.2");

    private static final int OURS = SharedMaps.FLOATING | SharedMaps.GUARDED;

    private final Map<IpAddress, Integer> map = new HashMap<>();
    private int room = 10;
    private final Claims claims = new Claims(this::take, map::remove);
    private final GroupState web = group("web", WEB, 1);
    private final GroupState mail = group("mail", MAIL, 2);
    private final FloatingAddresses addresses = new FloatingAddresses(List.of(web, mail));

    private boolean take(IpAddress address, int what) {
        if (map.size() >= room && !map.containsKey(address)) {
            return false;
        }
        map.put(address, what);
        return true;
    }

    private static GroupState group(String name, IpAddress vip, int index) {
        var made = new GroupState(
                new VipGroup(name, List.of(new Vip(vip, vip.bits(), "eth0")), List.of(), Map.of("lb", 1), false));
        made.index = index;
        return made;
    }

    private ServerState server(GroupState group, IpAddress address, ForwardingMethod method) {
        var config = new RealServer(new Endpoint(address, 80), 1, method);
        var service = new VirtualService(
                "shop",
                group.name,
                Protocol.TCP,
                new Endpoint(WEB, 80),
                SchedulerKind.RR,
                Timeouts.IPVS,
                Optional.empty(),
                List.of(config));
        return new ServerState(0, new ServiceState(0, ServicePlan.of(service, 1), group), config, new Hop(address));
    }

    private void follow(ServerState... servers) {
        claims.follow(addresses, Stream.of(servers));
    }

    @Test
    void onlyWhatBelongsToAnOpenGroupIsOurs() {
        var server = server(web, NAT_SERVER, ForwardingMethod.NAT);
        follow(server);
        assertThat(map).isEmpty();
        web.phase = Phase.OPEN;
        follow(server);
        assertThat(map).isEqualTo(Map.of(WEB, OURS | 1, NAT_SERVER, SharedMaps.REALSERVER | 1));
        mail.phase = Phase.OPEN;
        web.phase = Phase.CLOSED;
        follow(server);
        assertThat(map).isEqualTo(Map.of(MAIL, OURS | 2));
    }

    @Test
    void whatRealserversOfDirectRoutingSendIsNotOurs() {
        web.phase = Phase.OPEN;
        follow(server(web, DR_SERVER, ForwardingMethod.DIRECT_ROUTING));
        assertThat(map).containsOnlyKeys(WEB);
    }

    @Test
    void whatARealserverSendsStaysOursWhenItsMethodBecomesDirectRouting() {
        web.phase = Phase.OPEN;
        var server = server(web, NAT_SERVER, ForwardingMethod.NAT);
        follow(server);
        server.adopt(new RealServer(server.endpoint, 1, ForwardingMethod.DIRECT_ROUTING));
        follow(server);
        assertThat(map).as("it has connections of NAT for a while").containsKey(NAT_SERVER);
    }

    @Test
    void aVipThatIsARealserverOfAnotherGroupIsBoth() {
        web.phase = Phase.OPEN;
        mail.phase = Phase.OPEN;
        follow(server(mail, WEB, ForwardingMethod.NAT));
        assertThat(map).containsEntry(WEB, OURS | SharedMaps.REALSERVER | 1);
    }

    @Test
    void whatFoundNoRoomIsTriedAgain() {
        web.phase = Phase.OPEN;
        mail.phase = Phase.OPEN;
        room = 1;
        follow();
        assertThat(map).hasSize(1);
        room = 2;
        follow();
        assertThat(map).containsOnlyKeys(WEB, MAIL);
    }
}
