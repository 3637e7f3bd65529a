package hadirector.sched;

/// LVS `sh`: the client's address decides, in proportion to the configured weights.
final class SourceHashing extends Hashing {
    SourceHashing(ServerPool pool) {
        super(pool);
    }

    @Override
    int owner(ServerPool pool, int hash) {
        return share(pool, hash, false);
    }
}
