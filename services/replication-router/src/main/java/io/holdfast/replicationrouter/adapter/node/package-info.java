/** One router, put together from its parts and started in order; knows nothing of Quarkus. */
package io.holdfast.replicationrouter.adapter.node;
