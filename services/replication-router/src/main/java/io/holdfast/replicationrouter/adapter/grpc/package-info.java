/**
 * AgentLink over gRPC and mutual TLS.
 *
 * <p>The server is grpc-netty's own, not the one of quarkus-grpc: the router needs the peer's certificate as a transport attribute,
 * message-level flow control ({@code request(1)}), a port and TLS files of its own, and a start that waits for Kafka. grpc-netty
 * documents all of that; with quarkus-grpc each would depend on which of its two servers is in use.
 */
package io.holdfast.replicationrouter.adapter.grpc;
