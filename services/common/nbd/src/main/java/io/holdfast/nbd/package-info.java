/**
 * The NBD protocol for Holdfast: what an export is ({@link io.holdfast.nbd.BlockDevice}), how exports are found
 * ({@link io.holdfast.nbd.ExportCatalog}) and how operations fail ({@link io.holdfast.nbd.NbdException}).
 *
 * <p>{@code server} and {@code client} speak the protocol, {@code device} holds devices and filters, {@code wire} holds every
 * constant and layout. Source of all protocol facts: {@code doc/proto.md} of the NetworkBlockDevice/nbd project, called
 * "the NBD specification" in this module.
 *
 * <h2>Flush, FUA and several connections</h2>
 *
 * <ul>
 *   <li>A write whose reply was sent is <em>completed</em>. It is durable only after a later flush, or if it carried FUA.
 *   <li>A flush covers every write completed before the flush arrived. It says nothing about writes still in flight.
 *   <li>A device with {@link io.holdfast.nbd.Capability#MULTI_CONN} promises that a flush on one connection covers the completed
 *       writes of all connections, and that a completed write is visible to reads on all of them.
 *   <li>Requests in flight at the same time may be executed in any order; a client that needs an order waits for the reply.
 * </ul>
 */
package io.holdfast.nbd;
