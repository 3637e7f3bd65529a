package hadirector.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.lab.Nic;
import hadirector.lab.Segment;
import hadirector.linux.Poller;
import hadirector.model.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@Lab
class NetlinkLabTest {
    private static final IpAddress PEER = IpAddress.of("10.77.0.2");

    private final NetLab lab = new NetLab();
    private final Segment lan = lab.segment("lan");
    private final Host host = lab.host("host");
    private final Host peer = lab.host("peer");
    private final Nic nic = host.nic("eth0", lan, "10.77.0.1/24");
    private final Nic peerNic = peer.nic("eth0", lan, "10.77.0.2/24");
    private final NetworkWatch watch = host.in(NetworkWatch::new);
    private final Poller poller = new Poller(1);
    private final List<String> heard = new ArrayList<>();
    private final NetworkWatch.Listener listener = new NetworkWatch.Listener() {
        @Override
        public void linkChanged(Link link) {
            heard.add(link.name() + (link.running() ? " running" : " not running"));
        }

        @Override
        public void linkGone(Link link) {
            heard.add(link.name() + " gone");
        }

        @Override
        public void neighbourChanged(Neighbour neighbour) {
            heard.add(neighbour.address() + (neighbour.usable() ? " usable" : " not usable"));
        }

        @Override
        public void neighbourGone(Neighbour neighbour) {
            heard.add(neighbour.address() + " gone");
        }

        @Override
        public void addressesChanged() {
            heard.add("addresses");
        }

        @Override
        public void routesChanged() {
            heard.add("routes");
        }
    };

    NetlinkLabTest() {
        poller.add(watch.fd());
    }

    @AfterEach
    void close() {
        watch.close();
        poller.close();
        lab.close();
    }

    private void listenUntil(BooleanSupplier there) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        watch.poll(listener);
        while (!there.getAsBoolean()) {
            assertThat(deadline - System.nanoTime()).as("time left; heard %s", heard).isPositive();
            poller.await(100);
            watch.poll(listener);
        }
    }

    private Link eth0() {
        return watch.link("eth0").orElseThrow();
    }

    @Test
    void linksAddressesAndRoutesAreWhatIpSays() {
        assertThat(eth0().running()).isTrue();
        assertThat(eth0().mtu()).isEqualTo(1500);
        assertThat("%012x".formatted(eth0().mac())).isEqualTo(nic.mac().replace(":", ""));
        assertThat(watch.addresses())
                .contains(new InterfaceAddress(eth0().index(), IpAddress.of("10.77.0.1"), 24));
        assertThat(watch.ask().routes())
                .contains(new Route(IpAddress.of("10.77.0.0"), 24, eth0().index(), null, 254));
    }

    @Test
    void aNextHopIsTheDestinationOnLinkTheGatewayElsewhereAndNothingWithoutARoute() {
        int eth0 = eth0().index();
        var source = IpAddress.of("10.77.0.1");
        var far = IpAddress.of("203.0.113.9");
        assertThat(watch.ask().nextHop(PEER)).contains(new NextHop(eth0, PEER, source, false));
        assertThat(watch.ask().nextHop(far)).isEmpty();
        host.with("ip route add default via 10.77.0.2");
        assertThat(watch.ask().nextHop(far)).contains(new NextHop(eth0, PEER, source, false));
        assertThat(watch.ask().nextHop(source).orElseThrow().local()).isTrue();
        listenUntil(() -> heard.contains("routes"));
    }

    @Test
    void theKernelResolvesANeighbourForUsAndItsNewMacIsHeard() {
        int eth0 = eth0().index();
        assertThat(watch.neighbour(eth0, PEER)).isEmpty();
        assertThat(watch.ask().resolve(eth0, PEER)).isTrue();
        listenUntil(() -> heard.contains("10.77.0.2 usable"));
        assertThat("%012x".formatted(watch.neighbour(eth0, PEER).orElseThrow().mac()))
                .isEqualTo(peerNic.mac().replace(":", ""));

        heard.clear();
        peer.with("ip link set eth0 address 02:00:00:00:77:02");
        peer.with("arping -c 1 -A -I eth0 10.77.0.2");
        listenUntil(() -> watch.neighbour(eth0, PEER).map(Neighbour::mac).orElse(0L) == 0x0200_0000_7702L);
        assertThat(heard).contains("10.77.0.2 usable");
    }

    @Test
    void aNeighbourThatDoesNotAnswerBecomesUnusable() {
        host.sysctl("net.ipv4.neigh.eth0.retrans_time_ms", "20");
        int eth0 = eth0().index();
        var nobody = IpAddress.of("10.77.0.99");
        assertThat(watch.ask().resolve(eth0, nobody)).isTrue();
        listenUntil(() -> heard.contains("10.77.0.99 not usable"));
        assertThat(watch.neighbour(eth0, nobody).orElseThrow().usable()).isFalse();
    }

    @Test
    void aPulledCableAndARemovedInterfaceAreHeard() {
        nic.unplug();
        listenUntil(() -> heard.contains("eth0 not running"));
        assertThat(eth0().up()).isTrue();
        nic.plug();
        listenUntil(() -> heard.contains("eth0 running"));
        host.with("ip link del eth0");
        listenUntil(() -> heard.contains("eth0 gone"));
        assertThat(watch.link("eth0")).isEmpty();
        assertThat(watch.addresses()).noneMatch(a -> a.address().equals(IpAddress.of("10.77.0.1")));
    }

    @Test
    void whatWasLostInAFloodOfMessagesIsReadAnew() {
        host.shell(
                """
                ones=$(mktemp)
                twos=$(mktemp)
                for i in $(seq 0 39); do
                    for j in $(seq 1 250); do echo "neigh replace 10.77.$i.$j lladdr 02:00:00:00:00:01 dev eth0"; done
                done > $ones
                sed 's/00:01 /00:02 /' $ones > $twos
                for round in 1 2; do ip -batch $ones; ip -batch $twos; done
                rm $ones $twos
                """);
        int eth0 = eth0().index();
        for (int i = 0; i < 100; i++) {
            watch.poll(listener); // Each takes what the socket holds: no older state may come back after the newest.
        }
        var newest = watch.ask().neighbours();
        assertThat(newest.size()).isGreaterThan(500);
        assertThat(newest)
                .allSatisfy(n -> assertThat(watch.neighbour(eth0, n.address())).contains(n));
    }
}
