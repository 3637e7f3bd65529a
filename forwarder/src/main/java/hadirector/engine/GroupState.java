package hadirector.engine;

import hadirector.conn.GroupId;
import hadirector.model.VipGroup;

/// One VIP group as the owner thread knows it.
final class GroupState {
    final String name;
    final int id;
    VipGroup config;
    boolean open;
    int epoch;
    long openedAt;
    boolean forwardedSinceOpen;

    GroupState(VipGroup config) {
        this.config = config;
        name = config.name();
        id = GroupId.of(name);
    }
}
