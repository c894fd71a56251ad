/** One protection group's stream on this agent: the ring, batches, epochs and the sync state of its volumes. */
package io.holdfast.replicationagent.stream;
