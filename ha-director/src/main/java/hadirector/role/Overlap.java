package hadirector.role;

/// The time of a planned hand-over in which two directors forward. A holder in it is ready, and waits for the last word of the one before it, which answers until
/// then; a backup in it is that one, has given its last word, and forwards what still reaches it.
///
/// @param other of the two
/// @param until what is waited for counts as done
record Overlap(String other, long until) {}
