package io.holdfast.replicationagent.adapter.grpc;

import java.time.Duration;

/**
 * Why a session ended.
 *
 * @param code stable: CONNECTION_LOST, CONNECT_TIMEOUT, HEARTBEAT_MISSED, PROTOCOL_VIOLATION, AGENT_CLOSED, RECONNECT, or the code of the router's Reject
 * @param retryAfter the least wait that the router asked for
 * @param welcomed whether the router had taken the session
 */
record SessionEnd(String code, String message, Duration retryAfter, boolean welcomed) {}
