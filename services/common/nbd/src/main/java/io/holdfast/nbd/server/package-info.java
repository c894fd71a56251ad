/**
 * The serving side. {@link io.holdfast.nbd.server.NbdServer} listens; each connection runs a handshake ({@code Handshake}) and then the
 * transmission phase ({@code Transmitter}): requests are parsed ({@code RequestReader}), judged ({@code RequestValidator}), executed
 * ({@code RequestExecutor}) and answered ({@code ReplySender}).
 *
 * <h2>Threads</h2>
 *
 * One thread per listener accepts; one per server, the warden, ends connections that stall; each connection has 1 to
 * {@code workersPerConnection} platform threads. They are platform threads because file I/O would pin or compensate virtual ones on every
 * request. Workers are never interrupted.
 *
 * <h2>Bounds and what happens at them</h2>
 *
 * <ul>
 *   <li>connections: one more is closed right after it was accepted
 *   <li>requests in flight per connection: the next one is not read from the socket until one is answered
 *   <li>payload memory per server: a request waits for its buffer; whoever holds buffers is executing or being sent
 *   <li>payload of one request: more than the device's maximum is refused (EINVAL); a write of more than 64 MiB ends the connection
 *   <li>option data: more than 64 KiB is skipped and refused (TOO_BIG); more than 1 MiB ends the connection
 *   <li>options per handshake and time of a handshake: at the limit the connection ends
 *   <li>a peer that stops in the middle of a request, or does not take its replies: the connection ends after the stall timeout
 * </ul>
 */
package io.holdfast.nbd.server;
