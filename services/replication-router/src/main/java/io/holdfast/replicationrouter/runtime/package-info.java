/**
 * The thin runtime: takes what adapters bring (frames, records, answers of Kafka, time), asks the features, and does what
 * they decide through ports. Everything here runs on one thread, the router's loop, so nothing needs a lock.
 */
package io.holdfast.replicationrouter.runtime;
