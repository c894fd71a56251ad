/** QEMU's machine protocol: one connection, commands and events. Knows nothing of replication. */
package io.holdfast.replicationagent.adapter.qmp;
