package hadirector.fastpath;

/// Descriptors of the maps of scheduling in the kernel.
record ScheduleFds(int choices, int templates, int made, int vips, int told, int mtus) {
    static ScheduleFds of(ScheduleMaps maps) {
        return new ScheduleFds(maps.choicesFd(), maps.templatesFd(), maps.madeFd(), maps.vipsFd(), maps.toldFd(), maps.mtusFd());
    }
}
