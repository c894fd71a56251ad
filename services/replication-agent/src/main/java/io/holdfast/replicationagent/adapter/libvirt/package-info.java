/** Machines as domains of a libvirt on this host, through libvirt's own API. */
package io.holdfast.replicationagent.adapter.libvirt;
