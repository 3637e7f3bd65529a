package hadirector.model;

import java.util.OptionalInt;

/// What a service may set besides its pool.
///
/// @param schedulerOffload whether the kernel may choose realservers itself; only with [SchedulerKind#SH] and
///     [SchedulerKind#MH]
/// @param halfOpenMax TCP connections whose handshake is not done that the service may have at once
/// @param mssClamp largest TCP segment (bytes) that the service's SYNs may offer, in both directions; empty: as they come
/// @param sync never [SyncMode#COMMITTED] together with `schedulerOffload`: the kernel waits for nobody
public record ServiceOptions(
        AccessList acl, boolean schedulerOffload, int halfOpenMax, OptionalInt mssClamp, SyncMode sync) {
    public static final int HALF_OPEN_MAX = 65536;
    public static final ServiceOptions DEFAULT =
            new ServiceOptions(AccessList.OPEN, false, HALF_OPEN_MAX, OptionalInt.empty(), SyncMode.ASYNC);
}
