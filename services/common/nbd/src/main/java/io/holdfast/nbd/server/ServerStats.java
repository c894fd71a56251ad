package io.holdfast.nbd.server;

/**
 * A server at one moment.
 *
 * @param connections open now, handshakes included
 * @param workers threads of these connections
 * @param lentBytes payload memory in use, the fixed buffers of the connections included
 * @param accepted connections since the start, refused ones not included
 * @param refused connections closed because of the limit
 * @param expired connections ended because of a timeout
 * @param protocolErrors connections ended because of what the client sent
 */
public record ServerStats(
        int connections, int workers, long lentBytes, long accepted, long refused, long expired, long protocolErrors) {}
