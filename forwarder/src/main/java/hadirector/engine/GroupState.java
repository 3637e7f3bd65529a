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
    boolean open;
    int epoch;
    long openedAt;
    boolean forwardedSinceOpen;

    /// What the kernel had forwarded for the group when it was opened.
    long kernelPacketsBefore;

    GroupState(VipGroup config) {
        this.config = config;
        name = config.name();
        id = GroupId.of(name);
        beaconId = BeaconView.id(name);
    }
}
