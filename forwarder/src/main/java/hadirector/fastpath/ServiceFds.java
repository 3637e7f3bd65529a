package hadirector.fastpath;

/// Descriptors of the maps of services, and the secret of the challenge.
record ServiceFds(int services, int entries, int acls, int proven, SynCookie cookie) {
    static ServiceFds of(ServiceMaps maps) {
        return new ServiceFds(
                maps.servicesFd(), maps.entriesFd(), maps.aclsFd(), maps.provenFd(), maps.cookie());
    }
}
