package hadirector.forward;

import java.util.stream.Stream;

/// Every packet fixture.
final class PacketFixtures {
    private PacketFixtures() {}

    static Stream<PacketFixture> all() {
        return Stream.of(
                        ForwardFixtures.all(),
                        TunnelFixtures.all(),
                        AnswerFixtures.all(),
                        NdpFixtures.all(),
                        MalformedFixtures.all(),
                        IcmpErrorFixtures.all())
                .flatMap(fixtures -> fixtures);
    }
}
