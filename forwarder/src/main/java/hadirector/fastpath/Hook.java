package hadirector.fastpath;

/// What differs between the hooks that run the program. Every method writes code; registers as in [Code].
interface Hook {
    /// Offset of the pointer to the packet's start in the context.
    int data();

    /// Offset of the pointer to the packet's end in the context.
    int dataEnd();

    /// r6 = context. Goes to [Code#NEXT] with frames that cannot be for us, and with the others to `frame 4` and `frame 6`.
    void begin(Code code);

    /// r7 = start of the packet. Goes to `label` if fewer than `length` bytes can be read.
    void linear(Code code, int length, String label);

    /// Whether the program does hits only, and leaves all else to a program behind it.
    boolean hitsOnly();

    /// Whether the hook sees what this host sends, of which only realservers' answers are for the program.
    boolean repliesOnly();

    /// r4 = length of the IP packet as it says. Goes to [Code#JAVA] if the frame is shorter than that.
    void checkLength(Code code);

    /// r4 as before. Goes to [Code#JAVA] if the frame is not exactly as long.
    void checkUnpadded(Code code);

    /// r1 = flags of the record. Goes to [Code#JAVA] if the flow is for another hook.
    void checkFlow(Code code);

    /// The packet has more bytes than the r3 that are allowed; r5 = its headers. Goes to [Code#JAVA] unless it is a
    /// super-frame whose segments are short enough.
    void checkSegments(Code code);

    /// r2 = packets on the wire that the frame stands for. No other register is touched.
    void countPackets(Code code);

    /// Applies the record's (r8) differences to the transport checksum, with the new addresses in place; r7 may be void behind that.
    void updateChecksum(Code code, Family family, boolean udp);

    /// r9 = difference of what changed in an IPv6 header, which has no checksum that would make up for it.
    void afterHeader6(Code code);

    /// Makes room for `length` bytes behind the Ethernet header, which has to be written anew. Goes to [Code#JAVA] with the frame as it was if
    /// that cannot be. r7 is void behind it.
    ///
    /// @param tunnel of [hadirector.conn.TunnelTemplate]
    void makeRoom(Code code, Family outer, int tunnel, int length);

    /// Sends the frame by the interface whose number is in r1, and exits.
    void redirect(Code code);

    /// What stands behind the labels of [Code], and all that becomes of frames that are no hits.
    void end(Code code);
}
