/** Machines as QEMU processes on this host, and their networks as the Linux kernel has them. */
package io.holdfast.replicationagent.adapter.machine;
