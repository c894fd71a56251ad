/** Kafka: the changes writer, events, the followers of topics, and the lease on partitions. */
package io.holdfast.replicationrouter.adapter.kafka;
