/** Devices and filters. A filter has the same interface above and below; see {@link io.holdfast.nbd.device.ForwardingBlockDevice}. */
package io.holdfast.nbd.device;
