/** Rules of the connection to the routers, without the connection: back-off, liveness, whose stream goes where. */
package io.holdfast.replicationagent.uplink;
