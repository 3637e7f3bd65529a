package hadirector.model;

/// A server behind the director.
///
/// @param weight share of new connections; 0 is quiesced: keeps its connections, gets no new ones
public record RealServer(Endpoint endpoint, int weight, ForwardingMethod method) {}
