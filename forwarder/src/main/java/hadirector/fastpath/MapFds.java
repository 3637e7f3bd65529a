package hadirector.fastpath;

/// Descriptors of the maps that the programs use.
record MapFds(int index, int slots, int groups, int addresses, int tunnels, int servers, int verdicts, int endings, int datagrams, ServiceFds services, ScheduleFds schedule) {
    static MapFds of(SharedTable table, SharedMaps maps) {
        return new MapFds(
                table.indexFd(),
                table.slotsFd(),
                maps.groupsFd(),
                maps.addressesFd(),
                maps.tunnelsFd(),
                maps.serversFd(),
                maps.verdictsFd(),
                maps.endingsFd(),
                maps.datagramsFd(),
                ServiceFds.of(maps.services()),
                ScheduleFds.of(maps.schedule()));
    }
}
