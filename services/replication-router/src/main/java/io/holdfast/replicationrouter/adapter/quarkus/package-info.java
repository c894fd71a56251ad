/** Settings, start-up, health and metrics of the service. */
package io.holdfast.replicationrouter.adapter.quarkus;
