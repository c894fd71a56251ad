/**
 * The using side: {@link io.holdfast.nbd.client.NbdClient}, a {@link io.holdfast.nbd.BlockDevice} that is an export of some server.
 *
 * <p>One reader thread per connection runs the handshake and then receives all replies; callers send their own requests. Bounds: requests in
 * flight (a further caller waits), and a time limit for the handshake and for every request, at which the whole connection ends, because a reply that
 * comes late could not be told from one that never comes.
 */
package io.holdfast.nbd.client;
