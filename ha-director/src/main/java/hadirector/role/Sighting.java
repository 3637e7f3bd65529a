package hadirector.role;

/// The last beacon of another holder that was heard on a client network.
///
/// @param since when the first of those came that have followed each other since
record Sighting(String director, int epoch, long since, long at) {
    /// As [Standing#STRONGEST_HOLDER_FIRST] as far as a beacon tells: the higher epoch, then priority, then name.
    boolean isStrongerThan(Standing own, GroupSettings settings) {
        int byEpoch = Integer.compare(epoch, own.epoch());
        int byPriority = Integer.compare(settings.priorityOf(director), settings.priorityOf(own.director()));
        int byName = own.director().compareTo(director);
        return byEpoch != 0 ? byEpoch > 0 : byPriority != 0 ? byPriority > 0 : byName > 0;
    }
}
