/** Flow control: how many bytes of changes are on their way to Kafka, and which agent may send next. */
package io.holdfast.replicationrouter.flow;
