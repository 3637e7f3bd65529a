package hadirector.engine;

import hadirector.conn.GroupId;
import hadirector.model.VipGroup;
import hadirector.packet.BeaconView;

/// One VIP group as the owner thread knows it.
final class GroupState {
    final String name;
    final int id;

    /// Its number in beacons.
    final long beaconId;

    VipGroup config;

    /// Among the connection table's groups, and of its lease.
    int index;
    Phase phase = Phase.CLOSED;
    int epoch;
    long openedAt;
    boolean forwardedSinceOpen;

    /// Whether it was closed because this process stood still, and whoever decides has not closed it since: what it decides has no notice of that.
    boolean fenced;

    /// How often it is still to be said that the group is held here no more.
    int farewells;

    /// What the kernel had forwarded for the group when it was opened.
    long kernelPacketsBefore;

    GroupState(VipGroup config) {
        this.config = config;
        name = config.name();
        id = GroupId.of(name);
        beaconId = BeaconView.id(name);
    }

    /// Whether its packets are forwarded here.
    boolean isOpen() {
        return phase != Phase.CLOSED;
    }

    /// Whether it says in beacons that it holds the group.
    boolean speaks() {
        return phase == Phase.OPEN || phase == Phase.PREPARED;
    }

    /// Whether its addresses are answered for and announced here.
    boolean answers() {
        return phase == Phase.OPEN;
    }
}
